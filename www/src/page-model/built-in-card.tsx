import { Button, Progress } from "@mantine/core";
import { AppWindow } from "lucide-react";
import { announce } from "../app/announcer";
import { Card } from "../app/card";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { StateMark } from "../app/state-mark";

const explanations = {
  available: "Your browser carries a language model. Nothing is downloaded, and your words stay on this machine.",
  downloadable: "Your browser can download a language model once and keep it. How large it is, your browser decides. Your words stay on this machine.",
  downloading: "Your browser is downloading its language model. Your words stay on this machine.",
};

/** Offers the model that the browser itself brings; shown only where there is one. */
export function BuiltInCard({ level }: { level?: 2 | 3 }) {
  const { builtInModel } = useSession();
  const state = useObservable(builtInModel.state);
  if (state.status === "absent") return null;

  const switchOn = async () => {
    await builtInModel.switchOn();
    if (builtInModel.state.get().status === "ready") announce("The model built into this browser is ready.");
  };
  const label = state.status === "downloadable" ? "Let the browser download it" : "Use the browser's own model";
  return (
    <Card
      title="The model built into this browser"
      icon={<AppWindow size={18} aria-hidden />}
      level={level}
      aside={state.status === "ready" ? <StateMark kind="good">Ready</StateMark> : undefined}
    >
      <p>{state.status in explanations ? explanations[state.status as keyof typeof explanations] : explanations.available}</p>
      {state.status === "preparing" && (
        <div style={{ width: "100%" }}>
          <Progress size="md" value={state.progress * 100} aria-label="Preparing the browser's model" />
        </div>
      )}
      {state.status === "failed" && <p role="alert">It did not work: {state.message}</p>}
      {state.status !== "ready" && state.status !== "preparing" && (
        <Button variant="light" onClick={() => void switchOn()}>
          {label}
        </Button>
      )}
    </Card>
  );
}
