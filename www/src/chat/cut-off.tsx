import { Button, Group } from "@mantine/core";
import classes from "./answer-view.module.css";

export interface CutActions {
  /** Whether another answer is being written: one at a time. */
  isBusy: boolean;
  onGoOn: () => void;
  onDiscard: () => void;
}

/** What can be done with an answer that the page went away from. */
export function CutOff({ isEmpty, isBusy, onGoOn, onDiscard }: CutActions & { isEmpty: boolean }) {
  return (
    <>
      <p className={classes.stopped}>{isEmpty ? "The page went away before the first words of this answer." : "The page went away in the middle of this answer."}</p>
      <Group gap="xs">
        <Button variant="default" size="compact-md" disabled={isBusy} onClick={onGoOn}>
          Go on
        </Button>
        <Button variant="subtle" size="compact-md" color="gray" onClick={onDiscard}>
          Discard
        </Button>
      </Group>
    </>
  );
}
