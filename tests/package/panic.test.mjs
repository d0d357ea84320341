// A panic in the core, a real one: what ran ends, and the same mesh goes on with a new core.
import assert from "node:assert/strict";
import { test } from "node:test";
import { follow } from "../../scripts/command.mjs";
import { appWithPlantedPanic } from "./planted-panic.mjs";

const SCENARIO = `
  import { createMesh, MeshError } from "hkm-mesh";
  const unhandled = [];
  process.on("unhandledRejection", (error) => unhandled.push(String(error)));
  const options = (name) => ({ storage: "memory", name, providers: { ollama: { disabled: true }, comfyui: { disabled: true } } });
  const aborted = [];
  const provider = (name) => ({
    name, locality: "page",
    models: async () => [{ id: "m", type: "text" }],
    async *generate({ prompt }, signal) {
      // One that just said "finish" may be told once more that nobody listens.
      if (prompt !== "hi") signal.addEventListener("abort", () => aborted.push(prompt));
      yield { type: "text-delta", text: "Hello" };
      if (prompt.startsWith("hang")) await new Promise(() => undefined);
      yield { type: "finish", reason: "stop" };
    },
  });
  const one = createMesh(options("one"));
  const other = createMesh(options("other"));
  one.register(provider("first"));
  other.register(provider("second"));
  const hanging = [one.generate({ prompt: "hang-one" }), other.generate({ prompt: "hang-other" })];
  for (const generation of hanging) {
    const texts = generation.textStream[Symbol.asyncIterator]();
    await texts.next();
  }
  const codeOf = (promise) => promise.then(() => "no error", (error) => (MeshError.isInstance(error) ? [error.code, error.isRetryable, error.hint, error.message] : String(error)));
  const planted = await codeOf(one.generate({ prompt: "a secret prompt", system: "planted-panic" }).result);
  const others = await Promise.all(hanging.map((generation) => codeOf(generation.result)));
  const again = [await one.generate({ prompt: "hi" }).text, await other.generate({ prompt: "hi" }).text];
  const models = [...one.models.get(), ...other.models.get()].map(({ provider, id }) => provider + "/" + id);
  const twice = await codeOf(other.generate({ prompt: "x", system: "planted-panic" }).result);
  const after = await other.generate({ prompt: "hi" }).text;
  globalThis.gc?.();
  await Promise.all([one.close(), other.close()]);
  process.stdout.write(JSON.stringify({ planted, others, again, models, twice: twice[0], after, aborted, unhandled }));
`;

test("after a panic what ran ends with `internal`, and the next call finds a new core with the same providers", async (t) => {
  const app = await appWithPlantedPanic(t);
  const { ok, stdout, stderr } = await follow(process.execPath, ["--expose-gc", "--input-type=module", "--eval", SCENARIO], { cwd: app, show: false, timeoutMs: 60_000 });
  assert.ok(ok, stderr);
  const { planted, others, ...outcome } = JSON.parse(stdout);
  for (const [code, isRetryable, hint, message] of [planted, ...others]) {
    assert.deepEqual({ code, isRetryable, hint }, { code: "internal", isRetryable: true, hint: "It can be tried again." });
    assert.match(message, /driver\.rs:\d+/);
    assert.doesNotMatch(message, /secret/);
  }
  assert.deepEqual(outcome, {
    again: ["Hello", "Hello"],
    models: ["first/m", "second/m"],
    twice: "internal",
    after: "Hello",
    aborted: ["hang-one", "a secret prompt", "hang-other", "x"],
    unhandled: [],
  });
});
