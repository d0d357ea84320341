import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../build.mjs";
import { countPlaywright, noTests } from "../counts.mjs";
import { installedProgram } from "../npm.mjs";
import { TO_BUILD } from "../setup.mjs";
import { runTests } from "./stage.mjs";

/** @type {import("./stage.mjs").Stage} */
export const page = {
  name: "page",
  title: "The built package and app, in pages",
  needs: [...TO_BUILD, "browser", "model", "llama"],
  async run({ environment }) {
    await build();
    const folder = await mkdtemp(join(tmpdir(), "hkm-mesh-page-tests-"));
    const report = join(folder, "report.json");
    try {
      const args = [installedProgram("@playwright/test", "playwright", "tests"), "test", "-c", "tests/page/playwright.config.ts", "--reporter=list,json"];
      return await runTests(process.execPath, args, {
        count: async () => readFile(report, "utf8").then((text) => countPlaywright(JSON.parse(text)), noTests),
        env: { ...environment, PLAYWRIGHT_JSON_OUTPUT_FILE: report, PLAYWRIGHT_JSON_OUTPUT_NAME: report },
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
