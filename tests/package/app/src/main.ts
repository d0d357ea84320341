// One page for all tests in a browser: the address says which scenario runs, and what it found stands in `window.outcome`.
declare global {
  interface Window { outcome: Promise<unknown> }
}

const scenarios: Record<string, () => Promise<unknown>> = {
  stream: async () => (await import("./stream.js")).stream(),
  retry: async () => (await import("./stream.js")).retry(),
  csp: async () => (await import("./stream.js")).failure(),
  frames: async () => (await import("./frames.js")).frames(),
  hidden: async () => (await import("./frames.js")).hidden(),
  strict: async () => (await import("./hooks.js")).strict(),
  chat: async () => (await import("./chat.js")).chat(),
  provider: async () => (await import("./hooks.js")).ownedMesh(),
  tools: async () => (await import("./tools.js")).tools(),
  objects: async () => (await import("./objects.js")).objects(),
  pending: async () => (await import("./pending.js")).pending(),
  lab: async () => (await import("./lab.js")).lab(),
};

/** By the query where the test has other use for what stands behind "#". */
const name = new URLSearchParams(location.search).get("scenario") ?? location.hash.slice(1);
window.outcome = scenarios[name]?.() ?? Promise.reject(new Error(`no scenario ${name}`));
window.outcome.catch(() => undefined);

export {};
