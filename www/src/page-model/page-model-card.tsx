import { Button, Progress } from "@mantine/core";
import { Cpu, Download } from "lucide-react";
import { useId } from "react";
import { announce } from "../app/announcer";
import { Card } from "../app/card";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { StateMark } from "../app/state-mark";
import { demonstrationNotice } from "../models/demonstration";
import { formatBytes } from "../models/model-facts";
import { Notice } from "../models/notice";
import { pageModelBytes } from "./model-file";

function Action({ onReady }: { onReady?: (() => void) | undefined }) {
  const { pageModel } = useSession();
  const state = useObservable(pageModel.state);
  const label = useId();

  const switchOn = async () => {
    announce("The download has started.");
    await pageModel.switchOn();
    if (pageModel.state.get().status !== "ready") return;
    announce("The model in this page is ready.");
    onReady?.();
  };

  if (state.status === "downloading" || state.status === "loading") {
    const downloading = state.status === "downloading";
    return (
      <div style={{ width: "100%" }}>
        <Progress
          size="md"
          value={downloading ? (100 * state.loadedBytes) / state.totalBytes : 100}
          striped={!downloading}
          animated={!downloading}
          aria-labelledby={label}
        />
        <p id={label} style={{ marginTop: 8 }}>
          {downloading ? `Downloading: ${formatBytes(state.loadedBytes)} of ${formatBytes(state.totalBytes)}` : "Loading the model…"}
        </p>
        <Button variant="default" size="xs" mt={8} onClick={() => pageModel.cancel()}>
          Cancel
        </Button>
      </div>
    );
  }
  if (state.status === "ready") return <p>It is ready: ask your question.</p>;
  if (state.status === "resting") return <p>It is switched on. The first question loads it from this browser's storage.</p>;
  return (
    <>
      {state.status === "failed" && <p role="alert">It did not work: {state.message}</p>}
      <Button leftSection={<Download size={16} aria-hidden />} onClick={() => void switchOn()}>
        Run a small model in this page ({formatBytes(pageModelBytes)} download)
      </Button>
    </>
  );
}

/** The way to an answer for someone who has nothing installed: one click. */
export function PageModelCard({ onReady, level }: { onReady?: (() => void) | undefined; level?: 2 | 3 }) {
  const { pageModel } = useSession();
  const { status } = useObservable(pageModel.state);
  const on = status === "ready" || status === "resting";
  return (
    <Card title="A small model in this page" icon={<Cpu size={18} aria-hidden />} level={level} aside={on ? <StateMark kind="good">Ready</StateMark> : undefined}>
      <p>SmolLM2 135M runs inside your browser. Nothing to install, no account, and your words stay in this page.</p>
      <Notice>{demonstrationNotice}</Notice>
      <Action onReady={onReady} />
    </Card>
  );
}
