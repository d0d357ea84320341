// The same app with the AI SDK and a provider for each of the three; the choice among them is the author's own.
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenRouter } from "@openrouter/ai-sdk-provider";
import { streamText } from "ai";
import { createOllama } from "ollama-ai-provider-v2";

const models = {
  privacy: createOllama({ baseURL: "http://localhost:11434/api" })("llama3.2"),
  cost: createOpenRouter({ apiKey: "sk-or-v1-" })("meta-llama/llama-3.3-70b-instruct"),
  quality: createGoogleGenerativeAI({ apiKey: "AIza" })("gemini-3.5-flash"),
};

async function answer(goal, question, show) {
  for await (const text of streamText({ model: models[goal], prompt: question }).textStream) show(text);
}

globalThis.document.forms[0].addEventListener("submit", (event) => {
  event.preventDefault();
  const output = globalThis.document.querySelector("output");
  const question = event.target.question.value;
  void answer(question.length > 200 ? "quality" : "privacy", question, (text) => output.append(text));
});

globalThis.readyAt = performance.now();
