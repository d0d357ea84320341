import { Button, TextInput } from "@mantine/core";
import { useState, type SubmitEvent } from "react";
import { announce } from "../app/announcer";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import classes from "./form.module.css";
import { addressFault } from "./server-address";
import { usualComfyUIEndpoint, usualOllamaEndpoint } from "./stored-settings";

const servers = {
  Ollama: { field: "ollamaEndpoint", usual: usualOllamaEndpoint },
  ComfyUI: { field: "comfyuiEndpoint", usual: usualComfyUIEndpoint },
} as const;

/** The address of a server that is looked for by itself. */
export function EndpointForm({ server }: { server: keyof typeof servers }) {
  const { field, usual } = servers[server];
  const { mesh } = useSession();
  const settings = useObservable(mesh.settings);
  const [endpoint, setEndpoint] = useState(settings[field]);
  const [fault, setFault] = useState<string>();
  const [saving, setSaving] = useState(false);

  const onSubmit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const address = endpoint.trim() === "" ? usual : endpoint.trim();
    const found = addressFault(address);
    setFault(found);
    if (found !== undefined) return;
    setEndpoint(address);
    setSaving(true);
    await mesh.apply({ ...settings, [field]: address });
    setSaving(false);
    announce("Saved.");
  };

  return (
    <form className={classes.row} onSubmit={(event) => void onSubmit(event)} aria-label={server}>
      <TextInput
        className={classes.wide}
        label="Address"
        description={`Usually ${usual}`}
        inputMode="url"
        spellCheck={false}
        autoComplete="off"
        value={endpoint}
        error={fault}
        onChange={(event) => setEndpoint(event.currentTarget.value)}
      />
      <Button type="submit" variant="light" loading={saving}>
        Save
      </Button>
    </form>
  );
}
