import { Button, Progress, TextInput } from "@mantine/core";
import { CircleCheck, Download } from "lucide-react";
import { useState, type SubmitEvent } from "react";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { formatBytes } from "../models/model-facts";
import classes from "./pull-form.module.css";

/** Lets Ollama download a model: what its own "pull" command does. */
export function PullForm() {
  const { modelPull } = useSession();
  const state = useObservable(modelPull.state);
  const [model, setModel] = useState("llama3.2");

  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (model.trim() !== "") void modelPull.start(model.trim());
  };

  const pulling = state.status === "pulling";
  return (
    <form className={classes.form} onSubmit={onSubmit} aria-label="Download a model with Ollama">
      <div className={classes.row}>
        <TextInput
          className={classes.name}
          label="Model to download with Ollama"
          description="A name from Ollama's library. llama3.2 is a good first one (about 2 GB)."
          value={model}
          disabled={pulling}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setModel(event.currentTarget.value)}
        />
        {pulling ? (
          <Button variant="default" onClick={() => modelPull.cancel()}>
            Cancel
          </Button>
        ) : (
          <Button type="submit" leftSection={<Download size={16} aria-hidden />}>
            Download
          </Button>
        )}
      </div>
      <div className={classes.status}>
        {pulling && (
          <>
            <Progress
              size="md"
              value={state.totalBytes > 0 ? (100 * state.completedBytes) / state.totalBytes : 0}
              aria-label="Progress"
            />
            <p>
              Downloading {state.model}
              {state.totalBytes > 0 ? `: ${formatBytes(state.completedBytes)} of ${formatBytes(state.totalBytes)}` : "…"}
            </p>
          </>
        )}
        {state.status === "done" && (
          <p className={classes.done}>
            <CircleCheck size={17} aria-hidden /> {state.model} is there and can answer.
          </p>
        )}
        {state.status === "failed" && (
          <p className={classes.failed}>
            {state.model} was not downloaded: {state.message}
          </p>
        )}
      </div>
    </form>
  );
}
