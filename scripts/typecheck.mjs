// Type-checks each package with the TypeScript it asks for. A project that takes in no file of its own is a failure:
// that is what a wrong `include` looks like.
import { join } from "node:path";
import { commandLine, follow } from "./command.mjs";
import { installedProgram } from "./npm.mjs";
import { inRepository } from "./repository.mjs";
import { StepFailure, runWhenStartedAlone, say } from "./step.mjs";

const PROJECTS = ["pkg", "www", "tests"];

export async function typecheck() {
  for (const project of PROJECTS) {
    const args = [installedProgram("typescript", "tsc", project), "-p", inRepository(project), "--noEmit", "--listFiles", "--pretty", "false"];
    const result = await follow(process.execPath, args, { show: false, step: "typecheck" });
    const lines = result.stdout.split(/\r?\n/);
    const own = lines.filter((line) => isOwn(line, project));
    if (!result.ok) {
      const output = `${lines.filter((line) => !/^(\/|[A-Za-z]:[\\/])\S*\.(json|[cm]?[tj]sx?)$/.test(line)).join("\n")}\n${result.stderr}`;
      throw new StepFailure(`${project} does not type-check`, { command: commandLine("tsc", ["-p", project, "--noEmit"]), output });
    }
    if (own.length === 0) throw new StepFailure(`${project}/tsconfig.json takes in no file`, { remedy: "Look at its `include`; a project of references alone checks nothing with `tsc -p`." });
    say("typecheck", `${project}: ${own.length} files`);
  }
}

function isOwn(line, project) {
  const folder = join(inRepository(project), "/").replaceAll("\\", "/");
  const path = line.replaceAll("\\", "/");
  return path.startsWith(folder) && !path.includes("/node_modules/");
}

await runWhenStartedAlone(import.meta.url, typecheck);
