// The broken set-ups: how each is made from real servers, flags and permissions, and how its printed remedy is applied.
import { GOOD_OPENROUTER_KEY, startOpenRouterSimulator } from "../simulator/openrouter.mjs";
import { startOllamaSimulator } from "../simulator/ollama.mjs";
import { startReverseProxy } from "../servers/reverse-proxy.mjs";
import { startStaticServer } from "../servers/static-server.mjs";
import { freePort, LAN_HOST, llama, runInShell, runPrinted } from "./laboratory.mjs";

const KEY = "sk-laboratory";
const at = (endpoint, more = {}) => ({ providers: { lab: { kind: "openai", endpoint, ...more } } });
const lan = (endpoint) => at(endpoint, { locality: "network" });

/** The first line of a remedy that holds these words. */
export function printed(diagnosis, words = "", platforms = ["any", "linux"]) {
  const [cause] = diagnosis.causes;
  const remedy = cause.remedies.find(({ platform, command }) => platforms.includes(platform) && command?.includes(words));
  if (remedy === undefined) throw new Error(`${cause.code} prints no line with "${words}": ${JSON.stringify(cause.remedies)}`);
  return remedy.command;
}

/** An address that is new each time, at a usual port if one is free. */
async function usualServer() {
  for (const port of [1234, 8080, 1337, 5001, 4891, 5000, 8000]) {
    try {
      return await llama({ port });
    } catch {
      // Somebody else is there.
    }
  }
  throw new Error("every usual port is taken");
}

/**
 * @typedef {object} SetUp
 * @property {string} name
 * @property {string} made of what
 * @property {string} expected code of the first cause
 * @property {boolean} [simulated] not counted
 * @property {string} remedy what was applied
 * @property {(lab: object, opened: { add<T>(thing: T): T }) => Promise<{ visitor: object, asked: object, mend: (diagnosis: object) => Promise<{ visitor?: object, asked?: object } | void> }>} prepare
 */

/** @type {SetUp[]} */
export const SET_UPS = [
  {
    name: "the server was never started", made: "llama-server, not running", expected: "not-running", remedy: "the printed llama-server line, run",
    async prepare(lab, opened) {
      const port = await freePort();
      return {
        visitor: opened.add(await lab.visit()), asked: at(`http://127.0.0.1:${port}`),
        mend: async (diagnosis) => { opened.add(await runPrinted(printed(diagnosis, "llama-server"))); },
      };
    },
  },
  {
    name: "the server was killed after it had answered", made: "llama-server, SIGKILL", expected: "not-running", remedy: "the printed llama-server line, run",
    async prepare(lab, opened) {
      const visitor = opened.add(await lab.visit());
      const server = opened.add(await llama({}));
      const asked = at(server.url);
      const before = await visitor.examine(asked);
      if (!before.ok) throw new Error(`it is not well before it is killed: ${JSON.stringify(before)}`);
      process.kill(server.pid, "SIGKILL");
      await server.close();
      return { visitor, asked, mend: async (diagnosis) => { opened.add(await runPrinted(printed(diagnosis, "llama-server"))); } };
    },
  },
  {
    name: "the server is halted", made: "llama-server, SIGSTOP", expected: "not-responding", remedy: "the printed kill -CONT line, run",
    async prepare(lab, opened) {
      const visitor = opened.add(await lab.visit());
      const server = opened.add(await llama({}));
      process.kill(server.pid, "SIGSTOP");
      opened.add({ close: () => { process.kill(server.pid, "SIGCONT"); } });
      return { visitor, asked: at(server.url), mend: async (diagnosis) => { runInShell(printed(diagnosis, "kill -CONT")); } };
    },
  },
  {
    name: "the endpoint names another port", made: "llama-server at a usual port", expected: "wrong-port", remedy: "the printed address, set as endpoint",
    async prepare(lab, opened) {
      opened.add(await usualServer());
      return {
        visitor: opened.add(await lab.visit()), asked: at(`http://127.0.0.1:${await freePort()}`),
        mend: async (diagnosis) => ({ asked: at(printed(diagnosis)) }),
      };
    },
  },
  {
    name: "the endpoint names [::1], the server listens on 127.0.0.1", made: "llama-server --host 127.0.0.1", expected: "wrong-address", remedy: "the printed address, set as endpoint",
    async prepare(lab, opened) {
      const server = await lab.plain();
      return { visitor: opened.add(await lab.visit()), asked: at(`http://[::1]:${server.port}`), mend: async (diagnosis) => ({ asked: at(printed(diagnosis)) }) };
    },
  },
  {
    name: "the endpoint says https, the server speaks http", made: "llama-server", expected: "wrong-scheme", remedy: "the printed address, set as endpoint",
    async prepare(lab, opened) {
      const server = await lab.plain();
      return { visitor: opened.add(await lab.visit()), asked: at(`https://127.0.0.1:${server.port}`), mend: async (diagnosis) => ({ asked: at(printed(diagnosis)) }) };
    },
  },
  {
    name: "the API lies under a prefix", made: "llama-server --api-prefix /api", expected: "wrong-path", remedy: "the prefix, put where the text says",
    async prepare(lab, opened) {
      const server = opened.add(await llama({ extra: ["--api-prefix", "/api"] }));
      return {
        visitor: opened.add(await lab.visit()), asked: at(server.url),
        mend: async (diagnosis) => ({ asked: at(printed(diagnosis).replace(/\/v1$/, "/api/v1")) }),
      };
    },
  },
  {
    name: "the server lets another page in, not this one", made: "llama-server --cors-origins", expected: "origin-refused", remedy: "the printed llama-server line, run",
    async prepare(lab, opened) {
      const server = opened.add(await llama({ extra: ["--cors-origins", "https://another.example"] }));
      return {
        visitor: opened.add(await lab.visit()), asked: at(server.url),
        mend: async (diagnosis) => {
          await server.close();
          opened.add(await runPrinted(printed(diagnosis, "--cors-origins")));
        },
      };
    },
  },
  {
    name: "the server takes no Authorization header from pages", made: "llama-server --cors-headers Content-Type --api-key", expected: "headers-refused", remedy: "the printed llama-server line, run",
    async prepare(lab, opened) {
      const visitor = opened.add(await lab.visit());
      const server = opened.add(await llama({ extra: ["--cors-origins", visitor.origin, "--cors-headers", "Content-Type", "--api-key", KEY] }));
      return {
        visitor, asked: at(server.url, { apiKey: KEY }),
        mend: async (diagnosis) => {
          await server.close();
          opened.add(await runPrinted(printed(diagnosis, "--cors-headers"), ["--api-key", KEY]));
        },
      };
    },
  },
  {
    name: "the server wants a key and none was given", made: "llama-server --api-key", expected: "key-missing", remedy: "the key, given to the provider",
    async prepare(lab, opened) {
      const server = opened.add(await llama({ extra: ["--api-key", KEY] }));
      return { visitor: opened.add(await lab.visit()), asked: at(server.url), mend: async () => ({ asked: at(server.url, { apiKey: KEY }) }) };
    },
  },
  {
    name: "the server does not know the key", made: "llama-server --api-key", expected: "key-refused", remedy: "the right key, given to the provider",
    async prepare(lab, opened) {
      const server = opened.add(await llama({ extra: ["--api-key", KEY] }));
      return { visitor: opened.add(await lab.visit()), asked: at(server.url, { apiKey: "sk-of-yesterday" }), mend: async () => ({ asked: at(server.url, { apiKey: KEY }) }) };
    },
  },
  {
    name: "another program that shows itself holds the port", made: "a file server with CORS", expected: "another-program", remedy: "that program stopped, the server started there",
    async prepare(lab, opened) {
      const other = opened.add(await startStaticServer({ folders: {}, headers: { "Access-Control-Allow-Origin": "*" } }));
      return {
        visitor: opened.add(await lab.visit()), asked: at(other.url),
        mend: async () => {
          await other.close();
          opened.add(await llama({ port: other.port }));
        },
      };
    },
  },
  {
    name: "a proxy without CORS stands before the server", made: "a reverse proxy, llama-server", expected: "origin-refused", remedy: "the printed header, set in the proxy",
    async prepare(lab, opened) {
      const visitor = opened.add(await lab.visit());
      const server = await lab.plain();
      const proxy = opened.add(await startReverseProxy({ to: server.url }));
      return {
        visitor, asked: at(proxy.url),
        mend: async (diagnosis) => {
          const [, origin] = /Access-Control-Allow-Origin: ([^"]+)"/.exec(JSON.stringify(diagnosis.causes[0].remedies).replaceAll('\\"', '"')) ?? [];
          await proxy.close();
          opened.add(await startReverseProxy({ to: server.url, allowOrigin: origin, port: proxy.port }));
        },
      };
    },
  },
  {
    name: "the proxy runs, the server behind it does not", made: "a reverse proxy", expected: "gateway", remedy: "the server behind it started",
    async prepare(lab, opened) {
      const visitor = opened.add(await lab.visit());
      const port = await freePort();
      const proxy = opened.add(await startReverseProxy({ to: `http://127.0.0.1:${port}`, allowOrigin: visitor.origin }));
      return { visitor, asked: at(proxy.url), mend: async () => { opened.add(await llama({ port })); } };
    },
  },
  {
    name: "the server's certificate signed itself", made: "TLS, openssl, llama-server", expected: "certificate", remedy: "a Chromium that trusts the certificate (by its fingerprint)",
    async prepare(lab, opened) {
      const server = await lab.plain();
      const proxy = opened.add(await startReverseProxy({ to: server.url, certificate: lab.stranger, allowOrigin: "as-is" }));
      return {
        visitor: opened.add(await lab.visit()), asked: at(proxy.url),
        mend: async () => ({ visitor: opened.add(await lab.visit("here", { trustsStranger: true })) }),
      };
    },
  },
  {
    name: "an https page asks an http address in the network", made: "TLS page, llama-server under a name of the network", expected: "mixed-content", remedy: "https before the server, as the printed line does",
    async prepare(lab, opened) {
      const server = await lab.plain();
      return {
        visitor: opened.add(await lab.visit("public", { permission: "granted" })), asked: lan(`http://${LAN_HOST}:${server.port}`),
        mend: async (diagnosis) => {
          const [, port] = /--to 127\.0\.0\.1:(\d+)/.exec(printed(diagnosis, "reverse-proxy")) ?? [];
          const proxy = opened.add(await startReverseProxy({ to: `http://127.0.0.1:${port}`, certificate: lab.certificate, allowOrigin: "as-is" }));
          return { asked: lan(`https://${LAN_HOST}:${proxy.port}`) };
        },
      };
    },
  },
  {
    name: "the visitor told the browser not to let the page reach this device", made: "a public https page, local-network access denied", expected: "permission-denied", remedy: "the permission, granted",
    async prepare(lab, opened) {
      const server = await lab.plain();
      const visitor = opened.add(await lab.visit("public", { permission: "denied" }));
      return { visitor, asked: at(server.url), mend: async () => { await visitor.allow("granted"); } };
    },
  },
  {
    name: "a public page came over http", made: "a public http page, llama-server", expected: "insecure-page", remedy: "the page, opened over https",
    async prepare(lab, opened) {
      const server = await lab.plain();
      const visitor = opened.add(await lab.visit("insecure"));
      return { visitor, asked: at(server.url), mend: async () => ({ visitor: opened.add(await lab.visit("public", { permission: "granted" })) }) };
    },
  },
  {
    name: "the page's content policy does not name the server", made: "Content-Security-Policy: connect-src 'self'", expected: "content-policy", remedy: "the printed source, added to connect-src",
    async prepare(lab, opened) {
      const server = await lab.plain();
      lab.setPolicy("connect-src 'self'");
      return {
        visitor: opened.add(await lab.visit("strict")), asked: at(server.url),
        mend: async (diagnosis) => {
          lab.setPolicy(`connect-src 'self' ${printed(diagnosis)}`);
          return { visitor: opened.add(await lab.visit("strict")) };
        },
      };
    },
  },
  {
    name: "there is no network", made: "Chromium offline, llama-server under a name of the network", expected: "offline", remedy: "online again",
    async prepare(lab, opened) {
      const server = await lab.plain();
      const visitor = opened.add(await lab.visit());
      // The scripts are loaded when they are wanted; they are here by then.
      await visitor.examine(at(server.url));
      await visitor.context.setOffline(true);
      return { visitor, asked: lan(`http://${LAN_HOST}:${server.port}`), mend: async () => { await visitor.context.setOffline(false); } };
    },
  },
  {
    name: "Ollama does not know the page", made: "the simulator's gate of origins", expected: "origin-refused", simulated: true, remedy: "OLLAMA_ORIGINS of the printed line, set",
    async prepare(lab, opened) {
      const ollama = opened.add(await startOllamaSimulator());
      return {
        visitor: opened.add(await lab.visit("public", { permission: "granted" })), asked: { providers: { ollama: { endpoint: ollama.url } } },
        mend: async (diagnosis) => {
          const [, origins] = /^OLLAMA_ORIGINS=(\S+) ollama serve$/.exec(printed(diagnosis, "ollama serve")) ?? [];
          ollama.setOrigins({ allow: origins.split(",") });
        },
      };
    },
  },
  {
    name: "Ollama has no model", made: "the simulator", expected: "model-missing", simulated: true, remedy: "a model, pulled",
    async prepare(lab, opened) {
      const ollama = opened.add(await startOllamaSimulator());
      ollama.setModels([]);
      return {
        visitor: opened.add(await lab.visit()), asked: { providers: { ollama: { endpoint: ollama.url } } },
        mend: async (diagnosis) => {
          const [, model] = /^ollama pull (\S+)$/.exec(printed(diagnosis, "ollama pull")) ?? [];
          await fetch(`${ollama.url}/api/pull`, { method: "POST", body: JSON.stringify({ model, stream: false }) }).then((answer) => answer.text());
        },
      };
    },
  },
  {
    name: "a sign-in page of the network answers for the cloud", made: "a proxy that sends everyone to its own page, the simulator of OpenRouter", expected: "intermediary", simulated: true, remedy: "signed in",
    async prepare(lab, opened) {
      const cloud = opened.add(await startOpenRouterSimulator());
      let isSignedIn = false;
      const portal = opened.add(await startReverseProxy({ to: cloud.url, allowOrigin: "as-is", gate: () => (isSignedIn ? undefined : "/welcome") }));
      return {
        visitor: opened.add(await lab.visit()), asked: { providers: { openrouter: { endpoint: `${portal.url}/api/v1`, apiKey: GOOD_OPENROUTER_KEY } } },
        mend: async () => { isSignedIn = true; },
      };
    },
  },
];
