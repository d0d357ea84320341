import { Button } from "@mantine/core";
import { CircleAlert } from "lucide-react";
import { useState } from "react";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { showView } from "../app/use-view";
import { Doctor } from "../doctor/doctor";
import { plainly } from "../models/plain-words";
import { PageModelCard } from "../page-model/page-model-card";
import { Exclusions } from "./exclusions";
import classes from "./failure-view.module.css";
import type { Failure } from "./turn";

/** Failures whose cause lies between the page and the server, so that a look at the server helps. */
const reachability: readonly string[] = ["unreachable", "blocked-by-browser", "permission", "offline", "model-missing", "out-of-memory", "timeout", "server", "protocol", "all-failed"];

/** Failures that another key, or an account that is filled up, would mend. */
const keyTrouble: readonly string[] = ["no-key", "invalid-key", "quota"];

export function FailureView({ failure, partial, onRetry }: { failure: Failure; partial: boolean; onRetry: (() => void) | undefined }) {
  const { pageModel } = useSession();
  const { status } = useObservable(pageModel.state);
  const [examining, setExamining] = useState(false);
  const nothingThere = failure.code === "no-model" && failure.excluded.length === 0;
  const providers = [...new Set([...(failure.provider === undefined ? [] : [failure.provider]), ...failure.attempts.map((attempt) => attempt.model.split("/")[0] ?? "")])];
  const examined = providers.find((provider) => provider !== "page" && provider !== "browser" && provider !== "");
  return (
    <div className={classes.failure}>
      <p className={classes.title}>
        <CircleAlert size={17} aria-hidden />
        <span>
          {partial ? "The answer broke off. " : ""}
          {nothingThere ? "There is no model yet that could answer." : failure.message}
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
          {status !== "resting" && (
            <div className={classes.way}>
              <PageModelCard level={3} onReady={onRetry} />
            </div>
          )}
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
