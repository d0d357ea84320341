import type { Goal } from "hkm-mesh";

export const goals: readonly { value: Goal; label: string; meaning: string }[] = [
  { value: "balanced", label: "Balanced", meaning: "A fair mix of quality, speed and cost." },
  { value: "privacy", label: "Privacy", meaning: "Your words stay on this machine." },
  { value: "cost", label: "Cost", meaning: "The cheapest model that can do it." },
  { value: "quality", label: "Quality", meaning: "The best answer, even if it takes longer or costs more." },
  { value: "speed", label: "Speed", meaning: "The first words as soon as possible: when a model is late, a second one is asked too." },
];
