// What is done to a real llama.cpp server and to the wire in front of it, and what becomes of the answer, fixed by hand:
// see llama-faults.test.mjs.

/** The page's patience with silence: so many times what a whole answer takes here, within bounds. */
export const PATIENCE = { answers: 4, leastMs: 2_500, mostMs: 6_000 };
/** A pause that a page has to bear. */
const PAUSE_MS = 1_000;
/** Chromium forgets what it was about to hand to the page when a connection is reset: so long it gets for that. */
const READ_MS = 250;
/** Where an answer is cut "in the middle": its eighth piece. */
const MIDDLE = 8;
/** A letter every two seconds or so: an event of llama.cpp's takes 240 bytes for four letters. */
const DRIP = 30;
/** Longer than a drip is watched. */
const SLOW_SECONDS = 35;
const EVENT_BYTES = 240;

const MOMENTS = [
  ["before the head", "request"],
  ["before the first token", "head"],
  ["mid-answer", MIDDLE],
];

/**
 * @typedef {object} RealFault
 * @property {string} name
 * @property {string} next what becomes of the answer where another model may be asked
 * @property {string} alone and where none may; an error's code; two where it depends on who is quicker
 * @property {string} meaning
 * @property {import("../servers/wire.mjs").Moment} [at]
 * @property {(bench: import("./llama-bench.mjs").Bench, exchange: import("../servers/wire.mjs").Exchange, truth: { pieces: number }) => unknown} [act]
 * @property {(bench: import("./llama-bench.mjs").Bench) => unknown} [prepare] before the question is asked
 */

/** @type {Record<string, string>} the words of the table */
export const REAL_ENDS = {
  "whole": "the same server's answer arrives whole",
  "next": "nothing was shown yet: the next model answers",
  "goes on": "the answer is carried on from what was shown",
  "timeout": "an error: it was silent for longer than the page waits; what was shown is in `partial`",
  "unreachable": "an error: nobody is there any more; what was shown is in `partial`",
};

/** @type {RealFault[]} */
export const REAL_FAULTS = [
  { name: "nothing", next: "whole", alone: "whole", meaning: "the server is left alone" },
  ...MOMENTS.map(([when, at]) => ({
    name: `SIGKILL ${when}`, at, next: at === MIDDLE ? "goes on" : "next", alone: "unreachable",
    meaning: "the server's process is killed", act: (bench) => bench.signal("SIGKILL"),
  })),
  ...MOMENTS.map(([when, at]) => ({
    name: `SIGTERM ${when}`, at, next: at === MIDDLE ? "goes on" : "next or goes on", alone: "timeout or unreachable",
    meaning: "the server's process is asked to end; it may say a word more and keep the connection open", act: (bench) => bench.signal("SIGTERM"),
  })),
  ...MOMENTS.map(([when, at]) => ({
    name: `SIGSTOP ${when}`, at, next: at === MIDDLE ? "goes on" : "next", alone: "timeout",
    meaning: "the process is stopped and stays so; its system keeps the connection", act: (bench) => bench.signal("SIGSTOP"),
  })),
  ...MOMENTS.map(([when, at]) => ({
    name: `SIGSTOP and SIGCONT ${when}`, at, next: "whole", alone: "whole",
    meaning: `the process is stopped and goes on ${PAUSE_MS / 1000} s later`,
    act: (bench) => {
      bench.signal("SIGSTOP");
      setTimeout(() => bench.signal("SIGCONT"), PAUSE_MS);
    },
  })),
  {
    name: "restart behind the same address", at: MIDDLE, next: "goes on", alone: "goes on", meaning: "the process is killed, and another one answers there at once",
    prepare: (bench) => bench.startSpare(), act: (bench) => bench.takeSpare(),
  },
  {
    name: "restart that takes its time", at: MIDDLE, next: "goes on", alone: "goes on or unreachable", meaning: "the process is killed and started again; it loads its weights first",
    act: (bench) => bench.restart(),
  },
  {
    name: "all slots taken", next: "next", alone: "timeout", meaning: "the only slot answers somebody else all the time",
    prepare: (bench) => bench.occupy(),
  },
  {
    name: "all slots taken for a while", at: "request", next: "whole", alone: "whole", meaning: `the only slot is free ${PAUSE_MS / 1000} s later`,
    prepare: (bench) => bench.occupy(), act: (bench) => void setTimeout(() => bench.vacate(), PAUSE_MS),
  },
  { name: "closed listening socket", next: "next", alone: "unreachable", meaning: "nobody listens at the port any more", prepare: (bench) => bench.firstWire.refuse() },
  ...MOMENTS.map(([when, at]) => ({
    name: `connection reset ${when}`, at, next: { request: "whole", head: "next", [MIDDLE]: "goes on" }[at], alone: at === MIDDLE ? "goes on" : "whole",
    meaning: `this one connection is reset by the wire${{ request: "; Chromium asks again by itself where it had used the connection before", head: "", [MIDDLE]: ` ${READ_MS} ms after the last piece` }[at]}`,
    act: (_, exchange) => {
      if (at !== MIDDLE) return exchange.reset();
      exchange.silence();
      setTimeout(() => exchange.reset(), READ_MS);
    },
  })),
  ...MOMENTS.map(([when, at]) => ({
    name: `half-open connection ${when}`, at, next: at === MIDDLE ? "goes on" : "next", alone: "timeout",
    meaning: "the wire lets nothing through any more in either direction and closes nothing", act: (_, exchange) => exchange.silence(),
  })),
];

/**
 * These take half a minute, which is how long a drip is watched, and next to no work: they run beside the others.
 * @type {(RealFault & { timeouts: object })[]}
 */
export const SLOW_FAULTS = [
  {
    name: "drip", at: MIDDLE, next: "goes on", alone: "timeout", meaning: `from then on the wire lets ${DRIP} bytes a second through: less than a letter a second`,
    act: (_, exchange) => exchange.slow(DRIP), timeouts: { firstTokenMs: 30_000, idleMs: 25_000, totalMs: 120_000 },
  },
  {
    name: "slow", at: "head", next: "whole", alone: "whole", meaning: `so few bytes a second that the answer takes ${SLOW_SECONDS} s: some five letters a second, which is no drip`,
    act: (_, exchange, { pieces }) => exchange.slow((pieces * EVENT_BYTES) / SLOW_SECONDS), timeouts: { firstTokenMs: 30_000, idleMs: 25_000, totalMs: 120_000 },
  },
];
