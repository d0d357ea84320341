import { Button } from "@mantine/core";
import { useMesh, useModels } from "hkm-mesh/react";
import { HardDrive } from "lucide-react";
import { useEffect, useState } from "react";
import { Card } from "../app/card";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { StateMark } from "../app/state-mark";
import { canAnswer } from "../models/model-facts";
import { Doctor } from "./doctor";

/** Ollama at a glance. Where it runs but refuses this page, the remedy is shown without being asked for. */
export function OllamaCard({ level }: { level?: 2 | 3 }) {
  const { mesh: session } = useSession();
  const mesh = useMesh();
  const { looking, report } = useObservable(session.discovery);
  const models = useModels((model) => model.provider === "ollama" && canAnswer(model));
  const entry = report?.providers.find((candidate) => candidate.provider === "ollama");
  const [asked, setAsked] = useState(false);
  const [found, setFound] = useState<string>();
  const failed = entry !== undefined && !entry.ok;

  useEffect(() => {
    if (!failed) return;
    let current = true;
    mesh.diagnose("ollama").then(
      ({ causes }) => {
        if (current) setFound(causes[0]?.code);
      },
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [failed, mesh]);

  // Whoever never installed it is not shown how to mend it; anything else is worth telling unasked.
  const broken = found !== undefined && found !== "not-running";
  const refused = found === "origin-refused";
  const icon = <HardDrive size={18} aria-hidden />;
  if (entry === undefined) {
    return (
      <Card title="Ollama" icon={icon} level={level}>
        <p>It runs models on your own machine. {looking ? "Looking for it…" : "Your browser may ask you to allow this page to reach it."}</p>
        <Button variant="light" loading={looking} onClick={() => void session.look()}>
          Look for Ollama
        </Button>
      </Card>
    );
  }
  if (!failed) {
    return (
      <Card title="Ollama" icon={icon} level={level} aside={<StateMark kind={models.length > 0 ? "good" : "idle"}>{models.length > 0 ? "Ready" : "No model yet"}</StateMark>}>
        {models.length > 0 ? (
          <p>
            {models.length === 1 ? "One model" : `${models.length} models`} can answer: {models.map((model) => model.name).join(", ")}.
          </p>
        ) : (
          <Doctor provider="ollama" />
        )}
      </Card>
    );
  }
  return (
    <Card title="Ollama" icon={icon} level={level} aside={<StateMark kind="idle">{refused ? "Refuses this page" : broken ? "Cannot be used" : "Not found"}</StateMark>}>
      <p>It runs larger models on your own machine, for free.{!asked && !broken && " It does not answer right now."}</p>
      {asked || broken ? (
        <Doctor provider="ollama" />
      ) : (
        <Button variant="light" onClick={() => setAsked(true)}>
          Set up Ollama
        </Button>
      )}
    </Card>
  );
}
