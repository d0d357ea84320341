// Streaming: the same answer by every peer, in turns, and what it cost the page's main thread.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StepFailure } from "../../scripts/step.mjs";
import { PROTOCOLS } from "./answers.mjs";
import { buildModules } from "./bundle.mjs";
import { Stage } from "./chromium.mjs";
import { startServer } from "./server.mjs";
import { median } from "./statistics.mjs";
import { report } from "./streaming-report.mjs";

/** A case that takes more main-thread time than this takes part in the first rounds only. */
const SLOW_MS = 1_000;
const SLOW_ROUNDS = 3;
/** Until the engine has compiled what is hot; not counted. */
const WARM_ROUNDS = 3;
/** A round that is watched takes longer, so these are not counted either. */
const TRACED_ROUNDS = 3;

const OURS = "hkm-mesh";
const FLOORS = [
  { name: "drain", title: "drain: bytes only", module: "floors" },
  { name: "loop", title: "hand-written loop (FLOOR)", module: "floors" },
  { name: "iterator", title: "the same as an async iterator (ITERATOR FLOOR)", module: "floors" },
];
const meshCases = (module, whose) => [
  { name: "text", title: `${whose}, await text`, module },
  { name: "textStream", title: `${whose}, for await of textStream`, module },
  { name: "events", title: `${whose}, every delta as an event`, module },
];
const PEERS = {
  openai: [{ name: "stream", title: "openai client", module: "openai-client" }, { name: "stream", title: "AI SDK streamText, openai-compatible", module: "ai-sdk" }],
  ollama: [{ name: "stream", title: "ollama client", module: "ollama-client" }, { name: "stream", title: "AI SDK streamText, ollama-ai-provider-v2", module: "ai-sdk" }],
};

const titleOf = ({ protocol, model, isFresh }) => `${protocol}, ${model}${isFresh ? ", first answer of a fresh page" : ""}`;

/** @param {{ browser: import("playwright-core").Browser, options: import("./options.mjs").Options, print: (line: string) => void }} how */
export async function benchStreaming({ browser, options, print }) {
  const folder = await mkdtemp(join(tmpdir(), "hkm-mesh-bench-"));
  try {
    const folders = await build(folder, options);
    const scenarios = scenariosFor(options).filter((one) => !options.scenario || options.scenario.test(titleOf(one)));
    const server = await startServer({ folders, models: [...new Set(scenarios.map(({ model }) => model))] });
    try {
      const found = [];
      for (const scenario of scenarios) found.push(await runScenario({ browser, origin: server.origin, scenario, options, print }));
      return { scenarios: found };
    } finally {
      await server.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function build(folder, { package: own, against, isCheck }) {
  await buildModules(join(folder, "pages"), ["stage", "floors", "mesh", ...(isCheck ? [] : ["openai-client", "ollama-client", "ai-sdk"])], own);
  if (against) await buildModules(join(folder, "against"), ["mesh"], against);
  return { "/pages/": join(folder, "pages"), "/against/": join(folder, "against") };
}

function scenariosFor({ isCheck, isQuick, rounds }) {
  if (isCheck) return PROTOCOLS.flatMap((protocol) => ["burst-60", "paced-5"].map((model) => ({ protocol, model, rounds: 1, isFresh: false })));
  const scenarios = (protocol) => [
    { protocol, model: isQuick ? "burst-5000" : "burst-20000", rounds: rounds ?? (isQuick ? 3 : 9), isFresh: false },
    { protocol, model: "burst-1000", rounds: rounds ?? (isQuick ? 5 : 15), isFresh: false },
    { protocol, model: "burst-1000", rounds: rounds ?? (isQuick ? 3 : 9), isFresh: true },
    { protocol, model: "paced-1000", rounds: rounds ?? (isQuick ? 3 : 7), isFresh: false },
  ];
  return [...scenarios("openai"), ...scenarios("ollama"), ...["openrouter", "gemini"].map((protocol) => scenarios(protocol)[0])];
}

function casesFor({ protocol }, { isCheck, against, only }) {
  const ours = [...meshCases("mesh", OURS), ...(against ? meshCases("against", `${OURS}, the other build`) : [])];
  const others = [...ours, ...(isCheck ? [] : PEERS[protocol] ?? [])].filter(({ title }) => !only || only.test(title));
  return [...FLOORS, ...others].map((one) => ({ ...one, key: `${one.module}/${one.name}`, cpu: [], wall: [], longest: [], isSlow: false, isMissing: false }));
}

async function runScenario({ browser, origin, scenario, options, print }) {
  const run = new ScenarioRun({ browser, origin, scenario, cases: casesFor(scenario, options) });
  try {
    await run.open();
    if (options.isCheck) {
      await run.round({ isCounted: false });
      print(`${run.title}: ${run.present.length} cases delivered the exact answer${run.missing.length > 0 ? `; not in this build: ${run.missing.length}` : ""}`);
      return { title: run.title, cases: run.present.map(({ key }) => key), missing: run.missing };
    }
    for (let round = 0; round < WARM_ROUNDS; round += 1) await run.round({ isCounted: false });
    for (let round = 0; round < scenario.rounds; round += 1) await run.round({ isCounted: true, round });
    if (!scenario.isFresh) await run.trace();
    return report({ ...scenario, title: run.title, present: run.withoutOverhead(), missing: run.missing, print });
  } finally {
    await run.close();
  }
}

/** One scenario on its page, or page after page where each answer is to be the first of its page. */
class ScenarioRun {
  title;
  missing = [];
  #how;
  #stage;
  #overhead = [];

  constructor(how) {
    this.#how = how;
    this.title = titleOf(how.scenario);
  }

  get present() {
    return this.#how.cases.filter(({ isMissing }) => !isMissing);
  }

  async open(cases = this.#how.cases) {
    const { browser, origin, scenario: { protocol, model } } = this.#how;
    this.#stage = await Stage.open(browser, origin);
    for (const one of cases) {
      const module = one.module === "against" ? "/against/mesh.js" : `/pages/${one.module}.js`;
      const why = await this.#stage.call("prepare", { key: one.key, module, name: one.name, at: { protocol, model, label: one.module } });
      if (why === undefined) continue;
      one.isMissing = true;
      this.missing.push(`${one.title}: ${why}`);
    }
  }

  async round({ isCounted, round = 0 }) {
    const { present } = this;
    // Nobody always runs after the same neighbour.
    const order = present.map((_, place) => present[(place + round) % present.length]);
    for (const one of order) {
      if (one.isSlow && (!isCounted || round >= SLOW_ROUNDS)) continue;
      if (isCounted && this.#how.scenario.isFresh) {
        await this.close();
        await this.open([one]);
      }
      const { wallMs, cpuMs } = await this.#run(one);
      if (!isCounted) {
        one.isSlow ||= cpuMs > SLOW_MS;
        continue;
      }
      one.wall.push(wallMs);
      one.cpu.push(cpuMs);
    }
    if (isCounted) this.#overhead.push((await this.#stage.measure("nothing")).cpuMs);
  }

  async #run(one) {
    const { protocol, model } = this.#how.scenario;
    const { value: wallMs, cpuMs } = await this.#stage.measure("run", one.key);
    const wrong = await this.#stage.call("verify", `/expected/${protocol}/${model}`);
    if (wrong) throw new StepFailure(`${one.title} (${this.title}) did not deliver the answer: ${wrong}`, { remedy: "Nothing was concluded from this run." });
    return { wallMs, cpuMs };
  }

  async trace() {
    for (const one of this.present) {
      for (let round = 0; round < (one.isSlow ? 1 : TRACED_ROUNDS); round += 1) one.longest.push(await this.#stage.longestTask("run", one.key));
    }
  }

  /** What the asking itself costs is nobody's. */
  withoutOverhead() {
    const overhead = median(this.#overhead);
    return this.present.map((one) => ({ ...one, cpu: one.cpu.map((value) => Math.max(0, value - overhead)) }));
  }

  async close() {
    await this.#stage?.close();
    this.#stage = undefined;
  }
}
