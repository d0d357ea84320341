// One question asked in a page while something is wrong, and how it ended.

/** Runs in the page: a mesh of its own, so that no cool-down or breaker of another case is in it. */
export async function ask({ name, providers, policy, timeouts, request }) {
  const mesh = globalThis.hkm.createMesh({ name, storage: "memory", providers: { ollama: { disabled: true }, ...providers }, policy, timeouts });
  const outcome = { shown: "", wasShown: false, fallbacks: [], restarts: 0 };
  try {
    await mesh.ready;
    await mesh.discover();
    await globalThis.beforeAsking?.(name);
    const generation = mesh.generate(request);
    for await (const event of generation) {
      if (event.type === "text-delta") outcome.shown += event.text;
      if (event.type === "text-delta" && event.text !== "") outcome.wasShown = true;
      if (event.type === "fallback") outcome.fallbacks.push({ after: outcome.shown.length, code: event.reason.code });
      if (event.type === "restart") {
        outcome.restarts += 1;
        outcome.shown = "";
      }
    }
    const { text, receipt } = await generation.result;
    return { ...outcome, text, finish: receipt.finish, model: receipt.model };
  } catch (error) {
    return { ...outcome, code: error.code, message: error.message, partial: error.partial?.text };
  } finally {
    await mesh.close();
  }
}

/** In one word how a generation ended. */
export function endOf({ code, fallbacks, restarts, finish, wasShown }) {
  if (code !== undefined) return code;
  if (restarts > 0) return "anew";
  if (fallbacks.some(({ after }) => after > 0)) return "goes on";
  if (fallbacks.length > 0) return "next";
  if (finish !== "stop") return finish;
  return wasShown ? "whole" : "empty";
}
