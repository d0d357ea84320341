import { Button } from "@mantine/core";
import type { DiscoveryReport } from "hkm-mesh";
import { useState } from "react";
import list from "../app/list.module.css";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { StateMark } from "../app/state-mark";
import { Doctor } from "../doctor/doctor";
import { cloudsOn } from "../settings/clouds";
import { providerName } from "./model-facts";
import { plainly } from "./plain-words";

type Entry = DiscoveryReport["providers"][number];

function State({ entry }: { entry: Entry | undefined }) {
  if (entry === undefined) return <StateMark kind="idle">Not asked yet</StateMark>;
  if (!entry.ok) return <StateMark kind="bad">No answer</StateMark>;
  return <StateMark kind="good">{`${entry.models} ${entry.models === 1 ? "model" : "models"}`}</StateMark>;
}

/** Everyone who can be asked over a connection, and how each was found at the last look. Ollama has its own card. */
export function ServerStates() {
  const { mesh } = useSession();
  const settings = useObservable(mesh.settings);
  const { report, found = [] } = useObservable(mesh.discovery);
  const [examined, setExamined] = useState<string>();
  const servers = [
    ...cloudsOn(settings).map(({ name, title }) => ({ name, detail: `${title}'s cloud` })),
    ...settings.servers.map(({ name, endpoint }) => ({ name, detail: endpoint })),
    ...found.map((name) => ({ name, detail: "found on this machine" })),
  ];
  if (servers.length === 0) return <p className={list.note}>None beside Ollama.</p>;
  return (
    <ul className={list.list} data-framed aria-label="Servers">
      {servers.map(({ name, detail }) => {
        const entry = report?.providers.find((candidate) => candidate.provider === name);
        return (
          <li key={name} className={list.row}>
            <div className={list.line}>
              <span className={list.name}>{providerName(name)}</span>
              <span className={list.detail}>{detail}</span>
              <State entry={entry} />
            </div>
            {entry?.error !== undefined && <p className={list.note}>{plainly(entry.error.message)}</p>}
            {entry !== undefined && !entry.ok && examined !== name && (
              <Button variant="default" size="compact-sm" onClick={() => setExamined(name)}>
                Find out why
              </Button>
            )}
            {examined === name && <Doctor provider={name} />}
          </li>
        );
      })}
    </ul>
  );
}
