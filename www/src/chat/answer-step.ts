import type { Attempt, Decision, GenerationEvent, Reason, Receipt, TextResult } from "hkm-mesh";

export interface Fallback {
  from: string;
  to: string;
  reason: Reason;
  /** Whether it took over in the middle of the answer. */
  wasCut: boolean;
}

export interface Source {
  title: string;
  url: string;
}

/** A tool that the model asked for, from its first letter to what came of it. */
export interface ToolRun {
  id: string;
  name: string;
  state: "writing" | "running" | "done" | "failed";
  input?: unknown;
  output?: string;
  /** What the provider wants to see again. */
  opaque?: unknown;
}

/** One generation of an answer: all of it, unless the model asks for tools. */
export interface AnswerStep {
  text: string;
  reasoning: string;
  calls: readonly ToolRun[];
  sources: readonly Source[];
  /** Every model that wrote a part of the text. */
  writers: readonly string[];
  /** The model that is being asked, as "provider/id". */
  asked?: string;
  decision?: Decision;
  fallbacks: readonly Fallback[];
  warnings: readonly Reason[];
  progress?: { value: number; max: number; node?: string } | undefined;
  /** The place in line for a connection to the server; 1 is next. */
  position?: number | undefined;
  receipt?: Receipt;
  attempts: readonly Attempt[];
  /** What the provider wants to see again with this part of the answer. */
  opaque?: unknown;
}

export const emptyStep: AnswerStep = { text: "", reasoning: "", calls: [], sources: [], writers: [], fallbacks: [], warnings: [], attempts: [] };

export function toolOutputOf({ output }: ToolRun): string {
  return output ?? "";
}

function withCall(calls: readonly ToolRun[], call: ToolRun): readonly ToolRun[] {
  const known = calls.some(({ id }) => id === call.id);
  return known ? calls.map((each) => (each.id === call.id ? { ...each, ...call } : each)) : [...calls, call];
}

/** The model that is asked, among those that wrote. */
function withWriter({ asked, writers }: AnswerStep): readonly string[] {
  return asked === undefined || writers.includes(asked) ? writers : [...writers, asked];
}

/** What a step looks like after one more event. */
export function stepAfter(step: AnswerStep, event: GenerationEvent): AnswerStep {
  switch (event.type) {
    case "route":
      return { ...step, decision: event.decision };
    case "attempt":
      return { ...step, position: undefined, asked: event.model };
    case "queue":
      return { ...step, position: event.position === 0 ? undefined : event.position };
    case "progress":
      return { ...step, progress: event };
    case "text-delta":
      return { ...step, progress: undefined, text: step.text + event.text, writers: withWriter(step) };
    case "reasoning-delta":
      return { ...step, progress: undefined, reasoning: step.reasoning + event.text };
    case "tool-call-delta":
      return { ...step, progress: undefined, calls: withCall(step.calls, { id: event.id, name: event.name, state: "writing" }) };
    case "tool-call":
      return { ...step, progress: undefined, calls: withCall(step.calls, { id: event.id, name: event.name, state: "running", input: event.input }) };
    case "source":
      return step.sources.some(({ url }) => url === event.url) ? step : { ...step, sources: [...step.sources, { title: event.title, url: event.url }] };
    case "fallback": {
      const { from, to, reason } = event;
      // That both were asked was said when it was done; now it is told who answers.
      const warnings = step.warnings.filter(({ code }) => code !== "hedged");
      return { ...step, progress: undefined, warnings, asked: to, fallbacks: [...step.fallbacks, { from, to, reason, wasCut: step.text !== "" || step.reasoning !== "" }] };
    }
    case "restart":
      return { ...step, text: "", reasoning: "", calls: [], sources: [], writers: [], warnings: [...step.warnings, { ...event.reason, message: `The answer began again. ${event.reason.message}` }] };
    case "warning":
      return { ...step, warnings: [...step.warnings, event.reason] };
    case "finish": {
      const { model, attempts } = event.receipt;
      // An answer from the cache has a writer although nobody was asked now.
      const writers = step.writers.length === 0 && step.text !== "" ? [model] : step.writers;
      return { ...step, progress: undefined, receipt: event.receipt, asked: model, writers, attempts };
    }
    default:
      return step;
  }
}

/** With what the provider wants to see again. */
export function withOpaque(step: AnswerStep, { opaque, toolCalls }: TextResult): AnswerStep {
  const calls = step.calls.map((call) => {
    const own = toolCalls.find(({ id }) => id === call.id)?.opaque;
    return own === undefined ? call : { ...call, opaque: own };
  });
  return { ...step, calls, ...(opaque === undefined ? {} : { opaque }) };
}
