// The npm package's TypeScript (pkg/dist) and the app (www/dist), each by its own `build` script.
//   node scripts/build-package.mjs pkg | www   [--force]
import { withRepositoryLock } from "./lock.mjs";
import { runNpm } from "./npm.mjs";
import { StepFailure, runWhenStartedAlone, say, seconds } from "./step.mjs";
import { digestOf, filesBelow, isUpToDate, markUpToDate } from "./stamp.mjs";

const LOCK_FILE = "package-lock.json";
const PACKAGES = {
  pkg: { step: "npm package", inputs: ["pkg", LOCK_FILE], output: "pkg/dist" },
  www: { step: "app", inputs: ["www", "pkg", LOCK_FILE], output: "www/dist" },
};

export async function buildPackage(folder, { force = false } = {}) {
  const known = PACKAGES[folder];
  if (!known) throw new StepFailure(`there is no package ${folder}`, { remedy: `There are: ${Object.keys(PACKAGES).join(", ")}` });
  const { step, inputs, output } = known;
  await withRepositoryLock(`build-${folder}`, async () => {
    // The weights do not change under their name, and reading them takes longer than the build.
    const input = digestOf(filesBelow(inputs, { except: [output, "www/public/models"] }), { node: process.versions.node });
    if (!force && isUpToDate(`build-${folder}`, input, [output])) {
      say(step, "is up to date");
      return;
    }
    say(step, `npm run build -w ${folder} …`);
    const started = Date.now();
    await runNpm(["run", "build", "-w", folder], { step, what: `${folder} could not be built`, remedy: "Its error is above." });
    await markUpToDate(`build-${folder}`, input, [output]);
    say(step, `built in ${seconds(Date.now() - started)}`);
  });
}

await runWhenStartedAlone(import.meta.url, async (options) => {
  for (const folder of options.filter((option) => !option.startsWith("--"))) await buildPackage(folder, { force: options.includes("--force") });
});
