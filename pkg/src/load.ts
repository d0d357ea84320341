// Loads the WebAssembly and its glue, once a page, at first use.
import type { Glue, WasmSource } from "./boundary.js";
import { MeshError } from "./error.js";
import type { ErrorCode } from "./generated/types.js";

let loaded: Promise<Glue> | undefined;

/** The loaded core. A failure is not kept: the next call tries again. */
export function loadCore(source: WasmSource | undefined): Promise<Glue> {
  loaded ??= load(source).catch((thrown: unknown) => {
    loaded = undefined;
    throw thrown;
  });
  return loaded;
}

// This form, literally, is what bundlers look for: Vite (also its pre-bundling of dependencies, since 8), webpack, Parcel
// and Rollup's plugins all emit the file and put in its final address.
const DEFAULT_URL = () => new URL("../wasm/hkm_mesh_bg.wasm", import.meta.url);

async function load(source: WasmSource | undefined): Promise<Glue> {
  // Both at once: the glue must not make the bytes wait.
  const [glue, wasm] = await Promise.all([loadGlue(), source === undefined ? fetchDefault() : fromSource(source)]);
  try {
    await glue.default({ module_or_path: wasm });
  } catch (thrown) {
    throw refusal(thrown);
  }
  return glue;
}

async function loadGlue(): Promise<Glue> {
  try {
    return await import("../wasm/hkm_mesh.js");
  } catch (thrown) {
    throw failure("unreachable", "The mesh's script `hkm_mesh.js` could not be loaded.", "Look at the network tab: it is part of the app's own build.", thrown);
  }
}

async function fromSource(source: WasmSource | string): Promise<BufferSource | WebAssembly.Module | Response> {
  // A string is not in the contract, but it is what `import url from "….wasm?url"` gives.
  if (typeof source === "string") return fetchWasm(new URL(source, (globalThis as { location?: { href: string } }).location?.href));
  return source instanceof URL ? fetchWasm(source) : source;
}

async function fetchDefault(): Promise<BufferSource | Response> {
  const url = DEFAULT_URL();
  try {
    return await fetchWasm(url);
  } catch (thrown) {
    // Vite before 8 moves the code of a dependency to `node_modules/.vite/deps` in development and leaves its URLs as
    // they were. The package then lies two folders up.
    if (!import.meta.url.includes("/.vite/deps")) throw thrown;
    const beside = "../../hkm-mesh/wasm/hkm_mesh_bg.wasm";
    return fetchWasm(new URL(beside, import.meta.url)).catch(() => { throw thrown; });
  }
}

async function fetchWasm(url: URL): Promise<BufferSource | Response> {
  if (url.protocol === "file:") return readFile(url);
  let response: Response;
  try {
    response = await fetch(url, { credentials: "same-origin" });
  } catch (thrown) {
    throw failure("unreachable", `The mesh's WebAssembly could not be fetched from ${url.href}.`, "The server does not answer, or the page's Content-Security-Policy does not let `connect-src` reach it.", thrown);
  }
  const type = response.headers.get("content-type") ?? "";
  if (!response.ok) {
    throw failure("unreachable", `The mesh's WebAssembly was not found: ${url.href} answered ${String(response.status)}.`, "Deploy the .wasm file beside the scripts, or give its address as `wasm` in the mesh's options.", undefined, response.status);
  }
  if (type.startsWith("text/html")) {
    throw failure("protocol", `${url.href} answered with a web page (MIME type text/html) where the mesh's WebAssembly should be.`, "A server that sends its index page for every unknown address does that: deploy the .wasm file, or give its address as `wasm` in the mesh's options.");
  }
  // Streaming compilation insists on exactly this type; without it the bytes do as well, a little later.
  return type === "application/wasm" ? response : response.arrayBuffer();
}

interface NodeLike { process?: { getBuiltinModule?(name: string): { readFile(path: URL): Promise<BufferSource> } | undefined } }

/** Node's fetch knows no `file:`. There is no `import "node:fs"` here because bundlers for the browser stumble over it. */
async function readFile(url: URL): Promise<BufferSource> {
  const files = (globalThis as NodeLike).process?.getBuiltinModule?.("node:fs/promises");
  if (!files) throw failure("unsupported", `The mesh's WebAssembly cannot be read from ${url.href} here.`, "Serve the page over http, or give the bytes as `wasm` in the mesh's options.");
  try {
    return await files.readFile(url);
  } catch (thrown) {
    throw failure("unreachable", `The mesh's WebAssembly could not be read from ${url.href}.`, "Install the package again, or give the bytes as `wasm` in the mesh's options.", thrown);
  }
}

/** Bytes came, and the browser did not take them. */
function refusal(thrown: unknown): MeshError {
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  if (/content.security.policy|unsafe-eval|csp/i.test(words)) {
    return failure("blocked-by-browser", "The page's Content-Security-Policy does not allow WebAssembly.", "Add 'wasm-unsafe-eval' to its script-src.", thrown);
  }
  if (/import/i.test(words) && thrown instanceof WebAssembly.LinkError) {
    return failure("protocol", "The mesh's script and its WebAssembly are of two versions.", "Deploy both from one build, and let no cache keep one of them.", thrown);
  }
  return failure("protocol", "What was loaded is not the mesh's WebAssembly.", "Check that the file arrives whole and with the MIME type application/wasm.", thrown);
}

function failure(code: ErrorCode, message: string, hint: string, cause?: unknown, status?: number): MeshError {
  return new MeshError({ code, message, hint, ...(status === undefined ? {} : { status }) }, cause === undefined ? undefined : { cause });
}
