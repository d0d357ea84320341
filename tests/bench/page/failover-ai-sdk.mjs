import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { streamText } from "ai";
import { createFallback } from "ai-fallback";

export const cases = {
  stream: ({ first, second, model }) => {
    const at = (name, baseURL) => createOpenAICompatible({ name, baseURL, apiKey: "sk-bench" })(model);
    // Left to itself it does not take a refused connection for a reason to ask the next.
    const either = createFallback({ models: [at("first", first), at("second", second)], shouldRetryThisError: () => true });
    return async () => {
      let text = "";
      for await (const delta of streamText({ model: either, prompt: "Why is the sky blue?", maxRetries: 0, onError: () => undefined }).textStream) text += delta;
      return text;
    };
  },
};
