// A page that asks a thousand times holds no more than after it had asked a few hundred times. The figures are printed.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { openLab } from "./lab.mjs";

const WARM_UP = 300;
const MEASURED = 1_000;
/** JavaScript heap and WebAssembly memory together. */
const MOST_GROWTH = 1_000_000;

/** A server with OpenAI's API that answers at once, each time otherwise. */
async function startServer(t) {
  let count = 0;
  const server = createServer((request, response) => {
    const headers = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*" };
    if (request.method === "OPTIONS") return response.writeHead(204, headers).end();
    request.resume();
    if (request.url.endsWith("/models")) return response.writeHead(200, { ...headers, "Content-Type": "application/json" }).end('{"object":"list","data":[{"id":"m","object":"model"}]}');
    count += 1;
    const piece = (delta, finish_reason = null) => `data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
    const pieces = Array.from({ length: 20 }, (_, number) => piece({ content: `Answer ${count}, piece ${number}. ` }));
    return response.writeHead(200, { ...headers, "Content-Type": "text/event-stream" }).end(`${pieces.join("")}${piece({}, "stop")}data: [DONE]\n\n`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => { server.closeAllConnections(); server.close(); });
  return `http://127.0.0.1:${server.address().port}/v1`;
}

test("memory", async (suite) => {
  const { visit } = await openLab(suite);
  for (const [what, cache] of Object.entries({ "without a cache": false, "with a cache of 200 kB that is full": { maxBytes: 200_000 } })) {
    await suite.test(`${MEASURED} generations in one page ${what}`, async (t) => {
      const endpoint = await startServer(t);
      const { page } = await visit(t, (context) => context.addInitScript(() => {
        // The package keeps its memory to itself.
        const catching = (make) => async (...given) => {
          const made = await make.apply(globalThis.WebAssembly, given);
          globalThis.wasmMemory = (made.instance ?? made).exports.memory ?? globalThis.wasmMemory;
          return made;
        };
        globalThis.WebAssembly.instantiate = catching(globalThis.WebAssembly.instantiate);
        globalThis.WebAssembly.instantiateStreaming = catching(globalThis.WebAssembly.instantiateStreaming);
      }));
      const session = await page.context().newCDPSession(page);
      const ask = (count) => page.evaluate(async ({ endpoint, cache, count }) => {
        const off = { disabled: true };
        globalThis.mesh ??= globalThis.hkm.createMesh({ name: "memory", cache, providers: { ollama: off, comfyui: off, lan: { kind: "openai", endpoint } } });
        globalThis.number ??= 0;
        for (let asked = 0; asked < count; asked += 1) {
          globalThis.number += 1;
          let said = "";
          const generation = globalThis.mesh.generate({ prompt: `Question ${globalThis.number}` });
          for await (const event of generation) if (event.type === "text-delta") said += event.text;
          const { text } = await generation.result;
          if (said !== text || !text.endsWith("piece 19. ")) throw new Error(`it said ${said} and meant ${text}`);
        }
      }, { endpoint, cache, count });
      const held = async () => {
        await session.send("HeapProfiler.collectGarbage");
        await session.send("HeapProfiler.collectGarbage");
        const { usedSize } = await session.send("Runtime.getHeapUsage");
        return { heap: usedSize, wasm: await page.evaluate(() => globalThis.wasmMemory.buffer.byteLength) };
      };
      await ask(WARM_UP);
      const before = await held();
      await ask(MEASURED);
      const after = await held();
      const [heap, wasm] = [after.heap - before.heap, after.wasm - before.wasm];
      t.diagnostic(`${what}: heap ${before.heap} + ${heap} bytes, WebAssembly ${before.wasm} + ${wasm} bytes`);
      assert.ok(heap + wasm <= MOST_GROWTH, `it grew by ${heap + wasm} bytes`);
    });
  }
});
