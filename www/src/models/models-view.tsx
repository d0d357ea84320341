import { Button, NativeSelect, TextInput } from "@mantine/core";
import type { Locality, ModelConfig } from "hkm-mesh";
import { useModels } from "hkm-mesh/react";
import { RefreshCw, Search } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { announce } from "../app/announcer";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { OllamaCard } from "../doctor/ollama-card";
import { BuiltInCard } from "../page-model/built-in-card";
import { PageModelCard } from "../page-model/page-model-card";
import { addressOf, localityNames, localityOf, providerName } from "./model-facts";
import { ModelRow } from "./model-row";
import classes from "./models-view.module.css";
import { ServerStates } from "./server-states";

type Where = Locality | "anywhere";

function matches(model: ModelConfig, words: readonly string[], where: Where): boolean {
  if (where !== "anywhere" && localityOf(model) !== where) return false;
  const text = [model.name, addressOf(model), providerName(model.provider), ...model.capabilities].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Usable ones first, then by provider and name. */
function inOrder(a: ModelConfig, b: ModelConfig): number {
  return Number(b.isAvailable) - Number(a.isAvailable) || a.provider.localeCompare(b.provider) || a.name.localeCompare(b.name);
}

export function ModelsView() {
  const { mesh } = useSession();
  const models = useModels();
  const { looking } = useObservable(mesh.discovery);
  const [filter, setFilter] = useState("");
  const [where, setWhere] = useState<Where>("anywhere");
  const words = useDeferredValue(filter).toLowerCase().split(/\s+/u).filter(Boolean);
  const shown = models.filter((model) => matches(model, words, where)).sort(inOrder);

  const look = async () => {
    await mesh.look();
    announce(`${mesh.mesh.get().models.get().length} models found.`);
  };

  return (
    <div className={classes.view}>
      <div className={classes.head}>
        <h1>Models</h1>
        <Button variant="default" size="sm" leftSection={<RefreshCw size={15} aria-hidden />} loading={looking} onClick={() => void look()}>
          Look again
        </Button>
      </div>
      <div className={classes.filters}>
        <TextInput
          className={classes.search}
          type="search"
          aria-label="Filter models"
          placeholder="Filter by name, provider or ability"
          leftSection={<Search size={16} aria-hidden />}
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
        />
        <NativeSelect
          aria-label="Where the model runs"
          value={where}
          onChange={(event) => setWhere(event.currentTarget.value as Where)}
          data={[{ value: "anywhere", label: "Anywhere" }, ...Object.entries(localityNames).map(([value, label]) => ({ value, label }))]}
        />
      </div>
      {shown.length > 0 ? (
        <ul className={classes.list} aria-label="Models">
          {shown.map((model) => (
            <ModelRow key={addressOf(model)} model={model} />
          ))}
        </ul>
      ) : (
        <p className={classes.empty}>{models.length === 0 ? "No models yet. Here is where they can come from:" : "No model fits this filter."}</p>
      )}
      <ServerStates />
      <section className={classes.more} aria-labelledby="more-models">
        <h2 id="more-models">Where models come from</h2>
        <PageModelCard level={3} />
        <BuiltInCard level={3} />
        <OllamaCard level={3} />
      </section>
    </div>
  );
}
