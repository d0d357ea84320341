import { Loader, Progress } from "@mantine/core";
import { useModels } from "hkm-mesh/react";
import { CornerDownRight, Info } from "lucide-react";
import { demonstrationNotice, isDemonstration } from "../models/demonstration";
import { addressOf, formatBytes, providerName, whereaboutsOf } from "../models/model-facts";
import { Notice } from "../models/notice";
import { AnswerActions } from "./answer-actions";
import { AnswerFacts } from "./answer-facts";
import classes from "./answer-view.module.css";
import { FailureView } from "./failure-view";
import { Markdown } from "./markdown";
import type { AnswerTurn } from "./turn";

/** A model as it is called in sentences: its own name, and who offers it. */
function useModelName(): (address: string) => string {
  const models = useModels();
  return (address) => models.find((model) => addressOf(model) === address)?.name ?? address;
}

function AnswerHead({ turn }: { turn: AnswerTurn }) {
  const models = useModels();
  const address = turn.receipt?.model ?? turn.asked ?? turn.decision?.chain[0];
  const busy = turn.status === "waiting" || turn.status === "streaming";
  const model = models.find((candidate) => addressOf(candidate) === address) ?? turn.decision?.chosen;
  const matches = model !== undefined && addressOf(model) === address;
  if (turn.status === "failed" && turn.text === "") return <h2 className={classes.model}>No answer</h2>;
  const title = matches ? model.name : (address ?? "Choosing a model");
  return (
    <div className={classes.head}>
      <h2 className={classes.model}>{title}</h2>
      {address !== undefined && (
        <span className={classes.where}>
          {matches ? whereaboutsOf(model) : providerName(address.split("/")[0] ?? "")}
        </span>
      )}
      {busy && <Loader size={14} type="dots" aria-hidden className={classes.loader} />}
    </div>
  );
}

function Waiting({ turn }: { turn: AnswerTurn }) {
  const { progress } = turn;
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

export function AnswerView({ turn, onRegenerate }: { turn: AnswerTurn; onRegenerate: (() => void) | undefined }) {
  const nameOf = useModelName();
  const busy = turn.status === "waiting" || turn.status === "streaming";
  const demonstration = turn.writers.some(isDemonstration);
  return (
    <article className={classes.answer} aria-busy={busy}>
      <AnswerHead turn={turn} />
      {turn.fallbacks.map((fallback, index) => (
        <p key={index} className={classes.fallback}>
          <CornerDownRight size={15} aria-hidden />
          <span>
            <strong>{nameOf(fallback.from)}</strong> did not answer: {fallback.reason.message} <strong>{nameOf(fallback.to)}</strong> took over.
          </span>
        </p>
      ))}
      {turn.warnings.map((warning, index) => (
        <p key={index} className={classes.fallback}>
          <Info size={15} aria-hidden />
          <span>{warning.message}</span>
        </p>
      ))}
      {demonstration && <Notice>{demonstrationNotice}</Notice>}
      {turn.text !== "" && <Markdown text={turn.text} />}
      {turn.text === "" && busy && <Waiting turn={turn} />}
      {turn.status === "done" && turn.text === "" && <p className={classes.waiting}>The model sent an empty answer.</p>}
      {turn.status === "stopped" && <p className={classes.stopped}>{turn.text === "" ? "Stopped before the first words." : "Stopped here."}</p>}
      {turn.failure !== undefined && <FailureView failure={turn.failure} partial={turn.text !== ""} onRetry={onRegenerate} />}
      <div className={classes.foot}>
        <AnswerFacts turn={turn} />
        {!busy && <AnswerActions text={turn.text} onRegenerate={onRegenerate} />}
      </div>
    </article>
  );
}
