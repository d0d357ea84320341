import { Button } from "@mantine/core";
import type { ModelConfig } from "hkm-mesh";
import { useMesh, useModels } from "hkm-mesh/react";
import { useEffect, useState, type ReactNode } from "react";
import { Card } from "../app/card";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { StateMark } from "../app/state-mark";
import { Doctor } from "./doctor";

export interface LocalServerCardProps {
  provider: string;
  name: string;
  icon: ReactNode;
  /** What it does, as a sentence: before it was looked for. */
  does: string;
  /** What the visitor would have of it, as a sentence: where it was not found. */
  offer: string;
  /** What its models can do, after "can". */
  able: string;
  counts: (model: ModelConfig) => boolean;
  onLook: () => Promise<void>;
  level?: 2 | 3;
}

/** A server of the visitor's own machine at a glance. Where it runs but refuses this page, the remedy is shown without being asked for. */
export function LocalServerCard({ provider, name, icon, does, offer, able, counts, onLook, level }: LocalServerCardProps) {
  const { mesh: session } = useSession();
  const mesh = useMesh();
  const { looking, report } = useObservable(session.discovery);
  const models = useModels((model) => model.provider === provider && counts(model));
  const entry = report?.providers.find((candidate) => candidate.provider === provider);
  const [asked, setAsked] = useState(false);
  const [found, setFound] = useState<string>();
  const failed = entry !== undefined && !entry.ok;

  useEffect(() => {
    if (!failed) return;
    let current = true;
    mesh.diagnose(provider).then(
      ({ causes }) => {
        if (current) setFound(causes[0]?.code);
      },
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [failed, mesh, provider]);

  // Whoever never installed it is not shown how to mend it; anything else is worth telling unasked.
  const broken = found !== undefined && found !== "not-running";
  const refused = found === "origin-refused";
  if (entry === undefined) {
    return (
      <Card title={name} icon={icon} level={level}>
        <p>
          {does} {looking ? "Looking for it…" : "Your browser may ask you to allow this page to reach it."}
        </p>
        <Button variant="light" loading={looking} onClick={() => void onLook()}>
          Look for {name}
        </Button>
      </Card>
    );
  }
  if (!failed) {
    return (
      <Card title={name} icon={icon} level={level} aside={<StateMark kind={models.length > 0 ? "good" : "idle"}>{models.length > 0 ? "Ready" : "No model yet"}</StateMark>}>
        {models.length > 0 ? (
          <p>
            {models.length === 1 ? "One model" : `${models.length} models`} can {able}: {models.map((model) => model.name).join(", ")}.
          </p>
        ) : (
          <Doctor provider={provider} />
        )}
      </Card>
    );
  }
  return (
    <Card title={name} icon={icon} level={level} aside={<StateMark kind="idle">{refused ? "Refuses this page" : broken ? "Cannot be used" : "Not found"}</StateMark>}>
      <p>
        {offer}
        {!asked && !broken && " It does not answer right now."}
      </p>
      {asked || broken ? (
        <Doctor provider={provider} />
      ) : (
        <Button variant="light" onClick={() => setAsked(true)}>
          Set up {name}
        </Button>
      )}
    </Card>
  );
}
