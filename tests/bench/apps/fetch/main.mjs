// The same app with `fetch` alone: the least there can be, without errors, tools, usage or anything else.
const providers = {
  privacy: {
    request: (question) => ["http://localhost:11434/api/chat", { model: "llama3.2", messages: [{ role: "user", content: question }] }],
    textOf: (line) => JSON.parse(line).message?.content,
  },
  cost: {
    request: (question) => ["https://openrouter.ai/api/v1/chat/completions", { model: "meta-llama/llama-3.3-70b-instruct", stream: true, messages: [{ role: "user", content: question }] }, { Authorization: "Bearer " }],
    textOf: (line) => (line.startsWith("data: {") ? JSON.parse(line.slice(6)).choices[0]?.delta.content : undefined),
  },
  quality: {
    request: (question) => ["https://generativelanguage.googleapis.com/v1beta/models/gemini-3.5-flash:streamGenerateContent?alt=sse", { contents: [{ role: "user", parts: [{ text: question }] }] }, { "x-goog-api-key": "" }],
    textOf: (line) => (line.startsWith("data: {") ? JSON.parse(line.slice(6)).candidates?.[0]?.content?.parts?.[0]?.text : undefined),
  },
};

async function answer(goal, question, show) {
  const { request, textOf } = providers[goal];
  const [url, body, headers] = request(question);
  const response = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });
  let rest = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line.trim() !== "") show(textOf(line) ?? "");
  }
}

globalThis.document.forms[0].addEventListener("submit", (event) => {
  event.preventDefault();
  const output = globalThis.document.querySelector("output");
  const question = event.target.question.value;
  void answer(question.length > 200 ? "quality" : "privacy", question, (text) => output.append(text));
});

globalThis.readyAt = performance.now();
