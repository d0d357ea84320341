import type { ModelConfig } from "hkm-mesh";
import { useHealth } from "hkm-mesh/react";
import { useMemo } from "react";
import { addressOf } from "./model-facts";
import { standingOf, type Standing } from "./standing";
import type { Ranking } from "./ranking";

/** Whether a model can answer the question as it stands. Worked out for the rows in sight only. */
export function useStandings({ exclusionOf }: Ranking): (model: ModelConfig) => Standing {
  const health = useHealth();
  return useMemo(() => {
    const states = new Map(health.map((entry) => [entry.provider, entry]));
    return (model) => standingOf(model, states.get(model.provider), exclusionOf(addressOf(model)));
  }, [health, exclusionOf]);
}
