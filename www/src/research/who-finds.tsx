import { Checkbox } from "@mantine/core";
import { useMemo } from "react";
import { announce } from "../app/announcer";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import route from "../chat/route-line.module.css";
import { ModelBrowser } from "../models/model-browser";
import { canAnswer, estimatedCost, whereaboutsOf } from "../models/model-facts";
import { ModelPicker } from "../models/model-picker";
import { plainly, reasonWords } from "../models/plain-words";
import { rankingOf } from "../models/ranking";
import type { RoutePreview } from "../models/use-route";
import classes from "./research.module.css";
import { useFactsRoute } from "./use-facts-route";

function FindingModels({ chosen, onChoose }: { chosen: string | undefined; onChoose: (address: string | undefined) => void }) {
  const preview = useFactsRoute({ pinned: false, explained: true });
  const ranking = useMemo(() => rankingOf(preview), [preview]);
  return <ModelBrowser offers={canAnswer} ranking={ranking} chosen={chosen} onChoose={onChoose} withAny level={3} />;
}

function Sentence({ preview, searches }: { preview: RoutePreview; searches: boolean }) {
  if (preview.kind === "choosing") return <>Getting ready…</>;
  if (preview.kind === "broken") return <>{plainly(preview.message)}</>;
  if (preview.kind === "none") {
    const untold = preview.excluded.find(({ reason }) => reason.code === "capability-unknown");
    const why = untold === undefined ? plainly(preview.hint ?? "There is no model yet that could answer.") : `${untold.model}: ${reasonWords(untold.reason)}`;
    return (
      <>
        <strong>No model can state facts that can be checked.</strong> {why}
      </>
    );
  }
  const { chosen, estimate } = preview.decision;
  const canSearch = chosen.capabilities.includes("search");
  return (
    <>
      <strong>{chosen.name}</strong> would find them: {whereaboutsOf(chosen)}, {estimatedCost(estimate.cost)}.{" "}
      {canSearch && searches ? "It searches the web for them." : `It ${canSearch ? "does not" : "cannot"} search the web: it states what it learned, and what it names as a source nobody looked at.`}
    </>
  );
}

/** Which model looks for facts, whether it searches the web, and who that would be now. */
export function WhoFinds() {
  const { research } = useSession();
  const { model, searches } = useObservable(research.wish);
  const preview = useFactsRoute({ pinned: true, explained: false });
  const choose = (address: string | undefined, name: string | undefined) => {
    research.change({ model: address });
    announce(name === undefined ? "Any model may find them." : `${name} is chosen.`);
  };
  return (
    <div role="group" aria-label="Who finds them">
      <div className={classes.controls}>
        <ModelPicker label="Model for the facts" chosen={model} onChoose={choose}>
          {(take) => <FindingModels chosen={model} onChoose={take} />}
        </ModelPicker>
        <Checkbox label="Search the web where the model can" checked={searches} onChange={(event) => research.change({ searches: event.currentTarget.checked })} />
      </div>
      <div id="facts-route-line" className={route.line} data-kind={preview.kind}>
        <p className={route.sentence}>
          <Sentence preview={preview} searches={searches} />
        </p>
      </div>
    </div>
  );
}
