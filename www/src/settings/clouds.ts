import type { Settings } from "./stored-settings";

export type CloudName = "gemini" | "openrouter";

/** What the visitor is told of a provider in the cloud before giving it a key. */
export interface Cloud {
  name: CloudName;
  title: string;
  /** What is sent where, and what may become of it there. */
  disclosure: string;
  keyPage: string;
  /** What its keys look like. Only a hint: the provider decides. */
  keyHint: string;
}

export const clouds: readonly Cloud[] = [
  {
    name: "gemini",
    title: "Google Gemini",
    disclosure:
      "Questions and images that a Gemini model answers go straight from this browser to Google. On Google's free tier they may be used to improve its products, on the paid tier not.",
    keyPage: "https://aistudio.google.com/apikey",
    keyHint: "Begins with AIza or AQ.",
  },
  {
    name: "openrouter",
    title: "OpenRouter",
    disclosure:
      "Hundreds of models with one account. Questions and images go straight from this browser to OpenRouter, which passes them on to the company that runs the model.",
    keyPage: "https://openrouter.ai/settings/keys",
    keyHint: "Begins with sk-or-v1-.",
  },
];

export function cloudOf(provider: string): Cloud | undefined {
  return clouds.find((cloud) => cloud.name === provider);
}

/** The clouds that may be asked. */
export function cloudsOn(settings: Settings): readonly Cloud[] {
  return clouds.filter((cloud) => settings[cloud.name].on);
}
