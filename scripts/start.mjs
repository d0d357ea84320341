// npm start: prepares, builds and serves the app. PORT names another port than 5173.
import { build } from "./build.mjs";
import { installedProgram, runUntilStopped } from "./npm.mjs";
import { isServed, needFreePort, waitUntilServed } from "./port.mjs";
import { inRepository } from "./repository.mjs";
import { TO_BUILD, setup } from "./setup.mjs";
import { setupModel } from "./setup-model.mjs";
import { StepFailure, runWhenStartedAlone, say } from "./step.mjs";

const DEFAULT_PORT = 5173;

export async function start() {
  const port = readPort(process.env.PORT);
  await needFreePort(port);
  await setup(TO_BUILD);
  await setupModelIfPossible();
  await build();
  const address = `http://localhost:${port}`;
  const server = runUntilStopped(
    installedProgram("vite", "vite", "www"),
    ["preview", "--port", String(port), "--strictPort", "--host", "localhost"],
    inRepository("www"),
  );
  await Promise.race([waitUntilServed(address), server]);
  if (await isServed(address)) process.stdout.write(`\n  The app is at  ${address}\n  Stop it with Ctrl+C.\n\n`);
  await server;
}

// The app works with other models too: without these weights only the model inside the page is missing.
async function setupModelIfPossible() {
  try {
    await setupModel();
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    say("model weights", `NOT there, so the app has no model of its own inside the page: ${error.message}`);
    if (error.remedy) say("model weights", error.remedy);
  }
}

function readPort(text) {
  if (!text) return DEFAULT_PORT;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new StepFailure(`PORT is not a port: ${text}`, { remedy: `PORT=${DEFAULT_PORT} npm start` });
}

await runWhenStartedAlone(import.meta.url, start);
