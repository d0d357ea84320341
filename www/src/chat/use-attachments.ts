import { useState } from "react";
import { announce } from "../app/announcer";
import { useSession } from "../app/session-context";
import { forgetPicture, pictureFault, toPicture, type Picture } from "./picture";

/** The pictures of the question that is being written, and why files that were offered did not become some. */
export function useAttachments(): { attach: (files: readonly Blob[]) => void; detach: (picture: Picture) => void; faults: readonly string[] } {
  const { conversation } = useSession();
  const [faults, setFaults] = useState<readonly string[]>([]);

  const attach = (files: readonly Blob[]) => {
    const { text, pictures } = conversation.draft.get();
    const taken = [...pictures];
    const refused = new Set<string>();
    for (const file of files) {
      const fault = pictureFault(file, taken);
      if (fault === undefined) taken.push(toPicture(file));
      else refused.add(fault);
    }
    conversation.draft.set({ text, pictures: taken });
    setFaults([...refused]);
    const added = taken.slice(pictures.length);
    if (added.length > 0) announce(`Attached: ${added.map(({ name }) => name).join(", ")}.`);
  };

  const detach = (picture: Picture) => {
    const draft = conversation.draft.get();
    conversation.draft.set({ ...draft, pictures: draft.pictures.filter(({ id }) => id !== picture.id) });
    forgetPicture(picture);
    setFaults([]);
    announce(`${picture.name} is removed.`);
  };

  return { attach, detach, faults };
}
