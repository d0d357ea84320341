// Files in requests: in which forms they come, what crosses, and when their bytes are read.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { installed } from "./installed-package.mjs";
import { answerWith, packageWithScriptedCore, read } from "./scripted-core.mjs";
import { meshFor, provider, rejection, saying, turn } from "./scripted.mjs";

const { load } = await installed();
const hkm = await load("hkm-mesh");

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 1, 2, 3);
const HEADS = {
  "image/png": PNG,
  "image/jpeg": Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70, 0, 1),
  "image/gif": new TextEncoder().encode("GIF89a------"),
  "image/webp": new TextEncoder().encode("RIFF\0\0\0\0WEBPVP8 "),
  "application/pdf": new TextEncoder().encode("%PDF-1.7\n%----"),
};
const base64 = (bytes) => Buffer.from(bytes).toString("base64");

/** A mesh over a scripted core, and what each of its generations gave to the core. */
async function scripted(t) {
  const { hkm: own, script } = await packageWithScriptedCore(t);
  const asked = [];
  script.answers.generate = (core, id, request) => { asked.push({ id, core, request: read(request) }); };
  const caching = meshFor(t, own);
  await caching.ready;
  // No answer is kept: then nobody has to know what is in a file before it is sent.
  const mesh = { generate: (request) => caching.generate({ cache: "off", ...request }), route: (request) => caching.route(request), close: () => caching.close() };
  return { mesh, caching, asked, script };
}

test("where the answer may be kept the content of a file is known by its SHA-256, in whatever form it comes", async (t) => {
  const { caching, asked } = await scripted(t);
  const digest = createHash("sha256").update(PNG).digest("hex");
  const forms = [new Blob([PNG], { type: "image/png" }), new Blob([PNG]), { mediaType: "image/png", data: PNG }, { mediaType: "image/png", data: base64(PNG) }, { data: `data:image/png;base64,${base64(PNG)}` }];
  caching.generate({ prompt: "look", files: forms });
  while (asked.length === 0) await turn();
  assert.deepEqual(asked[0].request.files.map((file) => file.digest), forms.map(() => digest));
  caching.generate({ messages: [{ role: "user", content: [{ type: "file", mediaType: "image/jpeg", data: HEADS["image/jpeg"] }] }] });
  while (asked.length === 1) await turn();
  assert.notEqual(asked[1].request.messages[0].content[0].digest, digest);
});

test("every form crosses as a handle with type and size, and its Base64 is made when it is asked for", async (t) => {
  const { mesh, asked } = await scripted(t);
  const named = new File([PNG], "cat.png", { type: "image/png" });
  const encoded = base64(PNG);
  const forms = [
    named,
    new Blob([PNG], { type: "image/png" }),
    { mediaType: "image/png", data: PNG },
    { mediaType: "IMAGE/PNG; charset=binary", data: encoded, name: "a.png" },
    { mediaType: "image/png", data: `data:image/png;base64,${encoded}` },
    { data: `data:image/png;base64,${encoded}` },
    { mediaType: "image/jpg", data: HEADS["image/jpeg"] },
    { data: `data:text/plain,na%C3%AFve%20words` },
    // Without padding, in the alphabet of URLs, over several lines.
    { mediaType: "image/png", data: `${encoded.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "").replace(/(.{4})/, "$1\n")}` },
  ];
  const generation = mesh.generate({ prompt: "look", files: forms });
  await turn();
  const [{ request, core }] = asked;
  const handles = request.files.map(({ file }) => file);
  assert.equal(new Set(handles).size, forms.length);
  assert.ok(handles.every(Number.isInteger));
  assert.deepEqual(request.files.map((file) => ({ ...file, file: 0 })), [
    { mediaType: "image/png", file: 0, bytes: 14, name: "cat.png" },
    { mediaType: "image/png", file: 0, bytes: 14 },
    { mediaType: "image/png", file: 0, bytes: 14 },
    { mediaType: "image/png", file: 0, bytes: 14, name: "a.png" },
    { mediaType: "image/png", file: 0, bytes: 14 },
    { mediaType: "image/png", file: 0, bytes: 14 },
    { mediaType: "image/jpeg", file: 0, bytes: 12 },
    { mediaType: "text/plain", file: 0, bytes: 12 },
    { mediaType: "image/png", file: 0, bytes: 14 },
  ]);
  const texts = await Promise.all(handles.map((handle) => core.host.file(handle)));
  assert.deepEqual(texts.slice(0, 6), Array.from({ length: 6 }, () => encoded));
  assert.equal(texts[6], base64(HEADS["image/jpeg"]));
  assert.equal(Buffer.from(texts[7], "base64").toString(), "naïve words");
  assert.equal(texts[8], encoded);
  answerWith(core.host, generation.id, ["a cat"]);
  assert.equal(await generation.text, "a cat");
});

test("Base64 of any length is right, also where it is made in pieces", async (t) => {
  const { mesh, asked } = await scripted(t);
  for (const size of [1, 2, 3, 0x6000 - 1, 0x6000, 0x6000 + 1, 300_001]) {
    const data = Uint8Array.from({ length: size }, (_, index) => (index * 7 + (index >> 8)) & 0xff);
    mesh.generate({ prompt: "look", files: [{ mediaType: "application/x-any", data }] });
    await turn();
    const { core, request } = asked.at(-1);
    assert.equal(await core.host.file(request.files[0].file), base64(data), String(size));
  }
});

test("pieces of messages cross in their place", async (t) => {
  const { mesh, asked } = await scripted(t);
  mesh.generate({
    messages: [
      { role: "user", content: [{ type: "text", text: "look" }, { type: "file", mediaType: "image/png", data: PNG, name: "cat" }] },
      { role: "assistant", content: "a cat" },
      { role: "user", content: "sure?" },
    ],
  });
  await turn();
  const [{ request, core }] = asked;
  const [text, { file, ...piece }] = request.messages[0].content;
  assert.deepEqual([text, piece], [{ type: "text", text: "look" }, { type: "file", mediaType: "image/png", bytes: 14, name: "cat" }]);
  assert.equal(await core.host.file(file), base64(PNG));
  assert.deepEqual(request.messages.slice(1), [{ role: "assistant", content: "a cat" }, { role: "user", content: "sure?" }]);
});

test("the type of a Blob that has none is read from its first bytes", async (t) => {
  const { mesh, asked } = await scripted(t);
  for (const [type, head] of Object.entries(HEADS)) {
    for (const stated of ["", "application/octet-stream"]) {
      const generation = mesh.generate({ prompt: "look", files: [new Blob([head], { type: stated })] });
      while (asked.at(-1)?.id !== generation.id) await turn();
      assert.equal(asked.at(-1).request.files[0].mediaType, type);
    }
    mesh.generate({ prompt: "look", files: [{ mediaType: "image/*", data: head }, { data: base64(head) }] });
    await turn();
    assert.deepEqual(asked.at(-1).request.files.map(({ mediaType }) => mediaType), [type, type]);
  }
});

test("while it waits for a type, a generation can be joined, cancelled and closed", async (t) => {
  const { mesh, asked } = await scripted(t);
  const untyped = () => new Blob([PNG]);
  const first = mesh.generate({ id: "one", prompt: "look", files: [untyped()] });
  assert.equal(mesh.generate({ id: "one", prompt: "look" }), first);
  const second = mesh.generate({ id: "two", prompt: "look", files: [untyped()] });
  second.cancel("enough");
  assert.equal(await second.result.catch((reason) => reason), "enough");
  while (asked.length === 0) await turn();
  await turn();
  assert.deepEqual(asked.map(({ id }) => id), ["one"]);
  const third = mesh.generate({ id: "three", prompt: "look", files: [untyped()] });
  await mesh.close();
  assert.equal((await rejection(third.result)).code, "closed");
  await turn();
  assert.equal(asked.length, 1);
});

test("what cannot be sent is refused with what to do", async (t) => {
  const { mesh, asked } = await scripted(t);
  const piece = (data, mediaType = "image/png") => ({ messages: [{ role: "user", content: [{ type: "file", mediaType, data }] }] });
  const refused = {
    "an address": [{ prompt: "a", files: [{ mediaType: "image/png", data: "https://example.org/secret-token.png" }] }, /files\[0\].*address/, /blob\(\)/],
    "a blob address": [piece("blob:https://example.org/1"), /messages\[0\]\.content\[0\].*address/, /blob\(\)/],
    "no Base64": [piece("not Base64!"), /neither Base64 nor a data: URL/, /Blob/],
    "Base64 that was cut": [piece("AAAAA"), /neither Base64/, /Blob/],
    "nothing": [piece(undefined), /no data/, /Blob/],
    "a number": [piece(3), /no data/, /Blob/],
    "no file": [{ prompt: "a", files: ["AAAA"] }, /files\[0\].* no file/, /Blob/],
    "an empty Blob": [{ prompt: "a", files: [new Blob([], { type: "image/png" })] }, /empty/, undefined],
    "an empty array": [piece(new Uint8Array()), /empty/, undefined],
    "an empty data URL": [piece("data:image/png;base64,"), /empty/, undefined],
    "a data URL without data": [piece("data:image/png"), /without data/, undefined],
    "a data URL that cannot be decoded": [piece("data:text/plain,%ff"), /cannot be decoded/, /Base64/],
    "bytes of no type": [piece(Uint8Array.of(1, 2, 3), ""), /does not say what type/, /mediaType/],
    "a Blob of no type": [{ prompt: "a", files: [new Blob(["some words"])] }, /does not say what type/, /mediaType/],
    "too much": [{ prompt: "a", files: Array.from({ length: 3 }, () => new Blob([new Uint8Array(7_000_000)], { type: "image/png" })) }, /more than 20 MB/, /smaller/],
  };
  for (const [what, [request, message, hint]] of Object.entries(refused)) {
    const error = await rejection(mesh.generate(request).result);
    assert.equal(error.code, "invalid-request", what);
    assert.match(error.message, message, what);
    if (hint) assert.match(error.hint, hint, what);
    assert.ok(!JSON.stringify(error).includes("secret-token"), what);
  }
  assert.deepEqual(asked, []);
});

test("a file is held until its generation settles, is cancelled, or its mesh is closed", async (t) => {
  const { mesh, asked } = await scripted(t);
  const start = async () => {
    const generation = mesh.generate({ prompt: "look", files: [{ mediaType: "image/png", data: PNG }] });
    await turn();
    const { core, request } = asked.at(-1);
    return { generation, core, handle: request.files[0].file };
  };
  const settled = await start();
  const cancelled = await start();
  const closed = await start();
  for (const { core, handle } of [settled, cancelled, closed]) assert.equal(await core.host.file(handle), base64(PNG));
  answerWith(settled.core.host, settled.generation.id, ["done"]);
  assert.equal((await rejection(settled.core.host.file(settled.handle))).code, "closed");
  assert.equal(await cancelled.core.host.file(cancelled.handle), base64(PNG));
  cancelled.generation.cancel();
  assert.equal((await rejection(cancelled.core.host.file(cancelled.handle))).code, "closed");
  await mesh.close();
  assert.equal((await rejection(closed.core.host.file(closed.handle))).code, "closed");
});

test("a caller's array that changes afterwards does not change what was asked", async (t) => {
  const { mesh, asked } = await scripted(t);
  const data = PNG.slice();
  mesh.generate({ prompt: "look", files: [{ mediaType: "image/png", data }] });
  await turn();
  data.fill(0);
  const [{ core, request }] = asked;
  assert.equal(await core.host.file(request.files[0].file), base64(PNG));
});

test("route counts type and size and keeps nothing", async (t) => {
  const { mesh, script } = await scripted(t);
  const routed = [];
  script.answers.route = (_core, request) => { routed.push(read(request)); return {}; };
  const files = [new Blob([PNG], { type: "image/png" }), { mediaType: "application/pdf", data: base64(PNG) }];
  mesh.route({ prompt: "look", files });
  assert.deepEqual(routed[0].files, [{ mediaType: "image/png", file: 0, bytes: 14 }, { mediaType: "application/pdf", file: 0, bytes: 14 }]);
  assert.throws(() => mesh.route({ prompt: "look", files: [new Blob([PNG])] }), (error) => error.code === "invalid-request" && /type/.test(error.message));
  assert.throws(() => mesh.route({ prompt: "look", files: [{ mediaType: "image/png", data: "https://example.org/a.png" }] }), (error) => /address/.test(error.message));
});

test("a provider written in JavaScript gets the files themselves", async (t) => {
  let given;
  const mesh = meshFor(t, hkm);
  mesh.register(provider((request) => { given = request; return saying("a"); }, { models: [{ id: "eye", type: "text", capabilities: ["vision", "pdf", "file"] }] }));
  const blob = new File([PNG], "cat.png", { type: "image/png" });
  const untyped = new Blob([PNG]);
  const url = `data:image/png;base64,${base64(PNG)}`;
  await mesh.generate({
    messages: [
      { role: "user", content: [{ type: "text", text: "first" }, { type: "file", mediaType: "image/png", data: blob }] },
      { role: "assistant", content: "a cat" },
      { role: "user", content: [{ type: "text", text: "and" }, { type: "file", mediaType: "image/png", data: url, name: "b" }, { type: "file", mediaType: "image/png", data: PNG }] },
    ],
  }).text;
  assert.equal(given.messages[0].content[1].data, blob);
  assert.deepEqual(given.messages[0].content[1], { type: "file", mediaType: "image/png", data: blob, name: "cat.png" });
  assert.deepEqual(given.messages[2].content.slice(1), [
    { type: "file", mediaType: "image/png", data: url, name: "b" },
    { type: "file", mediaType: "image/png", data: PNG },
  ]);
  await mesh.generate({ prompt: "look", files: [blob, untyped, { mediaType: "image/png", data: PNG }] }).text;
  const files = given.files ?? given.messages.at(-1).content.filter(({ type }) => type === "file").map(({ data }) => data);
  assert.equal(files.length, 3);
  assert.ok(files[1] instanceof Blob && files[1].size === PNG.length);
});
