// docs/fault-matrix.md, of which two tests hold a part each.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { withRepositoryLock } from "../../scripts/lock.mjs";
import { inRepository } from "../../scripts/repository.mjs";

const path = inRepository("docs", "fault-matrix.md");
/** Where the second part begins. */
const SECOND = /(?=^## A real llama\.cpp server$)/m;

/**
 * With UPDATE_DOCS the part is written, else it has to stand there.
 * @param {import("node:test").TestContext} suite
 * @param {"simulated" | "real"} part
 * @param {string} text
 */
export async function keepTable(suite, part, text) {
  const place = part === "simulated" ? 0 : 1;
  if (process.env["UPDATE_DOCS"]) {
    await withRepositoryLock("fault-matrix", async () => {
      const parts = (await readFile(path, "utf8")).split(SECOND);
      parts[place] = text;
      await writeFile(path, parts.join(""));
    });
    return;
  }
  await suite.test("the table in docs/ is this one", async () => assert.equal((await readFile(path, "utf8")).split(SECOND)[place], text));
}
