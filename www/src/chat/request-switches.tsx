import { Button } from "@mantine/core";
import { Globe, Wrench, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import classes from "./composer.module.css";

function Switch({ Icon, label, meaning, on, onChange }: { Icon: LucideIcon; label: ReactNode; meaning: string; on: boolean; onChange: (on: boolean) => void }) {
  return (
    <Button
      className={classes.switch}
      variant={on ? "light" : "subtle"}
      color={on ? "teal" : "gray"}
      size="compact-sm"
      aria-pressed={on}
      title={meaning}
      leftSection={<Icon size={17} aria-hidden />}
      fw={550}
      onClick={() => onChange(!on)}
    >
      {label}
    </Button>
  );
}

/** What the model may use for its answer. */
export function RequestSwitches() {
  const { conversation } = useSession();
  const choice = useObservable(conversation.choice);
  return (
    <>
      <Switch
        Icon={Wrench}
        label="Tools"
        meaning="Lets the model use a calculator and ask for date and time. Both run in this page."
        on={choice.tools}
        onChange={(tools) => conversation.choice.set({ ...choice, tools })}
      />
      <Switch
        Icon={Globe}
        label={
          <span>
            Search<span className={classes.rest}> the web</span>
          </span>
        }
        meaning="Only models that search the web answer, and name their sources."
        on={choice.search}
        onChange={(search) => conversation.choice.set({ ...choice, search })}
      />
    </>
  );
}
