// The WebAssembly with a panic that a test can call for. It never enters the package: it replaces the real one in a copy of the app.
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { buildVariant } from "../../scripts/wasm-variant.mjs";
import { freshCopy } from "./installed-package.mjs";

/** @returns {Promise<string>} the folder of an app in which a request with the system text "planted-panic" panics in the middle of its answer */
export async function appWithPlantedPanic(test) {
  const built = await buildVariant("planted-panic");
  const app = await freshCopy(test);
  for (const name of ["hkm_mesh.js", "hkm_mesh_bg.wasm"]) {
    await cp(join(built, name), join(app, "node_modules", "hkm-mesh", "wasm", name));
  }
  return app;
}
