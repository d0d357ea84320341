import { Ollama } from "ollama/browser";

export const cases = {
  stream: ({ origin, model }) => {
    const client = new Ollama({ host: origin });
    return async () => {
      let text = "";
      for await (const part of await client.chat({ model, stream: true, messages: [{ role: "user", content: "Why is the sky blue?" }] })) text += part.message.content;
      return text;
    };
  },
};
