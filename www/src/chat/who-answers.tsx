import { Button } from "@mantine/core";
import { ChevronDown, ChevronUp } from "lucide-react";
import { useId, useState } from "react";
import { GoalChoice } from "./goal-choice";
import { ModelChoice } from "./model-choice";
import { RouteLine } from "./route-line";
import { RoutePanel } from "./route-panel";
import { useRoutePreview } from "./use-route-preview";
import classes from "./who-answers.module.css";

/** By which goal or which model, who that would be for the question as it stands, and opened, how all the others came off. */
export function WhoAnswers() {
  const [open, setOpen] = useState(false);
  const panel = useId();
  // Every model's score is worked out only while somebody looks.
  const preview = useRoutePreview({ pinned: true, explained: open });
  const known = preview.kind === "chosen" || (preview.kind === "none" && preview.excluded.length > 0);
  const Chevron = open ? ChevronUp : ChevronDown;
  return (
    <div className={classes.group} role="group" aria-label="Who answers">
      <div className={classes.controls}>
        <GoalChoice />
        <ModelChoice />
        {known && (
          <Button
            className={classes.why}
            variant="subtle"
            color="gray"
            size="compact-sm"
            fw={550}
            rightSection={<Chevron size={15} aria-hidden />}
            aria-expanded={open}
            aria-controls={panel}
            aria-label="Why this model"
            onClick={() => setOpen(!open)}
          >
            Why
          </Button>
        )}
      </div>
      <RouteLine preview={preview} brief={open} />
      <div id={panel}>{open && known && <RoutePanel preview={preview} />}</div>
    </div>
  );
}
