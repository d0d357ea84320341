interface ImportMetaEnv {
  /** Where the model in the page is downloaded from, when it is not this app's own /models/ folder. */
  readonly VITE_MODEL_URL?: string;
}
interface ImportMeta {
  readonly env: ImportMetaEnv;
}
