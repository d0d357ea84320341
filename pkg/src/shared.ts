// Which meshes share a core: those of one name. The last that leaves closes it.
import { Connection } from "./connection.js";
import { invalidRequest } from "./error.js";
import { checkOptions, conflictBetween, prepareOptions } from "./request.js";
import type { MeshOptions } from "./types.js";

const DEFAULT_NAME = "hkm-mesh";

interface Shared { connection: Connection; options: MeshOptions; members: number }

const byName = new Map<string, Shared>();
const byConnection = new WeakMap<Connection, Shared>();

/** The core for these options. A second mesh of a name need not repeat them; what it does state has to be the same. */
export function join(options: MeshOptions): Connection {
  checkOptions(options);
  const name = nameOf(options);
  const shared = sharedBy(name, options) ?? found(name, options);
  shared.members += 1;
  shared.connection.keys.offer(options.providers);
  return shared.connection;
}

/** Undefined where nothing is to be kept. */
export function databaseOf(options: MeshOptions): string | undefined {
  return options.storage === "memory" ? undefined : nameOf(options);
}

function nameOf({ name = DEFAULT_NAME }: MeshOptions): string {
  return name;
}

export function leave(connection: Connection): void {
  const shared = byConnection.get(connection);
  if (!shared) return;
  shared.members -= 1;
  if (shared.members > 0) return;
  const name = nameOf(shared.options);
  if (byName.get(name) === shared) byName.delete(name);
  connection.close();
}

function sharedBy(name: string, options: MeshOptions): Shared | undefined {
  const shared = byName.get(name);
  const conflict = shared && conflictBetween(options, shared.options);
  if (conflict === undefined) return shared;
  // Nobody asked these two to share: each gets its own core, as two tabs do.
  if (options.name === undefined) return undefined;
  throw invalidRequest(`A mesh named \`${name}\` is open with another \`${conflict}\`.`, "Close it first, or give this one another name.");
}

function found(name: string, options: MeshOptions): Shared {
  const connection = new Connection({
    options: prepareOptions(options),
    providers: options.providers,
    database: databaseOf(options),
    wasm: options.wasm,
  });
  const shared = { connection, options, members: 0 };
  if (!byName.has(name)) byName.set(name, shared);
  byConnection.set(connection, shared);
  return shared;
}
