// What a caller's request becomes before it crosses: without what only JavaScript knows, and refused where something in it
// cannot be honoured. What the rest means, and whether it is valid, is decided in Rust.
import { checkSignal } from "./abort.js";
import { encode } from "./encode.js";
import { invalidRequest } from "./error.js";
import { type HeldFile, RequestFiles } from "./files.js";
import { newId } from "./identity.js";
import type { MeshOptions, ProviderOptions } from "./types.js";

export interface PreparedRequest {
  id: string;
  /** Whether the id is the caller's own. */
  isNamed: boolean;
  /** What crosses. Later, where files have to be read first. */
  bytes: Uint8Array | Promise<Uint8Array>;
  files: ReadonlyMap<number, HeldFile>;
  signal: AbortSignal | undefined;
  hasSchema: boolean;
}

/** What stands only in requests for pictures. */
const PICTURE_ONLY = ["negativePrompt", "workflow", "aspectRatio", "width", "height", "steps", "count", "source", "mask"];

export function prepareText(request: unknown): PreparedRequest {
  return prepare(request, (files, rest) => files.take(rest));
}

export function preparePainting(request: unknown): PreparedRequest {
  return prepare(request, (files, rest) => files.takeSource(rest));
}

function prepare(request: unknown, take: (files: RequestFiles, rest: Record<string, unknown>) => Record<string, unknown>): PreparedRequest {
  const { signal, id, ...rest } = checked(request, "The request");
  checkSignal(signal);
  if (id !== undefined && (typeof id !== "string" || id === "")) throw invalidRequest("`id` is not a word.");
  const files = new RequestFiles(true, rest["cache"] !== "off");
  const crossing = take(files, rest);
  const write = () => encode(crossing, "request");
  const bytes = files.read?.then(write) ?? write();
  // Who joins what runs has no use for it.
  if (bytes instanceof Promise) bytes.catch(() => undefined);
  return {
    id: id ?? newId(),
    isNamed: id !== undefined,
    bytes,
    files: files.held,
    signal,
    hasSchema: rest["schema"] !== undefined && rest["schema"] !== null,
  };
}

/** A request for a picture or a video is known by what only such a request has (`seconds`); what has none of it asks for text. */
export function prepareRoute(request: unknown): { bytes: Uint8Array; kind: "text" | "image" | "video" } {
  const rest = without(checked(request, "The request"), ["signal", "id"]);
  const isImage = PICTURE_ONLY.some((field) => rest[field] !== undefined);
  const kind = rest["seconds"] !== undefined ? "video" : isImage ? "image" : "text";
  const files = new RequestFiles(false);
  return { bytes: encode(kind === "text" ? files.take(rest) : files.takeSource(rest), "request"), kind };
}

/** What only asks for something, with its options; an option that is not known is refused in Rust. */
export function prepareAsking(options: unknown, more: object = {}): { bytes: Uint8Array; signal: AbortSignal | undefined } {
  const { signal, ...rest } = checked(options, "The options");
  checkSignal(signal);
  return { bytes: encode({ ...rest, ...more }, "options"), signal };
}

function checked(request: unknown, name: string): Record<string, unknown> {
  if (!isRecord(request)) throw invalidRequest(`${name} is not an object.`);
  return request;
}

/** The options as Rust takes them: without keys, and without what only concerns the page. */
export function prepareOptions(options: MeshOptions): Uint8Array {
  const { origin } = (globalThis as { location?: { origin?: string } }).location ?? {};
  return encode({ ...coreOptions(options), ...(origin === undefined || origin === "null" ? {} : { pageOrigin: origin }) }, "options");
}

function coreOptions(options: MeshOptions): Record<string, unknown> {
  const { providers, policy, ...rest } = options;
  return {
    ...without(rest, ["name", "wasm"]),
    ...(providers === undefined ? {} : { providers: withoutKeys(providers) }),
    ...(policy === undefined ? {} : { policy }),
  };
}

function withoutKeys(providers: Record<string, ProviderOptions>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(providers).map(([name, provider]) => [name, without(provider, ["apiKey"])]));
}

function without(record: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}

/** The first option that is stated and differs from what the shared core was opened with. */
export function conflictBetween(stated: MeshOptions, opened: MeshOptions): string | undefined {
  const left = comparable(stated);
  const right: Record<string, string> = { storage: JSON.stringify("indexeddb"), ...comparable(opened) };
  return Object.keys(left).find((option) => left[option] !== right[option]);
}

function comparable(options: MeshOptions): Record<string, string> {
  return Object.fromEntries(Object.entries(coreOptions(options)).filter(([, value]) => value !== undefined).map(([option, value]) => [option, JSON.stringify(value, inOrder)]));
}

function inOrder(_key: string, value: unknown): unknown {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}

/** What only the page reads; the rest is checked in Rust. From JavaScript anything may come. */
export function checkOptions(options: MeshOptions): void {
  const { storage = "indexeddb", name, providers = {} } = options as Record<string, unknown>;
  if (storage !== "indexeddb" && storage !== "memory") throw invalidRequest("`storage` is neither \"indexeddb\" nor \"memory\".");
  if (name !== undefined && (typeof name !== "string" || name === "")) throw invalidRequest("`name` is not a word.");
  if (!isRecord(providers)) throw invalidRequest("`providers` is not an object.");
  for (const [provider, given] of Object.entries(providers)) {
    const apiKey = isRecord(given) ? given["apiKey"] : undefined;
    if (apiKey !== undefined && typeof apiKey !== "string" && typeof apiKey !== "function") throw invalidRequest(`\`providers.${provider}.apiKey\` is neither a string nor a function.`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
