import { Button } from "@mantine/core";
import { useState } from "react";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { StateMark } from "../app/state-mark";
import { Doctor } from "../doctor/doctor";
import classes from "./server-states.module.css";

/** The servers the visitor named, and how each was found at the last look. Ollama has its own card. */
export function ServerStates() {
  const { mesh } = useSession();
  const { servers } = useObservable(mesh.settings);
  const { report } = useObservable(mesh.discovery);
  const [examined, setExamined] = useState<string>();
  if (servers.length === 0) return null;
  return (
    <section aria-labelledby="server-states" className={classes.section}>
      <h2 id="server-states">Your servers</h2>
      <ul className={classes.list}>
        {servers.map((server) => {
          const entry = report?.providers.find((candidate) => candidate.provider === server.name);
          return (
            <li key={server.name} className={classes.row}>
              <div className={classes.line}>
                <span className={classes.name}>{server.name}</span>
                <span className={classes.endpoint}>{server.endpoint}</span>
                {entry === undefined ? (
                  <StateMark kind="idle">Not asked yet</StateMark>
                ) : (
                  <StateMark kind={entry.ok ? "good" : "bad"}>{entry.ok ? `${entry.models} ${entry.models === 1 ? "model" : "models"}` : "No answer"}</StateMark>
                )}
              </div>
              {entry?.error !== undefined && <p className={classes.error}>{entry.error.message}</p>}
              {entry !== undefined && !entry.ok && examined !== server.name && (
                <Button variant="default" size="compact-sm" onClick={() => setExamined(server.name)}>
                  Find out why
                </Button>
              )}
              {examined === server.name && <Doctor provider={server.name} />}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
