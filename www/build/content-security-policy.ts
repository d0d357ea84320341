import type { Plugin } from "vite";

/**
 * What the built page may do. Why each line is as it is:
 * - script-src: 'wasm-unsafe-eval' lets WebAssembly compile; it does not allow eval().
 * - worker-src: the model in the page makes its worker from a blob: address.
 * - connect-src: this machine on any port (Ollama and friends move), and any https: server, because visitors name
 *   their own servers and nobody can list those when the page is built. Plain http to other machines stays closed.
 *   ComfyUI tells of its steps over a socket (ws:, wss:), which https: does not cover.
 * - img-src: no remote image is ever shown, so an answer cannot send anything away by way of an image's address.
 * - require-trusted-types-for: no string becomes script or markup, except the addresses that src/app/trusted-types.ts lets through.
 */
const directives = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "connect-src 'self' http://localhost:* http://127.0.0.1:* ws://localhost:* ws://127.0.0.1:* https: wss:",
  "img-src 'self' blob: data:",
  "style-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types default",
];

/** `frame-ancestors` counts only as a header; the rest also works from a meta element, wherever the page is put. */
export const responseHeaders = {
  "Content-Security-Policy": [...directives, "frame-ancestors 'none'"].join("; "),
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/** Writes the policy into the built page. The development server is left alone: it reloads by way of inline scripts. */
export function contentSecurityPolicy(): Plugin {
  return {
    name: "content-security-policy",
    apply: "build",
    transformIndexHtml: () => [
      { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: directives.join("; ") }, injectTo: "head-prepend" },
    ],
  };
}
