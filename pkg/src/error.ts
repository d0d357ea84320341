// The one error of the mesh: what Rust says, as a JavaScript error.
import type { ErrorCode, MeshErrorData } from "./generated/types.js";
import type { Attempt, Explanation, ModelProvider, Receipt, ToolCall } from "./types.js";

// Registered, so that two copies of the package in one page know each other's errors.
const BRAND = Symbol.for("hkm-mesh.MeshError");

const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "unreachable", "offline", "rate-limited", "timeout", "server", "protocol", "truncated", "internal", "all-failed",
]);

/** What an error is made of; only code and message are needed. */
export type MeshErrorInit = Pick<MeshErrorData, "code" | "message"> & Omit<Partial<MeshErrorData>, "errors"> & { errors?: readonly MeshErrorInit[] };

const DETAILS = ["hint", "provider", "model", "status", "retryAfterMs", "attempts", "partial", "receipt", "excluded"] as const;

/** Why something failed. `message` is one plain sentence without secrets or prompts, `hint` says what to do. */
export class MeshError extends Error {
  readonly code: ErrorCode;
  /** Whether the same call may succeed later without any change by the user. */
  readonly isRetryable: boolean;
  declare readonly hint?: string;
  declare readonly provider?: ModelProvider;
  declare readonly model?: string;
  /** HTTP status. */
  declare readonly status?: number;
  declare readonly retryAfterMs?: number;
  declare readonly attempts?: Attempt[];
  /** One per attempt of `all-failed`. */
  declare readonly errors?: MeshError[];
  /** What had been shown. */
  declare readonly partial?: { text: string; toolCalls: ToolCall[] };
  /** What it cost so far. */
  declare readonly receipt?: Receipt;
  /** Why no model fits. */
  declare readonly excluded?: Explanation["excluded"];

  constructor(init: MeshErrorInit, options?: { cause?: unknown }) {
    super(init.message, options);
    this.code = init.code;
    this.isRetryable = init.isRetryable ?? RETRYABLE.has(init.code);
    // Only what is there becomes a property: `"hint" in error` and a printed error stay honest.
    for (const detail of DETAILS) if (init[detail] !== undefined) define(this, detail, init[detail]);
    if (init.errors) define(this, "errors", init.errors.map((each) => new MeshError(each)));
  }

  /** Plain data, for a log or another thread. */
  toJSON(): object {
    const { name, code, message, isRetryable } = this;
    const json: Record<string, unknown> = { name, code, message, isRetryable };
    for (const detail of DETAILS) if (this[detail] !== undefined) json[detail] = this[detail];
    if (this.errors) json["errors"] = this.errors.map((each) => each.toJSON());
    return json;
  }

  /** By brand: true also for errors of another copy of the package, and for `toJSON()` data that came from another thread. */
  static isInstance(value: unknown): value is MeshError {
    if (typeof value !== "object" || value === null) return false;
    if (BRAND in value) return true;
    return "name" in value && value.name === "MeshError" && "code" in value && typeof value.code === "string" && "isRetryable" in value && typeof value.isRetryable === "boolean";
  }
}
// On the prototype, where neither a printed error nor a test's deep equality stumbles over them.
define(MeshError.prototype, BRAND, true, false);
define(MeshError.prototype, "name", "MeshError", false);

function define(target: object, key: PropertyKey, value: unknown, enumerable = true): void {
  Object.defineProperty(target, key, { value, enumerable, configurable: true, writable: true });
}

/** The contract names it, nothing does it yet. */
export function notBuilt(name: string): MeshError {
  return new MeshError({ code: "unsupported", message: `\`${name}\` is not built yet, so it cannot be honoured.`, hint: "Leave it out; the README lists what is not built yet." });
}

export function invalidRequest(message: string, hint?: string): MeshError {
  return new MeshError({ code: "invalid-request", message, ...(hint === undefined ? {} : { hint }) });
}

/** Whatever was thrown where only the core speaks. */
export function toMeshError(thrown: unknown): MeshError {
  if (thrown instanceof MeshError) return thrown;
  if (isErrorData(thrown)) return new MeshError(thrown);
  return new MeshError({ code: "internal", message: "The mesh met an error that it does not know.", hint: "It can be tried again." }, { cause: thrown });
}

function isErrorData(value: unknown): value is MeshErrorData {
  return typeof value === "object" && value !== null && !(value instanceof Error)
    && "code" in value && typeof value.code === "string" && "message" in value && typeof value.message === "string";
}
