// What to do about each cause: every cause that Rust can find has an answer, and its lines are safe to run.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { inRepository } from "../../scripts/repository.mjs";

const { withRemedies } = await import(inRepository("pkg/dist/remedies.js"));
const { browserOf } = await import(inRepository("pkg/dist/survey.js"));
const ORIGIN = "https://app.example.com";
const KINDS = { ollama: "http://localhost:11434", openai: "http://127.0.0.1:8080/v1", openrouter: "https://openrouter.ai/api/v1", gemini: "https://generativelanguage.googleapis.com/v1beta", comfyui: "http://127.0.0.1:8188" };

const sources = await Promise.all(["answer.rs", "verdict.rs"].map((file) => readFile(inRepository(`src/core/engine/doctor/${file}`), "utf8")));
const codes = new Set([...sources.join("\n").matchAll(/\b(?:cause|certain)\(\s*"([a-z-]+)"/g)].map(([, code]) => code));

function remedies(code, kind = "ollama", more = {}) {
  const subject = { kind, endpoint: KINDS[kind], pageOrigin: ORIGIN, found: "http://127.0.0.1:1234/v1", ...more };
  return withRemedies({ provider: "lab", ok: false, causes: [{ code, likelihood: "certain", message: "It is so." }], evidence: [], subject }).causes[0].remedies;
}

test("every cause that Rust can find has a remedy for every kind of server, and is documented", async () => {
  const documented = await readFile(inRepository("docs/doctor.md"), "utf8");
  assert.ok(codes.size >= 25, [...codes].join(" "));
  for (const code of codes) {
    assert.ok(documented.includes(`\`${code}\``), `docs/doctor.md does not name ${code}`);
    for (const kind of Object.keys(KINDS)) {
      const found = remedies(code, kind);
      assert.ok(found.length > 0, `${code} for ${kind}`);
      for (const { text, command } of found) {
        assert.ok(text.length >= 10 && !text.includes("undefined"), text);
        assert.ok(!/ORIGINS="?\*|undefined|cors-origins \*|cors-header \*/.test(command ?? ""), command);
      }
    }
  }
});

test("Ollama that refuses the page has a line for each system and for a container, with this page's origin", () => {
  const found = remedies("origin-refused");
  for (const platform of ["windows", "macos", "linux"]) assert.ok(found.some((remedy) => remedy.platform === platform && remedy.command.includes(ORIGIN)), platform);
  assert.ok(found.some(({ command }) => command?.startsWith("docker run ") && command.includes(`-e OLLAMA_ORIGINS=${ORIGIN}`)));
});

test("a page that Ollama does not let in by itself is named in the line that starts it", () => {
  const line = (pageOrigin, endpoint) => remedies("not-running", "ollama", { pageOrigin, endpoint }).find(({ command }) => command?.endsWith("ollama serve")).command;
  assert.equal(line("http://localhost:5173", KINDS.ollama), "ollama serve");
  assert.equal(line(ORIGIN, KINDS.ollama), `OLLAMA_ORIGINS=${ORIGIN} ollama serve`);
  assert.equal(line(ORIGIN, "http://127.0.0.1:9000"), `OLLAMA_ORIGINS=${ORIGIN} OLLAMA_HOST=127.0.0.1:9000 ollama serve`);
});

test("a model's name that a shell would understand stands in no line", () => {
  assert.equal(remedies("model-missing", "ollama", { model: "qwen3:8b" })[0].command, "ollama pull qwen3:8b");
  for (const model of ["x; rm -rf ~", "$(id)", "a b", "`id`"]) {
    for (const { command } of remedies("model-missing", "ollama", { model })) assert.ok(!command?.includes(model), command);
  }
});

test("an address that no browser can read has remedies all the same", () => {
  assert.ok(remedies("not-running", "openai", { endpoint: "http://nobody:99999/v1" }).length > 0);
  assert.ok(remedies("content-policy", "openai", { endpoint: "http://nobody:99999/v1" }).length > 0);
});

test("browsers are told apart by what they say of themselves", () => {
  const webkit = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
  assert.equal(browserOf(`${webkit} CriOS/150.0 Mobile/15E148 Safari/604.1`, "Apple Computer, Inc."), "safari");
  assert.equal(browserOf("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15", "Apple Computer, Inc."), "safari");
  assert.equal(browserOf("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36", "Google Inc."), "chromium");
  assert.equal(browserOf("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", ""), "firefox");
  assert.equal(browserOf("Node.js/22", ""), "other");
});
