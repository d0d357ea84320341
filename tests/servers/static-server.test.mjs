// @ts-check
import assert from "node:assert/strict";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ask, request } from "../simulator/raw-http.mjs";
import { CROSS_ORIGIN_ISOLATION, startStaticServer } from "./static-server.mjs";

/** @type {string} */
let folder;
/** @type {Awaited<ReturnType<typeof startStaticServer>>} */
let server;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "hkm-mesh-static-"));
  await mkdir(join(folder, "dist", "assets"), { recursive: true });
  await mkdir(join(folder, "package"));
  await writeFile(join(folder, "secret.txt"), "secret");
  await writeFile(join(folder, "dist", "index.html"), "<!doctype html>");
  await writeFile(join(folder, "dist", "assets", "a b.wasm"), Buffer.from([0, 0x61, 0x73, 0x6d]));
  await writeFile(join(folder, "package", "index.js"), "export {};");
  server = await startStaticServer({
    folders: { "/": join(folder, "dist"), "/package/": join(folder, "package") },
    pages: { "/strict.html": "<!doctype html><title>Strict</title>" },
    headers: (path) => ({ ...CROSS_ORIGIN_ISOLATION, ...(path === "/strict.html" ? { "Content-Security-Policy": "default-src 'self'" } : {}) }),
  });
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

test("files come with the exact type that a browser wants", async () => {
  const type = async (/** @type {string} */ path) => (await fetch(server.url + path)).headers.get("content-type");
  assert.equal(await type("/assets/a%20b.wasm"), "application/wasm");
  assert.equal(await type("/package/index.js?version=1"), "text/javascript; charset=utf-8");
  assert.equal(await type("/"), "text/html; charset=utf-8");
  const wasm = await fetch(`${server.url}/assets/a%20b.wasm`);
  assert.deepEqual([...new Uint8Array(await wasm.arrayBuffer())], [0, 0x61, 0x73, 0x6d]);
});

test("headers are added to every answer, or by path", async () => {
  const page = await fetch(`${server.localhostUrl}/strict.html`);
  assert.equal(page.headers.get("content-security-policy"), "default-src 'self'");
  assert.equal(page.headers.get("cross-origin-embedder-policy"), "require-corp");
  assert.equal(page.headers.get("cache-control"), "no-store");
  const missing = await fetch(`${server.url}/nothing`);
  assert.deepEqual([missing.status, missing.headers.get("cross-origin-opener-policy"), missing.headers.get("content-security-policy")], [404, "same-origin", null]);
});

test("nothing outside the folders is served", async () => {
  for (const path of ["/../secret.txt", "/%2e%2e/secret.txt", "/package/..%2f..%2fsecret.txt", "/%00", "/%", "/assets"]) {
    const answer = await ask(server.port, request("GET", path));
    assert.equal(answer.status, 404, path);
    assert.ok(!answer.body.includes("secret\n") && answer.body.toString() !== "secret");
  }
});

test("HEAD has no body, other methods are refused, and all is recorded", async () => {
  server.requests.length = 0;
  const head = await ask(server.port, request("HEAD", "/"));
  assert.deepEqual([head.status, head.body.length], [200, 0]);
  assert.equal((await fetch(server.url, { method: "POST" })).status, 405);
  assert.deepEqual(server.requests, [{ method: "HEAD", path: "/", status: 200 }, { method: "POST", path: "/", status: 405 }]);
});

test("a wrong type can be asked for", async () => {
  const wrong = await startStaticServer({ folders: { "/": join(folder, "dist") }, types: { ".wasm": "text/html" } });
  assert.equal((await fetch(`${wrong.url}/assets/a%20b.wasm`)).headers.get("content-type"), "text/html");
  await wrong.close();
});
