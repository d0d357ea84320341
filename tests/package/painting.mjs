// Asking for pictures in a page, and seeing what comes.

/** Asks for a picture and tells how it went. */
export const paint = (page, request) => page.evaluate(async (request) => {
  const generation = globalThis.mesh.image(request);
  const events = [];
  try {
    for await (const event of generation) {
      if (event.type === "progress") events.push(`progress ${event.value}/${event.max}`);
      else if (event.type === "queue") events.push(`queue ${event.position}`);
      else if (event.type === "warning") events.push(`warning ${event.reason.code}`);
      else if (event.type === "fallback") events.push(`fallback ${event.to}`);
      else if (event.type === "preview") events.push(`preview ${event.blob.type}`);
      else if (event.type === "text-delta") events.push(`text ${event.text}`);
      else events.push(event.type);
    }
    const { images, receipt } = await generation.result;
    const shown = await Promise.all(images.map(async ({ blob, mediaType, seed }) => {
      const size = blob.size > 100 ? await globalThis.createImageBitmap(blob).then(({ width, height }) => `${width}x${height}`) : "tiny";
      return { mediaType, seed, size, bytes: blob.size };
    }));
    return { events, images: shown, receipt };
  } catch (error) {
    return { events, error: { code: error.code, message: error.message, hint: error.hint } };
  }
}, request);

/** Lets a page see how much memory its module has: `wasmMemory`. */
export const catchMemory = (context) => context.addInitScript(() => {
  const catching = (make) => async (...given) => {
    const made = await make.apply(globalThis.WebAssembly, given);
    globalThis.wasmMemory = (made.instance ?? made).exports.memory ?? globalThis.wasmMemory;
    return made;
  };
  globalThis.WebAssembly.instantiate = catching(globalThis.WebAssembly.instantiate);
  globalThis.WebAssembly.instantiateStreaming = catching(globalThis.WebAssembly.instantiateStreaming);
});

/**
 * Has so many pictures made that what a mesh remembers of its last requests (decisions, measures) is full, and waits until that was
 * written, read and written again, as it is every five seconds: what it takes in memory from then on is what it always takes.
 */
export const fillMemory = (page, request) => page.evaluate(async (request) => {
  const ask = () => globalThis.mesh.image(request).result;
  for (let number = 0; number < 260; number += 1) await ask();
  for (let round = 0; round < 3; round += 1) {
    await new Promise((resolve) => { setTimeout(resolve, 5_500); });
    await ask();
  }
}, request);
