import { Button, NativeSelect, PasswordInput, TextInput } from "@mantine/core";
import { useState, type SubmitEvent } from "react";
import { announce } from "../app/announcer";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { localityNames } from "../models/model-facts";
import classes from "./form.module.css";
import { addressFault, isLoopback, nameFault } from "./server-address";
import type { Server } from "./stored-settings";

const localities: readonly Server["locality"][] = ["device", "network", "cloud"];
const emptyForm = { name: "", endpoint: "", locality: undefined as Server["locality"] | undefined, key: "" };

export function ServerForm() {
  const { mesh } = useSession();
  const settings = useObservable(mesh.settings);
  const [form, setForm] = useState(emptyForm);
  const [faults, setFaults] = useState<{ name?: string; endpoint?: string }>({});
  const [saving, setSaving] = useState(false);
  const change = (part: Partial<typeof emptyForm>) => setForm((before) => ({ ...before, ...part }));

  const endpoint = form.endpoint.trim();
  // What the address tells is filled in; what it does not tell, the visitor says.
  const locality = form.locality ?? (isLoopback(endpoint) ? "device" : "cloud");

  const onSubmit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = form.name.trim();
    const found = { name: nameFault(name, settings.servers.map((server) => server.name)), endpoint: addressFault(endpoint) };
    setFaults(found);
    if (found.name !== undefined || found.endpoint !== undefined) return;
    setSaving(true);
    await mesh.addServer({ name, endpoint, locality }, form.key);
    setSaving(false);
    setForm(emptyForm);
    announce(`${name} is added.`);
  };

  return (
    <form className={classes.fields} onSubmit={(event) => void onSubmit(event)} aria-label="Add a server">
      <h3 className={classes.subtitle}>Add a server</h3>
      <div className={classes.pair}>
        <TextInput
          label="Name"
          description="As you want to see it here"
          placeholder="my-server"
          spellCheck={false}
          autoComplete="off"
          value={form.name}
          error={faults.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
        <NativeSelect
          label="Where it is"
          description="Decides what may be sent there"
          value={locality}
          onChange={(event) => change({ locality: event.currentTarget.value as Server["locality"] })}
          data={localities.map((value) => ({ value, label: localityNames[value] }))}
        />
      </div>
      <TextInput
        label="Address"
        description="https, or http on this machine"
        placeholder="http://localhost:8080/v1"
        inputMode="url"
        spellCheck={false}
        autoComplete="off"
        value={form.endpoint}
        error={faults.endpoint}
        onChange={(event) => change({ endpoint: event.currentTarget.value })}
      />
      <PasswordInput
        label="Key, if it asks for one"
        description="For this visit; once the server is added it can be remembered"
        autoComplete="off"
        visibilityToggleButtonProps={{ "aria-label": "Show the key" }}
        value={form.key}
        onChange={(event) => change({ key: event.currentTarget.value })}
      />
      <div>
        <Button type="submit" loading={saving}>
          Add server
        </Button>
      </div>
    </form>
  );
}
