// Which mesh the components below use.
import { type ReactElement, type ReactNode, createContext, useContext, useState, useSyncExternalStore } from "react";
import { createMesh } from "../mesh.js";
import type { Mesh, MeshOptions } from "../types.js";
import { Hold } from "./hold.js";

const MeshContext = createContext<Mesh | undefined>(undefined);

export type MeshProviderProps =
  /** A mesh that the app made and closes itself. */
  | { mesh: Mesh; options?: never; children?: ReactNode }
  /** Options for a mesh that lives as long as the provider. They are read once, when it appears. */
  | { mesh?: never; options?: MeshOptions; children?: ReactNode };

export function MeshProvider({ mesh, options, children }: MeshProviderProps): ReactElement {
  if (mesh) return <MeshContext.Provider value={mesh}>{children}</MeshContext.Provider>;
  return <OwningProvider options={options}>{children}</OwningProvider>;
}

/** The mesh of the nearest `MeshProvider`. */
export function useMesh(): Mesh {
  const mesh = useContext(MeshContext);
  if (!mesh) throw new Error("There is no <MeshProvider> above this component.");
  return mesh;
}

function OwningProvider({ options, children }: { options: MeshOptions | undefined; children: ReactNode }): ReactElement {
  const [lease] = useState(() => new Lease(options));
  const mesh = useSyncExternalStore(lease.hold, lease.mesh, lease.mesh);
  return <MeshContext.Provider value={mesh}>{children}</MeshContext.Provider>;
}

/** A mesh for as long as someone holds it. */
class Lease {
  readonly #options: MeshOptions | undefined;
  #mesh: Mesh;
  #isClosed = false;
  readonly #hold = new Hold(() => {
    this.#isClosed = true;
    void this.#mesh.close();
  });

  constructor(options: MeshOptions | undefined) {
    this.#options = options;
    this.#mesh = createMesh(options);
  }

  readonly mesh = (): Mesh => this.#mesh;

  /** As a store is subscribed to. React looks at `mesh` again afterwards, so a new one is seen. */
  readonly hold = (): (() => void) => {
    if (this.#isClosed) {
      // Shown again after it had been hidden for good: React kept the state, and the mesh is closed.
      this.#isClosed = false;
      this.#mesh = createMesh(this.#options);
    }
    return this.#hold.take();
  };
}
