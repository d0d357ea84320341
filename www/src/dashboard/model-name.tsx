import { useModels } from "hkm-mesh/react";
import type { GenerationMetrics, Locality } from "hkm-mesh";
import { useMemo } from "react";
import { demonstrationNotice, isDemonstration } from "../models/demonstration";
import { addressOf, localityNames, localityOf, providerName } from "../models/model-facts";
import classes from "./model-name.module.css";

/** Where models run, by address: as the mesh knows it now, else as it was when they were last asked. */
export function usePlaces(recent: readonly GenerationMetrics[]): ReadonlyMap<string, Locality> {
  const models = useModels();
  return useMemo(() => {
    const places = new Map<string, Locality>();
    for (const { provider, modelId, locality } of [...recent].reverse()) if (locality !== undefined) places.set(addressOf({ provider, id: modelId }), locality);
    for (const model of models) places.set(addressOf(model), localityOf(model));
    return places;
  }, [models, recent]);
}

/** A model as a table names it: its own name, who offers it, and where that is. */
export function ModelName({ address, place }: { address: string; place: Locality | undefined }) {
  if (address === "") return <span className={classes.nobody}>No model could be asked</span>;
  const slash = address.indexOf("/");
  const [provider, id] = [address.slice(0, slash), address.slice(slash + 1)];
  return (
    <span className={classes.name}>
      <span>{id}</span>
      <span className={classes.place}>
        {providerName(provider)}
        {place !== undefined && ` · ${localityNames[place].toLowerCase()}`}
      </span>
      {isDemonstration(address) && <span className={classes.place}>{demonstrationNotice}</span>}
    </span>
  );
}
