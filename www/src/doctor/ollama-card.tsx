import { HardDrive } from "lucide-react";
import { useSession } from "../app/session-context";
import { canAnswer } from "../models/model-facts";
import { LocalServerCard } from "./local-server-card";

/** Ollama at a glance. */
export function OllamaCard({ level }: { level?: 2 | 3 }) {
  const { mesh } = useSession();
  return (
    <LocalServerCard
      provider="ollama"
      name="Ollama"
      icon={<HardDrive size={18} aria-hidden />}
      does="It runs models on your own machine."
      offer="It runs larger models on your own machine, for free."
      able="answer"
      counts={canAnswer}
      onLook={() => mesh.look()}
      level={level}
    />
  );
}
