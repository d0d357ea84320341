import { Button } from "@mantine/core";
import { announce } from "../app/announcer";
import list from "../app/list.module.css";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { localityNames } from "../models/model-facts";
import { KeyForm } from "./key-form";
import type { Server } from "./stored-settings";

export function ServerList() {
  const { mesh } = useSession();
  const settings = useObservable(mesh.settings);
  if (settings.servers.length === 0) return <p>For example llama.cpp, vLLM or LM Studio, on this machine or elsewhere.</p>;

  const remove = async (server: Server) => {
    await mesh.apply({ ...settings, servers: settings.servers.filter((other) => other.name !== server.name) });
    announce(`${server.name} is removed.`);
  };
  return (
    <ul className={list.list} aria-label="Servers">
      {settings.servers.map((server) => (
        <li key={server.name} className={list.row}>
          <div className={list.line}>
            <span className={list.name}>{server.name}</span>
            <span className={list.detail}>
              {server.endpoint} · {localityNames[server.locality].toLowerCase()}
            </span>
            <Button variant="subtle" color="red" size="compact-sm" aria-label={`Remove ${server.name}`} onClick={() => void remove(server)}>
              Remove
            </Button>
          </div>
          <KeyForm provider={server.name} hint="Only if the server asks for one." />
        </li>
      ))}
    </ul>
  );
}
