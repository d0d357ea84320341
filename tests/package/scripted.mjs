// Providers for tests in Node, and a mesh with one of them.

/** A provider whose `generate` is this function of the request and the signal. */
export function provider(generate, { name = "scripted", models = [{ id: "script", type: "text", capabilities: ["tools", "reasoning"] }] } = {}) {
  return { name, locality: "page", models: async () => models, generate };
}

export async function* saying(...texts) {
  for (const text of texts) {
    yield { type: "text-delta", text };
    await turn();
  }
  yield { type: "finish", reason: "stop" };
}

// eslint-disable-next-line require-yield -- a generator that fails at its first step
export async function* failing(error) {
  throw error;
}

/** Says these and then nothing any more, until it is aborted. */
export async function* sayingForEver(signal, ...texts) {
  for (const text of texts) yield { type: "text-delta", text };
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

let count = 0;

/** A mesh of its own for one test, closed when the test is over. */
export function meshFor(test, { createMesh }, options = {}, generate = undefined) {
  count += 1;
  const mesh = createMesh({ storage: "memory", name: `test-${count}`, providers: { ollama: { disabled: true }, comfyui: { disabled: true } }, ...options });
  test.after(() => mesh.close());
  if (generate) mesh.register(provider(generate));
  return mesh;
}

/** One turn of the event loop. */
export function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}

export async function collect(iterable) {
  const items = [];
  for await (const item of iterable) items.push(item);
  return items;
}

/** What a promise rejects with. */
export async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it did not reject");
}

/** Unhandled rejections while the test runs: there are to be none. */
export function watchRejections(test) {
  const seen = [];
  const listener = (error) => seen.push(error);
  process.on("unhandledRejection", listener);
  test.after(() => process.off("unhandledRejection", listener));
  return { none: async () => { for (let turns = 0; turns < 5; turns += 1) await turn(); return seen; } };
}
