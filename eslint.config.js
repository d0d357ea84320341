// TypeScript: everything typescript-eslint knows in its strict, type-checked set. JavaScript (scripts, simulators): eslint's own.
import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

const TYPESCRIPT = ["**/*.ts", "**/*.tsx"];
const CONFIGURATION = ["**/*.config.ts", "**/*.config.js", "**/*.config.mjs"];

export default tseslint.config(
  {
    ignores: [
      "target/",
      "pkg/wasm/",
      "pkg/wasm.*/",
      "pkg/dist/",
      "www/dist/",
      "www/public/",
      // Written by a test from the Rust types.
      "**/generated/",
      "**/test-results/",
      "**/playwright-report/",
      // Recordings and data.
      "tests/fixtures/",
      "tests/bench/tokens/cache/",
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  {
    files: ["**/*.js", "**/*.mjs"],
    languageOptions: { globals: globals.node },
  },
  {
    files: TYPESCRIPT,
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Numbers in messages are wanted; objects, null and undefined are not.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // `onClick={() => close()}` says nothing wrong.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      // What an interface wants as a promise is `async`, whether or not it has something to wait for.
      "@typescript-eslint/require-await": "off",
    },
  },
  {
    files: ["**/*.{js,mjs,ts,tsx}"],
    ignores: CONFIGURATION,
    rules: {
      "no-restricted-exports": [
        "error",
        { restrictDefaultExports: { direct: true, named: true, defaultFrom: true, namedFrom: true, namespaceFrom: true } },
      ],
    },
  },
  {
    files: ["pkg/src/**/*.{ts,tsx}", "www/src/**/*.{ts,tsx}"],
    extends: [reactHooks.configs.flat.recommended],
  },
  {
    // They stand outside the packages' TypeScript projects.
    files: CONFIGURATION,
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: globals.node },
  },
);
