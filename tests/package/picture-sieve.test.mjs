// Pictures on their way out of an answer, however the network cuts it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { drawJpeg, drawPng } from "../simulator/picture.mjs";
import { installed } from "./installed-package.mjs";

const { folder } = await installed();
/** @param {string} name */
const part = (name) => import(pathToFileURL(join(folder, "node_modules", "hkm-mesh", "dist", name)).href);
const { Blobs } = await part("blobs.js");
const { PictureSieve } = await part("picture-sieve.js");

const PNG = drawPng({ width: 40, height: 30, seed: "a" });
const JPEG = drawJpeg({ width: 40, height: 30, seed: "b" });

/** What is left of a text in pieces of this many bytes, and the blobs that were taken out. */
function sift(text, size = Infinity) {
  const blobs = new Blobs();
  const sieve = new PictureSieve(blobs);
  const bytes = new TextEncoder().encode(text);
  let left = "";
  const taken = [];
  const decoder = new TextDecoder();
  for (let from = 0; from < bytes.length; from += size) {
    left += decoder.decode(sieve.push(bytes.slice(from, Math.min(from + size, bytes.length))), { stream: true });
    const pairs = [...sieve.takenOut()];
    while (pairs.length > 0) {
      const [handle, size] = pairs.splice(0, 2);
      assert.equal(blobs.get(handle).size, size);
      taken.push(handle);
    }
  }
  left += decoder.decode(sieve.end());
  return { left, taken, blobs: taken.map((handle) => blobs.withBlob({ type: "image", blob: handle }).blob) };
}

/** The same in pieces of every size. */
function siftAlways(text) {
  const whole = sift(text);
  for (const size of [1, 2, 3, 5, 16, 17, 129, 1000]) assert.ok(sift(text, size).left.replace(/blob:\d+/g, "blob:") === whole.left.replace(/blob:\d+/g, "blob:"), `pieces of ${size}`);
  return whole;
}

const place = (handle, type) => `\\u0001blob:${handle};${type}`;

test("pictures become blobs of the same bytes, and all else stays as it is", async () => {
  const text = `data: {"parts":[{"text":"Grüße \\"x\\" \\\\"},{"inlineData":{"mimeType":"image/png","data":"${PNG.toString("base64")}"}},{"inlineData":{"data":"${JPEG.toString("base64")}"}}]}\r\n\r\n`;
  const { left, taken, blobs } = siftAlways(text);
  assert.equal(left, text.replace(PNG.toString("base64"), place(taken[0], "image/png")).replace(JPEG.toString("base64"), place(taken[1], "image/jpeg")));
  assert.deepEqual(blobs.map(({ type }) => type), ["image/png", "image/jpeg"]);
  for (const [index, expected] of [PNG, JPEG].entries()) assert.ok(expected.equals(Buffer.from(await blobs[index].arrayBuffer())));
});

test("data URLs say what they are, also where nothing else tells", async () => {
  const svg = Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>").toString("base64");
  const { left, taken, blobs } = siftAlways(`{"url":"data:image/svg+xml;charset=utf-8;base64,${svg}","other":"data:text/plain;base64,SGVsbG8="}`);
  assert.equal(left, `{"url":"${place(taken[0], "image/svg+xml")}","other":"data:text/plain;base64,SGVsbG8="}`);
  assert.equal(await blobs[0].text(), "<svg xmlns='http://www.w3.org/2000/svg'/>");
});

test("escaped slashes and equals signs are read", async () => {
  const base64 = PNG.toString("base64");
  const escaped = base64.replaceAll("/", "\\/").replaceAll("=", "\\u003d");
  for (const written of [escaped, `data:image\\/png;base64,${escaped}`, `DATA:image/png;base64,${base64}`]) {
    const { taken, blobs } = siftAlways(`{"data":"${written}"}`);
    assert.equal(taken.length, 1, written.slice(0, 30));
    assert.ok(PNG.equals(Buffer.from(await blobs[0].arrayBuffer())));
  }
});

test("a long signature is taken out too, and a long text is not", () => {
  const signature = Buffer.alloc(90_000, 7).toString("base64");
  const prose = "Lorem ipsum dolor. ".repeat(9_000);
  const { left, taken } = siftAlways(`{"thoughtSignature":"${signature}","text":"${prose}","short":"${signature.slice(0, 4_000)}"}`);
  assert.ok(left === `{"thoughtSignature":"${place(taken[0], "")}","text":"${prose}","short":"${signature.slice(0, 4_000)}"}`);
});

test("what begins as a picture and is none, or is cut, leaves nothing", () => {
  const base64 = PNG.toString("base64");
  assert.equal(siftAlways(`{"data":"${base64.slice(0, 60)}*${base64.slice(60)}"}`).left, '{"data":""}');
  // Of a picture that is cut nothing is left, whether the body ends or only its line.
  assert.deepEqual(siftAlways(`{"data":"${base64.slice(0, 200)}`), { left: '{"data":"', taken: [], blobs: [] });
  assert.deepEqual(siftAlways(`data: {"data":"${base64.slice(0, 200)}\n\ndata: {}\n\n`), { left: 'data: {"data":"\n\ndata: {}\n\n', taken: [], blobs: [] });
  assert.equal(siftAlways('{"text":"cut in the mid').left, '{"text":"cut in the mid');
});

test("a quote in a comment of the stream confuses nobody", () => {
  const text = `: still "at it\n\ndata: {"data":"${PNG.toString("base64")}"}\n\n`;
  const { left, taken } = siftAlways(text);
  assert.equal(left, `: still "at it\n\ndata: {"data":"${place(taken[0], "image/png")}"}\n\n`);
});

test("a picture of 48 MB goes through", async () => {
  const large = drawPng({ width: 40, height: 30, seed: "c" }, { padding: 48 * 1024 * 1024 });
  const { blobs } = sift(`{"data":"${large.toString("base64")}"}`, 65_536);
  assert.equal(blobs[0].size, large.length);
});
