// How a step speaks: one line when it does something, one short line when there is nothing to do, and on failure what
// failed, the command that failed and what to do about it.
import { realpathSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** A failure the reader can act on. Anything else that is thrown is a fault in these scripts and keeps its stack. */
export class StepFailure extends Error {
  /**
   * @param {string} message what failed, in one sentence
   * @param {{ command?: string, output?: string, remedy?: string }} [details]
   */
  constructor(message, { command, output, remedy } = {}) {
    super(message);
    this.name = "StepFailure";
    this.command = command;
    this.output = output;
    this.remedy = remedy;
  }
}

// Standard error for all of them: the standard output of a script stays free for what another program reads.
export function say(step, message) {
  process.stderr.write(`${step}: ${message}\n`);
}

/** A failure as text; of a fault in the scripts, where it happened. */
export function describeFailure(error) {
  if (!(error instanceof StepFailure)) return `\n${error?.stack ?? error}\n`;
  const lines = ["", `FAILED: ${error.message}`];
  if (error.command) lines.push(`  command: ${error.command}`);
  if (error.output) lines.push(indent(error.output.trimEnd()));
  if (error.remedy) lines.push("  what to do:", indent(error.remedy, "    "));
  return `${lines.join("\n")}\n`;
}

function indent(text, by = "  | ") {
  return text.split(/\r?\n/).map((line) => by + line).join("\n");
}

export function seconds(milliseconds) {
  return milliseconds < 10_000 ? `${(milliseconds / 1000).toFixed(1)} s` : `${Math.round(milliseconds / 1000)} s`;
}

/** Runs `main` when the module at `moduleUrl` was started by itself, as `node scripts/<step>.mjs`. */
export async function runWhenStartedAlone(moduleUrl, main) {
  // The module's own address has symbolic links resolved, the command line's has not.
  if (!process.argv[1] || moduleUrl !== pathToFileURL(realpathSync(process.argv[1])).href) return;
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(describeFailure(error));
    process.exitCode = 1;
  }
}
