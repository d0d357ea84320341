import type { ModelConfig } from "hkm-mesh";
import { useModels } from "hkm-mesh/react";
import { addressOf } from "./model-facts";

/** The model at an address, where it is still listed. */
export function useModelOf(): (address: string) => ModelConfig | undefined {
  const models = useModels();
  return (address) => models.find((model) => addressOf(model) === address);
}
