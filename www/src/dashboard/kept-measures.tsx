import { Button } from "@mantine/core";
import { useMesh } from "hkm-mesh/react";
import { Download, Trash2, Upload } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { announce } from "../app/announcer";
import { Card } from "../app/card";
import { download } from "../app/object-url";
import { useObservable } from "../app/observable";
import { Notice } from "../models/notice";
import { plainly } from "../models/plain-words";
import classes from "./kept-measures.module.css";
import { countWords } from "./number-words";

/** Nine browsers' measures at their fullest are half of this. */
const largestImport = 16_000_000;

/** Everything that is kept, however old. */
const everything = { from: 0 };

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? plainly(thrown.message) : "It did not work.";
}

function ForgetQuestion({ onForget, onKeep }: { onForget: () => void; onKeep: () => void }) {
  return (
    <div className={classes.actions} role="group" aria-label="Forget all measures?">
      <p className={classes.question}>Forget all measures, also the imported ones? This cannot be undone.</p>
      <Button variant="light" color="red" leftSection={<Trash2 size={16} aria-hidden />} onClick={onForget}>
        Forget all
      </Button>
      <Button variant="default" autoFocus onClick={onKeep}>
        Keep them
      </Button>
    </div>
  );
}

/** Where measures are kept, and what can be done with them: taken out, taken in, forgotten. */
export function KeptMeasures() {
  const mesh = useMesh();
  const { keptIn } = useObservable(mesh.storage);
  const input = useRef<HTMLInputElement>(null);
  const forgetButton = useRef<HTMLButtonElement>(null);
  const [said, setSaid] = useState<{ text: string; isFault: boolean }>();
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);

  // The question takes the focus, and gives it back.
  const wasAsking = useRef(false);
  useEffect(() => {
    if (wasAsking.current && !isAsking) forgetButton.current?.focus();
    wasAsking.current = isAsking;
  }, [isAsking]);

  const say = (text: string, isFault = false) => {
    setSaid({ text, isFault });
    announce(text);
  };
  const attempt = async (action: () => Promise<string> | string) => {
    setBusy(true);
    try {
      say(await action());
    } catch (thrown) {
      say(messageOf(thrown), true);
    } finally {
      setBusy(false);
    }
  };

  const exportAs = (format: "json" | "csv") =>
    attempt(() => {
      const name = `measures-${new Date().toISOString().slice(0, 10)}.${format}`;
      download(new Blob([mesh.metrics.export(format, everything)], { type: format === "json" ? "application/json" : "text/csv" }), name);
      return `${name} is made.`;
    });
  const importFrom = (file: File | undefined) => {
    if (file === undefined) return;
    void attempt(async () => {
      if (file.size > largestImport) throw new Error("This file is too large to be an export.");
      const added = await mesh.metrics.import(await file.text());
      if (added === 0) return "Nothing in this file is new.";
      return added === 1 ? "One request was new." : `${countWords(added)} requests were new.`;
    });
  };
  const forget = () => {
    setAsking(false);
    void attempt(async () => {
      await mesh.metrics.clear();
      return "All measures are forgotten.";
    });
  };

  return (
    <Card title="These measures">
      <p>
        They are numbers, names of models and codes, without a word of what was asked or answered. They stay in this browser: by the hour for 30 days, by the day for 400. The last requests are not part of an export.
      </p>
      {keptIn === "memory" && <Notice>This browser keeps nothing for this page now: these measures are gone when you close it.</Notice>}
      {isAsking ? (
        <ForgetQuestion onForget={forget} onKeep={() => setAsking(false)} />
      ) : (
        <div className={classes.actions}>
          <Button variant="default" leftSection={<Download size={16} aria-hidden />} onClick={() => void exportAs("json")}>
            Export JSON
          </Button>
          <Button variant="default" leftSection={<Download size={16} aria-hidden />} onClick={() => void exportAs("csv")}>
            Export CSV
          </Button>
          <Button variant="default" leftSection={<Upload size={16} aria-hidden />} loading={isBusy} onClick={() => input.current?.click()}>
            Import
          </Button>
          <input
            ref={input}
            type="file"
            hidden
            accept="application/json,.json"
            tabIndex={-1}
            onChange={(event) => {
              importFrom(event.currentTarget.files?.[0]);
              // The same file can be chosen again.
              event.currentTarget.value = "";
            }}
          />
          <Button ref={forgetButton} variant="default" leftSection={<Trash2 size={16} aria-hidden />} onClick={() => setAsking(true)}>
            Forget all
          </Button>
        </div>
      )}
      {said !== undefined && (
        <p className={classes.said} data-fault={said.isFault || undefined}>
          {said.text}
        </p>
      )}
      <p className={classes.note}>JSON can be imported, here or in another browser; the same twice adds nothing. CSV is for spreadsheets.</p>
    </Card>
  );
}
