// The package's types against the contract's, compiled as a user's app compiles them: every declaration file is checked.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { follow } from "../../scripts/command.mjs";
import { installedProgram } from "../../scripts/npm.mjs";
import { freshCopy, installed, packed } from "./installed-package.mjs";

function compile(folder) {
  return follow(process.execPath, [installedProgram("typescript", "tsc"), "-p", folder, "--pretty", "false"], { show: false, step: "tsc" });
}

test("the package's types are the contract's, and an app compiles against them with skipLibCheck off", async () => {
  const { folder } = await installed();
  const { ok, stdout } = await compile(folder);
  assert.ok(ok, stdout);
});

test("planted mismatches fail, whichever way they differ", async (t) => {
  const folder = await freshCopy(t);
  const path = join(folder, "contract", "contract.ts");
  const plants = {
    // A field of another type, an optional field that the package does not have, a member of a union, what a method gives.
    Policy: ["maxCost?: number;", "maxCost?: string;"],
    Usage: ["estimated: boolean }", "estimated: boolean; invented?: string }"],
    CustomProviderEvent: ["{ type: \"usage\"; usage: Omit<Usage, \"estimated\"> }", "{ type: \"used\" }"],
    Keys: ["has(provider: ModelProvider): boolean;", "has(provider: ModelProvider): number;"],
  };
  let contract = await readFile(path, "utf8");
  for (const [from, to] of Object.values(plants)) {
    assert.ok(contract.includes(from), `the contract has ${from}`);
    contract = contract.replace(from, to);
  }
  await writeFile(path, contract);
  const { ok, stdout } = await compile(folder);
  assert.equal(ok, false);
  for (const name of Object.keys(plants)) assert.match(stdout, new RegExp(`checks\\.ts.*"${name} differs"`));
});

test("no declaration that is published says `any`, and the entries open with the library they need", async () => {
  const { folder } = await installed();
  const { files } = await packed();
  const declarations = files.filter((file) => file.endsWith(".d.ts"));
  assert.ok(declarations.length > 5);
  for (const file of declarations) {
    const text = await readFile(join(folder, "node_modules", "hkm-mesh", file), "utf8");
    const found = [];
    const visit = (node) => {
      if (node.kind === ts.SyntaxKind.AnyKeyword) found.push(node.parent.getText());
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
    assert.deepEqual(found, [], file);
    if (/dist\/(index|types)\.d\.ts$/.test(file)) assert.equal(text.split("\n")[0], "/// <reference lib=\"esnext.disposable\" />", file);
  }
});
