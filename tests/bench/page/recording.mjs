// What measuring costs by itself, in the code of the package: each of it so often in a row.
import { compiledBench } from "./variant.mjs";

async function metrics() {
  const { BenchMetrics } = await compiledBench();
  return new BenchMetrics();
}

const timed = (what) => async () => {
  const measured = await metrics();
  return (times) => {
    const started = performance.now();
    const given = measured[what](times);
    const ms = performance.now() - started;
    if (what === "report" && !(given.total.requests > 0)) throw new Error("the report counts nothing");
    if (what === "written" && !(given > 0)) throw new Error("the record is empty");
    return ms;
  };
};

export const cases = { record: timed("record"), report: timed("report"), written: timed("written") };
