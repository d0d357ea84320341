// @ts-check
/** What a web search finds in a simulator: pages that nobody has written, at addresses that nobody can have. */

/** @typedef {{ host: string, url: string, title: string, content: string }} Source */

/** @type {readonly Source[]} `.example` is reserved: no such host can exist. */
export const SOURCES = Object.freeze(["one", "two"].map((name) => ({
  host: `${name}.simulator.example`,
  url: `https://${name}.simulator.example/made-up?page=${name}`,
  title: `Made-up source ${name} of the simulator`,
  content: `The simulator has searched nothing; page ${name} does not exist.`,
})));

/** The sources as markdown links, which is how OpenRouter wants models to cite. */
export const LINKED = `\nIt pretends to have searched: ${SOURCES.map(link).join(" ")}`;

/** The same without links: Gemini keeps its sources apart from the text. */
export const MENTIONED = "\nIt pretends to have searched.";

/** @param {Source} source */
export function link({ host, url }) {
  return `[${host}](${url})`;
}
