import { Button } from "@mantine/core";
import { useModels } from "hkm-mesh/react";
import { ChevronsUpDown } from "lucide-react";
import { useState } from "react";
import { announce } from "../app/announcer";
import { Dialog } from "../app/dialog";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { withModel } from "../chat/request";
import { ModelBrowser } from "./model-browser";
import { addressOf } from "./model-facts";
import classes from "./model-picker.module.css";

/** Says which model is chosen, and opens the list to choose another one. */
export function ModelPicker() {
  const { conversation } = useSession();
  const choice = useObservable(conversation.choice);
  const models = useModels();
  const [open, setOpen] = useState(false);
  const model = models.find((candidate) => addressOf(candidate) === choice.model);
  const name = choice.model === undefined ? "Any model" : (model?.name ?? `${choice.model} (gone)`);

  const choose = (address: string | undefined) => {
    conversation.choice.set(withModel(choice, address));
    setOpen(false);
    const chosen = models.find((candidate) => addressOf(candidate) === address);
    announce(chosen === undefined ? "Any model may answer." : `${chosen.name} is chosen.`);
  };

  return (
    <>
      <Button
        variant="default"
        size="sm"
        className={classes.button}
        rightSection={<ChevronsUpDown size={15} aria-hidden />}
        aria-haspopup="dialog"
        aria-label={`Model: ${name}`}
        onClick={() => setOpen(true)}
      >
        <span className={classes.name}>{name}</span>
      </Button>
      <Dialog title="Choose a model" open={open} onClose={() => setOpen(false)}>
        <ModelBrowser chosen={choice.model} onChoose={choose} withAny level={3} />
      </Dialog>
    </>
  );
}
