/** The model that runs in this page, and where its file lies. */
export const pageProvider = "page";
export const pageModelId = "smollm2-135m";
export const pageModelName = "SmolLM2 135M";
export const pageModelAddress = `${pageProvider}/${pageModelId}`;

/** SmolLM2-135M-Instruct, Q4_1: the size of the file in bytes. */
export const pageModelBytes = 98_362_432;

/** The model can take 8192 tokens; 2048 keep the page's memory small. */
export const pageModelContextTokens = 2048;

export const pageModelUrl = new URL(
  import.meta.env.VITE_MODEL_URL ?? `${import.meta.env.BASE_URL}models/SmolLM2-135M-Instruct.Q4_1.gguf`,
  document.baseURI,
).href;
