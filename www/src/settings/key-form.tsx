import { Button, Checkbox, PasswordInput } from "@mantine/core";
import type { KeyCheck } from "hkm-mesh";
import { useId, useState, type ReactNode, type SubmitEvent } from "react";
import { announce } from "../app/announcer";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { StateMark } from "../app/state-mark";
import { providerName } from "../models/model-facts";
import classes from "./form.module.css";

interface KeyFormProps {
  provider: string;
  /** Another way to a key, above the field; it is told whether the key is to be remembered. */
  above?: (remember: boolean) => ReactNode;
  /** What its keys look like, or when one is needed. */
  hint?: string;
  onKept?: (() => void) | undefined;
}

const verdictKinds = { valid: "good", invalid: "bad", unreachable: "idle", "not-tried": "idle" } as const;

function Verdict({ check }: { check: Pick<KeyCheck, "live" | "message"> }) {
  return (
    <p className={classes.verdict}>
      <StateMark kind={verdictKinds[check.live]}>{check.message}</StateMark>
    </p>
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A key that is there: asked about, or taken away. It cannot be shown, for nothing can read it back. */
function HeldKey({ provider, remembered }: { provider: string; remembered: boolean }) {
  const { mesh } = useSession();
  const name = providerName(provider);
  const [check, setCheck] = useState<Pick<KeyCheck, "live" | "message">>();
  const [busy, setBusy] = useState(false);

  const ask = async () => {
    setBusy(true);
    const said = await mesh.keys.check(provider).catch((error: unknown) => ({ live: "not-tried" as const, message: messageOf(error) }));
    setBusy(false);
    setCheck(said);
    announce(said.message);
  };
  const remove = async () => {
    await mesh.keys.remove(provider);
    announce(`The key of ${name} is removed.`);
  };
  return (
    <div className={classes.fields} role="group" aria-label={`Key of ${name}`}>
      <p className={classes.held}>{remembered ? "A key is remembered on this device, encrypted." : "A key is in memory until you close or reload this page."}</p>
      {check !== undefined && <Verdict check={check} />}
      <div className={classes.actions}>
        <Button variant="default" size="sm" loading={busy} onClick={() => void ask()}>
          Check it
        </Button>
        <Button variant="subtle" color="red" size="sm" onClick={() => void remove()}>
          Remove key
        </Button>
      </div>
    </div>
  );
}

/** A key for a provider: asked about first, then used, for this visit or for later ones too. A refused key is not kept. */
export function KeyForm({ provider, hint, above, onKept }: KeyFormProps) {
  const { mesh } = useSession();
  const lives = useObservable(mesh.keys.lives);
  const name = providerName(provider);
  const [key, setKey] = useState("");
  const [remember, setRemember] = useState(false);
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [check, setCheck] = useState<KeyCheck>();
  const life = lives.get(provider);
  const faultId = useId();

  const checkAndKeep = async () => {
    const said = await mesh.keys.check(provider, key);
    if (said.live === "invalid" || said.format === "empty") {
      setFault(said.message);
      announce(said.message);
      return;
    }
    setCheck(said);
    await mesh.keys.set(provider, key, { persist: remember });
    setKey("");
    announce(`${said.message} ${remember ? "It is remembered on this device." : "It is used until you close this page."}`);
    onKept?.();
  };
  const onSubmit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    setFault(undefined);
    setBusy(true);
    try {
      await checkAndKeep();
    } catch (error) {
      setFault(messageOf(error));
      announce(messageOf(error));
    } finally {
      setBusy(false);
    }
  };

  if (life !== undefined) {
    return (
      <div className={classes.fields}>
        {check !== undefined && <Verdict check={check} />}
        {fault !== undefined && <Verdict check={{ live: "invalid", message: fault }} />}
        <HeldKey provider={provider} remembered={life === "remembered"} />
      </div>
    );
  }
  return (
    <form className={classes.fields} onSubmit={(event) => void onSubmit(event)} aria-label={`Key of ${name}`}>
      {above?.(remember)}
      <div className={classes.row}>
        <PasswordInput
          className={classes.wide}
          label={`Key of ${name}`}
          {...(hint === undefined ? {} : { description: hint })}
          autoComplete="off"
          visibilityToggleButtonProps={{ "aria-label": "Show the key" }}
          value={key}
          error={fault !== undefined}
          aria-invalid={fault !== undefined}
          aria-describedby={fault === undefined ? undefined : faultId}
          onChange={(event) => {
            setKey(event.currentTarget.value);
            setFault(undefined);
          }}
        />
        <Button type="submit" variant="light" loading={busy}>
          Check and use
        </Button>
      </div>
      {fault !== undefined && (
        <p id={faultId} className={classes.fault}>
          {fault}
        </p>
      )}
      <Checkbox
        label="Remember it on this device"
        description="Encrypted in this browser. Otherwise it is gone when you close or reload the page."
        checked={remember}
        onChange={(event) => setRemember(event.currentTarget.checked)}
      />
    </form>
  );
}
