const loopbackHosts: readonly string[] = ["localhost", "127.0.0.1"];

export function isLoopback(address: string): boolean {
  try {
    return loopbackHosts.includes(new URL(address).hostname);
  } catch {
    return false;
  }
}

const wholeAddress = "Give the whole address, for example http://localhost:8080/v1.";

/** What is wrong with an address, or nothing. The page's policy reaches this machine and https, and no other plain http. */
export function addressFault(address: string): string | undefined {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return wholeAddress;
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return wholeAddress;
  if (url.username !== "" || url.password !== "") return "Leave name and password out of the address; a key has its own field.";
  if (url.protocol === "https:" || isLoopback(address)) return undefined;
  return "A server on another machine needs https. Plain http works only for localhost and 127.0.0.1.";
}

const takenNames: readonly string[] = ["ollama", "gemini", "openrouter", "comfyui", "page", "browser"];

/** What is wrong with a server's name, or nothing. The name is the first part of "name/model". */
export function nameFault(name: string, others: readonly string[]): string | undefined {
  if (!/^[a-z0-9][a-z0-9._-]*$/iu.test(name)) return "Use letters, digits, dots and dashes.";
  if (takenNames.includes(name.toLowerCase())) return "This name has a meaning of its own. Choose another one.";
  if (others.some((other) => other.toLowerCase() === name.toLowerCase())) return "There is already a server of this name.";
  return undefined;
}
