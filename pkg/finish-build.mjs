// What tsc leaves to do.
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { sep } from "node:path";

const dist = new URL("dist/", import.meta.url);

// Files whose source is gone would be published for ever. The folder is not emptied beforehand, because others may be
// reading it while it is built.
const modules = await modulesOf(new URL("src/", import.meta.url), /\.tsx?$/);
for (const [module, files] of await modulesOf(dist, /(\.d\.ts|\.js)$/)) {
  if (!modules.has(module)) for (const file of files) await rm(new URL(file, dist));
}

// tsc keeps a reference to a library only with `preserve="true"`, which is its own word and says nothing to who reads the
// declarations: they open with the plain form.
for (const name of ["index", "types"]) {
  const path = new URL(`${name}.d.ts`, dist);
  const text = await readFile(path, "utf8");
  await writeFile(path, text.replace("/// <reference lib=\"esnext.disposable\" preserve=\"true\" />", "/// <reference lib=\"esnext.disposable\" />"));
}

/** The files below a folder, by their names without the ending. */
async function modulesOf(folder, ending) {
  const modules = new Map();
  for (const entry of await readdir(folder, { recursive: true })) {
    const file = entry.split(sep).join("/");
    if (!ending.test(file)) continue;
    const module = file.replace(ending, "");
    modules.set(module, [...(modules.get(module) ?? []), file]);
  }
  return modules;
}
