import { announce } from "../app/announcer";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { ModelPicker } from "../models/model-picker";
import { AnsweringModels } from "./answering-models";
import { withModel } from "./request";

/** Which model answers, chosen by the visitor or by the mesh. */
export function ModelChoice() {
  const { conversation } = useSession();
  const choice = useObservable(conversation.choice);
  const choose = (address: string | undefined, name: string | undefined) => {
    conversation.choice.set(withModel(choice, address));
    announce(name === undefined ? "Any model may answer." : `${name} is chosen.`);
  };
  return (
    <ModelPicker chosen={choice.model} onChoose={choose}>
      {(take) => <AnsweringModels chosen={choice.model} onChoose={take} withAny level={3} />}
    </ModelPicker>
  );
}
