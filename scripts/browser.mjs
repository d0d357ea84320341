// Where browsers and their drivers usually are. Looks, changes nothing.
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { ask } from "./command.mjs";
import { StepFailure } from "./step.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"];
const MAC_APPLICATIONS = ["Google Chrome", "Chromium", "Microsoft Edge"];
const WINDOWS_PLACES = ["Google\\Chrome\\Application\\chrome.exe", "Chromium\\Application\\chrome.exe", "Microsoft\\Edge\\Application\\msedge.exe"];

/** CHROME_PATH, then the usual names and places, then Playwright's own. */
export function findBrowser() {
  const given = process.env.CHROME_PATH;
  if (given) {
    if (existsSync(given)) return given;
    throw new StepFailure("CHROME_PATH names a program that does not exist", { command: `CHROME_PATH=${given}`, remedy: "Set it to the browser's program, or unset it." });
  }
  return [...onPath(NAMES), ...inUsualPlaces(), ...fromPlaywright()].find((path) => existsSync(path));
}

/** The driver whose major version is the browser's; another one refuses to work with it. */
export function findDriver(browser) {
  const wanted = browserMajor(browser);
  const candidates = [
    process.env.CHROMEDRIVER,
    process.env.CHROMEWEBDRIVER && join(process.env.CHROMEWEBDRIVER, program("chromedriver")),
    ...onPath(["chromedriver"]),
    "/usr/lib/chromium/chromedriver",
    "/usr/lib/chromium-browser/chromedriver",
    "/snap/bin/chromium.chromedriver",
  ];
  return candidates.find((path) => {
    if (!path || !existsSync(path)) return false;
    const major = majorOf(ask(path, ["--version"]).stdout);
    return major !== undefined && (wanted === undefined || major === wanted);
  });
}

/** @returns {number | undefined} undefined where the browser does not say, as on Windows */
export function browserMajor(browser) {
  return process.platform === "win32" ? undefined : majorOf(ask(browser, ["--version"], { timeoutMs: 20_000 }).stdout);
}

function majorOf(text) {
  const found = /\b(\d+)\.\d+\.\d+/.exec(text);
  return found ? Number(found[1]) : undefined;
}

function program(name) {
  return process.platform === "win32" ? `${name}.exe` : name;
}

function onPath(names) {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return names.flatMap((name) => folders.map((folder) => join(folder, program(name)))).filter((path) => existsSync(path));
}

function inUsualPlaces() {
  if (process.platform === "darwin") {
    return ["/Applications", join(homedir(), "Applications")].flatMap((folder) =>
      MAC_APPLICATIONS.map((name) => join(folder, `${name}.app`, "Contents", "MacOS", name)));
  }
  if (process.platform === "win32") {
    return ["ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"].flatMap((name) =>
      process.env[name] ? WINDOWS_PLACES.map((place) => join(process.env[name], place)) : []);
  }
  return ["/opt/google/chrome/chrome", "/snap/bin/chromium"];
}

function fromPlaywright() {
  const folder = process.env.PLAYWRIGHT_BROWSERS_PATH ?? {
    darwin: join(homedir(), "Library", "Caches", "ms-playwright"),
    win32: join(process.env.LOCALAPPDATA ?? homedir(), "ms-playwright"),
  }[process.platform] ?? join(homedir(), ".cache", "ms-playwright");
  const programs = [
    ["chrome-linux64", "chrome"], ["chrome-linux", "chrome"],
    ["chrome-mac-arm64", "Google Chrome for Testing.app", "Contents", "MacOS", "Google Chrome for Testing"],
    ["chrome-mac-x64", "Google Chrome for Testing.app", "Contents", "MacOS", "Google Chrome for Testing"],
    ["chrome-mac", "Chromium.app", "Contents", "MacOS", "Chromium"],
    ["chrome-win64", "chrome.exe"], ["chrome-win", "chrome.exe"],
  ];
  let versions = [];
  try {
    versions = readdirSync(folder).filter((name) => /^chromium-\d+$/.test(name));
  } catch {
    // Playwright was never used here.
  }
  versions.sort((a, b) => Number(b.slice(9)) - Number(a.slice(9)));
  return versions.flatMap((version) => programs.map((place) => join(folder, version, ...place)));
}
