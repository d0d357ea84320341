import { Button } from "@mantine/core";
import { Cloud as CloudIcon } from "lucide-react";
import { announce } from "../app/announcer";
import { Card } from "../app/card";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { StateMark } from "../app/state-mark";
import { CloudAccess } from "./cloud-access";
import type { Cloud } from "./clouds";
import { OpenRouterPrivacy } from "./openrouter-privacy";

function stateOf(on: boolean, hasKey: boolean): { kind: "good" | "idle"; label: string } {
  if (!on) return { kind: "idle", label: "Off" };
  return hasKey ? { kind: "good", label: "In use" } : { kind: "idle", label: "Needs a key" };
}

/** A cloud as a whole: whether it is used, its key, and how to be rid of it. */
export function CloudCard({ cloud }: { cloud: Cloud }) {
  const { mesh } = useSession();
  const settings = useObservable(mesh.settings);
  const lives = useObservable(mesh.keys.lives);
  const { on } = settings[cloud.name];
  const { kind, label } = stateOf(on, lives.has(cloud.name));

  const switchOff = async () => {
    await mesh.switchOff(cloud.name);
    announce(`${cloud.title} is switched off.`);
  };
  return (
    <Card title={cloud.title} icon={<CloudIcon size={18} aria-hidden />} aside={<StateMark kind={kind}>{label}</StateMark>}>
      <CloudAccess cloud={cloud} />
      {cloud.name === "openrouter" && <OpenRouterPrivacy />}
      {on && (
        <Button variant="default" size="sm" onClick={() => void switchOff()}>
          Switch {cloud.title} off
        </Button>
      )}
    </Card>
  );
}
