// @ts-check
/** `:generateContent` and `:streamGenerateContent`: few and large pieces, and a usage that grows with each of them. */
import { compose } from "./answer.mjs";
import { findFault } from "./faults.mjs";
import { NO_PICTURE, pictureParts, withoutPicture } from "./gemini-picture.mjs";
import { json, stream } from "./gemini-reply.mjs";
import { signCall, signText } from "./gemini-signature.mjs";
import { SOURCES } from "./search-results.mjs";

/**
 * @typedef {import("./answer.mjs").Answer} Answer
 * @typedef {import("./faults.mjs").Fault} Fault
 * @typedef {import("./gemini-models.mjs").Complete} Model
 * @typedef {import("./gemini-request.mjs").Generation} Generation
 * @typedef {import("./plan.mjs").Reply} Reply
 * @typedef {Record<string, unknown>} Part
 *
 * @typedef {object} Told
 * @property {Generation} generation
 * @property {Model} model
 * @property {readonly Fault[]} faults
 * @property {Answer} made
 * @property {ReturnType<typeof pictureParts>} picture
 * @property {string} id
 */

const TOKENS_IN_PIECE = 4;
/** The first pieces come before their tokens are counted. */
const UNCOUNTED_PIECES = 2;
const RATINGS = ["HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT"];

/**
 * @param {{ generation: Generation, model: Model, faults: readonly Fault[], id: string }} given
 * @param {{ streamed: boolean, events: boolean }} how
 * @returns {Reply}
 */
export function answer({ generation, model, faults, id }, { streamed, events }) {
  const words = compose(generation.asked, faults);
  // Where only a picture is wanted nothing is said, unless there is none.
  const silent = generation.picture?.alone === true && findFault(faults, "text-instead") === undefined;
  const made = silent ? { ...words, content: [], count: words.thinking.length } : words;
  const picture = pictureParts(generation.picture, model, faults, generation);
  const told = { generation, model, faults, id, made, picture };
  const blocked = findFault(faults, "blocked-prompt", "blocked-image");
  if (blocked !== undefined) {
    const value = { promptFeedback: { blockReason: blocked.kind === "blocked-image" ? "IMAGE_SAFETY" : "PROHIBITED_CONTENT" }, ...rest(told, { spoken: 0, thought: 0, last: true }) };
    return streamed ? stream([value], { events }) : json(200, value);
  }
  return streamed ? stream(chunks(told), { events }) : json(200, whole(told));
}

/**
 * @param {Told} told
 * @returns {unknown[]}
 */
function chunks(told) {
  const { made, faults, picture } = told;
  const size = findFault(faults, "drip") ? 1 : TOKENS_IN_PIECE;
  const shown = showsThoughts(told);
  const safety = findFault(faults, "safety", "malformed-call", ...NO_PICTURE);
  const inLast = findFault(faults, "tools-in-done") !== undefined;
  const calls = callParts(told);

  /** @type {{ parts: Part[], spoken: number, thought: number }[]} spoken, thought: tokens in it */
  const pieces = [
    ...(shown ? pieced(made.thinking, size).map((tokens) => ({ parts: [{ text: tokens.join(""), thought: true }], spoken: 0, thought: tokens.length })) : []),
    ...picture.thoughts.map((part) => ({ parts: [part], spoken: 0, thought: 0 })),
    ...pieced(made.content, size).map((tokens) => ({ parts: [{ text: tokens.join("") }], spoken: tokens.length, thought: 0 })),
    ...picture.parts.map((part) => ({ parts: [part], spoken: picture.tokens, thought: 0 })),
    ...(calls.length > 0 && !inLast ? [{ parts: calls, spoken: made.count - made.thinking.length, thought: 0 }] : []),
  ];
  if (safety !== undefined) pieces.splice(safety.after ?? 0);
  const end = lastPart(told, pieces, safety !== undefined);

  let spoken = 0;
  let thought = shown ? 0 : made.thinking.length;
  const early = pieces.map((piece, index) => {
    spoken += piece.spoken;
    thought += piece.thought;
    const grounded = index === 0 && findFault(faults, "grounding-early") ? grounding(told) : {};
    const counted = { spoken: index < UNCOUNTED_PIECES ? 0 : spoken, thought, last: false };
    return { candidates: [{ content: { parts: piece.parts, role: "model" }, ...grounded }], ...rest(told, counted) };
  });
  return [...early, { candidates: [end], ...rest(told, { spoken: spokenIn(told), thought: made.thinking.length, last: true }) }];
}

/**
 * What the last chunk holds besides the reason: the last words, nothing but a signature, a call, or nothing at all.
 * @param {Told} told
 * @param {{ parts: Part[] }[]} pieces the last one may be taken away
 * @param {boolean} blocked
 */
function lastPart(told, pieces, blocked) {
  const { model, faults, made } = told;
  const finish = { ...finishOf(told), ...(findFault(faults, "grounding-early") ? {} : grounding(told)) };
  if (blocked) return finish;
  const content = (/** @type {Part[]} */ parts) => ({ content: { ...(parts.length > 0 ? { parts } : {}), role: "model" }, ...finish });
  if (findFault(faults, "last-without-parts", "no-finish", "thinking-only", "empty-answer")) return content([]);
  if (made.toolCalls.length > 0) return content(findFault(faults, "tools-in-done") ? callParts(told) : [{ text: "" }]);
  if (model.thinking) return content([{ text: "", thoughtSignature: signText() }]);
  return content(pieces.pop()?.parts ?? []);
}

/**
 * @param {Told} told
 */
function whole(told) {
  const { made, model, faults, picture } = told;
  const blocked = findFault(faults, "safety", "malformed-call", ...NO_PICTURE) !== undefined;
  const text = made.content.join("");
  const parts = [
    ...(showsThoughts(told) && made.thinking.length > 0 ? [{ text: made.thinking.join(""), thought: true }] : []),
    ...picture.thoughts,
    ...(text === "" ? [] : [{ text, ...(model.thinking ? { thoughtSignature: signText() } : {}) }]),
    ...picture.parts,
    ...callParts(told),
  ];
  const content = blocked ? {} : { content: { ...(parts.length > 0 ? { parts } : {}), role: "model" } };
  const counted = { spoken: spokenIn(told), thought: made.thinking.length, last: true };
  return { candidates: [{ ...content, ...finishOf(told), index: 0, ...grounding(told) }], ...rest(told, counted) };
}

/** @param {Told} told @returns {number} tokens, those of a picture among them */
function spokenIn({ made, picture }) {
  return made.count - made.thinking.length + picture.tokens;
}

/** @param {Told} told */
function showsThoughts({ generation, faults }) {
  return generation.showThoughts || findFault(faults, "thinking", "thinking-only") !== undefined;
}

/**
 * Only the first of several calls is signed. A tool without parameters is called without arguments.
 * @param {Told} told
 * @returns {Part[]}
 */
function callParts({ made, model }) {
  return made.toolCalls.map(({ name, arguments: args }, index) => ({
    functionCall: { ...(model.third ? { id: `call_simulator${index}` } : {}), name, ...(Object.keys(args).length > 0 ? { args } : {}) },
    ...(model.thinking && index === 0 ? { thoughtSignature: signCall(name) } : {}),
  }));
}

/** @param {Told} told */
function finishOf({ made, faults }) {
  if (findFault(faults, "safety")) {
    const safetyRatings = RATINGS.map((name, index) => ({ category: `HARM_CATEGORY_${name}`, probability: index === 0 ? "HIGH" : "NEGLIGIBLE", ...(index === 0 ? { blocked: true } : {}) }));
    return { finishReason: "SAFETY", safetyRatings };
  }
  const none = withoutPicture(faults);
  if (none !== undefined) return none;
  if (findFault(faults, "malformed-call")) return { finishReason: "MALFORMED_FUNCTION_CALL", finishMessage: "Malformed function call: the simulator was asked for one." };
  return { finishReason: made.cut ? "MAX_TOKENS" : "STOP" };
}

/**
 * Positions are in bytes of the text, and a start of zero is left out.
 * @param {Told} told
 */
function grounding({ generation, made }) {
  const text = made.content.join("");
  if (!generation.search || text === "") return {};
  return {
    groundingMetadata: {
      searchEntryPoint: { renderedContent: "<div>The simulator has searched nothing.</div>" },
      groundingChunks: SOURCES.map(({ url, host }) => ({ web: { uri: url, title: host } })),
      groundingSupports: [{ segment: { endIndex: Buffer.byteLength(text), text }, groundingChunkIndices: SOURCES.map((_, index) => index) }],
      webSearchQueries: [generation.asked.prompt],
    },
  };
}

/**
 * The prompt's count is off by one until the end.
 * @param {Told} told
 * @param {{ spoken: number, thought: number, last: boolean }} counted
 */
function rest({ generation: { prompt, search }, model, faults, id, picture }, { spoken, thought, last }) {
  const named = { modelVersion: model.id, responseId: id };
  if (findFault(faults, "no-usage")) return named;
  const halved = findFault(faults, "truncated-prompt") ? 2 : 1;
  const text = Math.ceil(prompt.text / halved) + (last ? 0 : 1);
  const used = search ? 20 : 0;
  return {
    usageMetadata: {
      promptTokenCount: text + prompt.image,
      ...(spoken > 0 ? { candidatesTokenCount: spoken } : {}),
      totalTokenCount: text + prompt.image + spoken + thought + used,
      promptTokensDetails: [{ modality: "TEXT", tokenCount: text }, ...(prompt.image > 0 ? [{ modality: "IMAGE", tokenCount: prompt.image }] : [])],
      ...(last && picture.tokens > 0 ? { candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: picture.tokens }] } : {}),
      ...(used > 0 ? { toolUsePromptTokenCount: used } : {}),
      ...(thought > 0 ? { thoughtsTokenCount: thought } : {}),
    },
    ...named,
  };
}

/**
 * The first piece is one token, the others several.
 * @param {string[]} tokens
 * @param {number} size
 */
function pieced(tokens, size) {
  const starts = [0, ...Array.from({ length: Math.ceil(Math.max(0, tokens.length - 1) / size) }, (_, index) => 1 + index * size)];
  return starts.map((start, index) => tokens.slice(start, starts[index + 1])).filter((piece) => piece.length > 0);
}
