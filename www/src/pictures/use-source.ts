import { useState } from "react";
import { announce } from "../app/announcer";
import { useSession } from "../app/session-context";
import { pictureFault } from "../chat/picture";

/** Takes one of the visitor's own pictures to change, and says why a file is none. */
export function useSource(): { take: (files: readonly File[]) => void; drop: () => void; fault: string | undefined } {
  const { studio } = useSession();
  const [fault, setFault] = useState<string>();
  const take = ([file]: readonly File[]) => {
    if (file === undefined) return;
    const found = pictureFault(file, []);
    setFault(found);
    if (found !== undefined) return;
    const name = file.name === "" ? "your picture" : file.name;
    studio.change({ source: { file, name }, mask: undefined });
    announce(`Attached: ${name}.`);
  };
  const drop = () => {
    studio.change({ source: undefined, mask: undefined });
    setFault(undefined);
    announce("The picture to change is removed.");
  };
  return { take, drop, fault };
}
