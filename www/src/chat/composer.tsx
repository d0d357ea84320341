import { Button, NativeSelect, SegmentedControl, VisuallyHidden } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import type { Goal } from "hkm-mesh";
import { useModels } from "hkm-mesh/react";
import { ArrowUp, Square } from "lucide-react";
import { useState, type KeyboardEvent, type RefObject, type SubmitEvent } from "react";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { addressOf, canAnswer, providerName } from "../models/model-facts";
import classes from "./composer.module.css";
import { goals } from "./goals";
import { RouteLine } from "./route-line";

function GoalChoice() {
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

function ModelChoice() {
  const { conversation } = useSession();
  const choice = useObservable(conversation.choice);
  const models = useModels(canAnswer);
  const groups = Map.groupBy(models, (model) => model.provider);
  const known = models.some((model) => addressOf(model) === choice.model);
  const choose = (model: string) => {
    const { goal } = choice;
    conversation.choice.set(model === "" ? { goal } : { goal, model });
  };
  return (
    <NativeSelect className={classes.select} rightSectionWidth={26} aria-label="Model" value={choice.model ?? ""} onChange={(event) => choose(event.currentTarget.value)}>
      <option value="">Any model</option>
      {[...groups].map(([provider, ofProvider]) => (
        <optgroup key={provider} label={providerName(provider)}>
          {ofProvider.map((model) => (
            <option key={addressOf(model)} value={addressOf(model)} disabled={!model.isAvailable}>
              {model.name}
            </option>
          ))}
        </optgroup>
      ))}
      {choice.model !== undefined && !known && <option value={choice.model}>{choice.model} (gone)</option>}
    </NativeSelect>
  );
}

export function Composer({ inputRef, busy }: { inputRef: RefObject<HTMLTextAreaElement | null>; busy: boolean }) {
  const { conversation } = useSession();
  const [text, setText] = useState("");
  const empty = text.trim() === "";

  const send = () => {
    if (empty || busy) return;
    conversation.ask(text.trim());
    setText("");
  };
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    send();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes a word, Enter belongs to it.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };

  return (
    <div className={classes.dock}>
      <form className={classes.card} onSubmit={onSubmit} aria-label="Ask">
        <label>
          <VisuallyHidden>Your question</VisuallyHidden>
          <textarea
            ref={inputRef}
            className={classes.input}
            rows={1}
            value={text}
            placeholder="Ask a question"
            aria-describedby="route-line"
            onChange={(event) => setText(event.currentTarget.value)}
            onKeyDown={onKeyDown}
          />
        </label>
        <RouteLine text={text} />
        <div className={classes.controls}>
          <GoalChoice />
          <ModelChoice />
          {busy ? (
            <Button className={classes.send} variant="default" type="button" onClick={() => conversation.stop()}>
              <Square size={13} fill="currentColor" aria-hidden />
              <span className={classes.word}>Stop</span>
            </Button>
          ) : (
            <Button className={classes.send} type="submit" aria-disabled={empty}>
              <ArrowUp size={18} aria-hidden />
              <span className={classes.word}>Send</span>
            </Button>
          )}
        </div>
      </form>
    </div>
  );
}
