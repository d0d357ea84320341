// Where things stand in the repository.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = dirname(dirname(fileURLToPath(import.meta.url)));

export function inRepository(...parts) {
  return join(repository, ...parts);
}
