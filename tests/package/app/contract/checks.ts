// Every type of the contract against the package's: each has to be assignable to the other, and the package's has to have
// every field, also the optional ones, which plain assignability would not miss.
import * as pkg from "hkm-mesh";
import { finishSignIn, signInUrl, startSignIn } from "hkm-mesh/openrouter";
import type { UseChat, UseChatOptions, UseGeneration, UseImage } from "hkm-mesh/react";
import type * as Contract from "./contract.js";

// Not WebAssembly.Module: it has no members, so that everything is one.
type Leaf = string | number | boolean | bigint | symbol | null | undefined | Blob | URL | AbortSignal | ArrayBuffer | ArrayBufferView | Promise<unknown> | ((...args: never[]) => unknown);
type DeepRequired<T> = T extends Leaf ? T : { [K in keyof T]-?: DeepRequired<T[K]> };

type Same<C, P> = [C] extends [P] ? ([P] extends [C] ? ([DeepRequired<P>] extends [DeepRequired<C>] ? true : false) : false) : false;

interface Answer { city: string; degrees: number }

interface Checks {
  createMesh: Same<(options?: Contract.MeshOptions) => { ready: Promise<void> }, (options?: pkg.MeshOptions) => { ready: Promise<void> }>;
  Mesh: Same<Contract.Mesh, Pick<pkg.Mesh, keyof Contract.Mesh>>;
  Observable: Same<Contract.Observable<Answer>, pkg.Observable<Answer>>;
  ModelProvider: Same<Contract.ModelProvider, pkg.ModelProvider>;
  Modality: Same<Contract.Modality, pkg.Modality>;
  Locality: Same<Contract.Locality, pkg.Locality>;
  ModelConfig: Same<Contract.ModelConfig, pkg.ModelConfig>;
  MeshOptions: Same<Contract.MeshOptions, pkg.MeshOptions>;
  ProviderOptions: Same<Contract.ProviderOptions, pkg.ProviderOptions>;
  Goal: Same<Contract.Goal, pkg.Goal>;
  Policy: Same<Contract.Policy, pkg.Policy>;
  TextRequest: Same<Contract.TextRequest<Answer>, pkg.TextRequest<Answer>>;
  JsonSchema: Same<Contract.JsonSchema<Answer>, pkg.JsonSchema<Answer>>;
  ImageRequest: Same<Contract.ImageRequest, pkg.ImageRequest>;
  VideoRequest: Same<Contract.VideoRequest, pkg.VideoRequest>;
  Generation: Same<Contract.Generation<Answer>, pkg.Generation<Answer>>;
  TextGeneration: Same<Contract.TextGeneration<Answer>, pkg.TextGeneration<Answer>>;
  Reason: Same<Contract.Reason, pkg.Reason>;
  GenerationEvent: Same<Contract.GenerationEvent, pkg.GenerationEvent>;
  Usage: Same<Contract.Usage, pkg.Usage>;
  Attempt: Same<Contract.Attempt, pkg.Attempt>;
  Receipt: Same<Contract.Receipt, pkg.Receipt>;
  TextResult: Same<Contract.TextResult<Answer>, pkg.TextResult<Answer>>;
  ImageResult: Same<Contract.ImageResult, pkg.ImageResult>;
  VideoResult: Same<Contract.VideoResult, pkg.VideoResult>;
  Decision: Same<Contract.Decision, pkg.Decision>;
  Explanation: Same<Contract.Explanation, pkg.Explanation>;
  MeshError: Same<Contract.MeshError, pkg.MeshError>;
  MeshErrorIsInstance: Same<typeof Contract.MeshError.isInstance, typeof pkg.MeshError.isInstance>;
  Content: Same<Contract.Content, pkg.Content>;
  Message: Same<Contract.Message, pkg.Message>;
  Tool: Same<Contract.Tool, pkg.Tool>;
  ToolCall: Same<Contract.ToolCall, pkg.ToolCall>;
  Keys: Same<Contract.Keys, pkg.Keys>;
  KeyCheck: Same<Contract.KeyCheck, pkg.KeyCheck>;
  ProviderHealth: Same<Contract.ProviderHealth, pkg.ProviderHealth>;
  DiscoveryReport: Same<Contract.DiscoveryReport, pkg.DiscoveryReport>;
  Diagnosis: Same<Contract.Diagnosis, pkg.Diagnosis>;
  QueueEntry: Same<Contract.QueueEntry, pkg.QueueEntry>;
  GenerationMetrics: Same<Contract.GenerationMetrics, pkg.GenerationMetrics>;
  Range: Same<Contract.Range, pkg.Range>;
  Summary: Same<Contract.Summary, pkg.Summary>;
  PerformanceReport: Same<Contract.PerformanceReport, pkg.PerformanceReport>;
  TimePoint: Same<Contract.TimePoint, pkg.TimePoint>;
  Metrics: Same<Contract.Metrics, pkg.Metrics>;
  CustomProvider: Same<Contract.CustomProvider, pkg.CustomProvider>;
  CustomProviderEvent: Same<Contract.CustomProviderEvent, pkg.CustomProviderEvent>;
  useGeneration: [Exclude<"start" | "text" | "reasoning" | "events" | "status" | "receipt" | "error" | "stop", keyof UseGeneration>] extends [never] ? true : false;
  generationStatus: Same<"ready" | "submitted" | "streaming" | "error", UseGeneration["status"]>;
  useImage: [Exclude<"start" | "preview" | "progress" | "images" | "status" | "receipt" | "error" | "stop", keyof UseImage>] extends [never] ? true : false;
  useChat: [Exclude<"messages" | "sendMessage" | "status" | "stop" | "regenerate" | "setMessages" | "error" | "receipt", keyof UseChat>] extends [never] ? true : false;
  // Beyond the contract.
  partial: Same<{ city?: string; degrees?: number } | undefined, UseGeneration<Answer>["object"]>;
  partialDeep: Same<{ list?: { a?: string[] }[]; plain?: unknown }, pkg.PartialObject<{ list: readonly { a: string[] }[]; plain: unknown }>>;
  addToolOutput: UseChat["addToolOutput"] extends (output: { toolCallId: string; output: unknown } | { toolCallId: string; errorText: string }) => Promise<void> ? true : false;
  onToolCall: ((call: { toolCall: { toolCallId: string; toolName: string; input: unknown }; signal: AbortSignal }) => Promise<Answer>) extends UseChatOptions["onToolCall"] ? true : false;
}

type Failed = { [K in keyof Checks]: Checks[K] extends true ? never : K }[keyof Checks];
/** The compiler names here what differs. */
export const outcome: [Failed] extends [never] ? "the same" : `${Failed} differs` = "the same";

/** The types as an app uses them: what should compile does, and what should not is refused. */
export async function usage(): Promise<void> {
  const mesh: pkg.Mesh = pkg.createMesh({ policy: { stayWithin: "device", hedge: {} }, providers: { openrouter: { apiKey: () => "key" } } });
  const generation = mesh.generate<Answer>({ prompt: "weather", schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } });
  for await (const event of generation) if (event.type === "text-delta") event.text.trim();
  for await (const part of generation.objectStream ?? []) part.city?.trim();
  const { object } = await generation.result;
  object?.degrees.toFixed();
  const { vectors } = await mesh.embed(["a"], { model: "ollama/nomic-embed-text" });
  vectors[0]?.at(0)?.toFixed();
  mesh.generate({ prompt: "what is this?", files: [new Blob(), { mediaType: "image/png", data: "AAAA" }] });
  // @ts-expect-error `execute` is not the mesh's to call
  mesh.generate({ prompt: "a", tools: [{ name: "a", inputSchema: {}, execute: () => 1 }] });
  await mesh.discover({ scan: true });
  await mesh.keys.set("openrouter", "key", { persist: true });
  const check: pkg.KeyCheck = await mesh.keys.check("openrouter", "key");
  check.message.trim();
  const isSignedIn: boolean = await finishSignIn(mesh, { persist: true });
  if (!isSignedIn) await startSignIn({ keyLabel: await signInUrl({ callbackUrl: new URL("https://example.org") }) });
  // @ts-expect-error one of both, not both
  mesh.generate({ prompt: "a", messages: [] });
  // @ts-expect-error no such goal
  mesh.generate({ prompt: "a", policy: "fastest" });
  const error: unknown = await mesh.discover().catch((thrown: unknown) => thrown);
  if (pkg.MeshError.isInstance(error) && error.code === "unreachable") error.hint?.trim();
  await using opened: pkg.Mesh = await pkg.Mesh.open({ storage: "memory" });
  opened.models.get().at(0)?.id.trim();
}
