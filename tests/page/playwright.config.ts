import { defineConfig } from "@playwright/test";

// The browser is not configured here: visit.ts starts it behind the proxy that writes down every host it asks for.
export default defineConfig({
  testDir: ".",
  outputDir: "test-results",
  workers: 1,
  forbidOnly: Boolean(process.env.CI),
  // A model in the page writes a few tokens a second on a busy machine.
  timeout: 300_000,
  expect: { timeout: 20_000 },
  reporter: [["list"]],
});
