// @ts-check
/** `node tests/simulator/main.mjs --port 11434`: a simulated Ollama for trying things by hand, or for a test in another process. */
import { parseArgs } from "node:util";
import { startOllamaSimulator } from "./ollama.mjs";
import { startOpenAISimulator } from "./openai.mjs";

const USAGE = `Usage: node tests/simulator/main.mjs [options]
  --port N            default 11434
  --control-port N    of the listener that answers /__simulator also while the first refuses; default: any free one
  --interval N        milliseconds between tokens, default 20
  --load N            milliseconds of silence while a model loads, default 0
  --parallel N        requests at once for each model, default without limit
  --origins LIST      as OLLAMA_ORIGINS: comma-separated, added to localhost
  --only-origins LIST the same, without localhost
  --old               a server without capabilities
  --openai            an OpenAI-compatible server instead (default port 8080)
  --api-key KEY       with --openai: the key that requests must bear`;

/** @param {string | undefined} text */
const number = (text) => (text === undefined ? undefined : Number(text));

const { values } = parseArgs({
  options: {
    "port": { type: "string" }, "control-port": { type: "string" }, "interval": { type: "string", default: "20" }, "load": { type: "string" },
    "parallel": { type: "string" }, "origins": { type: "string" }, "only-origins": { type: "string" }, "old": { type: "boolean" },
    "openai": { type: "boolean" }, "api-key": { type: "string" }, "help": { type: "boolean" },
  },
});

if (values.help) {
  console.log(USAGE);
} else {
  const shared = { controlPort: number(values["control-port"]), intervalMs: number(values.interval) };
  const list = values["only-origins"] ?? values.origins ?? "";
  const allow = list.split(",").map((origin) => origin.trim()).filter((origin) => origin !== "");
  const simulator = values.openai
    ? await startOpenAISimulator({ ...shared, port: number(values.port) ?? 8080, apiKey: values["api-key"] })
    : await startOllamaSimulator({
      ...shared,
      port: number(values.port) ?? 11434,
      loadMs: number(values.load),
      parallel: number(values.parallel),
      old: values.old,
      origins: { allow, defaults: values["only-origins"] === undefined },
    });
  console.log(`${values.openai ? "OpenAI-compatible" : "Ollama"} SIMULATOR (not a model) on ${simulator.url}`);
  console.log(`control: ${simulator.controlUrl}/__simulator/`);
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
    process.once(signal, () => {
      simulator.close().then(() => process.exit(0));
    });
  }
}
