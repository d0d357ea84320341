import { Button, TextInput } from "@mantine/core";
import { CornerDownRight, Info, Search, Square } from "lucide-react";
import type { MouseEvent, SubmitEvent } from "react";
import { Card } from "../app/card";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import answer from "../chat/answer-view.module.css";
import { FailureView } from "../chat/failure-view";
import { OllamaCard } from "../doctor/ollama-card";
import { CloudsCard } from "../settings/clouds-card";
import { FactChoice } from "./fact-choice";
import classes from "./research.module.css";
import { WhoFinds } from "./who-finds";

/** What happened while the facts were looked for. */
function Course() {
  const { research } = useSession();
  const { step, task } = useObservable(research.state);
  return (
    <>
      {step.fallbacks.map(({ from, to, reason }, index) => (
        <p key={index} className={answer.fallback}>
          <CornerDownRight size={15} aria-hidden />
          <span>
            <strong>{from}</strong> did not answer: {reason.message} <strong>{to}</strong> took over.
          </span>
        </p>
      ))}
      {step.warnings.map((warning, index) => (
        <p key={index} className={answer.fallback}>
          <Info size={15} aria-hidden />
          <span>{warning.message}</span>
        </p>
      ))}
      {task === "facts" && <p className={classes.working}>{step.asked === undefined ? "Choosing a model…" : `${step.asked} is looking for facts…`}</p>}
    </>
  );
}

/** From a topic to facts with their sources, and from those to the words of a picture. */
export function ResearchCard({ onDescribed }: { onDescribed: () => void }) {
  const { research } = useSession();
  const { topic } = useObservable(research.wish);
  const { task, failure } = useObservable(research.state);
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    void research.findFacts();
  };
  const onStop = (event: MouseEvent) => {
    // By the time the browser acts on the click, the same button may be the one that begins.
    event.preventDefault();
    research.stop();
  };
  return (
    <Card title="From a topic to a picture" icon={<Search size={18} aria-hidden />}>
      <form className={classes.form} aria-label="Research a topic" onSubmit={onSubmit}>
        <TextInput
          className={classes.topic}
          label="Topic"
          placeholder="How a rainbow comes about"
          autoComplete="off"
          value={topic}
          aria-describedby="facts-route-line"
          onChange={(event) => research.change({ topic: event.currentTarget.value })}
        />
        {task === undefined ? (
          <Button type="submit" aria-disabled={topic.trim() === ""}>
            Find facts
          </Button>
        ) : (
          <Button variant="default" type="button" leftSection={<Square size={13} fill="currentColor" aria-hidden />} onClick={onStop}>
            Stop
          </Button>
        )}
      </form>
      <WhoFinds />
      <Course />
      {failure !== undefined && (
        <FailureView failure={failure} task="state facts">
          {/* Not the small model of this page: it keeps to no schema. */}
          <OllamaCard level={3} />
          <CloudsCard level={3} />
        </FailureView>
      )}
      <FactChoice onDescribed={onDescribed} />
    </Card>
  );
}
