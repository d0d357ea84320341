import { NativeSelect, SegmentedControl, TextInput } from "@mantine/core";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { mostPictures } from "./picture-draft";
import classes from "./picture-form.module.css";
import { seedFault } from "./seed";
import { aspectRatios, sides, styles, type AspectRatio } from "./styles";

const counts = Array.from({ length: mostPictures }, (_, index) => `${index + 1}`);

/** How the picture is made: its style, its shape and size, how many, and where chance begins. */
export function PictureSettings() {
  const { studio } = useSession();
  const { style, aspectRatio, side, count, seed } = useObservable(studio.draft);
  return (
    <div className={classes.settings}>
      <SegmentedControl
        className={classes.style}
        aria-label="Style"
        size="sm"
        data={styles.map(({ value, label, meaning }) => ({ value, label: <span title={meaning}>{label}</span> }))}
        value={style}
        onChange={(value) => studio.change({ style: value })}
      />
      <NativeSelect
        label="Shape"
        data={aspectRatios.map(({ value, label }) => ({ value, label }))}
        value={aspectRatio}
        onChange={(event) => studio.change({ aspectRatio: event.currentTarget.value as AspectRatio })}
      />
      <NativeSelect
        label="Size"
        title="As near as the model can. What is larger takes longer, and in the cloud it may cost more."
        data={[{ value: "", label: "As it suits" }, ...sides.map(({ value, label }) => ({ value: `${value}`, label }))]}
        value={side === undefined ? "" : `${side}`}
        onChange={(event) => studio.change({ side: event.currentTarget.value === "" ? undefined : Number(event.currentTarget.value) })}
      />
      <NativeSelect label="How many" data={counts} value={`${count}`} onChange={(event) => studio.change({ count: Number(event.currentTarget.value) })} />
      <TextInput
        label="Seed"
        placeholder="Random"
        title="The same seed and the same words give the same picture again, where the model can."
        inputMode="numeric"
        autoComplete="off"
        value={seed}
        error={seedFault(seed)}
        onChange={(event) => studio.change({ seed: event.currentTarget.value })}
      />
    </div>
  );
}
