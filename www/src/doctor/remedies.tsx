import { Anchor, Tabs } from "@mantine/core";
import type { ReactNode } from "react";
import { CommandLine } from "./command-line";
import { platformNames, platformsOf, type Remedy } from "./platform";
import classes from "./remedies.module.css";

const addressPattern = /(https:\/\/[^\s,;]*[^\s,;.])/u;

/** The text with its addresses as links. */
function withLinks(text: string): ReactNode[] {
  return text.split(addressPattern).map((part, index) =>
    part.startsWith("https://") ? (
      <Anchor key={index} href={part} target="_blank" rel="noopener noreferrer" inherit>
        {part}
      </Anchor>
    ) : (
      part
    ),
  );
}

function Steps({ remedies }: { remedies: readonly Remedy[] }) {
  return (
    <ol className={classes.steps} data-single={remedies.length === 1 || undefined}>
      {remedies.map((remedy, index) => (
        <li key={index}>
          <p className={classes.text}>{withLinks(remedy.text)}</p>
          {remedy.command !== undefined && <CommandLine command={remedy.command} />}
        </li>
      ))}
    </ol>
  );
}

/** What to do, for the visitor's own system first; the others are one tab away. */
export function Remedies({ remedies }: { remedies: readonly Remedy[] }) {
  const platforms = platformsOf(remedies);
  const [first] = platforms;
  if (first === undefined) return <Steps remedies={remedies} />;
  return (
    <Tabs defaultValue={first} classNames={{ panel: classes.panel }}>
      <Tabs.List aria-label="Operating system">
        {platforms.map((platform) => (
          <Tabs.Tab key={platform} value={platform}>
            {platformNames[platform]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {platforms.map((platform) => (
        <Tabs.Panel key={platform} value={platform}>
          <Steps remedies={remedies.filter((remedy) => remedy.platform === platform || remedy.platform === "any")} />
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
