import { NativeSelect, SegmentedControl } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import type { Goal } from "hkm-mesh";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import classes from "./composer.module.css";
import { goals } from "./goals";

/** What matters to the visitor; on a narrow screen the same as a list to choose from. */
export function GoalChoice() {
  const { conversation } = useSession();
  const choice = useObservable(conversation.choice);
  const narrow = useMediaQuery("(max-width: 37.5em)");
  const choose = (goal: Goal) => conversation.choice.set({ ...choice, goal });
  if (narrow) {
    return (
      <NativeSelect
        className={classes.select}
        rightSectionWidth={26}
        aria-label="Goal"
        data={goals.map(({ value, label }) => ({ value, label }))}
        value={choice.goal}
        onChange={(event) => choose(event.currentTarget.value as Goal)}
      />
    );
  }
  return (
    <SegmentedControl
      aria-label="Goal"
      size="sm"
      data={goals.map(({ value, label, meaning }) => ({ value, label: <span title={meaning}>{label}</span> }))}
      value={choice.goal}
      onChange={(value) => choose(value)}
    />
  );
}
