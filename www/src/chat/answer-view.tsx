import { Loader, Progress } from "@mantine/core";
import { useModels } from "hkm-mesh/react";
import { CornerDownRight, Info } from "lucide-react";
import { demonstrationNotice, isDemonstration } from "../models/demonstration";
import { addressOf, formatBytes, providerName, whereaboutsOf } from "../models/model-facts";
import { Notice } from "../models/notice";
import { AnswerActions } from "./answer-actions";
import { AnswerFacts } from "./answer-facts";
import type { AnswerStep, Fallback } from "./answer-step";
import classes from "./answer-view.module.css";
import { CutOff, type CutActions } from "./cut-off";
import { FailureView } from "./failure-view";
import { Markdown } from "./markdown";
import { PageModelWay } from "./page-model-way";
import { Sources } from "./sources";
import { Thinking } from "./thinking";
import { ToolCard } from "./tool-card";
import { textOf, type AnswerTurn } from "./turn";
import { waitingLine } from "./waiting-line";

/** A model as it is called in sentences: its own name, and where several offer one of that name, who does. */
function useModelName(): (address: string) => string {
  const models = useModels();
  return (address) => {
    const model = models.find((one) => addressOf(one) === address);
    if (model === undefined) return address;
    const { name, provider } = model;
    return models.some((other) => other.name === name && other.provider !== provider) ? `${name} (${providerName(provider)})` : name;
  };
}

function isBusy({ status }: AnswerTurn): boolean {
  return status === "waiting" || status === "streaming";
}

function AnswerHead({ turn }: { turn: AnswerTurn }) {
  const models = useModels();
  const last = turn.steps.at(-1);
  const address = last?.receipt?.model ?? last?.asked ?? last?.decision?.chain[0];
  const model = models.find((candidate) => addressOf(candidate) === address) ?? last?.decision?.chosen;
  const matches = model !== undefined && addressOf(model) === address;
  if (turn.status === "failed" && textOf(turn) === "") return <h2 className={classes.model}>No answer</h2>;
  const title = matches ? model.name : (address ?? "Choosing a model");
  return (
    <div className={classes.head}>
      <h2 className={classes.model}>{title}</h2>
      {address !== undefined && <span className={classes.where}>{matches ? whereaboutsOf(model) : providerName(address.split("/")[0] ?? "")}</span>}
      {isBusy(turn) && <Loader size={14} type="dots" aria-hidden className={classes.loader} />}
    </div>
  );
}

function Waiting({ progress, position, asked }: AnswerStep) {
  if (position !== undefined && asked !== undefined) return <p className={classes.waiting}>{waitingLine(asked, position)}</p>;
  if (progress === undefined) return <p className={classes.waiting}>Waiting for the first words…</p>;
  const downloading = progress.node === "download";
  const share = progress.max > 0 ? (100 * progress.value) / progress.max : 0;
  return (
    <div className={classes.waiting}>
      <span>{downloading ? `Downloading the model: ${formatBytes(progress.value)} of ${formatBytes(progress.max)}` : "Loading the model…"}</span>
      <Progress value={downloading ? share : 100} striped={!downloading} animated={!downloading} size="sm" aria-label="Progress" />
    </div>
  );
}

function whatHappened({ wasCut, reason }: Fallback): string {
  if (wasCut) return "stopped in the middle";
  return reason.code === "hedged" ? "was late" : "did not answer";
}

function whatNext({ wasCut, reason }: Fallback): string {
  if (wasCut) return "went on";
  return reason.code === "hedged" ? "was quicker" : "took over";
}

/** What one generation gave: thoughts, words, and the tools that it asked for. */
function StepView({ step, running }: { step: AnswerStep; running: boolean }) {
  const nameOf = useModelName();
  const isSilent = step.text === "" && step.calls.length === 0;
  return (
    <>
      {step.fallbacks.map((fallback, index) => (
        <p key={index} className={classes.fallback}>
          <CornerDownRight size={15} aria-hidden />
          <span>
            <strong>{nameOf(fallback.from)}</strong> {whatHappened(fallback)}: {fallback.reason.message} <strong>{nameOf(fallback.to)}</strong> {whatNext(fallback)}.
          </span>
        </p>
      ))}
      {step.warnings.map((warning, index) => (
        <p key={index} className={classes.fallback}>
          <Info size={15} aria-hidden />
          <span>{warning.message}</span>
        </p>
      ))}
      <Thinking text={step.reasoning} running={running && isSilent} />
      {step.text !== "" && <Markdown text={step.text} />}
      {running && isSilent && step.reasoning === "" && <Waiting {...step} />}
      {step.calls.map((call) => (
        <ToolCard key={call.id} call={call} />
      ))}
    </>
  );
}

export function AnswerView({ turn, onRegenerate, cut }: { turn: AnswerTurn; onRegenerate: (() => void) | undefined; cut: CutActions }) {
  const busy = isBusy(turn);
  const text = textOf(turn);
  const demonstration = turn.steps.some((step) => step.writers.some(isDemonstration));
  const sources = turn.steps.flatMap((step) => step.sources);
  return (
    <article className={classes.answer} aria-busy={busy}>
      <AnswerHead turn={turn} />
      {demonstration && <Notice>{demonstrationNotice}</Notice>}
      {turn.steps.map((step, index) => (
        <StepView key={index} step={step} running={busy && index === turn.steps.length - 1} />
      ))}
      <Sources sources={sources} />
      {turn.status === "done" && text === "" && <p className={classes.waiting}>The model sent an empty answer.</p>}
      {turn.status === "stopped" && <p className={classes.stopped}>{text === "" ? "Stopped before the first words." : "Stopped here."}</p>}
      {turn.status === "cut" && <CutOff isEmpty={text === ""} {...cut} />}
      {turn.failure !== undefined && (
        <FailureView failure={turn.failure} before={text === "" ? undefined : "The answer broke off."} task="answer">
          <PageModelWay onReady={onRegenerate} />
        </FailureView>
      )}
      <div className={classes.foot}>
        <AnswerFacts turn={turn} />
        {!busy && <AnswerActions text={text} onRegenerate={onRegenerate} />}
      </div>
    </article>
  );
}
