// What to do about each cause that the doctor finds, down to the line to run. A script of its own, fetched when somebody
// asks: these texts are longer than the doctor itself. Lines name this page's own origin, never `*`, which would let every
// page in.
import type { CauseData, DiagnosisData, DiagnosisSubject } from "./generated/types.js";

export type Platform = "windows" | "macos" | "linux" | "any";

/** What to do. */
export interface Remedy {
  platform: Platform;
  /** In words. */
  text: string;
  /** The exact line to run, or to put where the text says. */
  command?: string;
}

/** A cause, and what to do about it. */
export interface Cause extends CauseData { remedies: Remedy[] }

/** Why a provider cannot be reached, likeliest cause first. */
export interface Diagnosis extends Omit<DiagnosisData, "causes" | "subject"> { causes: Cause[] }

/** What the texts and lines name, made safe to be pasted into a shell. */
interface Names { kind: string; endpoint: string; source: string; host: string; port: string; origin: string; found: string | undefined; model: string | undefined; isAdmitted: boolean }

type Make = (names: Names) => Remedy[];

const any = (text: string, command?: string): Remedy => of("any", text, command);
const windows = (text: string, command?: string): Remedy => of("windows", text, command);
const macos = (text: string, command?: string): Remedy => of("macos", text, command);
const linux = (text: string, command?: string): Remedy => of("linux", text, command);

function of(platform: Platform, text: string, command: string | undefined): Remedy {
  return command === undefined ? { platform, text } : { platform, text, command };
}

const OLLAMA_APP = String.raw`"$env:LOCALAPPDATA\Programs\Ollama\ollama app.exe"`;
const STOP_ON_WINDOWS = `Get-Process "ollama*" | Stop-Process -Force`;
const STOP_ON_MACOS = `osascript -e 'quit app "Ollama"'`;

/** A line that sets variables for one program; they stand before it. */
const serve = ({ origin, host, port, isAdmitted }: Names): string => [
  ...(isAdmitted ? [] : [`OLLAMA_ORIGINS=${origin}`]), ...(port === "11434" ? [] : [`OLLAMA_HOST=${host}:${port}`]), "ollama serve",
].join(" ");

const startOllama: Make = (names) => [
  windows("Start Ollama from the Start menu, or run this in PowerShell.", `Start-Process ${OLLAMA_APP}`),
  macos("Open the Ollama app, or run this in Terminal.", "open -a Ollama"),
  linux("Start the service.", "sudo systemctl start ollama"),
  linux("Without a service, run this and leave it open.", serve(names)),
  any("If Ollama is not installed yet, get it from https://ollama.com/download."),
];

const letIntoOllama: Make = ({ origin }) => [
  windows(
    "Run this in PowerShell. It sets the variable for your account and starts Ollama again.",
    `[Environment]::SetEnvironmentVariable("OLLAMA_ORIGINS", "${origin}", "User"); $env:OLLAMA_ORIGINS = "${origin}"; ${STOP_ON_WINDOWS}; Start-Process ${OLLAMA_APP}`,
  ),
  macos("Run this in Terminal. It sets the variable until the next restart of the Mac and opens Ollama again.", `launchctl setenv OLLAMA_ORIGINS "${origin}" && ${STOP_ON_MACOS}; sleep 2; open -a Ollama`),
  linux(
    "Run this where Ollama is a service; it adds the setting and starts it again.",
    `sudo mkdir -p /etc/systemd/system/ollama.service.d && printf '[Service]\\nEnvironment="OLLAMA_ORIGINS=${origin}"\\n' | sudo tee /etc/systemd/system/ollama.service.d/origins.conf && sudo systemctl daemon-reload && sudo systemctl restart ollama`,
  ),
  linux("Where you start it yourself, stop it and run this instead.", `OLLAMA_ORIGINS=${origin} ollama serve`),
  any("In Docker, start the container with the setting.", `docker run -d -e OLLAMA_ORIGINS=${origin} -v ollama:/root/.ollama -p 11434:11434 --name ollama ollama/ollama`),
  any("If OLLAMA_ORIGINS already names other pages, add this one after a comma instead of replacing them."),
];

const startOther: Make = ({ endpoint, port }) => [
  any(`Start the server, so that it listens at ${endpoint}. With llama.cpp:`, `llama-server -m MODEL.gguf --port ${port}`),
  any("LM Studio: switch the server on under Developer, or run this.", `lms server start --port ${port}`),
];

const letIntoOther: Make = ({ origin, port }) => [
  any("llama.cpp: start it with this page named.", `llama-server -m MODEL.gguf --port ${port} --cors-origins ${origin}`),
  any("vLLM: start it with this page named.", `vllm serve MODEL --port ${port} --allowed-origins '["${origin}"]'`),
  any("LM Studio: switch on Enable CORS under Developer, Server settings. It lets every page in, so switch it off when you are done."),
  any(`Behind a proxy of your own: let it answer with "Access-Control-Allow-Origin: ${origin}".`),
];

const startComfy: Make = ({ origin }) => [
  windows("Run this in the folder of the portable ComfyUI.", String.raw`.\python_embeded\python.exe -s ComfyUI\main.py --windows-standalone-build --enable-cors-header ${origin}`),
  any("Run this in ComfyUI's folder.", `python main.py --enable-cors-header ${origin}`),
];

const restart: Make = ({ kind, port }) => [
  ...(kind === "ollama" ? [
    windows("End Ollama and start it again.", `${STOP_ON_WINDOWS}; Start-Process ${OLLAMA_APP}`),
    macos("End Ollama and open it again.", `${STOP_ON_MACOS}; sleep 2; open -a Ollama`),
    linux("Start the service again.", "sudo systemctl restart ollama"),
  ] : [any("Stop the server and start it again.")]),
  macos("If it was only halted (Ctrl+Z), let it go on.", `kill -CONT $(lsof -ti tcp:${port} -s tcp:listen)`),
  linux("If it was only halted (Ctrl+Z), let it go on.", `kill -CONT $(lsof -ti tcp:${port} -s tcp:listen)`),
  any("On another machine: look at its firewall, and whether it sleeps."),
];

const whoIsThere: Make = ({ port, endpoint }) => [
  windows("See which program holds the port.", `Get-Process -Id (Get-NetTCPConnection -LocalPort ${port} -State Listen).OwningProcess`),
  macos("See which program holds the port.", `lsof -nP -iTCP:${port} -sTCP:LISTEN`),
  linux("See which program holds the port.", `sudo ss -ltnp "sport = :${port}"`),
  any("Stop that program, or start your server at another port and set the endpoint to it. To see what answers, open this address.", endpoint),
];

const newEndpoint: Make = ({ found }) => [any("Set this provider's endpoint to this address.", found)];

const openIt: Make = ({ endpoint }) => [any("Open this address in a new tab to see what answers there.", endpoint)];

const KEY_PAGES: Readonly<Record<string, string>> = { gemini: "https://aistudio.google.com/apikey", openrouter: "https://openrouter.ai/settings/keys" };
const CREDIT_PAGES: Readonly<Record<string, string>> = { gemini: "https://aistudio.google.com/usage", openrouter: "https://openrouter.ai/settings/credits" };

const giveKey: Make = ({ kind }) => [
  KEY_PAGES[kind] === undefined
    ? any("Give this provider the key that the server was started with (llama.cpp and vLLM: --api-key). Mind spaces and line breaks around it.")
    : any(`Make a key at ${KEY_PAGES[kind]} and give it to this provider. Copy it whole, without spaces around it.`),
];

const byKind = (ollama: Make, openai: Make, comfyui: Make = openai): Make => (names) => (names.kind === "ollama" ? ollama : names.kind === "comfyui" ? comfyui : openai)(names);

/** By the cause's code. */
const BY_CODE: Readonly<Record<string, Make>> = {
  "not-running": byKind(startOllama, startOther, startComfy),
  "origin-refused": byKind(letIntoOllama, letIntoOther, startComfy),
  "not-responding": restart,
  "wrong-port": newEndpoint,
  "wrong-address": newEndpoint,
  "wrong-scheme": newEndpoint,
  "wrong-path": ({ endpoint }) => [any("If the server was started with a prefix (llama.cpp: --api-prefix), put it between the port and /v1 of the endpoint. Now it is:", endpoint)],
  "another-program": whoIsThere,
  "headers-refused": byKind(
    () => [any("Ollama takes no headers of your own from a page: leave `headers` out of this provider's options.")],
    ({ origin, port }) => [
      any("llama.cpp: start it so that it takes them.", `llama-server -m MODEL.gguf --port ${port} --cors-origins ${origin} --cors-headers Authorization,Content-Type`),
      any('Behind a proxy of your own: let it answer OPTIONS requests with status 204 and "Access-Control-Allow-Headers: Authorization, Content-Type".'),
    ],
  ),
  "key-missing": giveKey,
  "key-refused": giveKey,
  "out-of-credit": ({ kind }) => [any(CREDIT_PAGES[kind] === undefined ? "Add credit to the account, or use another key." : `Look at ${CREDIT_PAGES[kind]}: add credit, raise the key's limit, or use another key.`)],
  "rate-limited": () => [any("Wait a minute and try again, or use another model.")],
  "model-missing": byKind(
    ({ model }) => [any(model === undefined ? "Download a model. This one takes about 2 GB." : "Download it.", `ollama pull ${model ?? "llama3.2"}`)],
    ({ model }) => [any(model === undefined ? "Load a model in the server; LM Studio does that under Developer." : `Load ${model} in the server, or choose another model.`)],
  ),
  "out-of-memory": byKind(
    ({ model }) => [...(model === undefined ? [] : [any("See what else is loaded, and stop it.", "ollama ps")]), any("Use a smaller model. This one takes about 1.3 GB.", "ollama pull llama3.2:1b"), any("Close other programs that need much memory.")],
    () => [any("Load a smaller model or one with fewer bits, or start the server with less context (llama.cpp: -c 4096).")],
  ),
  "too-old": () => [
    windows("Click Ollama in the tray and let it update, or run this in PowerShell.", "winget upgrade Ollama.Ollama"),
    macos("Click Ollama in the menu bar and choose to update it. With Homebrew:", "brew upgrade ollama"),
    linux("Install the newest over the old one; your models stay.", "curl -fsSL https://ollama.com/install.sh | sh"),
    any("In Docker:", "docker pull ollama/ollama"),
  ],
  "starting": () => [any("Wait until it has loaded its model and try again.")],
  "gateway": () => [any("The proxy works. Start the server behind it, or mend the address that the proxy sends requests to.")],
  "server-error": () => [any("Look at what the server prints, and start it again.")],
  "intermediary": ({ endpoint }) => [any("Open this address in a new tab. If a sign-in page of the network comes, sign in; if a filter, ask whoever runs it.", endpoint)],
  "offline": () => [any("Connect to a network. Models on this machine answer without one.")],
  "unreachable": openIt,
  "content-policy": ({ source }) => [any("For whoever serves this page: add this source to connect-src in its Content-Security-Policy.", source)],
  "permission-denied": () => [any("Click the sign left of the page's address, open its site settings, allow access to apps on this device and to the local network, and try again.")],
  "permission-not-given": () => [any("Try again and choose Allow where the browser asks. If it does not ask: click the sign left of the page's address and allow it in the site settings.")],
  "insecure-page": ({ origin }) => [any("Open this page over https.", origin.replace(/^http:/, "https:"))],
  "mixed-content": ({ host, port }) => [
    any("Give the server an https address. Caddy does that in one line, and then the endpoint is https with port 8443.", `caddy reverse-proxy --from ${host}:8443 --to 127.0.0.1:${port}`),
    any("Or open this page from http://localhost on a machine of yours."),
  ],
  "safari-loopback": () => [any("Open this page in another browser, such as Chrome, Edge or Firefox."), any("Or open it from http://localhost, where this rule does not hold.")],
  "certificate": ({ endpoint, host }) => [
    any("To see which of the two it is, open this address in a new tab. If the browser warns of the certificate, it is the first.", endpoint),
    any("Make a certificate that this machine trusts, and start the server with it.", `mkcert -install && mkcert ${host}`),
  ],
  "blocked-by-browser": () => [
    any("Switch content blockers off for this page and try again."),
    any("Brave asks with a permission of its own: allow localhost access in the site settings."),
  ],
};

/** The diagnosis as the page gets it. */
export function withRemedies({ subject, causes, ...rest }: DiagnosisData): Diagnosis {
  const names = namesOf(subject);
  return { ...rest, causes: causes.map((cause) => ({ ...cause, remedies: BY_CODE[cause.code]?.(names) ?? [] })) };
}

function namesOf({ kind, endpoint, pageOrigin, found, model }: DiagnosisSubject): Names {
  const address = readAddress(endpoint) ?? { hostname: "localhost", port: "", protocol: "http:", origin: endpoint };
  const origin = pageOrigin ?? "https://your.page";
  return {
    kind,
    endpoint,
    source: address.origin,
    host: address.hostname,
    port: address.port === "" ? (address.protocol === "https:" ? "443" : "80") : address.port,
    origin,
    found,
    // A model's name comes from a server: only one that means nothing to a shell goes into a line.
    model: model !== undefined && /^[\w.:/-]+$/.test(model) ? model : undefined,
    isAdmitted: ["localhost", "127.0.0.1"].includes(readAddress(origin)?.hostname ?? ""),
  };
}

function readAddress(address: string): URL | undefined {
  try {
    return new URL(address);
  } catch {
    return undefined;
  }
}
