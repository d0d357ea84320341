// @ts-check
/** The pictures that simulators draw are whole files, say that they are simulated, and depend on nothing but what was asked. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32, inflateSync } from "node:zlib";
import { drawJpeg, drawPng, sizeOfImage } from "./picture.mjs";
import { Numeral, parsePython, plain, showPython, writePython } from "./python-json.mjs";

/** @param {Buffer} png @returns {{ type: string, data: Buffer, good: boolean }[]} good: its check sum is right */
function chunksOf(png) {
  const chunks = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    const body = png.subarray(at + 4, at + 8 + length);
    chunks.push({ type: body.subarray(0, 4).toString("latin1"), data: body.subarray(4), good: png.readUInt32BE(at + 8 + length) === crc32(body) });
    at += 12 + length;
  }
  return chunks;
}

/** Black and white of the rows that hold the banner, as text: the letters can be read in it. @param {Buffer} png @param {number} top */
function banner(png, top) {
  const { width } = sizeOfImage(png) ?? assert.fail();
  const lines = inflateSync(chunksOf(png).find(({ type }) => type === "IDAT")?.data ?? Buffer.alloc(0));
  return Array.from({ length: 7 }, (_, row) => {
    const start = (top + row) * (1 + width * 3) + 1;
    return Array.from({ length: width }, (_unused, x) => (lines[start + x * 3] === 255 ? "#" : " ")).join("").trimEnd();
  });
}

test("a PNG has its chunks, its texts, and every pixel", () => {
  const png = drawPng({ width: 65, height: 70, seed: "a" }, { texts: [["prompt", "{}"]], padding: 100 });
  const chunks = chunksOf(png);
  assert.deepEqual(chunks.map(({ type, good }) => [type, good]), [["IHDR", true], ["tEXt", true], ["siMs", true], ["IDAT", true], ["IEND", true]]);
  assert.equal(chunks[1]?.data.toString("latin1"), "prompt\0{}");
  assert.deepEqual([sizeOfImage(png), inflateSync(chunks[3]?.data ?? Buffer.alloc(0)).length], [{ width: 65, height: 70 }, 70 * (1 + 65 * 3)]);
});

test("SIMULATED can be read in the picture, or what of it fits", () => {
  const rows = banner(drawPng({ width: 64, height: 64, seed: "a" }), 16);
  assert.deepEqual(rows.map((row) => row.slice(5, 22)), [
    " ####  ###  #   #", "#       #   ## ##", "#       #   # # #", " ###    #   # # #", "    #   #   #   #", "    #   #   #   #", "####   ###  #   #",
  ]);
  assert.equal(banner(drawPng({ width: 32, height: 32, seed: "a" }), 8)[0], "        ####  ###  #   #");
});

test("the same request has the same picture, another one another", () => {
  const wanted = { width: 64, height: 64, seed: "a" };
  assert.ok(drawPng(wanted).equals(drawPng(wanted)) && drawJpeg(wanted).equals(drawJpeg(wanted)));
  assert.ok(!drawPng(wanted).equals(drawPng({ ...wanted, seed: "b" })) && !drawJpeg(wanted).equals(drawJpeg({ ...wanted, clarity: 0.5 })));
});

test("a JPEG begins, says its size and that it is simulated, and ends, with no marker in between", () => {
  const jpeg = drawJpeg({ width: 100, height: 60, seed: "a", clarity: 0.2 });
  assert.deepEqual([jpeg.readUInt16BE(0), jpeg.readUInt16BE(jpeg.length - 2), sizeOfImage(jpeg), jpeg.includes("SIMULATED")], [0xffd8, 0xffd9, { width: 100, height: 60 }, true]);
  const scan = jpeg.subarray(jpeg.indexOf(Buffer.from([0xff, 0xda])) + 14, -2);
  for (let at = scan.indexOf(0xff); at >= 0; at = scan.indexOf(0xff, at + 1)) assert.equal(scan[at + 1], 0);
  assert.equal(sizeOfImage(Buffer.from("no picture")), undefined);
});

test("Python's JSON keeps floats, long numbers and the order of keys, and writes nothing but ASCII", () => {
  const text = '{"seed": 18446744073709551615, "cfg": 7.0, "text": "caf\\u00e9 \\ud83d\\ude00 7.0", "12": [], "list": [1, -2.5, 1e-05, null, true]}';
  const value = parsePython(text);
  assert.ok(value.seed instanceof Numeral && Number(value.cfg) === 7);
  assert.deepEqual(plain(value).list, [1, -2.5, 1e-5, null, true]);
  assert.equal(writePython(value), text.replace('{', '{"12": [], ').replace(', "12": []', ""), "only keys that are numbers come first, as in any object of JavaScript");
  assert.equal(writePython(new Map([["9", 1], ["3", 2]])), '{"9": 1, "3": 2}');
  assert.equal(showPython(["a", "it's", null, true, value.cfg, { b: 1 }]), `['a', "it's", None, True, 7.0, {'b': 1}]`);
  assert.throws(() => parsePython("{"), SyntaxError);
});
