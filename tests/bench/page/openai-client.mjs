import OpenAI from "openai";

export const cases = {
  stream: ({ origin, model }) => {
    const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: "sk-bench", dangerouslyAllowBrowser: true, maxRetries: 0 });
    return async () => {
      const stream = await client.chat.completions.create({ model, stream: true, messages: [{ role: "user", content: "Why is the sky blue?" }] });
      let text = "";
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
      return text;
    };
  },
};
