// What was measured, through the package in Node: report, timeline, single generations, export, import, forgetting.
import assert from "node:assert/strict";
import { test } from "node:test";
import { installed } from "./installed-package.mjs";
import { packageWithScriptedCore } from "./scripted-core.mjs";
import { failing, meshFor, rejection, saying, sayingForEver, turn } from "./scripted.mjs";

const { load } = await installed();
const hkm = await load("hkm-mesh");

async function meshThatSaid(t, times, text = "Hello there.") {
  const mesh = meshFor(t, hkm, {}, () => saying(text));
  for (let time = 0; time < times; time += 1) await mesh.generate({ prompt: "a planted prompt" }).result;
  return mesh;
}

test("a report has what happened: by model, provider and type, answers, failures and what was cancelled", async (t) => {
  let say = () => saying("Hello there.");
  const mesh = meshFor(t, hkm, {}, (request, signal) => say(signal));
  await mesh.generate({ prompt: "hi", policy: "speed" }).result;
  say = () => failing(new hkm.MeshError({ code: "quota", message: "It is empty." }));
  const error = await rejection(mesh.generate({ prompt: "hi" }).result);
  say = (signal) => sayingForEver(signal, "Hello");
  const running = mesh.generate({ prompt: "hi" });
  for await (const event of running) if (event.type === "text-delta") break;
  await rejection(running.result);
  const report = mesh.metrics.report();
  const { total } = report;
  assert.deepEqual([total.requests, total.cancelled, total.successRate], [3, 1, 0.5]);
  assert.deepEqual(total.errors, { [error.code]: 1 });
  assert.deepEqual(Object.keys(report.byModel), ["scripted/script"]);
  assert.deepEqual(Object.keys(report.byProvider), ["scripted"]);
  assert.deepEqual(Object.keys(report.byType), ["text"]);
  assert.equal(report.usage.byGoal.speed, 1);
  assert.equal(report.usage.byHour[new Date().getHours()], 3);
  assert.deepEqual(report.anomalies, []);
  const [cancelled, failed, answered] = mesh.metrics.recent();
  assert.deepEqual([cancelled.cancelled, failed.error, answered.success], [true, error.code, true]);
  assert.deepEqual([answered.modelId, answered.provider, answered.type, answered.isLocal], ["script", "scripted", "text", true]);
  assert.equal(mesh.metrics.recent(1).length, 1);
  assert.equal(mesh.metrics.timeline().reduce((sum, { requests }) => sum + requests, 0), 3);
  assert.deepEqual(mesh.metrics.timeline({ by: "provider" }).map(({ key }) => key), ["scripted"]);
});

test("the days of a timeline begin at the page's own midnight", async (t) => {
  const before = process.env.TZ;
  t.after(() => { if (before === undefined) delete process.env.TZ; else process.env.TZ = before; });
  const mesh = await meshThatSaid(t, 1);
  for (const zone of ["Etc/GMT+7", "Etc/GMT-9"]) {
    process.env.TZ = zone;
    const [day, ...more] = mesh.metrics.timeline({ stepMs: 86_400_000 });
    assert.deepEqual([new Date(day.at).getHours(), day.requests, day.cancelled, more.length], [0, 1, 0, 0], zone);
  }
});

test("a range is kept to, and what is no range is refused with its name", async (t) => {
  const mesh = await meshThatSaid(t, 1);
  const day = 86_400_000;
  assert.equal(mesh.metrics.report({ to: Date.now() - day }).total.requests, 0);
  assert.equal(mesh.metrics.report({ from: Date.now() - 1 }).total.requests, 1);
  for (const odd of [{ from: "yesterday" }, { since: 1 }, { from: NaN }]) {
    assert.throws(() => mesh.metrics.report(odd), (error) => error.code === "invalid-request" && /from|since/.test(error.message), JSON.stringify(odd));
  }
  assert.throws(() => mesh.metrics.timeline({ by: "colour" }), /by/);
  assert.throws(() => mesh.metrics.recent(-1), /limit/);
});

test("`get` gives the same object until something was measured, and tells who subscribed", async (t) => {
  const mesh = meshFor(t, hkm, {}, () => saying("Hello"));
  const before = mesh.metrics.get();
  assert.equal(before.total.requests, 0);
  assert.equal(mesh.metrics.get(), before);
  await mesh.ready;
  await turn();
  const changed = new Promise((resolve) => {
    t.after(mesh.metrics.subscribe(() => { if (mesh.metrics.get().total.requests === 3) resolve(); }));
  });
  for (let time = 0; time < 3; time += 1) await mesh.generate({ prompt: "hi" }).result;
  // The mesh's own timer does not keep a program alive.
  const keepAlive = setInterval(() => undefined, 1_000);
  t.after(() => clearInterval(keepAlive));
  await changed;
  const after = mesh.metrics.get();
  assert.equal(mesh.metrics.get(), after);
});

test("however much is measured at once, a report is made anew once, and once more a second later", async (t) => {
  const { hkm: scripted, script } = await packageWithScriptedCore(t);
  const mesh = meshFor(t, scripted);
  let made = 0;
  script.answers.report = () => ({ made: (made += 1) });
  await mesh.ready;
  await turn();
  const [{ host }] = script.cores;
  const seen = [];
  const changed = new Promise((resolve) => {
    t.after(mesh.metrics.subscribe(() => {
      seen.push(mesh.metrics.get().made);
      resolve();
    }));
  });
  for (let time = 0; time < 100; time += 1) {
    host.changed("metrics");
    mesh.metrics.get();
  }
  const keepAlive = setInterval(() => undefined, 1_000);
  t.after(() => clearInterval(keepAlive));
  await changed;
  assert.equal(seen.length, 1);
  assert.ok(made <= 2, String(made));
});

test("an export is taken in once, by another mesh, and by the same one after it forgot", async (t) => {
  const here = await meshThatSaid(t, 2);
  const json = here.metrics.export("json");
  const there = await meshThatSaid(t, 1);
  assert.equal(await there.metrics.import(json), 2);
  assert.equal(await there.metrics.import(json), 0);
  assert.equal(there.metrics.report().total.requests, 3);
  assert.equal(await here.metrics.import(json), 0);
  await here.metrics.clear();
  assert.equal(here.metrics.report().total.requests, 0);
  assert.deepEqual(here.metrics.recent(), []);
  assert.equal(await here.metrics.import(json), 2);
  assert.equal(here.metrics.report().total.requests, 2);
});

test("what is no export is refused with a sentence and changes nothing", async (t) => {
  const mesh = await meshThatSaid(t, 1);
  const json = mesh.metrics.export("json");
  for (const foreign of ["", "{}", "[]", "null", '{"format":1}', json.replace('"text"', '"smell"'), json.slice(0, -9)]) {
    const error = await rejection(mesh.metrics.import(foreign));
    assert.equal(error.code, "invalid-request", foreign);
    assert.match(error.message, /\.$/);
  }
  assert.equal((await rejection(mesh.metrics.import(undefined))).code, "invalid-request");
  assert.equal(mesh.metrics.report().total.requests, 1);
});

test("a sheet has a head and a row for each hour of a model; OpenTelemetry is not built yet and says so", async (t) => {
  const mesh = await meshThatSaid(t, 2);
  const [head, row, ...more] = mesh.metrics.export("csv").trimEnd().split("\n");
  assert.equal(head.split(",").length, row.split(",").length);
  assert.match(row, /,"scripted\/script",text,\d+,/);
  assert.ok(more.length <= 1, "an hour may have ended meanwhile");
  assert.throws(() => mesh.metrics.export("otlp"), (error) => error.code === "unsupported");
  assert.throws(() => mesh.metrics.export("xml"), (error) => error.code === "invalid-request");
});

test("no word of a prompt or an answer is in anything that was measured", async (t) => {
  const mesh = await meshThatSaid(t, 1, "a planted answer");
  const { metrics } = mesh;
  const all = [metrics.report(), metrics.timeline({ by: "model" }), metrics.recent(), metrics.export("json"), metrics.export("csv")];
  assert.ok(!JSON.stringify(all).includes("planted"));
});

test("before the mesh is ready there is an empty report to show, and a question says what to await", (t) => {
  const mesh = meshFor(t, hkm);
  assert.equal(mesh.metrics.get().total.requests, 0);
  assert.equal(mesh.metrics.get().usage.byHour.length, 24);
  assert.throws(() => mesh.metrics.report(), (error) => error.code === "invalid-request" && error.hint.includes("mesh.ready"));
});
