// @ts-check
/** Every fault that ComfyUI's simulator knows, as a page meets it. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { FAULTS, startComfyUISimulator } from "./comfyui.mjs";
import { call, listen, pictureWorkflow, post } from "./comfyui-client.mjs";
import { knows } from "./faults.mjs";
import { ask, request } from "./raw-http.mjs";

/** @type {Awaited<ReturnType<typeof startComfyUISimulator>>} */
let simulator;
before(async () => {
  simulator = await startComfyUISimulator({ intervalMs: 0 });
});
after(() => simulator.close());
beforeEach(() => simulator.reset());

const ORIGIN = { Origin: "http://localhost:5173" };
const CLIENT = "c1";
const STEPS = 4;

/** One request on a bare socket, which sees what `fetch` hides. */
const bare = () => ask(simulator.port, request("GET", "/models", { headers: ORIGIN }));
/** @param {string} fault */
const onModels = async (fault) => {
  simulator.faults({ next: [fault], forPath: "/models" });
  return bare();
};
/** @param {{ headers: [string, string][] }} answer */
const hasCors = ({ headers }) => headers.some(([name]) => name === "access-control-allow-origin");

/** @param {string | import("./faults.mjs").Fault} fault what happens to the prompt that is posted now */
async function begun(fault) {
  const listener = await listen(simulator.url, CLIENT);
  simulator.faults({ next: [fault] });
  const { status, value } = await post(simulator.url, pictureWorkflow({ steps: STEPS }), { client_id: CLIENT });
  return { listener, status, value, id: String(value.prompt_id) };
}
/** @param {string} id */
const past = async (id) => (await call(simulator.url, `/history/${id}`)).value[id];
/** @param {string} id */
const succeeded = (id) => simulator.waitForRun((run) => run.id === id && run.ended === "success");
/** @param {import("./comfyui-client.mjs").Listener} listener */
const stepsHeard = (listener) => listener.heard("progress").map(({ value }) => value);

/** @type {Record<string, (fault: string) => Promise<void>>} One check for each fault. */
const checks = {
  "refuse": async (fault) => assert.deepEqual([(await onModels(fault)).status, simulator.requests[0]?.ended], [0, "dropped"]),
  "reset-head": async (fault) => assert.equal((await onModels(fault)).ended, "ECONNRESET"),
  "reset-middle": async (fault) => assert.deepEqual([(await onModels(fault)).complete, simulator.requests[0]?.ended], [false, "reset"]),
  "drop-middle": async (fault) => assert.deepEqual([(await onModels(fault)).complete, simulator.requests[0]?.ended], [false, "dropped"]),
  "stall-head": async (fault) => stalls(fault),
  "stall-first": async (fault) => stalls(fault),
  "stall-middle": async (fault) => stalls(fault),
  "error-400": async (fault) => {
    const { status, value } = await begun(fault);
    assert.deepEqual([status, value.error.type, value.node_errors], [400, "no_prompt", {}]);
  },
  "error-403": async (fault) => forbids(fault),
  "cors-refused": async (fault) => forbids(fault),
  "error-404": async (fault) => {
    simulator.faults({ next: [fault], forPath: "/view" });
    const answer = await ask(simulator.port, request("GET", "/view?filename=example.png&type=input", { headers: ORIGIN }));
    assert.deepEqual([answer.status, answer.body.length, hasCors(answer)], [404, 0, true]);
  },
  "error-413": async (fault) => bears(fault, 413, false),
  "error-500": async (fault) => bears(fault, 500, false),
  "error-502": async (fault) => bears(fault, 502, true),
  "error-503": async (fault) => bears(fault, 503, false),
  "html": async (fault) => assert.match((await onModels(fault)).body.toString(), /^<!doctype html>/),
  "redirect": async (fault) => bears(fault, 307, true),
  "empty-body": async (fault) => assert.deepEqual([(await onModels(fault)).status, simulator.requests[0]?.bytesSent], [200, 0]),
  "cut": async (fault) => spoils(fault),
  "malformed": async (fault) => spoils(fault),
  "invalid-utf8": async (fault) => assert.ok((await onModels(fault)).body.includes(0xff)),
  "bytes": async (fault) => assert.equal(JSON.parse((await onModels(fault)).body.toString()).length, 20),
  "pieces": async (fault) => assert.equal(JSON.parse((await onModels(fault)).body.toString()).length, 20),
  "one-chunk": async (fault) => assert.equal(JSON.parse((await onModels(fault)).body.toString()).length, 20),

  "error-400-checkpoint": async (fault) => {
    const { status, value } = await begun(fault);
    assert.deepEqual([status, value.error.type, value.node_errors["4"].errors[0].type], [400, "prompt_outputs_failed_validation", "value_not_in_list"]);
    assert.deepEqual(value.node_errors["4"].errors[0].extra_info.received_value, "v1-5-pruned-emaonly.safetensors");
  },
  "error-400-text": async (fault) => {
    const { status, value } = await begun(fault);
    assert.deepEqual([status, typeof value.error, value.node_errors], [400, "string", []]);
  },
  "node-errors": async (fault) => {
    const { status, value, id } = await begun(fault);
    assert.deepEqual([status, Object.keys(value.node_errors)], [200, ["999"]]);
    await succeeded(id);
    simulator.faults({ next: [fault] });
    const two = { ...pictureWorkflow({ seed: 2 }), 11: { class_type: "PreviewImage", inputs: { images: ["8", 0] } } };
    const { value: other } = await post(simulator.url, two, { client_id: CLIENT });
    assert.deepEqual(Object.keys(other.node_errors), ["11"]);
    await succeeded(other.prompt_id);
    assert.deepEqual(Object.keys((await past(other.prompt_id)).outputs), ["9"]);
  },

  "socket-silent": async (fault) => {
    const { listener, id } = await begun(fault);
    await succeeded(id);
    assert.equal((await past(id)).status.completed, true);
    assert.deepEqual([stepsHeard(listener), listener.closed, listener.heard("execution_success")], [[1, 2], undefined, []]);
    simulator.faults({ next: [fault], forPath: "/ws" });
    const other = await listening("c2");
    await simulator.waitFor((entry) => entry.path === "/ws" && entry.query.includes("c2") && entry.status === 101);
    assert.equal((await call(simulator.url, "/queue")).status, 200);
    assert.equal(other.frames.length, 0);
    other.close();
  },
  "socket-dropped": async (fault) => {
    const { listener, id } = await begun(`${fault}.blocked`);
    await listener.until(({ closed }) => closed !== undefined);
    assert.deepEqual([stepsHeard(listener), listener.closed], [[1, 2], 1006]);
    const again = await listen(simulator.url, CLIENT);
    simulator.release();
    await again.finished(id);
    // The node that is at work is told anew, without the prompt's id.
    assert.deepEqual([again.heard("executing")[0], stepsHeard(again).at(-1)], [{ node: "3" }, STEPS]);
  },
  "socket-stolen": async (fault) => {
    const { listener, id } = await begun(fault);
    await succeeded(id);
    assert.deepEqual([stepsHeard(listener), listener.closed], [[1, 2], undefined]);
    assert.equal((await past(id)).status.completed, true);
  },
  "restart": async (fault) => {
    const { listener, id } = await begun(fault);
    await listener.until(({ closed }) => closed !== undefined);
    await simulator.waitForRun(({ ended }) => ended === "lost");
    assert.deepEqual([listener.closed, await past(id), (await call(simulator.url, "/queue")).value], [1006, undefined, { queue_running: [], queue_pending: [] }]);
    const { value } = await post(simulator.url, pictureWorkflow(), { prompt_id: "mine" });
    assert.deepEqual([value.number, value.prompt_id], [0, "mine"]);
    await succeeded("mine");
  },
  "queue-ahead": async (fault) => {
    simulator.setPace({ stepMs: 60_000 });
    const { listener, id } = await begun(`${fault}-2`);
    const { queue_running: running, queue_pending: pending } = (await call(simulator.url, "/queue")).value;
    assert.deepEqual([...running, ...pending].map(([, one]) => one).at(-1), id);
    assert.equal(Math.max(...listener.heard("status").map(({ status }) => status.exec_info.queue_remaining)), 3);
    simulator.setPace({ stepMs: 0 });
    await call(simulator.url, "/interrupt", {});
    await listener.finished(id);
    assert.deepEqual(simulator.runs.map(({ client }) => client), ["somebody-else", "somebody-else", CLIENT]);
    assert.ok(listener.heard("progress").every(({ prompt_id: of }) => of === id), "nothing of the others is told");
  },
  "slow": async (fault) => {
    const { listener, id } = await begun(`${fault}-60000`);
    await listener.until((one) => one.heard("executing").some(({ node }) => node === "3"));
    assert.deepEqual(stepsHeard(listener), []);
    await call(simulator.url, "/interrupt", { prompt_id: id });
    await listener.finished(id);
  },
  "blocked": async (fault) => {
    const { listener, id } = await begun(`${fault}-1`);
    await simulator.waitForRun(({ steps }) => steps === 1);
    await call(simulator.url, "/interrupt", { prompt_id: "another" });
    assert.equal((await call(simulator.url, "/prompt")).value.exec_info.queue_remaining, 1);
    await call(simulator.url, "/interrupt", { prompt_id: id });
    await listener.finished(id);
    assert.deepEqual([stepsHeard(listener), (await past(id)).status.messages.at(-1)[0]], [[1], "execution_interrupted"]);
  },
  "deaf": async (fault) => {
    const { id } = await begun(fault);
    await simulator.waitForRun(({ steps }) => steps === 2);
    await call(simulator.url, "/interrupt", { prompt_id: id });
    assert.equal((await call(simulator.url, "/prompt")).value.exec_info.queue_remaining, 1);
    simulator.release();
    await simulator.waitForRun(({ ended }) => ended === "interrupted");
  },
  "node-error": async (fault) => {
    const { listener, id } = await begun(fault);
    await listener.finished(id);
    const [told] = listener.heard("execution_error");
    assert.deepEqual([told.prompt_id, told.node_id, told.node_type, told.exception_type], [id, "3", "KSampler", "RuntimeError"]);
    const { status, outputs } = await past(id);
    assert.deepEqual([status.status_str, status.completed, status.messages.at(-1), outputs], ["error", false, ["execution_error", told], {}]);
  },
  "out-of-memory": async (fault) => {
    const { listener, id } = await begun(fault);
    await listener.finished(id);
    assert.equal(listener.heard("execution_error")[0].exception_type, "torch.OutOfMemoryError");
  },
  "interrupted": async (fault) => {
    const { listener, id } = await begun(fault);
    await listener.finished(id);
    assert.deepEqual([listener.heard("execution_interrupted").length, (await past(id)).status.status_str], [1, "error"]);
  },
  "empty-outputs": async (fault) => {
    const { listener, id } = await begun(fault);
    await listener.finished(id);
    assert.deepEqual([listener.heard("executed"), listener.heard("execution_success").length, (await past(id)).outputs], [[], 1, {}]);
  },
  "null-output": async (fault) => {
    const { listener, id } = await begun(fault);
    await listener.finished(id);
    assert.deepEqual([listener.heard("executed")[0].output, (await past(id)).outputs["9"].images.length], [null, 1]);
  },
  "history-late": async (fault) => {
    const { listener, id } = await begun({ kind: fault, ms: 60_000 });
    await listener.until((one) => one.heard("execution_success").length > 0);
    assert.equal(await past(id), undefined);
    // It is over already: an interrupt only ends the waiting.
    await call(simulator.url, "/interrupt", { prompt_id: id });
    await listener.finished(id);
    assert.equal((await past(id)).status.completed, true);
  },
  "other-events": async (fault) => {
    const { listener, id } = await begun(fault);
    await listener.finished(id);
    const foreign = new Set(listener.heard("execution_success").map(({ prompt_id: of }) => of));
    assert.equal(foreign.size, 2);
  },
  "unknown-messages": async (fault) => {
    const { listener, id } = await begun(fault);
    await listener.finished(id);
    assert.equal(listener.heard("crystools.monitor").length, 1);
    assert.ok(listener.frames.some(({ text, message }) => text === "{" && message === undefined));
    assert.ok(listener.binary.some((bytes) => bytes.readUInt32BE(0) === 99));
  },
  "short-frame": async (fault) => {
    const { listener, id } = await begun(fault);
    await listener.finished(id);
    assert.deepEqual(listener.binary.map(({ length }) => length).filter((length) => length < 12), [0, 1, 4, 6, 8, 8, 4, 8, 10, 11, 4, 8]);
  },
};

for (const [kind, { meaning }] of Object.entries(FAULTS)) {
  if (!knows("comfyui", kind)) continue;
  test(`fault ${kind}: ${meaning}`, async () => {
    const check = checks[kind] ?? assert.fail("every fault has a check");
    await check(kind);
  });
}

test("the prompt's words may name the fault", async () => {
  const { value } = await post(simulator.url, pictureWorkflow({ text: "a fox simulator:node-error-1 in the snow" }), { client_id: CLIENT });
  const run = await simulator.waitForRun(({ ended }) => ended === "error");
  assert.deepEqual([run.id, run.steps], [value.prompt_id, 1]);
});

test("a restart that takes its time refuses connections until it is over", async () => {
  const listener = await listen(simulator.url, CLIENT);
  simulator.restart(500);
  await listener.until(({ closed }) => closed !== undefined);
  assert.equal((await bare()).ended, "ECONNREFUSED");
  while ((await bare()).status !== 200);
});

test("killed, it answers nobody; started again, it has forgotten all but its files", async () => {
  const { id } = await begun("blocked-1");
  await simulator.waitForRun(({ steps }) => steps === 1);
  await simulator.kill();
  assert.deepEqual([simulator.runs[0]?.ended, (await bare()).ended], ["lost", "ECONNREFUSED"]);
  await simulator.accept();
  assert.deepEqual([(await bare()).status, await past(id), (await call(simulator.url, "/view?filename=example.png&type=input")).status], [200, undefined, 200]);
});

test("the socket itself can be refused, stalled and cut", async () => {
  simulator.faults({ next: ["cors-refused", "refuse", "error-500", "socket-dropped"], forPath: "/ws" });
  const statuses = [403, 0, 500, 101];
  for (const status of statuses) {
    const listener = await listen(simulator.url, CLIENT);
    await listener.until(({ closed }) => closed !== undefined);
    assert.deepEqual([listener.closed, simulator.requests.at(-1)?.status], [1006, status]);
  }
  simulator.faults({ next: ["stall-head"], forPath: "/ws" });
  const waiting = listen(simulator.url, CLIENT);
  await simulator.waitFor((entry) => entry.faults.includes("stall-head"));
  simulator.release();
  assert.equal((await waiting).heard("status").length, 1);
});

test("a fault of those that stream text is told, not left undone", () => {
  for (const fault of ["thinking", "crlf", "no-finish", "blocked-prompt"]) assert.throws(() => simulator.faults({ next: [fault] }), /only/, fault);
});

/** @param {string} fault */
async function stalls(fault) {
  const waiting = onModels(fault);
  await simulator.waitFor((entry) => entry.faults.includes(fault));
  simulator.release();
  assert.equal((await waiting).complete, true);
}

/** @param {string} fault */
async function forbids(fault) {
  const answer = await onModels(fault);
  assert.deepEqual([answer.status, answer.body.length, hasCors(answer)], [403, 0, false]);
}

/** @param {string} fault @param {number} status @param {boolean} cors */
async function bears(fault, status, cors) {
  const answer = await onModels(fault);
  assert.deepEqual([answer.status, hasCors(answer)], [status, cors]);
}

/** @param {string} fault */
async function spoils(fault) {
  const answer = await onModels(fault);
  assert.throws(() => JSON.parse(answer.body.toString()));
}

/** @param {string} clientId a socket that may hear nothing, not even the first status */
async function listening(clientId) {
  const { WebSocket } = await import("ws");
  const { Listener } = await import("./comfyui-client.mjs");
  return new Listener(new WebSocket(`${simulator.url.replace("http", "ws")}/ws?clientId=${clientId}`));
}
