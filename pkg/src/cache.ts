// Answers that are kept, as an app looks after them. What is kept, and for how long, is decided in Rust.
import type { Core, Settled } from "./boundary.js";
import { invalidRequest } from "./error.js";
import type { CacheStats } from "./generated/types.js";
import type { Cache } from "./preview-types.js";

/** @param ask makes a request that is not a generation */
export function cacheOf(ask: <R extends Settled>(begin: (core: Core, id: string) => void) => Promise<R>): Cache {
  return {
    stats: () => ask<CacheStats>((core, id) => { core.cacheStats(id); }),
    prune: () => ask<number>((core, id) => { core.pruneCache(id); }),
    async clear() {
      await ask<number>((core, id) => { core.clearCache(id); });
    },
    async delete(key) {
      if (typeof key !== "string") throw invalidRequest("The key is not a string.", "It stands on a receipt, as `cacheKey`.");
      return (await ask<number>((core, id) => { core.deleteCached(id, key); })) > 0;
    },
  };
}
