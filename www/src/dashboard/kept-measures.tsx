import { Button } from "@mantine/core";
import { useMesh } from "hkm-mesh/react";
import { Download, Trash2, Upload } from "lucide-react";
import { useRef, useState } from "react";
import { announce } from "../app/announcer";
import { Card } from "../app/card";
import { useObservable } from "../app/observable";
import { Notice } from "../models/notice";
import { plainly } from "../models/plain-words";
import { download } from "./download";
import classes from "./kept-measures.module.css";
import { countWords } from "./number-words";

/** Nine browsers' measures at their fullest are half of this. */
const largestImport = 16_000_000;

/** Everything that is kept, however old. */
const everything = { from: 0 };

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? plainly(thrown.message) : "It did not work.";
}

/** Where measures are kept, and what can be done with them: taken out, taken in, forgotten. */
export function KeptMeasures() {
  const mesh = useMesh();
  const { keptIn } = useObservable(mesh.storage);
  const input = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState<{ text: string; isFault: boolean }>();
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);

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
      download(mesh.metrics.export(format, everything), name, format === "json" ? "application/json" : "text/csv");
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
    <Card title="What is kept">
      <p>
        Numbers, names of models and codes, never a question or an answer. They stay in this browser, by the hour for 30 days and by the day for 400. Of single requests the last 200 are kept, and those are not exported.
      </p>
      {keptIn === "memory" && <Notice>This browser keeps nothing for this page now: these measures are gone when you close it.</Notice>}
      {isAsking ? (
        <div className={classes.actions} role="group" aria-label="Forget all measures?">
          <p className={classes.question}>Forget all measures, also the imported ones? This cannot be undone.</p>
          <Button color="red" leftSection={<Trash2 size={16} aria-hidden />} onClick={forget}>
            Forget all
          </Button>
          <Button variant="default" data-autofocus autoFocus onClick={() => setAsking(false)}>
            Keep them
          </Button>
        </div>
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
          <Button variant="default" leftSection={<Trash2 size={16} aria-hidden />} onClick={() => setAsking(true)}>
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
