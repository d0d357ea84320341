import { Button } from "@mantine/core";
import { CircleAlert } from "lucide-react";
import { useState, type ReactNode } from "react";
import { showView } from "../app/use-view";
import { Doctor } from "../doctor/doctor";
import { plainly } from "../models/plain-words";
import { Exclusions } from "./exclusions";
import classes from "./failure-view.module.css";
import type { Failure } from "./failure";

/** Failures whose cause lies between the page and the server, so that a look at the server helps. */
const reachability: readonly string[] = ["unreachable", "blocked-by-browser", "permission", "offline", "model-missing", "out-of-memory", "timeout", "server", "protocol", "all-failed"];

/** Failures that another key, or an account that is filled up, would mend. */
const keyTrouble: readonly string[] = ["no-key", "invalid-key", "quota"];

interface FailureViewProps {
  failure: Failure;
  /** A sentence before the reason. */
  before?: string | undefined;
  /** What no model could do yet, and what is shown where there is none. */
  task: string;
  children: ReactNode;
}

/** Why there is no answer or no picture, in words, and what helps. */
export function FailureView({ failure, before, task, children }: FailureViewProps) {
  const [examining, setExamining] = useState(false);
  const nothingThere = failure.code === "no-model" && failure.excluded.length === 0;
  const providers = [...new Set([...(failure.provider === undefined ? [] : [failure.provider]), ...failure.attempts.map((attempt) => attempt.model.split("/")[0] ?? "")])];
  const examined = providers.find((provider) => provider !== "page" && provider !== "browser" && provider !== "");
  return (
    <div className={classes.failure}>
      <p className={classes.title}>
        <CircleAlert size={17} aria-hidden />
        <span>
          {before} {nothingThere ? `There is no model yet that could ${task}.` : failure.message}
        </span>
      </p>
      {failure.hint !== undefined && !nothingThere && <p className={classes.hint}>{plainly(failure.hint)}</p>}
      <Exclusions excluded={failure.excluded} />
      {keyTrouble.includes(failure.code) && (
        <Button variant="default" size="compact-md" onClick={() => showView("settings")}>
          Look at the keys
        </Button>
      )}
      {nothingThere && (
        <>
          {children}
          <p className={classes.hint}>
            <a href="#models">See what else can run here</a>
          </p>
        </>
      )}
      {examined !== undefined && reachability.includes(failure.code) && !examining && (
        <Button variant="default" size="compact-md" onClick={() => setExamining(true)}>
          Find out why
        </Button>
      )}
      {examining && examined !== undefined && <Doctor provider={examined} />}
    </div>
  );
}
