import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { streamText } from "ai";
import { createOllama } from "ollama-ai-provider-v2";

const MODELS = {
  openai: ({ origin, model }) => createOpenAICompatible({ name: "bench", baseURL: `${origin}/v1`, apiKey: "sk-bench" })(model),
  ollama: ({ origin, model }) => createOllama({ baseURL: `${origin}/api` })(model),
};

export const cases = {
  stream: (at) => {
    const model = MODELS[at.protocol](at);
    return async () => {
      let text = "";
      for await (const delta of streamText({ model, prompt: "Why is the sky blue?", maxRetries: 0 }).textStream) text += delta;
      return text;
    };
  },
};
