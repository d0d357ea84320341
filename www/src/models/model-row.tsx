import type { ModelConfig } from "hkm-mesh";
import { useMesh } from "hkm-mesh/react";
import { ArrowRight, Check } from "lucide-react";
import { memo, useMemo } from "react";
import { StateMark } from "../app/state-mark";
import { abilityLabels } from "./abilities";
import { demonstrationNotice, isDemonstration } from "./demonstration";
import { addressOf, formatBytes, localityNames, localityOf, providerName } from "./model-facts";
import classes from "./model-row.module.css";
import { Notice } from "./notice";
import { priceWords } from "./price-words";
import { remedyNames, type Standing } from "./standing";
import { useCatalogueDay } from "./use-catalogue-day";

const qualityNames: Record<ModelConfig["quality"], string> = { low: "Basic quality", medium: "Good quality", high: "High quality" };

function contextWords(tokens: number): string {
  if (tokens >= 1_000_000) return `reads ${Math.round(tokens / 1e5) / 10} million tokens`;
  return `reads ${tokens >= 10_000 ? `${Math.round(tokens / 1000)}k` : tokens.toLocaleString("en")} tokens`;
}

/** Whether a model on the visitor's own machine would have to be loaded first, and how long that would take by the mesh's own estimate. */
function useWarmth(model: ModelConfig): string | undefined {
  const mesh = useMesh();
  return useMemo(() => {
    if (model.warm === undefined || !model.isLocal || model.provider === "page") return undefined;
    if (model.warm) return "In memory";
    try {
      const { estimate } = mesh.route({ prompt: "Hello", model: addressOf(model) });
      return `Has to load, about ${Math.max(1, Math.round(estimate.firstTokenMs / 1000))} s`;
    } catch {
      return "Has to load"; // it may not be asked at all, so nobody estimates it
    }
  }, [mesh, model]);
}

function Labels({ model }: { model: ModelConfig }) {
  const labels = abilityLabels(model);
  if (labels.length === 0) return null;
  return (
    <span className={classes.labels}>
      <span className={classes.hidden}>Can do: </span>
      {labels.map((label, index) => (
        <span key={label} className={classes.label}>
          {label}
          {index < labels.length - 1 && <span className={classes.hidden}>, </span>}
        </span>
      ))}
    </span>
  );
}

/** All that helps to choose a model, or not to. */
export const ModelRow = memo(function ModelRow({ model, standing, chosen }: { model: ModelConfig; standing: Standing; chosen: boolean }) {
  const warmth = useWarmth(model);
  const day = useCatalogueDay(model.provenance?.price === "snapshot");
  const { price, origin } = priceWords(model, day);
  const facts = [
    qualityNames[model.quality],
    ...(model.contextLength === undefined ? [] : [contextWords(model.contextLength)]),
    ...(model.sizeBytes === undefined ? [] : [formatBytes(model.sizeBytes)]),
    ...(warmth === undefined ? [] : [warmth]),
  ];
  return (
    <div className={classes.row}>
      <div className={classes.head}>
        <p className={classes.title}>
          <span className={classes.name}>{model.name}</span>
          {chosen && <Check size={16} aria-hidden className={classes.sign} />}
          <span className={classes.address}>{addressOf(model)}</span>
        </p>
        <StateMark kind={standing.kind}>{standing.label}</StateMark>
      </div>
      <p className={classes.detail}>
        {[providerName(model.provider), localityNames[localityOf(model)], ...facts].join(" · ")}
      </p>
      <div className={classes.facts}>
        <span>
          {price}
          {origin !== undefined && <span className={classes.origin}> ({origin})</span>}
        </span>
        <Labels model={model} />
      </div>
      {standing.sentence !== undefined && (
        <p className={classes.why}>
          {standing.sentence}
          {standing.remedy !== undefined && (
            <span className={classes.remedy}>
              {" "}
              {remedyNames[standing.remedy]}
              <ArrowRight size={14} aria-hidden />
            </span>
          )}
        </p>
      )}
      {isDemonstration(addressOf(model)) && <Notice>{demonstrationNotice}</Notice>}
    </div>
  );
});
