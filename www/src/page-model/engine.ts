/**
 * llama.cpp as WebAssembly in a worker of this page. Only this file knows wllama, and only a click (or the first use after
 * one) loads it. Which model, when to load it and what to tell the visitor is decided in page-model.ts.
 */
import { Wllama, type ChatCompletionChunk, type ChatCompletionMessage } from "@wllama/wllama/esm/index.js";
import wasmUrl from "@wllama/wllama/esm/wasm/wllama.wasm?url";

export interface EngineSource {
  url: string;
  contextTokens: number;
  onDownload: (loadedBytes: number, totalBytes: number) => void;
  onLoad: () => void;
  signal: AbortSignal;
}

export interface CompletionRequest {
  messages: ChatCompletionMessage[];
  max_tokens: number;
  temperature: number;
  top_p: number;
  repeat_penalty: number;
  stop?: string[];
  seed?: number;
}

export type { ChatCompletionChunk, ChatCompletionMessage };

/** "GGUF" in ASCII: a server that answers a missing file with a web page is found out by its first bytes. */
async function isModelFile(file: Blob): Promise<boolean> {
  return (await file.slice(0, 4).text()) === "GGUF";
}

/** Known to llama.cpp, unknown to wllama's types: the last chunk then says how many tokens there were. */
const includeUsage = { stream_options: { include_usage: true } };

function silent(): void {}

function warnOfEngine(...words: unknown[]): void {
  console.warn("wllama:", ...words);
}

function createWllama(): Wllama {
  const wllama = new Wllama({ default: wasmUrl }, { logger: { debug: silent, log: silent, warn: warnOfEngine, error: warnOfEngine } });
  // Its answer to older Safari is another build from a public server. This page asks no other server, so it does without.
  wllama.setCompat(null);
  return wllama;
}

export class Engine {
  readonly #wllama: Wllama;
  #idle: Promise<unknown> = Promise.resolve();

  private constructor(wllama: Wllama) {
    this.#wllama = wllama;
  }

  static async open({ url, contextTokens, onDownload, onLoad, signal }: EngineSource): Promise<Engine> {
    const wllama = createWllama();
    const model = await wllama.modelManager.getModelOrDownload(
      { url },
      { signal, progressCallback: ({ loaded, total }) => onDownload(loaded, total) },
    );
    const files = await model.open();
    for (const file of files) {
      if (await isModelFile(file)) continue;
      await model.remove();
      throw new Error(`The file at ${url} is not a model.`);
    }
    signal.throwIfAborted();
    onLoad();
    try {
      await wllama.loadModel(files, {
        n_ctx: contextTokens,
        n_parallel: 1,
        n_gpu_layers: 0,
        // More threads would need a cross-origin isolated page and workers inside the worker, which this page's policy on
        // trusted types refuses. So small a model gains little by them, and loses much where the cores are shared.
        n_threads: 1,
        // A prompt is read in pieces of this many tokens; between two pieces a stop is heard.
        n_batch: 64,
      });
    } catch (error) {
      await wllama.exit().catch(silent);
      throw error;
    }
    return new Engine(wllama);
  }

  /** The model's file from the browser's storage, if it lies there. */
  static async removeFile(url: string): Promise<void> {
    await createWllama().cacheManager.delete(url);
  }

  /** One answer at a time; the next one waits until the one before has really stopped. */
  async *complete(request: CompletionRequest, signal: AbortSignal): AsyncGenerator<ChatCompletionChunk, void> {
    const turn = Promise.withResolvers<undefined>();
    const before = this.#idle;
    this.#idle = turn.promise;
    await before;
    if (signal.aborted) turn.resolve(undefined);
    signal.throwIfAborted();
    const chunks: ChatCompletionChunk[] = [];
    const run: { wake: () => void; ended: boolean; failure?: Error } = { wake: silent, ended: false };
    const leave = new AbortController();
    signal.addEventListener("abort", () => run.wake(), { signal: leave.signal });
    this.#wllama
      .createChatCompletion({
        ...request,
        stream: true,
        ...includeUsage,
        abortSignal: AbortSignal.any([signal, leave.signal]),
        onData(chunk) {
          chunks.push(chunk);
          run.wake();
        },
      })
      .catch((error: unknown) => {
        run.failure = error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => {
        run.ended = true;
        turn.resolve(undefined);
        run.wake();
      });
    try {
      for (;;) {
        const chunk = chunks.shift();
        if (chunk !== undefined) {
          yield chunk;
          continue;
        }
        signal.throwIfAborted();
        if (run.ended) {
          if (run.failure !== undefined) throw run.failure;
          return;
        }
        await new Promise<void>((resolve) => {
          run.wake = resolve;
        });
      }
    } finally {
      leave.abort();
    }
  }

  async close(): Promise<void> {
    await this.#wllama.exit();
  }
}
