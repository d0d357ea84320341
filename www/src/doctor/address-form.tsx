import { Button } from "@mantine/core";
import type { Diagnosis } from "hkm-mesh";
import { announce } from "../app/announcer";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";

/** Causes that another address mends; it stands in the remedy. */
const mended: readonly string[] = ["wrong-port", "wrong-address", "wrong-scheme"];

/** What the settings call the address of a server that everybody has at the same place. */
const fields: Partial<Record<string, "ollamaEndpoint" | "comfyuiEndpoint">> = { ollama: "ollamaEndpoint", comfyui: "comfyuiEndpoint" };

/** Sets the server's address to the one at which the doctor found it. */
export function AddressForm({ provider, cause }: { provider: string; cause: Diagnosis["causes"][number] }) {
  const { mesh } = useSession();
  const settings = useObservable(mesh.settings);
  const address = cause.remedies[0]?.command;
  const field = fields[provider];
  const isKept = field !== undefined || settings.servers.some(({ name }) => name === provider);
  if (!mended.includes(cause.code) || address === undefined || !isKept) return null;
  const use = async () => {
    const change = field !== undefined ? { [field]: address } : { servers: settings.servers.map((server) => (server.name === provider ? { ...server, endpoint: address } : server)) };
    // A new mesh, which makes the doctor look again.
    await mesh.apply({ ...settings, ...change });
    announce(`The server is asked at ${address} now.`);
  };
  return (
    <Button size="sm" mb="sm" onClick={() => void use()}>
      Use {address}
    </Button>
  );
}
