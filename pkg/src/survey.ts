// What there is around the page that explains why a request fails: asked by the doctor, decided on in Rust.
import { encode } from "./encode.js";

type Permission = "granted" | "denied" | "prompt";

/** The Rust `Circumstances`. */
interface Circumstances {
  browser: "chromium" | "firefox" | "safari" | "other";
  isOnline: boolean;
  isSecure: boolean;
  loopback?: Permission | undefined;
  local?: Permission | undefined;
  stopped: string[];
}

interface Surroundings {
  navigator?: { onLine?: boolean; userAgent?: string; vendor?: string; permissions?: { query(what: { name: string }): Promise<{ state: string }> } };
  isSecureContext?: boolean;
  document?: EventTarget;
}

/** Listens while the requests run, and looks around once they are through. */
export class Surveyor {
  readonly #around = globalThis as Surroundings;
  readonly #stopped = new Set<string>();
  /** A worker hears of its own policy itself. */
  readonly #source: EventTarget | undefined = this.#around.document ?? (typeof globalThis.addEventListener === "function" ? globalThis : undefined);
  readonly #hear = (event: Event): void => {
    const { blockedURI, disposition } = event as SecurityPolicyViolationEvent;
    if (disposition !== "enforce") return;
    try {
      this.#stopped.add(new URL(blockedURI).origin);
    } catch {
      // "inline", "eval" and their like: no request.
    }
  };

  constructor() {
    this.#source?.addEventListener("securitypolicyviolation", this.#hear);
  }

  async look(): Promise<Uint8Array> {
    const { navigator, isSecureContext } = this.#around;
    const [loopback, local] = await Promise.all([this.#ask("loopback-network"), this.#ask("local-network")]);
    // What the policy stopped is told in a task of its own, which may come after the failure of the request.
    await new Promise((resolve) => { setTimeout(resolve, 0); });
    const circumstances: Circumstances = {
      browser: browserOf(navigator?.userAgent ?? "", navigator?.vendor ?? ""),
      isOnline: navigator?.onLine !== false,
      isSecure: isSecureContext !== false,
      loopback,
      local,
      stopped: [...this.#stopped],
    };
    return encode(circumstances, "circumstances");
  }

  close(): void {
    this.#source?.removeEventListener("securitypolicyviolation", this.#hear);
  }

  /** Chromium had one permission for both before version 145; other browsers throw at a name they do not know. */
  async #ask(name: "loopback-network" | "local-network"): Promise<Permission | undefined> {
    for (const known of [name, "local-network-access"]) {
      try {
        const answer = await this.#around.navigator?.permissions?.query({ name: known });
        if (answer) return answer.state as Permission;
      } catch {
        // The next name.
      }
    }
    return undefined;
  }
}

/** Which browser's rules hold. On iOS every browser is Safari inside. */
export function browserOf(userAgent: string, vendor: string): Circumstances["browser"] {
  if (vendor.startsWith("Apple")) return "safari";
  if (userAgent.includes("Firefox/")) return "firefox";
  return /Chrom(?:e|ium)\//.test(userAgent) ? "chromium" : "other";
}
