/** The module of the package with the feature `bench`. */
export function compiledBench() {
  compiled ??= (async () => {
    const glue = await import(/* @vite-ignore */ new URL("/wasm/hkm_mesh.js", globalThis.location.origin).href);
    await glue.default();
    return glue;
  })();
  return compiled;
}

let compiled;
