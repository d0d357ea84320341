import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { placeWhole, writeWhole } from "../../scripts/cache.mjs";
import { ask, commandLine, follow, run } from "../../scripts/command.mjs";
import { withLock } from "../../scripts/lock.mjs";
import { StepFailure } from "../../scripts/step.mjs";

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "hkm-mesh-scripts-"));
  process.env.HKM_MESH_CACHE = join(folder, "cache");
});
after(() => rm(folder, { recursive: true, force: true }));

test("a program that is missing is an answer, not an exception", () => {
  const answer = ask("hkm-mesh-program-that-nobody-has", []);
  assert.equal(answer.ok, false);
  assert.equal(answer.missing, true);
});

test("a program that takes too long is ended", () => {
  const answer = ask(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { timeoutMs: 100 });
  assert.equal(answer.ok, false);
  assert.equal(answer.timedOut, true);
});

test("a failure holds the command, the last output and the remedy", async () => {
  const attempt = run(process.execPath, ["-e", "console.error('disk full'); process.exit(2)"], { what: "it broke", remedy: "make room" });
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof StepFailure);
    assert.equal(error.message, "it broke (it ended with code 2)");
    assert.match(error.command, /process\.exit/);
    assert.match(error.output, /disk full/);
    assert.equal(error.remedy, "make room");
    return true;
  });
});

test("output is handed back whole, also characters that were cut between two pieces", async () => {
  const { stdout } = await follow(process.execPath, ["-e", "const [first, second] = Buffer.from('é'); process.stdout.write(Buffer.of(first), () => process.stdout.write(Buffer.of(second)))"], { show: false });
  assert.equal(stdout, "é");
});

test("a command is shown so that it can be pasted", () => {
  assert.equal(commandLine("node", ["scripts/setup.mjs", "two words"]), 'node scripts/setup.mjs "two words"');
});

test("what fails half way leaves nothing behind", async () => {
  const path = join(folder, "half");
  await assert.rejects(placeWhole(path, async (temporary) => {
    await writeWhole(temporary, "half");
    throw new Error("no more");
  }), /no more/);
  assert.deepEqual((await readdir(folder)).filter((name) => name.startsWith("half")), []);
});

test("a folder replaces the folder that stood there", async () => {
  const path = join(folder, "place");
  for (const content of ["old", "new"]) await placeWhole(path, (temporary) => writeWhole(join(temporary, "file"), content));
  assert.equal(await readFile(join(path, "file"), "utf8"), "new");
  assert.deepEqual((await readdir(folder)).filter((name) => name.startsWith("place")), ["place"]);
});

test("the next one enters a lock when the first has left, also after a failure", async () => {
  const events = [];
  await assert.rejects(withLock("a lock", async () => {
    events.push("in");
    await null;
    events.push("out");
    throw new Error("failed inside");
  }), /failed inside/);
  await withLock("a lock", async () => events.push("next"));
  assert.deepEqual(events, ["in", "out", "next"]);
});

test("a lock whose holder is gone is taken over", async () => {
  const gone = ask(process.execPath, ["-p", "process.pid"]).stdout.trim();
  await writeWhole(join(folder, "cache", "locks", "left.lock"), JSON.stringify({ process: Number(gone), host: hostname() }));
  assert.equal(await withLock("left", async () => "in"), "in");
});

test("a program that is ended is not waited for through what it had started", async () => {
  const child = "require('node:child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 10_000)'], { stdio: ['ignore', 'inherit', 'inherit'] }); setInterval(() => {}, 1000)";
  const result = await follow(process.execPath, ["-e", child], { show: false, timeoutMs: 300 });
  assert.equal(result.ok, false);
  assert.match(result.problem, /SIGTERM/);
});
