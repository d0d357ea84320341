// @ts-check
/** `node tests/simulator/main.mjs`: the simulated providers, for trying things by hand, or for a test in another process. */
import { parseArgs } from "node:util";
import { startComfyUISimulator } from "./comfyui.mjs";
import { startGeminiSimulator } from "./gemini.mjs";
import { GOOD_GEMINI_KEY, GOOD_OPENROUTER_KEY } from "./keys.mjs";
import { startOllamaSimulator } from "./ollama.mjs";
import { startOpenAISimulator } from "./openai.mjs";
import { startOpenRouterSimulator } from "./openrouter.mjs";

const USAGE = `Usage: node tests/simulator/main.mjs [--ollama] [--openai] [--openrouter] [--gemini] [--comfyui] [options]
Starts the providers that are named, else all of them, on ports 11434, 8080, 8471, 8472 and 8188.
  --port N            of the first one; the others keep theirs, or take any free one if theirs is taken or with --port 0
  --control-port N    of the listener that answers /__simulator also while the first one refuses; default: any free one
  --interval N        milliseconds between tokens, default 20; ComfyUI: ten times as many for a step
  --catalogue N       OpenRouter and Gemini: how many invented models are listed besides, default 0
  --api-key KEY       OpenAI-compatible: the key that requests must bear
  --load N            Ollama, ComfyUI: milliseconds of silence while a model loads, default 0
  --parallel N        Ollama: requests at once for each model, default without limit
  --origins LIST      as OLLAMA_ORIGINS: comma-separated, added to localhost
  --only-origins LIST the same, without localhost
  --old               an Ollama without capabilities, an old ComfyUI
  --setup NAME        ComfyUI: which model files there are: none, recorded, sd15, sdxl, flux, schnell, flux-parts, folders, all (default)
  --choices v3        ComfyUI: the other encoding of choices
  --windows           ComfyUI: backslashes in names
  --cors ORIGIN       ComfyUI: as --enable-cors-header, default *; "off": without`;

/** @param {string | undefined} text */
const number = (text) => (text === undefined ? undefined : Number(text));

const { values } = parseArgs({
  options: {
    "ollama": { type: "boolean" }, "openai": { type: "boolean" }, "openrouter": { type: "boolean" }, "gemini": { type: "boolean" },
    "comfyui": { type: "boolean" }, "setup": { type: "string", default: "all" }, "choices": { type: "string" }, "windows": { type: "boolean" }, "cors": { type: "string", default: "*" },
    "port": { type: "string" }, "control-port": { type: "string" }, "interval": { type: "string", default: "20" }, "catalogue": { type: "string", default: "0" },
    "load": { type: "string" }, "parallel": { type: "string" }, "origins": { type: "string" }, "only-origins": { type: "string" }, "old": { type: "boolean" },
    "api-key": { type: "string" }, "help": { type: "boolean" },
  },
});
const list = values["only-origins"] ?? values.origins ?? "";
const allow = list.split(",").map((origin) => origin.trim()).filter((origin) => origin !== "");
const catalogue = Number(values.catalogue);

/** @typedef {import("./simulator.mjs").SimulatorOptions} SimulatorOptions */

/** @type {{ flag: "ollama" | "openai" | "openrouter" | "gemini" | "comfyui", name: string, port: number, key?: string, start: (shared: SimulatorOptions) => Promise<import("./simulator.mjs").Simulator & { apiUrl?: string }> }[]} */
const PROVIDERS = [
  {
    flag: "ollama", name: "Ollama", port: 11_434,
    start: (shared) => startOllamaSimulator({
      ...shared, loadMs: number(values.load), parallel: number(values.parallel), old: values.old, origins: { allow, defaults: values["only-origins"] === undefined },
    }),
  },
  { flag: "openai", name: "OpenAI-compatible", port: 8080, key: values["api-key"], start: (shared) => startOpenAISimulator({ ...shared, apiKey: values["api-key"] }) },
  { flag: "openrouter", name: "OpenRouter", port: 8471, key: GOOD_OPENROUTER_KEY, start: (shared) => startOpenRouterSimulator({ ...shared, catalogue }) },
  { flag: "gemini", name: "Gemini", port: 8472, key: GOOD_GEMINI_KEY, start: (shared) => startGeminiSimulator({ ...shared, catalogue }) },
  {
    flag: "comfyui", name: "ComfyUI", port: 8188,
    start: (shared) => startComfyUISimulator({
      ...shared, stepMs: Number(values.interval) * 10, loadMs: number(values.load), models: values.setup, encoding: values.choices === "v3" ? "v3" : "v1", windows: values.windows,
      age: values.old ? "old" : "recorded", cors: values.cors === "off" ? null : values.cors,
    }),
  },
];

async function start() {
  const named = PROVIDERS.filter(({ flag }) => values[flag]);
  const wanted = number(values.port);
  const simulators = [];
  for (const [index, provider] of (named.length > 0 ? named : PROVIDERS).entries()) {
    const port = index === 0 ? wanted ?? provider.port : wanted === 0 ? 0 : provider.port;
    const shared = { port, controlPort: index === 0 ? number(values["control-port"]) : undefined, intervalMs: number(values.interval) };
    const simulator = await provider.start(shared).catch((error) => {
      if (error.code !== "EADDRINUSE" || index === 0) throw error;
      return provider.start({ ...shared, port: 0 });
    });
    simulators.push(simulator);
    console.log(`${provider.name} SIMULATOR (not a model) on ${simulator.apiUrl ?? simulator.url}`);
    console.log(`  control: ${simulator.controlUrl}/__simulator/${provider.key === undefined ? "" : `   key: ${provider.key}`}`);
  }
  return simulators;
}

if (values.help) {
  console.log(USAGE);
} else {
  const simulators = await start();
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
    process.once(signal, () => {
      Promise.all(simulators.map((simulator) => simulator.close())).then(() => process.exit(0));
    });
  }
}
