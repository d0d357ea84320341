// Vite's production build, for the pages of the benchmarks and for the apps whose size is measured.
import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { build } from "vite";
import { inRepository } from "../../scripts/repository.mjs";
import { StepFailure } from "../../scripts/step.mjs";

const here = inRepository("tests", "bench");

/** @param {string} folder of the built package */
export function needPackage(folder) {
  for (const file of ["dist/index.js", "wasm/hkm_mesh_bg.wasm"]) {
    if (!existsSync(join(folder, file))) throw new StepFailure(`there is no ${file} in ${folder}`, { remedy: "Build the package first: node scripts/build.mjs" });
  }
}

function settings({ root, outDir, meshFolder }) {
  return {
    configFile: false,
    root,
    base: "./",
    logLevel: "error",
    resolve: { alias: [
      { find: /^hkm-mesh$/, replacement: join(meshFolder, "dist", "index.js") },
      { find: /^hkm-mesh\/dist\//, replacement: `${join(meshFolder, "dist")}/` },
    ] },
    build: { outDir, emptyOutDir: true, reportCompressedSize: false, chunkSizeWarningLimit: 10_000 },
  };
}

/**
 * Modules that the runner imports by name, each with its exports.
 * @param {string} outDir
 * @param {readonly string[]} modules names of files in `page/`
 * @param {string} meshFolder the built package
 * @param {{ isReadable?: boolean }} [how] functions keep their names
 */
export async function buildModules(outDir, modules, meshFolder, { isReadable = false } = {}) {
  await mkdir(outDir, { recursive: true });
  const { build: usual, ...rest } = settings({ root: here, outDir, meshFolder });
  await build({
    ...rest,
    build: {
      ...usual,
      modulePreload: false,
      minify: !isReadable,
      rollupOptions: {
        input: Object.fromEntries(modules.map((name) => [name, join(here, "page", `${name}.mjs`)])),
        preserveEntrySignatures: "strict",
        output: { entryFileNames: "[name].js" },
      },
    },
  });
}

/** An app as its author would build it. */
export async function buildApp(outDir, name, meshFolder) {
  await mkdir(outDir, { recursive: true });
  await build(settings({ root: join(here, "apps", name), outDir, meshFolder }));
}

/** @returns {Promise<string[]>} every file below, sorted */
export async function filesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
}
