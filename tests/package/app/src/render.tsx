// Puts a component on the page and lets a test look at it.
import { Profiler, type ReactNode, StrictMode } from "react";
import { type Root, createRoot } from "react-dom/client";

export interface Shown { root: Root; commits: () => number }

export function show(node: ReactNode): Shown {
  let commits = 0;
  const container = document.getElementById("root");
  if (!container) throw new Error("There is no #root.");
  const root = createRoot(container);
  root.render(<StrictMode><Profiler id="all" onRender={() => { commits += 1; }}>{node}</Profiler></StrictMode>);
  return { root, commits: () => commits };
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`It never happened: ${what}. The page says: ${document.body.textContent}`);
    await new Promise((resolve) => { setTimeout(resolve, 1); });
  }
}

export function text(id: string): string {
  return document.getElementById(id)?.textContent ?? "";
}

export function press(id: string): void {
  document.getElementById(id)?.click();
}
