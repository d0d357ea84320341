import type { Tool } from "hkm-mesh";

/** A tool that runs in this page: nothing of it leaves the browser but what the model is told. */
export interface PageTool extends Tool {
  /** What it does, for the visitor. */
  title: string;
  /** Throws an error whose message the model and the visitor are told. */
  run: (input: unknown) => string;
}
