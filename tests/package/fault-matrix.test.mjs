// Every fault that a simulator knows, at every provider, in Chromium: no character is lost, none comes twice, and every
// generation has an honest end. What the whole answer is was fixed before: a healthy server said it, without any splicing.
//   UPDATE_DOCS=1 node --test tests/package/fault-matrix.test.mjs   writes docs/fault-matrix.md
import assert from "node:assert/strict";
import { test } from "node:test";
import { FAULTS } from "../simulator/faults.mjs";
import { GOOD_GEMINI_KEY, startGeminiSimulator } from "../simulator/gemini.mjs";
import { startOllamaSimulator } from "../simulator/ollama.mjs";
import { startOpenAISimulator } from "../simulator/openai.mjs";
import { GOOD_OPENROUTER_KEY, startOpenRouterSimulator } from "../simulator/openrouter.mjs";
import { ask, endOf } from "./fault-case.mjs";
import { ENDS, EXPECTED } from "./fault-matrix.mjs";
import { keepTable } from "./fault-table.mjs";
import { openLab } from "./lab.mjs";

/** Short, so that who waits for silence does not wait for long; far above what a busy machine needs for a token. */
const TIMEOUTS = { connectMs: 1_500, firstTokenMs: 1_500, idleMs: 1_500, totalMs: 60_000 };

/** What a simulator repeats, so that the answers hold refrains, rows that begin alike, code, and one sentence twice. */
const PROMPTS = [
  "ha ha ha ha ha, and again: ha ha ha.\n| a | 1 |\n| a | 1 |\n| a | 2 |\n- [ ] x\n- [ ] x\nThat is all.",
  "```js\nif (a) {\n  run();\n}\nif (b) {\n  run();\n}\n```\n光は光です。👩‍🔬👩‍🔬 The sky is blue. The sky is blue.",
];

const PROVIDERS = {
  ollama: { start: () => startOllamaSimulator(), root: ({ url }) => url, model: "simulator" },
  openai: { start: () => startOpenAISimulator(), root: ({ url }) => `${url}/v1`, model: "simulator" },
  openrouter: { start: () => startOpenRouterSimulator(), root: ({ apiUrl }) => apiUrl, model: "simulator/text", key: GOOD_OPENROUTER_KEY },
  gemini: { start: () => startGeminiSimulator(), root: ({ apiUrl }) => apiUrl, model: "gemini-simulator-flash", key: GOOD_GEMINI_KEY },
};

/** Of pictures of thought, tools, or an answer that is meant to be another: no faults in the sense of this table. */
const OTHER = /^(tools|tools-.*|thinking.*|truncated-prompt|length|long|malformed-call|annotations-choice|grounding-early|fallback|redirect)$/;

/** Faults of pictures do nothing to words. */
const faultsOf = (provider) => Object.entries(FAULTS).filter(([name, { group, only }]) => group !== "picture" && (only === undefined || only.includes(provider)) && !OTHER.test(name)).map(([name]) => name);

test("faults × providers", async (suite) => {
  const lab = await openLab(suite);
  const { page } = await lab.visit(suite);
  const table = [];
  for (const [provider, { start, root, model, key }] of Object.entries(PROVIDERS)) {
    await suite.test(provider, async (t) => {
      const [sick, healthy] = [await start(), await start()];
      t.after(() => Promise.all([sick.close(), healthy.close()]));
      const at = (simulator) => ({ kind: provider, endpoint: root(simulator), ...(key === undefined ? {} : { apiKey: key }) });
      const providers = { sick: at(sick), healthy: at(healthy) };
      const both = { prefer: ["sick"], allow: [`sick/${model}`, `healthy/${model}`] };
      let number = 0;
      const run = (policy, prompt) => page.evaluate(ask, { name: `${provider}-${number++}`, providers, policy, timeouts: TIMEOUTS, request: { prompt } });
      const whole = [];
      for (const prompt of PROMPTS) whole.push((await run({ allow: [`healthy/${model}`] }, prompt)).text);
      assert.ok(whole.every((text) => text.length > 60), whole.join("\n"));

      const faults = faultsOf(provider);
      assert.ok(faults.length >= 40, `${faults.length} faults`);
      for (const [index, fault] of faults.entries()) {
        await t.test(fault, async () => {
          const [prompt, truth] = [PROMPTS[index % PROMPTS.length], whole[index % PROMPTS.length]];
          sick.reset();
          sick.faults({ always: fault });
          const outcome = await run(both, prompt);
          sick.release();
          const what = JSON.stringify(outcome);
          const end = endOf(outcome);
          // Whatever was shown is the true answer, from its first character, each of them once.
          const expected = fault.startsWith("unicode") || fault === "split-utf8" ? outcome.text ?? "" : truth;
          assert.ok(expected.startsWith(outcome.shown), what);
          if (outcome.code === undefined) {
            assert.equal(outcome.text, outcome.shown, what);
            if (!ENDS[end]?.isShort) assert.equal(outcome.text, expected, what);
          } else {
            assert.equal(outcome.partial ?? "", outcome.shown, what);
          }
          table.push({ provider, fault, end });
          assert.equal(end, EXPECTED[fault]?.[provider] ?? EXPECTED[fault]?.all, `${fault}: ${what}`);
        });
      }
    });
  }
  await keepTable(suite, "simulated", document(table));
});

function document(table) {
  const names = Object.keys(PROVIDERS);
  const faults = Object.keys(FAULTS).filter((fault) => table.some((row) => row.fault === fault));
  const cell = (fault, provider) => table.find((row) => row.fault === fault && row.provider === provider)?.end ?? "";
  const counted = table.length;
  return `# Faults and what becomes of an answer

Written by \`tests/package/fault-matrix.test.mjs\` (\`UPDATE_DOCS=1\`), which holds every line in Chromium: the package, a
simulated server with the fault, and a healthy one of the same kind that may be asked next. ${counted} cases. In each, what a
reader sees is compared with the answer that the healthy server gave before, character by character: lost 0, twice 0. The
answers hold refrains, rows that begin alike, code, and one sentence twice. The servers are simulators, not models; [a real one](#a-real-llamacpp-server) stands below.

${Object.entries(ENDS).map(([end, { meaning }]) => `- **${end}**: ${meaning}`).join("\n")}

| fault | ${names.join(" | ")} | what the server does |
|---|${names.map(() => "---").join("|")}|---|
${faults.map((fault) => `| \`${fault}\` | ${names.map((provider) => cell(fault, provider)).join(" | ")} | ${FAULTS[fault].meaning.replaceAll("|", "\\|")} |`).join("\n")}

`;
}
