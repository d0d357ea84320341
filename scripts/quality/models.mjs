// Which model each column of the evaluations is: family, generation, and either billions of parameters or a step of
// its maker's ladder (0 nano, 1 mini, 2 medium, 3 the plain one, 4 above it). Written down by hand: the columns' names
// follow no rule, and the sizes of some stand only in their papers. Several columns of one model are averaged.

/** [family, generation, size in billions or null, step or null, columns] */
export const MODELS = [
  ["llama", 1, 13, null, ["llama-13b"]],
  ["llama", 2, 7, null, ["Llama-2-7b-hf"]],
  ["llama", 2, 13, null, ["Llama-2-13b-hf"]],
  ["llama", 2, 70, null, ["Llama-2-70b-chat", "Llama-2-70b-hf"]],
  ["llama", 3, 8, null, ["ze:Meta-Llama-3-8B-Instruct"]],
  ["llama", 3, 70, null, ["ze:Meta-Llama-3-70B-Instruct"]],
  ["llama", 3.1, 8, null, ["ze:Meta-Llama-3.1-8B-Instruct", "Meta-Llama-3_1-8B-Instruct", "ul:llama-3.1-8b-instruct"]],
  ["llama", 3.1, 70, null, ["ze:Meta-Llama-3.1-70B-Instruct", "ze:Meta-Llama-3.1-70B-Instruct@hyperbolic", "Meta-Llama-3_1-70B-Instruct"]],
  ["llama", 3.1, 405, null, ["ze:Llama-3.1-405B-Inst-fp8@together", "ze:Llama-3.1-405B-Inst@hyperbolic", "ze:Llama-3.1-405B-Inst@sambanova", "ze:Llama-3.1-405B-Inst-SN"]],
  ["qwen", 1.5, 7, null, ["Qwen1.5-7B-Chat"]],
  ["qwen", 1.5, 72, null, ["Qwen1.5-72B-Chat"]],
  ["qwen", 1.5, 110, null, ["Qwen1.5-110B"]],
  ["qwen", 2, 1.5, null, ["ze:Qwen2-1.5B-Instruct"]],
  ["qwen", 2, 7, null, ["ze:Qwen2-7B-Instruct"]],
  ["qwen", 2, 72, null, ["ze:Qwen2-72B-Instruct"]],
  ["qwen", 2.5, 3, null, ["ze:Qwen2.5-3B-Instruct"]],
  ["qwen", 2.5, 7, null, ["ze:Qwen2.5-7B-Instruct", "ul:qwen2.5-7b-instruct"]],
  ["qwen", 2.5, 32, null, ["ze:Qwen2.5-32B-Instruct"]],
  ["qwen", 2.5, 72, null, ["ze:Qwen2.5-72B-Instruct"]],
  ["gemma", 1, 7, null, ["gemma-7b"]],
  ["gemma", 2, 2, null, ["ze:gemma-2-2b-it"]],
  ["gemma", 2, 9, null, ["ze:gemma-2-9b-it", "ul:gemma-2-9b-it"]],
  ["gemma", 2, 27, null, ["ze:gemma-2-27b-it"]],
  ["phi", 3, 3.8, null, ["ze:Phi-3-mini-4k-instruct", "Phi-3-mini-4k-instruct"]],
  ["phi", 3.5, 3.8, null, ["ze:Phi-3.5-mini-instruct"]],
  ["mistral", 0.1, 7, null, ["Mistral-7B-Instruct-v0.1"]],
  ["mistral", 0.2, 7, null, ["Mistral-7B-Instruct-v0.2"]],
  ["mistral", 0.3, 7, null, ["ul:mistral-7b-instruct-v0.3"]],
  ["mistral", 2, 12, null, ["ze:Mistral-Nemo-Instruct-2407"]],
  ["mistral", 2, 123, null, ["ze:Mistral-Large-2"]],
  // As its name reads: 8 × 7; it holds 47, as the experts share a part.
  ["mixtral", 0.1, 56, null, ["ze:Mixtral-8x7B-Instruct-v0.1", "Mixtral-8x7B-Instruct-v0.1", "mixtral-8x7b-instruct-v0.1"]],
  ["yi", 1, 6, null, ["Yi-6b-Chat"]],
  ["yi", 1, 34, null, ["Yi-34B"]],
  ["yi", 1.5, 9, null, ["ze:Yi-1.5-9B-Chat"]],
  ["yi", 1.5, 34, null, ["ze:Yi-1.5-34B-Chat"]],
  ["yi", 1, null, 3, ["ze:yi-large", "ze:yi-large-preview"]],
  ["vicuna", 1.3, 33, null, ["vicuna-33b-v1.3"]],
  ["starling", 1, 7, null, ["Starling-LM-7B-alpha"]],
  ["openchat", 3.5, 7, null, ["openchat_3.5"]],
  ["deepseek", 2, null, 3, ["ze:deepseek-v2-chat-0628", "ze:deepseek-v2-coder-0614", "ze:deepseek-v2-coder-0724"]],
  ["deepseek", 2.5, null, 3, ["ze:deepseek-v2.5-0908"]],
  ["command-r", 1, null, 3, ["ze:command-r", "c4ai-command-r-v01"]],
  ["command-r", 1, null, 4, ["ze:command-r-plus"]],
  ["reka", 1, null, 1, ["ze:reka-flash-20240226"]],
  ["reka", 1, null, 3, ["ze:reka-core-20240501"]],
  ["jamba", 1.5, null, 3, ["jamba-1.5-large"]],
  ["claude", 1, null, 1, ["claude-instant-1"]],
  ["claude", 1, null, 3, ["claude-1"]],
  ["claude", 2, null, 3, ["claude-2", "claude-2.1"]],
  ["claude", 3, null, 1, ["ze:claude-3-haiku-20240307"]],
  ["claude", 3, null, 2, ["ze:claude-3-sonnet-20240229"]],
  ["claude", 3, null, 3, ["ze:claude-3-opus-20240229"]],
  ["claude", 3.5, null, 2, ["ze:claude-3-5-sonnet-20240620"]],
  ["gemini", 1.5, null, 1, ["ze:gemini-1.5-flash", "ze:gemini-1.5-flash-exp-0827", "gemini-1.5-flash-002"]],
  ["gemini", 1.5, null, 3, ["ze:gemini-1.5-pro", "ze:gemini-1.5-pro-exp-0801", "ze:gemini-1.5-pro-exp-0827", "gemini-1.5-pro-002"]],
  // A "turbo" counts as the next hundredth of its generation, the letter o as the fifth.
  ["gpt", 3.51, null, 3, ["ze:gpt-3.5-turbo-0125", "gpt-3.5-turbo", "gpt-3.5-turbo-1106"]],
  ["gpt", 4, null, 3, ["ze:gpt-4-0314", "gpt-4-0314"]],
  ["gpt", 4.01, null, 3, ["ze:gpt-4-turbo-2024-04-09", "gpt-4-1106-preview"]],
  ["gpt", 4.05, null, 1, ["ze:gpt-4o-mini-2024-07-18"]],
  ["gpt", 4.05, null, 3, ["ze:gpt-4o-2024-05-13", "ze:gpt-4o-2024-08-06", "ze:chatgpt-4o-latest-24-09-07"]],
  ["o", 1, null, 1, ["ze:o1-mini-2024-09-12"]],
  ["o", 1, null, 3, ["ze:o1-preview-2024-09-12"]],
];

/** Columns that are left out, and why. */
export const LEFT_OUT = {
  "weights before they were taught to answer, where the taught ones were run too": ["Meta-Llama-3-70B", "Meta-Llama-3-8B", "Meta-Llama-3_1-70B", "Meta-Llama-3_1-8B", "Mistral-7B-v0.1", "Mistral-7B-v0.2-hf", "Mixtral-8x7B-v0.1", "Yi-6B"],
  "answers that could not be read are missing": ["gpt4o", "deepseek", "DeepSeek-Coder-V2"],
  "another maker's training on a family's weights": ["ze:Athene-70B", "ze:Llama-3-Instruct-8B-SimPO-v0.2", "ul:codegemma-7b", "ul:llama-3.1-nemotron-51b-instruct", "ul:llama-3.3-nemotron-super-49b-v1", "ul:llama3-chatqa-1.5-70b", "ul:llama3-chatqa-1.5-8b", "mathstral-7B", "ze:mathstral-7B-v0.1"],
  "no family that is found anywhere today": ["ze:Rex-v0.1-1.5B", "palm-2-chat-bison-001"],
};

/** How a model is called in these scripts. */
export function nameOf({ family, generation, size, step }) {
  return `${family} ${generation} ${size ? `${size}b` : ["nano", "mini", "medium", "plain", "plus"][step]}`;
}
