// tsc keeps a reference to a library only with `preserve="true"`, which is its own word and says nothing to who reads the
// declarations: they open with the plain form.
import { readFile, writeFile } from "node:fs/promises";

for (const name of ["index", "types"]) {
  const path = new URL(`dist/${name}.d.ts`, import.meta.url);
  const text = await readFile(path, "utf8");
  await writeFile(path, text.replace("/// <reference lib=\"esnext.disposable\" preserve=\"true\" />", "/// <reference lib=\"esnext.disposable\" />"));
}
