import { Anchor } from "@mantine/core";
import type { Source } from "./answer-step";
import classes from "./sources.module.css";

/** Where a link leads; undefined where it is no link of the web, which is not followed. */
function hostOf(address: string): string | undefined {
  try {
    const url = new URL(address);
    return url.protocol === "https:" || url.protocol === "http:" ? url.host : undefined;
  } catch {
    return undefined;
  }
}

/** The pages that an answer rests on. Nothing of them is loaded, not even their small pictures: only a click goes there. */
export function Sources({ sources }: { sources: readonly Source[] }) {
  if (sources.length === 0) return null;
  return (
    <section aria-label="Sources" className={classes.sources}>
      <h3 className={classes.title}>Sources</h3>
      <ol className={classes.list}>
        {sources.map(({ title, url }) => {
          const host = hostOf(url);
          const name = title.trim() === "" ? url : title;
          return (
            <li key={url}>
              {host === undefined ? (
                name
              ) : (
                <>
                  <Anchor href={url} target="_blank" rel="noopener noreferrer nofollow" underline="always" inherit>
                    {name}
                  </Anchor>{" "}
                  {host !== name && <span className={classes.host}>{host}</span>}
                </>
              )}
            </li>
          );
        })}
      </ol>
    </section>
  );
}
