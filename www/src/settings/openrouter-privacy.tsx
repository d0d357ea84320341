import { Checkbox } from "@mantine/core";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import classes from "./form.module.css";

/** To which companies OpenRouter may pass questions on. */
export function OpenRouterPrivacy() {
  const { mesh } = useSession();
  const settings = useObservable(mesh.settings);
  const { openrouter } = settings;
  const change = (part: Partial<typeof openrouter>) => void mesh.apply({ ...settings, openrouter: { ...openrouter, ...part } });
  return (
    <fieldset className={classes.group}>
      <legend>Whom OpenRouter may pass questions on to</legend>
      <Checkbox
        label="Nobody who collects them"
        description="Leaves out companies that keep questions or learn from them. Most free models are among those."
        checked={openrouter.denyDataCollection}
        onChange={(event) => change({ denyDataCollection: event.currentTarget.checked })}
      />
      <Checkbox
        label="Only those who keep nothing"
        description="Zero data retention. Web search does not come under it."
        checked={openrouter.zeroDataRetention}
        onChange={(event) => change({ zeroDataRetention: event.currentTarget.checked })}
      />
    </fieldset>
  );
}
