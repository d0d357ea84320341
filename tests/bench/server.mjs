// One origin for the pages and for the providers, so that nobody pays for a preflight that others do not pay.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { brotliCompressSync } from "node:zlib";
import { answerOf } from "./answers.mjs";

const PACE_MS = 1;

/** Exact: a browser compiles a stream of WebAssembly only as `application/wasm`. */
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".json": "application/json" };

/** By method and path: which protocol answers, and where the model's name stands. */
const CHATS = [
  { path: /^\/api\/chat$/, protocol: "ollama" },
  { path: /^\/v1\/chat\/completions$/, protocol: "openai" },
  { path: /^\/openrouter\/api\/v1\/chat\/completions$/, protocol: "openrouter" },
  { path: /^\/gemini\/v1beta\/models\/([^:]+):streamGenerateContent$/, protocol: "gemini" },
];

/**
 * @param {object} options
 * @param {Record<string, string>} options.folders path prefix to folder of built files
 * @param {string[]} [options.models] the models that the lists name
 * @param {boolean} [options.isCompressed] built files go out with brotli, as a good host sends them
 * @returns {Promise<{ origin: string, close: () => Promise<void> }>}
 */
export async function startServer({ folders, models = [], isCompressed = false }) {
  const files = new Map();
  const lists = listsOf(models);
  const server = createServer(async (request, response) => {
    const path = (request.url ?? "/").split("?", 1)[0];
    try {
      if (request.method === "POST") return await chat(request, response, path);
      const list = lists[path];
      if (list) return void response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(list));
      if (path === "/blank") return void response.writeHead(200, { "Content-Type": TYPES[".html"] }).end("<!doctype html><title>bench</title><link rel=icon href=data:,>");
      const [, protocol, model] = /^\/expected\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
      if (protocol) return void response.writeHead(200, { "Content-Type": "text/plain; charset=utf-8" }).end(answerOf(protocol, model).text);
      await sendFile(response, path);
    } catch {
      // A client that leaves, or a path that is not there: the case that asked for it fails by itself.
      if (!response.headersSent) response.writeHead(404).end();
      else response.destroy();
    }
  });
  server.on("connection", (socket) => socket.setNoDelay(true));

  async function sendFile(response, path) {
    const prefix = Object.keys(folders).filter((one) => path.startsWith(one)).sort((a, b) => b.length - a.length)[0];
    const root = resolve(folders[prefix]);
    const file = join(root, decodeURIComponent(path.slice(prefix.length)) || "index.html");
    if (!file.startsWith(root + sep)) throw new Error(path);
    let body = files.get(file);
    if (!body) {
      body = await readFile(file);
      if (isCompressed) body = brotliCompressSync(body);
      files.set(file, body);
    }
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream", "Content-Length": body.length, "Cache-Control": "no-store",
      ...(isCompressed ? { "Content-Encoding": "br" } : {}),
    }).end(body);
  }

  await new Promise((resolve_, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve_));
  const { port } = server.address();
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve_) => {
      server.close(() => resolve_());
      server.closeAllConnections();
    }),
  };
}

async function chat(request, response, path) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const { protocol, path: pattern } = CHATS.find((one) => one.path.test(path));
  const model = pattern.exec(path)[1] ?? JSON.parse(Buffer.concat(pieces).toString()).model;
  const answer = answerOf(protocol, model);
  response.writeHead(200, { "Content-Type": answer.type, "Cache-Control": "no-store" });
  const isOpen = () => !response.destroyed && !response.closed;
  for (const piece of answer.pieces) {
    if (!isOpen()) return;
    const hasRoom = response.write(piece);
    if (answer.isPaced) await pause(PACE_MS);
    else if (!hasRoom) await drained(response);
  }
  response.end();
}

function drained(response) {
  return new Promise((resolve_) => {
    const done = () => {
      response.off("drain", done).off("close", done);
      resolve_();
    };
    response.on("drain", done).on("close", done);
  });
}

function listsOf(models) {
  const openai = { object: "list", data: models.map((id) => ({ id, object: "model", created: 1_790_000_000, owned_by: "bench" })) };
  return {
    "/api/tags": { models: models.map((name) => ({
      name, model: name, modified_at: "2026-11-01T10:00:00Z", size: 2_019_393_189, digest: "a80c4f17acd55265feec403c7aef86be0c25983ab279d83f3bcd3abbcb5b8b72",
      details: { parent_model: "", format: "gguf", family: "llama", families: ["llama"], parameter_size: "3.2B", quantization_level: "Q4_K_M" },
    })) },
    "/api/ps": { models: [] },
    "/api/version": { version: "0.13.5" },
    "/v1/models": openai,
    "/openrouter/api/v1/models": { data: models.map((id) => ({
      id, name: id, created: 1_790_000_000, context_length: 131_072, architecture: { input_modalities: ["text"], output_modalities: ["text"], tokenizer: "Other" },
      pricing: { prompt: "0.0000001", completion: "0.0000004" }, top_provider: { context_length: 131_072, max_completion_tokens: 8_192 }, supported_parameters: ["tools", "reasoning"],
    })) },
    "/gemini/v1beta/models": { models: models.map((id) => ({
      name: `models/${id}`, version: "1", displayName: id, inputTokenLimit: 1_048_576, outputTokenLimit: 65_536,
      supportedGenerationMethods: ["generateContent", "countTokens"],
    })) },
  };
}
