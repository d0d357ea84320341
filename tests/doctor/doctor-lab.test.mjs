// The doctor in Chromium, in set-ups that are really broken. HKM_WRITE_DOCTOR_TABLE=1 writes docs/doctor-lab.md anew.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { inRepository } from "../../scripts/repository.mjs";
import { Closing, openLaboratory } from "./laboratory.mjs";
import { SET_UPS } from "./set-ups.mjs";

const NEEDED = process.env.HKM_LLAMA_SERVER ? false : `there is no llama-server: ${process.env.HKM_LLAMA_SERVER_MISSING ?? "HKM_LLAMA_SERVER names none"}`;
/** For one alone, while it is worked on. */
const ONLY = process.env.HKM_SET_UP;

test("the doctor's laboratory", { skip: NEEDED }, async (suite) => {
  const lab = await openLaboratory(suite);
  if (typeof lab === "string") return suite.skip(lab);
  const rows = [];
  for (const { name, made, expected, simulated = false, remedy, prepare } of SET_UPS) {
    if (ONLY !== undefined && !name.includes(ONLY)) continue;
    await suite.test(name, async (t) => {
      const opened = new Closing();
      t.after(() => opened.close());
      const { visitor, asked, mend } = await prepare(lab, opened);
      const sick = await visitor.examine(asked);
      const found = sick.causes.map(({ code, likelihood }) => `${code} (${likelihood})`).join(", ");
      const row = { name, made, simulated, found, remedy, again: "" };
      rows.push(row);
      assert.equal(sick.causes[0]?.code, expected, JSON.stringify(sick, null, 1));
      assert.equal(sick.ok, false);
      assert.ok(!JSON.stringify(sick.causes).includes("ORIGINS=*"));
      const changed = (await mend(sick)) ?? {};
      const well = await (changed.visitor ?? visitor).examine(changed.asked ?? asked);
      assert.equal(well.ok, true, JSON.stringify(well, null, 1));
      row.again = "well";
    });
  }
  const counted = rows.filter(({ simulated, again }) => !simulated && again === "well").length;
  const table = [
    "| set-up | made of | causes found | remedy applied | asked again |", "|---|---|---|---|---|",
    ...rows.map(({ name, made, simulated, found, remedy, again }) => `| ${name}${simulated ? " *" : ""} | ${made} | ${found} | ${remedy} | ${again} |`),
  ].join("\n");
  console.log(`${table}\n${counted} of ${rows.filter(({ simulated }) => !simulated).length} counted set-ups: first cause right, and well after the remedy.`);
  if (process.env.HKM_WRITE_DOCTOR_TABLE === "1") await writeFile(inRepository("docs/doctor-lab.md"), document(table, counted));
});

function document(table, counted) {
  return `# The doctor's laboratory

\`mesh.diagnose\` in Chromium, in set-ups that are really broken: a real llama-server with its own flags and signals, real
proxies, TLS, content policies and the browser's own permissions. \`tests/doctor/\` makes them, and \`npm test\` runs them with
the stage \`doctor\`. Each is examined, its remedy is applied as it was printed, and it is examined again.

${table}

${counted} of them count. Those marked * stand on a simulator of ours (its gate of origins is Ollama's, rule by rule) and do
not count. The page's addresses are names that only this Chromium knows; \`--ip-address-space-overrides\` makes two of them
public. Where the printed line starts a program, the program and the model are those of the machine that tests.

What no page can know, and the doctor says so: whether a program that lets no page in is the server that was meant; whether
nothing listens at an https address or its certificate is not trusted. The rules of Safari and Firefox are tables in
\`src/core/engine/doctor/tests.rs\`, and so is a question for the permission that nobody answered: headless Chromium answers
it by itself, with no.
`;
}
