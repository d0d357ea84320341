// What the page holds for Rust, by handles.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { installed } from "./installed-package.mjs";

const { folder } = await installed();
const { Blobs } = await import(pathToFileURL(join(folder, "node_modules", "hkm-mesh", "dist", "blobs.js")).href);

const receipt = { id: "r" };

test("a result has its blobs, as what they are meant to be, until they are dropped", () => {
  const blobs = new Blobs();
  blobs.put(1, new Blob(["picture"], { type: "text/html" }));
  const [image] = blobs.withBlobs({ images: [{ blob: 1, mediaType: "image/png", seed: 7 }], receipt }).images;
  assert.deepEqual([image.blob.type, image.blob.size, image.seed], ["image/png", 7, 7]);
  assert.equal(blobs.withBlobs({ images: [{ blob: 1, mediaType: "image/png" }], receipt }).images.length, 1, "whoever shares it has it too");
  blobs.drop([1]);
  assert.equal(blobs.get(1), undefined);
});

test("a result whose bytes are gone is an error, and never an empty picture or video", () => {
  const blobs = new Blobs();
  blobs.put(1, new Blob(["picture"], { type: "image/png" }));
  const images = [{ blob: 1, mediaType: "image/png" }, { blob: 2, mediaType: "image/png" }];
  for (const take of [() => blobs.withBlobs({ images, receipt }), () => blobs.withVideo({ video: 2, mediaType: "video/mp4", receipt })]) {
    assert.throws(take, ({ name, code }) => name === "MeshError" && code === "internal");
  }
});
