import { Badge } from "@mantine/core";
import type { ModelConfig } from "hkm-mesh";
import { StateMark } from "../app/state-mark";
import { demonstrationNotice, isDemonstration } from "./demonstration";
import { addressOf, formatBytes, formatDollars, localityNames, localityOf, providerName } from "./model-facts";
import classes from "./model-row.module.css";
import { Notice } from "./notice";

const qualityNames: Record<ModelConfig["quality"], string> = { low: "basic quality", medium: "good quality", high: "high quality" };

function priceOf({ price, isLocal }: ModelConfig): string {
  if (price === undefined) return isLocal ? "free" : "price unknown";
  if (price.input === 0 && price.output === 0) return "free";
  return `${formatDollars(price.input * 1e6)} in, ${formatDollars(price.output * 1e6)} out per million tokens`;
}

export function ModelRow({ model }: { model: ModelConfig }) {
  const facts = [
    ...(model.sizeBytes === undefined ? [] : [formatBytes(model.sizeBytes)]),
    ...(model.contextLength === undefined ? [] : [`reads ${model.contextLength.toLocaleString("en")} tokens`]),
    qualityNames[model.quality],
    priceOf(model),
    ...model.capabilities,
  ];
  return (
    <li className={classes.row}>
      <div className={classes.main}>
        <p className={classes.name}>{model.name}</p>
        <p className={classes.address}>{addressOf(model)}</p>
        <p className={classes.facts}>{facts.join(" · ")}</p>
        {isDemonstration(addressOf(model)) && <Notice>{demonstrationNotice}</Notice>}
      </div>
      <div className={classes.side}>
        <StateMark kind={model.isAvailable ? "good" : "bad"}>{model.isAvailable ? "Available" : "Not available"}</StateMark>
        <Badge variant="light" radius="sm" tt="none" fw={500} size="lg">
          {localityNames[localityOf(model)]}
        </Badge>
        <span className={classes.provider}>{providerName(model.provider)}</span>
      </div>
    </li>
  );
}
