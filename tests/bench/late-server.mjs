// Two servers with OpenAI's API of which the first is late now and then, by a plan that is the same for every case.
import { createServer } from "node:http";

/** Milliseconds to the first word: at least, on average more, and when late more again. */
const ONE = { least: 120, more: 40 };
const TWO = { least: 180, more: 60 };
export const LATE = { share: 0.08, more: 2_500 };

/** A seeded sequence of numbers from 0 to 1. */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** For each request, how long either server takes. */
function planOf(count, scale) {
  const draw = random(20_261_123);
  const time = ({ least, more }) => (least - more * Math.log(1 - draw())) * scale;
  return Array.from({ length: count }, () => {
    const isLate = draw() < LATE.share;
    return { one: time(ONE) + (isLate ? LATE.more * scale : 0), two: time(TWO) };
  });
}

/**
 * @param {{ count: number, scale?: number }} how `scale` shortens all times alike
 * @returns {Promise<{ servers: Record<"one" | "two", string>, asked: (label: string) => { one: number, two: number, stopped: number }, late: number, close: () => Promise<void> }>}
 */
export async function startLateServers({ count, scale = 1 }) {
  const plan = planOf(count, scale);
  const tallies = new Map();
  const tallyOf = (label) => tallies.get(label) ?? tallies.set(label, { one: 0, two: 0, stopped: 0 }).get(label);
  const answer = (name) => async (request, response) => {
    const open = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*", "Access-Control-Max-Age": "600" };
    if (request.method === "OPTIONS") return void response.writeHead(204, open).end();
    if (request.method === "GET") return void response.writeHead(200, { ...open, "Content-Type": "application/json" }).end(JSON.stringify({ data: [{ id: "m", context_length: 8_192 }] }));
    let body = "";
    for await (const piece of request) body += piece;
    const [, label, number] = /request of (\S+), number (\d+)/.exec(body);
    const tally = tallyOf(label);
    tally[name] += 1;
    const timer = setTimeout(() => {
      response.writeHead(200, { ...open, "Content-Type": "text/event-stream" });
      response.write(`data: ${JSON.stringify({ choices: [{ delta: { content: `Number ${number} by ${name}.` } }] })}\n\n`);
      response.end(`data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`);
    }, plan[Number(number)][name]);
    response.on("close", () => {
      if (response.writableEnded) return;
      clearTimeout(timer);
      tally.stopped += 1;
    });
  };
  const started = await Promise.all(["one", "two"].map((name) => listen(name, answer(name))));
  return {
    servers: Object.fromEntries(started.map(({ name, endpoint }) => [name, endpoint])),
    asked: tallyOf,
    late: plan.filter(({ one }) => one > LATE.more * scale).length,
    close: async () => { await Promise.all(started.map(({ close }) => close())); },
  };
}

async function listen(name, handle) {
  const server = createServer((request, response) => { handle(request, response).catch(() => response.destroy()); });
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const close = () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  return { name, endpoint: `http://127.0.0.1:${server.address().port}/v1`, close };
}
