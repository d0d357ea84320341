// Written from the Rust types by src/core/typescript.rs. Do not edit:
// HKM_UPDATE_TYPES=1 cargo test -p hkm-mesh-core typescript

export type Wall = number;

export type Locality = "page" | "device" | "network" | "cloud";

export type Modality = "text" | "image" | "video";

export type Quality = "low" | "medium" | "high";

export type LongPromptPrice = { 
/**
 * Input tokens, cached ones included: with more than these the prices hold.
 */
above: number, 
/**
 * USD per input token.
 */
input: number, 
/**
 * USD per output token.
 */
output: number, 
/**
 * USD per input token that the provider had in its own cache; `input` where absent.
 */
cachedInput?: number, };

export type Price = { 
/**
 * USD per input token.
 */
input: number, 
/**
 * USD per output token.
 */
output: number, 
/**
 * USD per input token that the provider had in its own cache; `input` where absent.
 */
cachedInput?: number, 
/**
 * USD per reasoning token; `output` where absent.
 */
reasoning?: number, 
/**
 * USD per picture made.
 */
image?: number, 
/**
 * USD per request, beside the tokens.
 */
request?: number, 
/**
 * What the tokens of a request with a long prompt cost, all of them.
 */
longPrompt?: LongPromptPrice, };

export type Provenance = "probed" | "listed" | "snapshot" | "guessed";

export type FactProvenance = { 
/**
 * Of its prices.
 */
price?: Provenance, 
/**
 * Of how much it holds.
 */
contextLength?: Provenance, 
/**
 * Of what it can do. Absent: nobody told, so it may be able to do more than `capabilities` says.
 */
capabilities?: Provenance, 
/**
 * Of how good its answers are expected to be.
 */
quality?: Provenance, };

export type ModelConfig = { 
/**
 * The provider's own model name, such as `llama3.3:70b`.
 */
id: string, 
/**
 * A name for people.
 */
name: string, 
/**
 * Who serves it.
 */
provider: string, 
/**
 * What it makes.
 */
type: Modality, 
/**
 * What it can do beside plain text: "vision", "tools", "reasoning", "json", "embedding" …
 */
capabilities: Array<string>, 
/**
 * USD per token, input and output blended three to one.
 */
costPerToken?: number, 
/**
 * How good its answers are expected to be.
 */
quality: Quality, 
/**
 * Whether text sent to it stays on this machine.
 */
isLocal: boolean, 
/**
 * Whether it answered when last heard of, or nothing is known against it.
 */
isAvailable: boolean, 
/**
 * Where text sent to it goes.
 */
locality?: Locality, 
/**
 * How many tokens it can hold, prompt and answer together.
 */
contextLength?: number, 
/**
 * Whether it is loaded and would answer at once; absent where unknown.
 */
warm?: boolean, 
/**
 * Size of its weights, bytes.
 */
sizeBytes?: number, 
/**
 * Prices; absent where unknown.
 */
price?: Price, 
/**
 * Most tokens of one answer; absent where unknown.
 */
maxOutputTokens?: number, 
/**
 * Its family, such as `llama`, where its provider tells.
 */
family?: string, 
/**
 * How the facts came to be known.
 */
provenance?: FactProvenance, };

export type File = { 
/**
 * Such as `image/png`.
 */
mediaType: string, 
/**
 * The handle.
 */
file: number, 
/**
 * Its size in bytes.
 */
bytes: number, 
/**
 * Its name, if it has one.
 */
name?: string, 
/**
 * A digest of its bytes, where the page could make one.
 */
digest?: string, };

export type Content = { "type": "text", 
/**
 * The words.
 */
text: string, } | { "type": "file" } & File;

export type Text = string | Array<Content>;

export type ToolCall = { 
/**
 * To answer it by.
 */
id: string, 
/**
 * The tool.
 */
name: string, 
/**
 * The input, parsed.
 */
input: unknown, 
/**
 * What its provider wants back unchanged.
 */
opaque?: unknown, };

export type Message = { "role": "system", 
/**
 * The words.
 */
content: Text, } | { "role": "user", 
/**
 * The words.
 */
content: Text, } | { "role": "assistant", 
/**
 * The words.
 */
content: Text, 
/**
 * Tools it asked for.
 */
toolCalls?: Array<ToolCall>, 
/**
 * What its provider wants back unchanged.
 */
opaque?: unknown, } | { "role": "tool", 
/**
 * The call that this answers.
 */
toolCallId: string, 
/**
 * The answer.
 */
content: Text, };

export type Tool = { 
/**
 * Its name.
 */
name: string, 
/**
 * What it does, for the model.
 */
description?: string, 
/**
 * JSON Schema of its input.
 */
inputSchema: object, };

export type ToolMode = "auto" | "none" | "required";

export type ToolChoice = ToolMode | { 
/**
 * Its name.
 */
name: string, };

export type Goal = "privacy" | "cost" | "quality" | "speed" | "balanced";

export type Within = "page" | "device" | "network";

export type Fallback = boolean | Array<string>;

export type OnCut = "continue" | "restart" | "fail";

export type Hedge = boolean | { 
/**
 * Milliseconds; a learned delay where absent.
 */
afterMs?: number, };

export type ContextPolicy = "error" | "trim";

export type Policy = { 
/**
 * What to prefer.
 */
goal?: Goal, 
/**
 * How far the text may travel.
 */
stayWithin?: Within, 
/**
 * Most that one answer may cost, USD; a model of unknown price is excluded.
 */
maxCost?: number, 
/**
 * Most milliseconds to the first token that may be expected.
 */
maxFirstTokenMs?: number, 
/**
 * Most milliseconds to the end that may be expected.
 */
maxTotalMs?: number, 
/**
 * Least quality.
 */
minQuality?: Quality, 
/**
 * Only these providers or models.
 */
allow?: Array<string>, 
/**
 * None of these providers or models.
 */
deny?: Array<string>, 
/**
 * These providers or models first, in this order, where the limits allow them.
 */
prefer?: Array<string>, 
/**
 * Whether a failed attempt may go on to another model.
 */
fallback?: Fallback, 
/**
 * What to do when a model dies after text was shown.
 */
onCut?: OnCut, 
/**
 * Whether a late model is raced by a second.
 */
hedge?: Hedge, 
/**
 * What to do with messages that do not fit.
 */
context?: ContextPolicy, };

export type PolicyInput = Goal | Policy;

export type Reasoning = "off" | "low" | "medium" | "high";

export type CacheMode = "use" | "refresh" | "off";

export type TextRequest = { 
/**
 * Chosen by the caller to join or find it again.
 */
id?: string, 
/**
 * The goal and limits; the mesh's own where absent.
 */
policy?: PolicyInput, 
/**
 * Pins a model: `provider/id`.
 */
model?: string, 
/**
 * Whether stored answers may be used.
 */
cache?: CacheMode, 
/**
 * A conversation of one message.
 */
prompt?: string, 
/**
 * A conversation.
 */
messages?: Array<Message>, 
/**
 * What the model should be like; before the messages.
 */
system?: string, 
/**
 * Files that belong to the prompt, or to the last message of the user.
 */
files?: Array<File>, 
/**
 * Tools the model may ask for.
 */
tools?: Array<Tool>, 
/**
 * Whether it may, must or must not.
 */
toolChoice?: ToolChoice, 
/**
 * JSON Schema that the answer must fit.
 */
schema: object, 
/**
 * Whether the answer must rest on a web search.
 */
search?: boolean, 
/**
 * How hard to think.
 */
reasoning?: Reasoning, 
/**
 * Most tokens of the answer.
 */
maxOutputTokens?: number, 
/**
 * 0 is the most likely word always.
 */
temperature?: number, 
/**
 * Share of likely words considered, 0 to 1.
 */
topP?: number, 
/**
 * Strings that end the answer.
 */
stop?: Array<string>, 
/**
 * For answers that can be had again.
 */
seed: number, };

export type Style = "infographic" | "scientific" | "artistic";

export type Workflow = Style | object;

export type AspectRatio = "1:1" | "16:9" | "9:16" | "4:3" | "3:4";

export type ImageRequest = { 
/**
 * The goal and limits; the mesh's own where absent.
 */
policy?: PolicyInput, 
/**
 * Pins a model: `provider/id`.
 */
model?: string, 
/**
 * Whether stored pictures may be used; where absent, if there is a seed.
 */
cache?: CacheMode, 
/**
 * What is to be seen.
 */
prompt: string, 
/**
 * What is not to be seen, for models that can be told.
 */
negativePrompt?: string, 
/**
 * How it is made.
 */
workflow?: Workflow, 
/**
 * Width to height; where absent as suits the style, or the picture that is changed, and else square.
 */
aspectRatio?: AspectRatio, 
/**
 * Pixels, as near as the model can.
 */
width?: number, 
/**
 * Pixels, as near as the model can.
 */
height?: number, 
/**
 * For pictures that can be had again, where the model can.
 */
seed: number, 
/**
 * Steps of a model that works in steps.
 */
steps?: number, 
/**
 * How many; one where absent.
 */
count?: number, 
/**
 * The picture to change.
 */
source?: File, 
/**
 * Where to change it: a picture of the same form, white where anything may change and black where nothing may.
 */
mask?: File, };

export type Picture = { 
/**
 * Its bytes.
 */
blob: number, 
/**
 * What they are: `image/png`.
 */
mediaType: string, 
/**
 * With which it can be had again, where the model has such a thing.
 */
seed?: number, };

export type ImageResult = { 
/**
 * As many as were asked for, or fewer with a warning.
 */
images: Array<Picture>, 
/**
 * What happened, and what it cost.
 */
receipt: Receipt, };

export type VideoResult = { 
/**
 * Its bytes.
 */
video: number, 
/**
 * What they are: `video/mp4`.
 */
mediaType: string, 
/**
 * What happened, and what it cost.
 */
receipt: Receipt, };

export type Parameter = string | number;

export type Reason = { 
/**
 * Stable, kebab-case.
 */
code: string, 
/**
 * Plain English.
 */
message: string, 
/**
 * What the message was made with.
 */
params?: { [key in string]: Parameter }, };

export type Estimate = { 
/**
 * USD; `null` where a price is unknown.
 */
cost: number | null, 
/**
 * Milliseconds.
 */
firstTokenMs: number, 
/**
 * Milliseconds.
 */
totalMs: number, 
/**
 * Tokens of the prompt.
 */
inputTokens: number, 
/**
 * Tokens of the answer.
 */
outputTokens: number, };

export type Decision = { 
/**
 * The model to ask first.
 */
chosen: ModelConfig, 
/**
 * `provider/id` each: the chosen, then the fallbacks in order.
 */
chain: Array<string>, 
/**
 * The goal it was decided by.
 */
goal: Goal, 
/**
 * Why this one.
 */
why: Reason, 
/**
 * How hard the request looks, 0 to 1.
 */
difficulty: number, 
/**
 * Whether it has to be treated as private.
 */
sensitive: boolean, 
/**
 * What it is expected to take.
 */
estimate: Estimate, };

export type Score = { 
/**
 * `provider/id`.
 */
model: string, 
/**
 * What they add up to by the goal's weights.
 */
total: number, 
/**
 * Expected quality of the answer.
 */
quality: number, 
/**
 * How little it costs.
 */
cost: number, 
/**
 * How soon it answers.
 */
speed: number, 
/**
 * How near it is.
 */
locality: number, 
/**
 * What moved it up or down beside its total: its provider does not answer, the conversation is its own …
 */
note?: Reason, };

export type Exclusion = { 
/**
 * `provider/id`.
 */
model: string, 
/**
 * Why not.
 */
reason: Reason, };

export type Explanation = { 
/**
 * Best first.
 */
scores: Array<Score>, 
/**
 * In the order of their addresses.
 */
excluded: Array<Exclusion>, };

export type FinishReason = "stop" | "length" | "tool-calls" | "content-filter";

export type Usage = { 
/**
 * Cached ones included.
 */
inputTokens: number, 
/**
 * Reasoning included.
 */
outputTokens: number, 
/**
 * Part of the input.
 */
cachedInputTokens?: number, 
/**
 * Part of the output.
 */
reasoningTokens?: number, 
/**
 * Whether any count is the mesh's own guess.
 */
estimated: boolean, };

export type CostKind = "billed" | "computed" | "estimated" | "free" | "unknown";

export type Attempt = { 
/**
 * `provider/id`.
 */
model: string, 
/**
 * Epoch milliseconds.
 */
startedAt: Wall, 
/**
 * Milliseconds.
 */
durationMs: number, 
/**
 * Milliseconds from its start to its server's first sign.
 */
connectMs?: number, 
/**
 * Milliseconds from its start to its first word or thought.
 */
firstTokenMs?: number, 
/**
 * How it ended; `code` is "ok", "cancelled" or an error's code.
 */
outcome: Reason, };

export type CacheTier = "memory" | "disk";

export type Cached = false | CacheTier;

export type Receipt = { 
/**
 * The generation.
 */
id: string, 
/**
 * `provider/id` of the model that answered, or was tried last.
 */
model: string, 
/**
 * Who served it.
 */
provider: string, 
/**
 * Where the text went.
 */
locality: Locality, 
/**
 * Whether it stayed on this machine.
 */
isLocal: boolean, 
/**
 * Whether the answer had been stored.
 */
cached: Cached, 
/**
 * Why the answer ended.
 */
finish: FinishReason, 
/**
 * Every try, in order.
 */
attempts: Array<Attempt>, 
/**
 * Tokens, over all attempts.
 */
usage: Usage, 
/**
 * USD; `null` where a price is unknown.
 */
cost: number | null, 
/**
 * How far the cost can be trusted.
 */
costKind: CostKind, 
/**
 * USD saved against the policy's best cloud model; 0 where there is none.
 */
saved: number, 
/**
 * Milliseconds from the call to the end.
 */
durationMs: number, 
/**
 * Milliseconds from the call to the first word or thought.
 */
firstTokenMs?: number, 
/**
 * Output tokens over the time from the first to the last.
 */
tokensPerSecond?: number, 
/**
 * What the router decided.
 */
decision: Decision, 
/**
 * Under which a stored answer can be deleted.
 */
cacheKey?: string, 
/**
 * Whether it shared the answer to the same request, which another asked for: what that took stands on the other's receipt.
 */
joined?: boolean, 
/**
 * How many private values were masked.
 */
masked?: number, };

export type Source = { 
/**
 * The page's title.
 */
title: string, 
/**
 * The page.
 */
url: string, };

export type TextResult = { 
/**
 * The words.
 */
text: string, 
/**
 * The model's thinking, if it showed any.
 */
reasoning?: string, 
/**
 * Tools it asked for.
 */
toolCalls: Array<ToolCall>, 
/**
 * What a request with a schema asked for, parsed and checked.
 */
object?: unknown, 
/**
 * What the provider wants back with this answer's message when the conversation goes on.
 */
opaque?: unknown, 
/**
 * Where statements come from.
 */
sources: Array<Source>, 
/**
 * What happened, and what it cost.
 */
receipt: Receipt, };

export type Event = { "type": "route", 
/**
 * The decision.
 */
decision: Decision, } | { "type": "attempt", 
/**
 * `provider/id`.
 */
model: string, 
/**
 * Counted from 1.
 */
attempt: number, } | { "type": "text-delta", 
/**
 * The words.
 */
text: string, } | { "type": "reasoning-delta", 
/**
 * The words.
 */
text: string, } | { "type": "tool-call-delta", 
/**
 * The call.
 */
id: string, 
/**
 * The tool.
 */
name: string, 
/**
 * The piece.
 */
inputDelta: string, } | { "type": "tool-call", 
/**
 * The call.
 */
id: string, 
/**
 * The tool.
 */
name: string, 
/**
 * Its input, parsed.
 */
input: unknown, } | { "type": "source", 
/**
 * The page's title.
 */
title: string, 
/**
 * The page.
 */
url: string, } | { "type": "queue", 
/**
 * Its place in line: 1 is next, and 0 says that it waits no more.
 */
position: number, } | { "type": "progress", 
/**
 * Done.
 */
value: number, 
/**
 * Whole.
 */
max: number, 
/**
 * Of what.
 */
node?: string, } | { "type": "preview", 
/**
 * Its bytes.
 */
blob: number, } | { "type": "image", 
/**
 * Its bytes.
 */
blob: number, } | { "type": "video", 
/**
 * Its bytes.
 */
blob: number, } | { "type": "warning", 
/**
 * What.
 */
reason: Reason, } | { "type": "fallback", 
/**
 * `provider/id`.
 */
from: string, 
/**
 * `provider/id`.
 */
to: string, 
/**
 * Why.
 */
reason: Reason, } | { "type": "restart", 
/**
 * Why.
 */
reason: Reason, } | { "type": "finish", 
/**
 * What happened, and what it cost.
 */
receipt: Receipt, };

export type CustomUsage = { 
/**
 * Cached tokens included.
 */
inputTokens: number, 
/**
 * Reasoning included.
 */
outputTokens: number, 
/**
 * Part of the input.
 */
cachedInputTokens?: number, 
/**
 * Part of the output.
 */
reasoningTokens?: number, };

export type CustomEvent = { "type": "text-delta", 
/**
 * The words.
 */
text: string, } | { "type": "reasoning-delta", 
/**
 * The words.
 */
text: string, } | { "type": "tool-call", 
/**
 * The call.
 */
id: string, 
/**
 * The tool.
 */
name: string, 
/**
 * Its input, parsed.
 */
input: unknown, } | { "type": "source", 
/**
 * The page's title.
 */
title: string, 
/**
 * The page.
 */
url: string, } | { "type": "progress", 
/**
 * Done.
 */
value: number, 
/**
 * Whole.
 */
max: number, 
/**
 * Of what.
 */
node?: string, } | { "type": "preview", 
/**
 * Its bytes.
 */
blob: number, } | { "type": "image", 
/**
 * Its bytes.
 */
blob: number, 
/**
 * How many they are.
 */
bytes: number, 
/**
 * What they are.
 */
mediaType: string, } | { "type": "usage", 
/**
 * The counts.
 */
usage: CustomUsage, } | { "type": "finish", 
/**
 * Why it ended.
 */
reason: FinishReason, };

export type ErrorCode = "no-model" | "no-key" | "invalid-key" | "invalid-request" | "unreachable" | "blocked-by-browser" | "permission" | "offline" | "rate-limited" | "quota" | "budget" | "blocked-content" | "blocked-private" | "context-length" | "model-missing" | "out-of-memory" | "unsupported" | "bad-output" | "timeout" | "server" | "protocol" | "truncated" | "storage" | "closed" | "internal" | "all-failed";

export type Partial = { 
/**
 * The words.
 */
text: string, 
/**
 * Tools it had asked for.
 */
toolCalls: Array<ToolCall>, };

export type MeshErrorData = { 
/**
 * What kind.
 */
code: ErrorCode, 
/**
 * One plain sentence.
 */
message: string, 
/**
 * Whether the same call may succeed later without any change by the user.
 */
isRetryable: boolean, 
/**
 * What to do.
 */
hint?: string, 
/**
 * Who failed.
 */
provider?: string, 
/**
 * `provider/id` of the model that failed.
 */
model?: string, 
/**
 * HTTP status.
 */
status?: number, 
/**
 * Milliseconds after which trying again makes sense.
 */
retryAfterMs?: number, 
/**
 * Every try, in order.
 */
attempts?: Array<Attempt>, 
/**
 * One per attempt of `all-failed`.
 */
errors?: Array<MeshErrorData>, 
/**
 * What had been shown.
 */
partial?: Partial, 
/**
 * What it cost so far.
 */
receipt?: Receipt, 
/**
 * Why no model fits.
 */
excluded?: Array<Exclusion>, };

export type Storage = "indexeddb" | "memory";

export type StorageState = { 
/**
 * "memory" where that was asked for and, with a reason, where the database cannot be used now.
 */
keptIn: Storage, 
/**
 * What is wrong. Absent while everything that was learned is kept as it was asked for.
 */
reason?: Reason, 
/**
 * How many records, or parts of one, could not be understood in this visit and were left out.
 */
unreadable: number, };

export type ProviderKind = "gemini" | "ollama" | "openrouter" | "comfyui" | "openai";

export type DataCollection = "allow" | "deny";

export type HostOrder = "price" | "throughput" | "latency";

export type OpenRouterOptions = { 
/**
 * The app's name as OpenRouter shows it; the page's origin goes with it. Without one neither is sent.
 */
title?: string, 
/**
 * Hosts that keep or train on what they are sent; a private request denies them always.
 */
dataCollection?: DataCollection, 
/**
 * Only hosts that keep nothing.
 */
zeroDataRetention?: boolean, 
/**
 * Hosts to try first, by OpenRouter's names.
 */
order?: Array<string>, 
/**
 * Only these hosts.
 */
only?: Array<string>, 
/**
 * Never these hosts.
 */
ignore?: Array<string>, 
/**
 * Which hosts first.
 */
sort?: HostOrder, 
/**
 * Whether it may go on to another host when one fails.
 */
allowFallbacks?: boolean, };

export type ProviderOptions = { 
/**
 * The protocol; needed only for names other than the four.
 */
kind?: ProviderKind, 
/**
 * An origin for Ollama and ComfyUI, else the API's root.
 */
endpoint?: string, 
/**
 * Where it is. Loopback is "device" by itself, all else must be said.
 */
locality?: Locality, 
/**
 * Headers to send to it, without secrets. Gemini gets none: browsers may send it no header of one's own.
 */
headers?: { [key in string]: string }, 
/**
 * For OpenRouter only.
 */
openrouter?: OpenRouterOptions, 
/**
 * Leave it alone.
 */
disabled?: boolean, };

export type TimeoutOptions = { 
/**
 * To the response head; for cloud providers. Default 10,000.
 */
connectMs?: number, 
/**
 * To the first word or thought. Default 180,000 for local models, 30,000 for cloud ones.
 */
firstTokenMs?: number, 
/**
 * Between two pieces. Default 30,000.
 */
idleMs?: number, 
/**
 * For the whole generation. Default 600,000.
 */
totalMs?: number, };

export type CacheOptions = { 
/**
 * Milliseconds for which an answer is as good as new. Default one day.
 */
ttlMs?: number, 
/**
 * Bytes on the disk. Default 200 million, of which pictures and videos take three quarters at most.
 */
maxBytes: number, 
/**
 * Milliseconds after that in which an answer is given once more while it is asked for anew. Default none.
 */
staleWhileRevalidateMs?: number, };

export type CacheChoice = false | CacheOptions;

export type MeshOptions = { 
/**
 * By name.
 */
providers?: { [key in string]: ProviderOptions }, 
/**
 * For requests that bring none.
 */
policy?: PolicyInput, 
/**
 * Limits of waiting.
 */
timeouts?: TimeoutOptions, 
/**
 * Where what is learned is kept; in the browser's database by default.
 */
storage?: Storage, 
/**
 * Whether answers are kept, for how long, and how much room they may take; by default they are.
 */
cache?: CacheChoice, 
/**
 * Not built yet.
 */
budget: unknown, 
/**
 * Not built yet.
 */
guard: unknown, 
/**
 * Not built yet.
 */
limits: unknown, 
/**
 * The page's origin, for remedies that name it. The package fills it in.
 */
pageOrigin?: string, };

export type CacheStats = { 
/**
 * Answers that are kept, on the disk or in memory.
 */
entries: number, 
/**
 * Bytes that they take.
 */
bytes: number, 
/**
 * Requests that were answered from this page's memory.
 */
memoryHits: number, 
/**
 * Requests that were answered from the disk.
 */
diskHits: number, 
/**
 * Requests that might have been answered and were not.
 */
misses: number, 
/**
 * Share of the requests that might have been answered, 0 to 1.
 */
hitRate: number, 
/**
 * USD that the answers had cost, as far as known.
 */
savedCost: number, 
/**
 * Milliseconds that the answers had taken.
 */
savedMs: number, };

export type ProviderState = "up" | "degraded" | "down" | "unknown";

export type Breaker = "closed" | "half-open" | "open";

export type ModelHealth = { 
/**
 * `provider/id`.
 */
model: string, 
/**
 * Whether it is asked.
 */
state: Breaker, 
/**
 * Share of its attempts that ended well, 0 to 1.
 */
successRate: number, };

export type ProviderHealth = { 
/**
 * Who.
 */
provider: string, 
/**
 * Whether it answers.
 */
state: ProviderState, 
/**
 * Since when, epoch milliseconds.
 */
sinceAt: Wall, 
/**
 * Why it does not.
 */
reason?: Reason, 
/**
 * When it will be asked again, epoch milliseconds.
 */
retryAt?: Wall, 
/**
 * Its models that were asked.
 */
models: Array<ModelHealth>, };

export type ProviderDiscovery = { 
/**
 * Who.
 */
provider: string, 
/**
 * Whether it answered.
 */
ok: boolean, 
/**
 * How many models it has.
 */
models: number, 
/**
 * Why it did not answer.
 */
error?: MeshErrorData, };

export type DiscoveryReport = { 
/**
 * In the order of their names.
 */
providers: Array<ProviderDiscovery>, 
/**
 * Models that were not known before.
 */
added: number, 
/**
 * Models that are gone.
 */
removed: number, };

export type KeyLife = "valid" | "invalid" | "unreachable";

export type KeyVerdict = { 
/**
 * Whether it is taken.
 */
live: KeyLife, 
/**
 * In one plain sentence.
 */
message: string, };

export type PullProgress = { 
/**
 * Bytes here.
 */
completedBytes: number, 
/**
 * Bytes in all, as far as known; 0 at first.
 */
totalBytes: number, 
/**
 * The server's own word.
 */
status: string, };

export type QueueState = "waiting" | "running";

export type QueueEntry = { 
/**
 * The generation.
 */
id: string, 
/**
 * What it makes.
 */
type: Modality, 
/**
 * `provider/id` of the model that is asked.
 */
model?: string, 
/**
 * Whether it runs.
 */
state: QueueState, 
/**
 * Its place in line for a connection; 1 is next.
 */
position?: number, 
/**
 * Since when, epoch milliseconds.
 */
sinceAt: Wall, };

export type PendingGeneration = { 
/**
 * The generation.
 */
id: string, 
/**
 * What was shown.
 */
text: string, 
/**
 * `provider/id` of the model that was asked last; empty where none was yet.
 */
model: string, 
/**
 * When it was asked for, epoch milliseconds.
 */
at: Wall, };

export type BatchItemData = { 
/**
 * Its place in the list.
 */
index: number, 
/**
 * The answer.
 */
result?: TextResult, 
/**
 * Why there is none.
 */
error?: MeshErrorData, 
/**
 * Milliseconds that the rest will take, by what was measured in this batch; absent while too little was.
 */
remainingMs?: number, };

export type BatchReport = { 
/**
 * The batch.
 */
id: string, 
/**
 * How many there were in the list.
 */
requests: number, 
/**
 * How often a model was asked, over all tries.
 */
calls: number, 
/**
 * Questions that were answered from the cache, or by an answer that somebody else was just being given.
 */
fromCache: number, 
/**
 * Requests that were the same as an earlier one and got its answer.
 */
duplicates: number, 
/**
 * Requests without an answer, cancelled ones too.
 */
failed: number, 
/**
 * Requests whose end was known from an earlier batch of this id, which was cut off; absent where none was.
 */
resumed?: number, 
/**
 * USD, as far as prices are known.
 */
cost: number, 
/**
 * Milliseconds from the call to the last end.
 */
durationMs: number, };

export type Likelihood = "certain" | "likely" | "possible";

export type CauseData = { 
/**
 * Stable, kebab-case; `docs/doctor.md` lists them.
 */
code: string, 
/**
 * How sure it is.
 */
likelihood: Likelihood, 
/**
 * One plain sentence.
 */
message: string, };

export type Evidence = { 
/**
 * What was tried.
 */
probe: string, 
/**
 * What happened.
 */
outcome: string, };

export type DiagnosisSubject = { 
/**
 * What the server is: a kind of provider.
 */
kind: string, 
/**
 * Where it was looked for.
 */
endpoint: string, 
/**
 * This page's origin, where it is known.
 */
pageOrigin?: string, 
/**
 * Where it answers instead.
 */
found?: string, 
/**
 * The model that is meant, by its server's name for it.
 */
model?: string, };

export type DiagnosisData = { 
/**
 * Who.
 */
provider: string, 
/**
 * Whether it can be reached and used.
 */
ok: boolean, 
/**
 * Likeliest first.
 */
causes: Array<CauseData>, 
/**
 * In the order of the probes.
 */
evidence: Array<Evidence>, 
/**
 * For the lines to run.
 */
subject: DiagnosisSubject, };

export type GenerationMetrics = { 
/**
 * The provider's own name for the model that answered, or was tried last; empty where none could be asked.
 */
modelId: string, 
/**
 * Who served it; empty where none could be asked.
 */
provider: string, 
/**
 * Milliseconds from the call to the end.
 */
duration: number, 
/**
 * Whether there was an answer.
 */
success: boolean, 
/**
 * USD; absent where a price is unknown.
 */
cost?: number, 
/**
 * Input and output together.
 */
tokens?: number, 
/**
 * The tokens by what they cost.
 */
usage?: Usage, 
/**
 * What was made. Vectors count as text.
 */
type: Modality, 
/**
 * When it was asked for, epoch milliseconds.
 */
at: Wall, 
/**
 * Milliseconds from the call to the first word or thought.
 */
firstTokenMs?: number, 
/**
 * Why there was no answer. Absent where the caller did not want it any more.
 */
error?: ErrorCode, 
/**
 * Whether the answer had been stored.
 */
cached: boolean, 
/**
 * Whether it stayed on this machine.
 */
isLocal: boolean, 
/**
 * Where it went.
 */
locality?: Locality, 
/**
 * Whether the caller did not want it any more.
 */
cancelled?: boolean, 
/**
 * What the router was to prefer.
 */
goal?: Goal, 
/**
 * Why the first model was chosen: the code of the decision's reason.
 */
decision?: string, 
/**
 * How many tries it took.
 */
attempts?: number, 
/**
 * Milliseconds until the first model was asked.
 */
queueMs?: number, 
/**
 * Milliseconds from the last try's start to its server's first sign.
 */
connectMs?: number, 
/**
 * Output tokens over the time from the first to the last.
 */
tokensPerSecond?: number, 
/**
 * How far the cost can be trusted.
 */
costKind?: CostKind, };

export type Range = { 
/**
 * 30 days before `to` by default.
 */
from?: number, 
/**
 * Now by default.
 */
to?: number, };

export type SplitBy = "model" | "provider" | "type";

export type TimelineOptions = { 
/**
 * As in [`Range`].
 */
from?: number, 
/**
 * As in [`Range`].
 */
to?: number, 
/**
 * How long a point lasts, milliseconds: whole hours. By default an hour, in ranges of more than two days a day.
 * Days, and the parts that they fall into, are those of the page's clock.
 */
stepMs?: number, 
/**
 * One point for all where absent.
 */
by?: SplitBy, };

export type TokenCounts = { 
/**
 * Cached ones included.
 */
input: number, 
/**
 * Part of the input.
 */
cachedInput: number, 
/**
 * Reasoning included.
 */
output: number, 
/**
 * Part of the output.
 */
reasoning: number, };

export type CostCounts = { 
/**
 * The providers said so.
 */
billed: number, 
/**
 * Their counts at known prices.
 */
computed: number, 
/**
 * Guessed counts at known prices.
 */
estimated: number, };

export type Summary = { 
/**
 * Generations, whatever became of them.
 */
requests: number, 
/**
 * Answers over all that were not cancelled; 1 where there were none.
 */
successRate: number, 
/**
 * Half of the answers took no longer than this, milliseconds; 0 where there was none.
 */
p50Ms: number, 
/**
 * 95 of 100 answers took no longer.
 */
p95Ms: number, 
/**
 * 99 of 100 answers took no longer.
 */
p99Ms: number, 
/**
 * Half of the answers began within this, milliseconds.
 */
firstTokenP50Ms?: number, 
/**
 * 95 of 100 answers began within this.
 */
firstTokenP95Ms?: number, 
/**
 * For half of the answers somebody was asked within this, milliseconds.
 */
queueP50Ms?: number, 
/**
 * For 95 of 100 answers somebody was asked within this.
 */
queueP95Ms?: number, 
/**
 * The servers of half of the answers gave a first sign within this, milliseconds.
 */
connectP50Ms?: number, 
/**
 * The servers of 95 of 100 answers gave a first sign within this.
 */
connectP95Ms?: number, 
/**
 * Output tokens a second of half of the answers, or more.
 */
tokensPerSecond?: number, 
/**
 * Input and output, of all attempts.
 */
tokens: number, 
/**
 * USD, of all attempts whose price is known.
 */
cost: number, 
/**
 * USD saved against the policies' best cloud models, and by stored answers.
 */
saved: number, 
/**
 * Answers that had been stored.
 */
cached: number, 
/**
 * Generations without an answer, by the error's code.
 */
errors: Record<string, number>, 
/**
 * Generations that were cancelled.
 */
cancelled?: number, 
/**
 * Models that were asked, retries and fallbacks included.
 */
attempts?: number, 
/**
 * Attempts that failed, by the error's code.
 */
attemptErrors?: Record<string, number>, 
/**
 * The tokens by what they cost.
 */
tokenCounts?: TokenCounts, 
/**
 * The cost by how far it can be trusted.
 */
costCounts?: CostCounts, 
/**
 * Attempts that used something of unknown price; `cost` lacks them.
 */
unpriced?: number, };

export type Trend = { 
/**
 * As a share.
 */
requests: number, 
/**
 * As a difference.
 */
successRate: number, 
/**
 * As a share.
 */
p50Ms: number, 
/**
 * As a share.
 */
cost: number, };

export type Costs = { 
/**
 * Of all attempts whose price is known.
 */
spent: number, 
/**
 * By answers of models on this machine.
 */
savedByLocal: number, 
/**
 * By stored answers.
 */
savedByCache: number, };

export type UsageCounts = { 
/**
 * Requests by the hour of the day as the page's clock shows it today, 24 numbers. Of the last 30 days.
 */
byHour: number[], 
/**
 * Requests by goal.
 */
byGoal: Record<string, number>, };

export type Judgement = { 
/**
 * 0 to 1.
 */
feedback?: number, };

export type AnomalyKind = "latency" | "errors" | "cost" | "tokens" | "rate";

export type Anomaly = { 
/**
 * About what.
 */
kind: AnomalyKind, 
/**
 * `provider/id`, if it is about one model.
 */
model?: string, 
/**
 * Epoch milliseconds.
 */
sinceAt: Wall, 
/**
 * How many times as much as usual.
 */
factor: number, 
/**
 * In one plain sentence.
 */
message: string, };

export type PerformanceReport = { 
/**
 * Epoch milliseconds.
 */
from: Wall, 
/**
 * Epoch milliseconds.
 */
to: Wall, 
/**
 * Everything.
 */
total: Summary, 
/**
 * By `provider/id`. Generations count at the model that answered or was tried last, tokens and costs where they arose.
 */
byModel: Record<string, Summary>, 
/**
 * By who served it.
 */
byProvider: Record<string, Summary>, 
/**
 * By what was made.
 */
byType: Record<string, Summary>, 
/**
 * Against the time before.
 */
trend: Trend, 
/**
 * Spent and saved.
 */
costs: Costs, 
/**
 * When and for what.
 */
usage: UsageCounts, 
/**
 * How good answers were.
 */
quality: Judgement, 
/**
 * Always empty: none are looked for yet.
 */
anomalies: Array<Anomaly>, };

export type TimePoint = { 
/**
 * Its beginning, epoch milliseconds.
 */
at: Wall, 
/**
 * Of what, where the timeline is split.
 */
key?: string, 
/**
 * Generations.
 */
requests: number, 
/**
 * Generations without an answer, but for cancelled ones.
 */
failures: number, 
/**
 * Generations that were cancelled.
 */
cancelled?: number, 
/**
 * Milliseconds.
 */
p50Ms: number, 
/**
 * Milliseconds.
 */
p95Ms: number, 
/**
 * USD.
 */
cost: number, 
/**
 * Input and output.
 */
tokens: number, };
