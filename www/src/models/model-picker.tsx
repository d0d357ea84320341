import { Button } from "@mantine/core";
import { useModels } from "hkm-mesh/react";
import { ChevronsUpDown } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Dialog } from "../app/dialog";
import { addressOf } from "./model-facts";
import classes from "./model-picker.module.css";

interface ModelPickerProps {
  /** What the choice is about, where there is more than one. */
  label?: string;
  /** The chosen model as "provider/id"; undefined where the mesh chooses. */
  chosen: string | undefined;
  /** What stands where none is chosen. */
  none?: string;
  /** With the model's name, where it is one. */
  onChoose: (address: string | undefined, name: string | undefined) => void;
  /** The list to choose from, there only while it is open. */
  children: (take: (address: string | undefined) => void) => ReactNode;
}

/** Says which model is chosen, and opens the list to choose another one. */
export function ModelPicker({ label = "Model", chosen, none = "Any model", onChoose, children }: ModelPickerProps) {
  const models = useModels();
  const [open, setOpen] = useState(false);
  const nameOf = (address: string | undefined) => models.find((candidate) => addressOf(candidate) === address)?.name;
  const name = chosen === undefined ? none : (nameOf(chosen) ?? `${chosen} (gone)`);

  const take = (address: string | undefined) => {
    setOpen(false);
    onChoose(address, nameOf(address) ?? address);
  };
  return (
    <>
      <Button
        variant="default"
        size="sm"
        className={classes.button}
        rightSection={<ChevronsUpDown size={15} aria-hidden />}
        aria-haspopup="dialog"
        aria-label={`${label}: ${name}`}
        onClick={() => setOpen(true)}
      >
        <span className={classes.name}>{name}</span>
      </Button>
      <Dialog title="Choose a model" open={open} onClose={() => setOpen(false)}>
        {children(take)}
      </Dialog>
    </>
  );
}
