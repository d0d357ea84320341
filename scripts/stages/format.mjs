import { check } from "./stage.mjs";

/** @type {import("./stage.mjs").Stage} */
export const format = {
  name: "format",
  title: "Rust is formatted",
  needs: ["rust", "components"],
  run: () => check("cargo", ["fmt", "--all", "--", "--check"], { what: "some Rust files are not formatted", remedy: "npm run fmt" }),
};
