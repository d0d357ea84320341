"use client";
// React hooks over the mesh. They hold no state of their own beyond what a component shows.
export { MeshProvider, useMesh, type MeshProviderProps } from "./react/context.js";
export { useHealth, useMetrics, useModels, useQueue, type ModelFilter } from "./react/lists.js";
export { useGeneration, type UseGeneration } from "./react/use-generation.js";
export { usePending } from "./react/use-pending.js";
export { useImage, type UseImage } from "./react/use-image.js";
export { useVideo, type UseVideo } from "./react/use-video.js";
export { useChat, type UseChat, type UseChatOptions } from "./react/use-chat.js";
export type { ChatMessage, ChatPart, FilePart, ReasoningPart, SourcePart, TextPart, ToolOutput, ToolPart } from "./react/chat-message.js";
export type { ChatInput, ChatToolCall, ChatToolOutput } from "./react/chat-store.js";
export type { GenerationStatus } from "./react/generation-store.js";
