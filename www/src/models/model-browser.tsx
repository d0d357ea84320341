import { TextInput } from "@mantine/core";
import type { ModelConfig } from "hkm-mesh";
import { useModels } from "hkm-mesh/react";
import { Search } from "lucide-react";
import { useDeferredValue, useId, useState, type KeyboardEvent } from "react";
import { announce } from "../app/announcer";
import classes from "./model-browser.module.css";
import { addressOf } from "./model-facts";
import { ModelFilters } from "./model-filters";
import { ModelList, optionId, type Entry } from "./model-list";
import { noWishes, searched, type Wishes } from "./model-search";
import type { Ranking } from "./ranking";
import { RemedyPanel } from "./remedy-panel";
import type { Remedy, Standing } from "./standing";
import { useStandings } from "./use-standings";

/** How far Page Up and Page Down go. */
const page = 6;

interface ModelBrowserProps {
  /** Which models are listed. */
  offers: (model: ModelConfig) => boolean;
  ranking: Ranking;
  /** The chosen model as "provider/id"; undefined where the mesh chooses. */
  chosen: string | undefined;
  /** Undefined: the mesh is to choose. */
  onChoose: (address: string | undefined) => void;
  /** Whether "the mesh chooses" is among what can be chosen. */
  withAny?: boolean;
  /** Of a heading in it. */
  level: 2 | 3;
}

function entriesOf(models: Entry[], withAny: boolean, { words }: Wishes): Entry[] {
  return withAny && words.trim() === "" ? [{ kind: "any" }, ...models] : models;
}

/** Every model there is: searched, filtered and in order, with what keeps one from answering and what helps. The one list of models. */
export function ModelBrowser({ offers, ranking, chosen, onChoose, withAny = false, level }: ModelBrowserProps) {
  const models = useModels(offers);
  const standings = useStandings(ranking);
  const [wishes, setWishes] = useState(noWishes);
  const [active, setActive] = useState(0);
  const [remedy, setRemedy] = useState<{ kind: Remedy; provider: string }>();
  const listId = useId();
  // The field stays quick while a long list follows it.
  const later = useDeferredValue(wishes);
  const found = searched(models, later, ranking.place);
  const entries = entriesOf(found.map((model): Entry => ({ kind: "model", model })), withAny, later);
  const place = Math.min(active, entries.length - 1);

  const change = (part: Partial<Wishes>) => {
    setWishes((before) => ({ ...before, ...part }));
    setActive(0);
  };

  const take = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    if (entry.kind === "any") {
      onChoose(undefined);
      return;
    }
    const standing: Standing = standings(entry.model);
    if (standing.remedy !== undefined) setRemedy({ kind: standing.remedy, provider: entry.model.provider });
    else if (standing.open) onChoose(addressOf(entry.model));
    else announce(`${entry.model.name} cannot be chosen. ${standing.sentence ?? ""}`);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const last = entries.length - 1;
    const moves: Partial<Record<string, number>> = { ArrowDown: place + 1, ArrowUp: place - 1, PageDown: place + page, PageUp: place - page };
    if (event.ctrlKey) Object.assign(moves, { Home: 0, End: last });
    const target = moves[event.key];
    if (target !== undefined) setActive(Math.max(0, Math.min(last, target)));
    else if (event.key === "Enter") take(entries[place]);
    else return;
    event.preventDefault();
  };

  if (remedy !== undefined) {
    return <RemedyPanel {...remedy} level={level} onBack={() => setRemedy(undefined)} />;
  }
  return (
    <div className={classes.browser}>
      <TextInput
        data-autofocus
        role="combobox"
        aria-label="Search models"
        aria-expanded
        aria-haspopup="listbox"
        aria-autocomplete="list"
        aria-controls={listId}
        aria-activedescendant={place >= 0 ? optionId(listId, place) : undefined}
        placeholder="Search by name, provider or ability"
        leftSection={<Search size={16} aria-hidden />}
        spellCheck={false}
        autoComplete="off"
        value={wishes.words}
        onChange={(event) => change({ words: event.currentTarget.value })}
        onKeyDown={onKeyDown}
      />
      <ModelFilters wishes={wishes} onChange={change} models={models} />
      <p className={classes.count} aria-live="polite">
        {found.length === models.length ? `${models.length} ${models.length === 1 ? "model" : "models"}` : `${found.length} of ${models.length} models`}
      </p>
      <ModelList id={listId} entries={entries} active={place} chosen={chosen} standings={standings} onTake={take} onPoint={setActive} />
      {entries.length === 0 && <p className={classes.empty}>{models.length === 0 ? "No models yet." : "No model fits this search."}</p>}
    </div>
  );
}
