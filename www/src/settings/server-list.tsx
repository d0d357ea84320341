import { Button, PasswordInput } from "@mantine/core";
import { useState, type SubmitEvent } from "react";
import { announce } from "../app/announcer";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { localityNames } from "../models/model-facts";
import classes from "./form.module.css";
import type { Server } from "./stored-settings";

function ServerKey({ server, known }: { server: Server; known: boolean }) {
  const { mesh } = useSession();
  const [key, setKey] = useState("");
  const onSubmit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    await mesh.setKey(server.name, key);
    announce(key.trim() === "" ? `The key of ${server.name} is forgotten.` : `The key of ${server.name} is in memory until you close this page.`);
    setKey("");
  };
  return (
    <form className={classes.row} onSubmit={(event) => void onSubmit(event)} aria-label={`Key of ${server.name}`}>
      <PasswordInput
        className={classes.wide}
        label={`Key of ${server.name}`}
        description={known ? "A key is in memory until you close or reload this page." : "Only if the server asks for one. It stays in this page's memory."}
        autoComplete="off"
        visibilityToggleButtonProps={{ "aria-label": "Show the key" }}
        value={key}
        onChange={(event) => setKey(event.currentTarget.value)}
      />
      <Button type="submit" variant="default">
        {known && key === "" ? "Forget key" : "Use key"}
      </Button>
    </form>
  );
}

export function ServerList() {
  const { mesh } = useSession();
  const settings = useObservable(mesh.settings);
  const keyNames = useObservable(mesh.keyNames);
  if (settings.servers.length === 0) return <p>For example llama.cpp, vLLM, LM Studio or OpenRouter.</p>;

  const remove = async (server: Server) => {
    await mesh.apply({ ...settings, servers: settings.servers.filter((other) => other.name !== server.name) });
    announce(`${server.name} is removed.`);
  };
  return (
    <ul className={classes.servers} aria-label="Servers">
      {settings.servers.map((server) => (
        <li key={server.name} className={classes.server}>
          <div className={classes.title}>
            <span className={classes.name}>{server.name}</span>
            <span className={classes.endpoint}>
              {server.endpoint} · {localityNames[server.locality].toLowerCase()}
            </span>
            <Button variant="subtle" color="red" size="compact-sm" aria-label={`Remove ${server.name}`} onClick={() => void remove(server)}>
              Remove
            </Button>
          </div>
          <ServerKey server={server} known={keyNames.has(server.name)} />
        </li>
      ))}
    </ul>
  );
}
