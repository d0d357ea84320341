import { Button } from "@mantine/core";
import { Columns2 } from "lucide-react";
import { announce } from "../app/announcer";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { GoalChoice } from "../chat/goal-choice";
import who from "../chat/who-answers.module.css";
import { ModelPicker } from "../models/model-picker";
import { PaintingModels } from "./painting-models";
import { comparisonFault } from "./picture-draft";
import classes from "./picture-form.module.css";
import { PictureRouteLine } from "./picture-route-line";
import { usePictureRoute } from "./use-picture-route";

/** The model that makes the picture. Where two are compared each has to be chosen. */
function PainterChoice({ which }: { which: "model" | "rival" }) {
  const { studio } = useSession();
  const draft = useObservable(studio.draft);
  const chosen = draft[which];
  const choose = (address: string | undefined, name: string | undefined) => {
    studio.change({ [which]: address });
    announce(name === undefined ? "Any model may make it." : `${name} is chosen.`);
  };
  return (
    <ModelPicker label={which === "model" ? "Model" : "Second model"} chosen={chosen} none={draft.compares ? "Choose a model" : "Any model"} onChoose={choose}>
      {(take) => <PaintingModels chosen={chosen} withAny={!draft.compares} onChoose={take} />}
    </ModelPicker>
  );
}

function RivalRoute() {
  const preview = usePictureRoute({ pinned: true, explained: false }, "rival");
  return <PictureRouteLine preview={preview} />;
}

/** By which goal or which model the picture is made, who that would be now, and whether a second one makes it, too. */
export function WhoPaints() {
  const { studio } = useSession();
  const draft = useObservable(studio.draft);
  const preview = usePictureRoute({ pinned: true, explained: false });
  const fault = comparisonFault(draft);
  const { compares } = draft;
  return (
    <div className={who.group} role="group" aria-label="Who makes it">
      <div className={who.controls}>
        <GoalChoice />
        <PainterChoice which="model" />
      </div>
      <div className={classes.compare}>
        <Button
          variant={compares ? "light" : "subtle"}
          color={compares ? "teal" : "gray"}
          size="compact-sm"
          aria-pressed={compares}
          title="The same words and the same seed by two models, side by side."
          leftSection={<Columns2 size={16} aria-hidden />}
          fw={550}
          onClick={() => studio.change({ compares: !compares })}
        >
          Compare two models
        </Button>
        {compares && <PainterChoice which="rival" />}
      </div>
      {fault === undefined ? <PictureRouteLine id="picture-route-line" preview={preview} /> : <p className={classes.missing}>{fault}</p>}
      {compares && fault === undefined && <RivalRoute />}
    </div>
  );
}
