// The answers that the server streams: the same words in the form of each protocol, made from a seed.

const SLICE = 16_384;

/** With characters of one to four bytes, escapes and line breaks. */
const PIECES = [
  " the", " of", " and", " a", " to", " model", " in", " local", " answer", " is", " stream", " token", " it", " with", ".", ",", " for", " on",
  " that", "ing", "ed", " page", " runs", " memory", " machine", " words", " question", "\n", "\n\n", " \"quoted\"", " back\\slash", " naïve", " größer",
  " – ", " 日本", "語", " 😀", " привет", " `code`", " 42", "\t", " <b>", " &", "’s", " sky", " blue",
];

/** Mulberry32: small, and the same everywhere. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** @returns {string[]} so many deltas of an answer, none of them empty */
export function deltasOf(count, seed = 7) {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => PIECES[Math.floor(random() * PIECES.length)]);
}

const CREATED = 1_790_000_000;

const openAiHead = (model) => ({ id: "chatcmpl-Bq2dYx1mT8uWvKz7RfLs0aNcEoHg", object: "chat.completion.chunk", created: CREATED, model, system_fingerprint: "fp_4f2a9c81de" });
const openRouterHead = (model) => ({ id: "gen-1790000000-VxKq3nPzY8rTbWmE", provider: "Example", model, object: "chat.completion.chunk", created: CREATED });

const event = (data) => `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
const carriageEvent = (data) => `data: ${JSON.stringify(data)}\r\n\r\n`;
const line = (data) => `${JSON.stringify(data)}\n`;
const two = (number) => String(number).padStart(2, "0");

/**
 * By protocol: what each delta becomes, and what stands before and after them.
 * @type {Record<string, { type: string, first?: (model: string) => string[], each: (model: string, text: string, index: number) => string, last: (model: string, count: number) => string[] }>}
 */
const FORMS = {
  openai: {
    type: "text/event-stream",
    first: (model) => [event({ ...openAiHead(model), choices: [{ index: 0, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null }] })],
    each: (model, content) => event({ ...openAiHead(model), choices: [{ index: 0, delta: { content }, logprobs: null, finish_reason: null }] }),
    last: (model, count) => [
      event({ ...openAiHead(model), choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: "stop" }] }),
      event({ ...openAiHead(model), choices: [], usage: { prompt_tokens: 12, completion_tokens: count, total_tokens: count + 12 } }),
      event("[DONE]"),
    ],
  },
  openrouter: {
    type: "text/event-stream",
    first: () => [": OPENROUTER PROCESSING\n\n"],
    each: (model, content) => event({ ...openRouterHead(model), choices: [{ index: 0, delta: { role: "assistant", content }, finish_reason: null, native_finish_reason: null, logprobs: null }] }),
    last: (model, count) => [
      event({ ...openRouterHead(model), choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: "stop", native_finish_reason: "stop", logprobs: null }] }),
      event({ ...openRouterHead(model), choices: [], usage: { prompt_tokens: 12, completion_tokens: count, total_tokens: count + 12, cost: 0.00123 } }),
      event("[DONE]"),
    ],
  },
  gemini: {
    type: "text/event-stream",
    each: (model, text) => carriageEvent({
      candidates: [{ content: { parts: [{ text }], role: "model" }, index: 0 }],
      usageMetadata: { promptTokenCount: 12, totalTokenCount: 12, promptTokensDetails: [{ modality: "TEXT", tokenCount: 12 }] },
      modelVersion: model, responseId: "qNSfaOzOEvqsvdIPi5aS8Ak",
    }),
    last: (model, count) => [carriageEvent({
      candidates: [{ content: { parts: [{ text: "" }], role: "model" }, finishReason: "STOP", index: 0 }],
      usageMetadata: { promptTokenCount: 12, candidatesTokenCount: count, totalTokenCount: count + 12 },
      modelVersion: model, responseId: "qNSfaOzOEvqsvdIPi5aS8Ak",
    })],
  },
  ollama: {
    type: "application/x-ndjson",
    // Every line has a time of its own, and Go leaves out the zeros at its end.
    each: (model, content, index) => line({ model, created_at: `2026-11-22T16:${two(9 + Math.floor(index / 6_000))}:${two(Math.floor(index / 100) % 60)}.${String((index % 100) * 10_000_000 + (index * 7_919) % 9_999_999).padStart(9, "0").replace(/0+$/, "")}Z`, message: { role: "assistant", content }, done: false }),
    last: (model, count) => [line({
      model, created_at: "2026-11-22T16:09:55.123456789Z", message: { role: "assistant", content: "" }, done: true, done_reason: "stop",
      total_duration: 4_883_583_458, load_duration: 1_334_875, prompt_eval_count: 12, prompt_eval_duration: 342_546_000, eval_count: count, eval_duration: 4_535_599_000,
    })],
  },
};

export const PROTOCOLS = Object.keys(FORMS);

const made = new Map();

/**
 * @param {string} protocol
 * @param {string} model its name says how long its answer is: `burst-1000`, `paced-1000`
 * @returns {{ type: string, pieces: Buffer[], isPaced: boolean, text: string }} `pieces`: what is written at a time, a
 * frame where it is paced
 */
export function answerOf(protocol, model) {
  const known = made.get(`${protocol}/${model}`);
  if (known) return known;
  const { type, first = () => [], each, last } = FORMS[protocol];
  const count = lengthOf(model);
  const deltas = deltasOf(count);
  const frames = [...first(model), ...deltas.map((text, index) => each(model, text, index)), ...last(model, count)].map((frame) => Buffer.from(frame));
  const isPaced = model.startsWith("paced-");
  const answer = { type, pieces: isPaced ? frames : slicesOf(Buffer.concat(frames)), isPaced, text: deltas.join("") };
  made.set(`${protocol}/${model}`, answer);
  return answer;
}

/** Slices of 16 KB, the first a little shorter: so that at least one cut goes through a character. */
function slicesOf(body) {
  const startsInside = (at) => at < body.length && (body[at] & 0xc0) === 0x80;
  const cutsFrom = (first) => Array.from({ length: Math.ceil((body.length - first) / SLICE) }, (_, index) => first + index * SLICE);
  let first = Math.min(SLICE, body.length - 1);
  while (first > 1 && !cutsFrom(first).some(startsInside)) first -= 1;
  const starts = [0, ...cutsFrom(first)];
  return starts.map((start, index) => body.subarray(start, starts[index + 1]));
}

function lengthOf(model) {
  const length = Number(/^(?:burst|paced)-(\d+)$/.exec(model)?.[1]);
  if (!(length > 0)) throw new Error(`${model} is no model of the benchmarks' server`);
  return length;
}
