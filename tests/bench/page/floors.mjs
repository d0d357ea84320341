// What can be done by hand: reading the bytes and nothing else, and the loop that an author writes in an afternoon. It
// handles what this server sends and nothing more: no error, no abort, no carriage return, no byte order mark.

const QUESTION = "Why is the sky blue?";

const WAYS = {
  ollama: {
    path: () => "/api/chat",
    pieceOf: (line) => JSON.parse(line).message.content,
  },
  openai: { path: () => "/v1/chat/completions", pieceOf: openAiPiece },
  openrouter: { path: () => "/openrouter/api/v1/chat/completions", pieceOf: openAiPiece },
  gemini: {
    path: (model) => `/gemini/v1beta/models/${model}:streamGenerateContent?alt=sse`,
    pieceOf: (line) => (line.startsWith("data: ") ? JSON.parse(line.slice(6)).candidates[0].content.parts[0].text : ""),
  },
};

function openAiPiece(line) {
  if (!line.startsWith("data: ") || line === "data: [DONE]") return "";
  return JSON.parse(line.slice(6)).choices[0]?.delta.content ?? "";
}

async function ask({ origin, protocol, model }) {
  const response = await fetch(origin + WAYS[protocol].path(model), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ model, stream: true, messages: [{ role: "user", content: QUESTION }] }),
  });
  return response.body.getReader();
}

async function loop(at, onDelta) {
  const { pieceOf } = WAYS[at.protocol];
  const reader = await ask(at);
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") continue;
      const piece = pieceOf(line);
      if (piece !== "") onDelta(piece);
    }
  }
}

async function* iterate(at) {
  const { pieceOf } = WAYS[at.protocol];
  const reader = await ask(at);
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") continue;
      const piece = pieceOf(line);
      if (piece !== "") yield piece;
    }
  }
}

export const cases = {
  /** Reading the bytes and nothing else. Gives no text. */
  drain: (at) => async () => {
    const reader = await ask(at);
    let length = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return length;
      length += value.length;
    }
  },
  loop: (at) => async () => {
    let text = "";
    await loop(at, (delta) => { text += delta; });
    return text;
  },
  iterator: (at) => async () => {
    let text = "";
    for await (const delta of iterate(at)) text += delta;
    return text;
  },
};
