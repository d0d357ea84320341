import type { MeshError } from "hkm-mesh";

/** Why there was no answer, in a few words. */
const failureWords: Record<MeshError["code"], string> = {
  "no-model": "No model fitted",
  "no-key": "A key is missing",
  "invalid-key": "The key was refused",
  "invalid-request": "The request was not whole",
  unreachable: "The server did not answer",
  "blocked-by-browser": "The browser refused the connection",
  permission: "The server does not let this page in",
  offline: "No network",
  "rate-limited": "Too many requests for the provider",
  quota: "The account is empty",
  budget: "The budget was used up",
  "blocked-content": "The provider refused the content",
  "blocked-private": "Stopped before it left this machine",
  "context-length": "The conversation was too long",
  "model-missing": "The server does not have the model",
  "out-of-memory": "The model did not fit into memory",
  unsupported: "Something that is not built yet",
  "bad-output": "The model gave nothing of use",
  timeout: "It took too long",
  server: "The server failed",
  protocol: "The server sent something that makes no sense",
  truncated: "The answer broke off",
  storage: "The browser could not store it",
  closed: "The page was closing",
  internal: "A fault of the mesh itself",
  "all-failed": "Every model that was asked failed",
};

/** A newer version may have counted a code that is not known here. */
export function failureOf(code: string): string {
  return (failureWords as Partial<Record<string, string>>)[code] ?? code;
}
