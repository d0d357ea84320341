// What can be done to a real llama.cpp server: its process killed, stopped and started again, its slots taken, its
// connection reset, silent, slow. In Chromium, with another server that may be asked next and without one.
//   UPDATE_DOCS=1 npm test -- --only package   writes the tables of docs/fault-matrix.md
//
// What is true is fixed before: both servers answer at temperature 0, and say the same twice. After a fault:
// - what was shown is what the wires delivered, each piece once and in order, whoever said it; where a connection broke,
//   Chromium may drop the last of what arrived, which nobody saw then;
// - whoever goes on was given exactly what was shown, as the beginning of the answer;
// - what was shown is the true answer from its first character, and where the answer ends well, all of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, endOf } from "./fault-case.mjs";
import { keepTable } from "./fault-table.mjs";
import { openLab } from "./lab.mjs";
import { openBench } from "./llama-bench.mjs";
import { PATIENCE, REAL_ENDS, REAL_FAULTS, SLOW_FAULTS } from "./llama-faults.mjs";

const MISSING = process.env.HKM_LLAMA_SERVER ? false : `there is no llama-server: ${process.env.HKM_LLAMA_SERVER_MISSING ?? "HKM_LLAMA_SERVER names none"}`;
/** Far above what any case may take: a case that is not over by then hangs. */
const HANGS_MS = 180_000;

/**
 * The first two that are answered in a fitting length are asked: what a model says is another on another processor. With
 * the model of the set-up these are three rows that end alike, and code.
 */
const QUESTIONS = [
  "Name three colours, one a line.",
  "Write one line of JavaScript that prints hello.",
  "Write a bash loop that prints 1 to 3. Only code.",
  "List three fruits.",
  "Say the alphabet.",
];
const FITTING = { least: 25, most: 60 };

const requestFor = (prompt) => ({ prompt, temperature: 0, seed: 1, maxOutputTokens: 400 });

/** Without these, newer servers say the beginning that they are given once more. */
const GO_ON = { continue_final_message: true, add_generation_prompt: false };

/** What a server says, asked directly. */
async function said(server, messages, more = {}) {
  const body = JSON.stringify({ ...more, model: server.model, messages, stream: true, temperature: 0, seed: 1, max_tokens: 400 });
  const response = await fetch(`${server.url}/v1/chat/completions`, { method: "POST", body });
  const pieces = [];
  let finish;
  for (const event of (await response.text()).split("\n\n")) {
    if (!event.startsWith("data: {")) continue;
    const [choice] = JSON.parse(event.slice(6)).choices;
    if (choice?.delta?.content) pieces.push(choice.delta.content);
    finish = choice?.finish_reason ?? finish;
  }
  return { pieces, text: pieces.join(""), finish };
}

/** Two questions and their true answers, which every server gives and gives again, and how long one takes. */
async function truths(servers) {
  const found = [];
  const took = [];
  for (const prompt of QUESTIONS) {
    const asked = [{ role: "user", content: prompt }];
    const { text, pieces, finish } = await said(servers[0], asked);
    if (finish !== "stop" || pieces.length < FITTING.least || pieces.length > FITTING.most) continue;
    for (const server of [...servers, ...servers]) {
      const started = performance.now();
      assert.equal((await said(server, asked)).text, text, "a server says something else when it is asked again");
      took.push(performance.now() - started);
    }
    found.push({ prompt, text, pieces: pieces.length });
    if (found.length === 2) return { known: found, usualMs: took.sort((one, other) => one - other)[Math.floor(took.length / 2)] };
  }
  throw new Error(`this model answers fewer than two of the questions in ${FITTING.least} to ${FITTING.most} pieces`);
}

const lanes = [
  { lane: "next", title: "with a next model", hasNext: true },
  { lane: "alone", title: "without a next model", hasNext: false },
];

test("a real llama.cpp server × faults", { skip: MISSING, concurrency: lanes.length }, async (suite) => {
  const lab = await openLab(suite);
  const joined = { true: 0, own: 0 };
  await Promise.all(lanes.map(({ lane, title, hasNext }) => suite.test(title, { concurrency: 1 }, async (t) => {
    const bench = await openBench(t, { hasNext });
    if (typeof bench === "string") return t.skip(bench);
    const { known, usualMs } = await truths(bench.servers());
    const patienceMs = Math.round(Math.min(PATIENCE.mostMs, Math.max(PATIENCE.leastMs, PATIENCE.answers * usualMs)));
    const waiting = (milliseconds) => ({ connectMs: milliseconds, firstTokenMs: milliseconds, idleMs: milliseconds, totalMs: 120_000 });
    const [usual, patient] = [waiting(patienceMs), waiting(5 * patienceMs)];
    const { page } = await lab.visit(t);
    /** What is done between discovery and the question, by the case's name. */
    const before = new Map();
    await page.exposeFunction("beforeAsking", (name) => before.get(name)?.());

    const run = async (fault, { firstWire, secondWire }, truth, timeouts = fault.timeouts) => {
      const name = `${lane}-${fault.name}`;
      firstWire.arm(fault.at === undefined ? undefined : { at: fault.at, do: (exchange) => fault.act(bench, exchange, truth) });
      secondWire?.arm();
      before.set(name, () => fault.prepare?.(bench));
      const at = (wire) => ({ kind: "openai", endpoint: `${wire.url}/v1` });
      const providers = { first: at(firstWire), ...(hasNext ? { second: at(secondWire) } : {}) };
      const policy = hasNext ? { prefer: ["first"], allow: [`first/${bench.model}`, `second/${bench.model}`] } : { allow: [`first/${bench.model}`] };
      const outcome = await page.evaluate(ask, { name, providers, policy, timeouts, request: requestFor(truth.prompt) });
      return { outcome, wasDone: !firstWire.isArmed, exchanges: [...firstWire.exchanges, ...(secondWire?.exchanges ?? [])] };
    };
    const hold = async (fault, truth, { outcome, wasDone, exchanges }) => {
      assert.ok(wasDone, "the fault was never done");
      const end = endOfReal(outcome, exchanges);
      const what = `${end} ${JSON.stringify({ ...outcome, delivered: exchanges.map(({ text }) => text) })}`;
      let shown = "";
      for (const [index, exchange] of exchanges.entries()) {
        const last = exchange.body.messages.at(-1);
        assert.deepEqual(last, shown === "" ? { role: "user", content: truth.prompt } : { role: "assistant", content: shown }, what);
        const next = exchanges[index + 1]?.body.messages.at(-1);
        const given = next === undefined ? outcome.shown : next.role === "assistant" ? next.content : "";
        const ofThis = given.slice(shown.length);
        assert.ok(given.startsWith(shown), what);
        assert.ok(exchange.isBroken ? exchange.text.startsWith(ofThis) : exchange.text === ofThis, what);
        shown = given;
      }
      assert.equal(outcome.code === undefined ? outcome.text : outcome.partial ?? "", outcome.shown, what);
      const expected = await wholeAnswer(truth, exchanges, outcome.shown);
      assert.ok(expected.startsWith(outcome.shown), what);
      if (outcome.code === undefined) assert.equal(outcome.text, expected, what);
      assert.ok(fault[lane].split(" or ").includes(end), what);
    };
    /** The true answer. Where a server went another way on from what was shown, and says the same when it is asked for that directly, its own. */
    const wholeAnswer = async ({ prompt, text }, exchanges, shown) => {
      const last = exchanges.at(-1)?.body.messages.at(-1);
      if (last?.role !== "assistant") return text;
      if (text.startsWith(shown)) {
        joined.true += 1;
        return text;
      }
      assert.ok(text.startsWith(last.content));
      joined.own += 1;
      return last.content + (await said(bench.servers().at(-1), [{ role: "user", content: prompt }, last], GO_ON)).text;
    };

    const slow = [];
    for (const fault of SLOW_FAULTS) {
      const wires = await bench.moreWires();
      const outcome = run(fault, wires, known[0]);
      outcome.catch(() => undefined);
      slow.push({ fault, outcome });
      // The server has one slot, which the others want.
      await wasSaid(wires.firstWire);
    }
    for (const [index, fault] of REAL_FAULTS.entries()) {
      await t.test(fault.name, { timeout: HANGS_MS }, async () => {
        const truth = known[index % known.length];
        let ran = await run(fault, bench, truth, usual);
        await bench.mend();
        // The page gave up a server that nothing was done to yet: the machine is busier than it was. Once more, with more patience.
        if (!ran.wasDone) {
          ran = await run(fault, bench, truth, patient);
          await bench.mend();
        }
        await hold(fault, truth, ran);
      });
    }
    for (const { fault, outcome } of slow) await t.test(fault.name, { timeout: HANGS_MS }, async () => hold(fault, known[0], await outcome));
  })));
  suite.diagnostic(`${joined.true} joined answers are the true one to the last letter, ${joined.own} went another way where the server does so by itself`);
  await keepTable(suite, "real", document());
});

/** Waits until a server has said all of an answer, whatever of it the page has. */
async function wasSaid(wire) {
  while (!wire.exchanges[0]?.received.includes("data: [DONE]")) await new Promise((resolve) => { setTimeout(resolve, 20); });
}

/** As of any generation; and one server alone may have gone on from its own beginning. */
function endOfReal(outcome, exchanges) {
  const end = endOf(outcome);
  return end === "whole" && exchanges.length > 1 && exchanges[0].text !== "" ? "goes on" : end;
}

function document() {
  const faults = [...REAL_FAULTS, ...SLOW_FAULTS];
  const used = [...new Set(faults.flatMap(({ next, alone }) => [next, alone]).flatMap((ends) => ends.split(" or ")))];
  return `## A real llama.cpp server

Written and held by \`tests/package/llama-faults.test.mjs\`, in Chromium, with real processes of llama.cpp's server and a
model of 135 million parameters: one that the fault is done to, through a wire that keeps every byte, and in the column
"next" a second one that may be asked. ${faults.length * lanes.length} cases. They ask at temperature 0 with a seed, and what is true is taken before
the fault: each server says the same twice, and both say the same.

Held in each case: what was shown is what the wires delivered, each piece once and in order; whoever goes on was given
exactly what was shown; what was shown is the true answer from its first character, and all of it where the answer ends
well. Lost 0, twice 0. (Of a connection that is reset, Chromium may drop what arrived last, so nobody saw it; who goes on
says it then. On a processor where a server takes another way on from a beginning than it took to it, it is asked once more
for that directly, and its own words are what has to stand there. It did not happen where this was written.) Two ends in a
cell depend on who is quicker.

${used.map((end) => `- **${end}**: ${REAL_ENDS[end]}`).join("\n")}

| fault | next | alone | what is done |
|---|---|---|---|
${faults.map(({ name, next, alone, meaning }) => `| ${name} | ${next} | ${alone} | ${meaning} |`).join("\n")}

"Alone" with **goes on** means that the same server is asked once more, for the rest. The page waits ${PATIENCE.leastMs / 1000} to ${PATIENCE.mostMs / 1000} s for a
first token and between two, by how busy the machine is (half a minute at "drip" and "slow"). Not tried: a machine without
memory, a GPU that fails, a network card.
`;
}
