import type { Tool } from "hkm-mesh";
import { calculator } from "./calculate";
import { clock } from "./current-time";
import type { PageTool } from "./tool";

const pageTools: readonly PageTool[] = [calculator, clock];

/** What a model is told of them. */
export const toolDefinitions: Tool[] = pageTools.map(({ name, description, inputSchema }) => ({ name, inputSchema, ...(description === undefined ? {} : { description }) }));

/** A tool as the visitor knows it; one that is not of this page by the name the model gave it. */
export function toolTitle(name: string): string {
  return pageTools.find((tool) => tool.name === name)?.title ?? name;
}

export interface ToolOutcome {
  ok: boolean;
  output: string;
}

/** What a tool gives for this input. A tool that fails says why: the model can try again. */
export function runTool(name: string, input: unknown): ToolOutcome {
  const tool = pageTools.find((candidate) => candidate.name === name);
  if (tool === undefined) return { ok: false, output: `There is no tool called ${name}.` };
  try {
    return { ok: true, output: tool.run(input) };
  } catch (error) {
    return { ok: false, output: error instanceof Error ? error.message : "The tool failed." };
  }
}
