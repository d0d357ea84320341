import { useEffect, useState, useSyncExternalStore } from "react";
import { type ChatInput, type ChatSetup, type ChatState, ChatStore, type ChatToolOutput } from "./chat-store.js";
import type { ChatMessage } from "./chat-message.js";
import { useMesh } from "./context.js";

export interface UseChatOptions extends Omit<ChatSetup, "mesh"> {
  /** Another id is another conversation: it begins empty. */
  id?: string;
}

export interface UseChat extends ChatState {
  /** Resolves when the answer is over, well or not; what went wrong is in `error`. */
  sendMessage: (input?: ChatInput) => Promise<void>;
  regenerate: (options?: { messageId?: string }) => Promise<void>;
  stop: () => void;
  /** Gives the output of a tool that the model asked for, or `errorText`, and goes on when it was the last one. */
  addToolOutput: (output: ChatToolOutput) => Promise<void>;
  setMessages: (next: ChatMessage[] | ((messages: ChatMessage[]) => ChatMessage[])) => void;
}

/** A conversation, shown once a frame. The answer is cancelled when the component leaves; what it said stays. */
export function useChat({ id, policy, system, tools, onToolCall, continueOnToolOutput, maxSteps }: UseChatOptions = {}): UseChat {
  const mesh = useMesh();
  const setup: ChatSetup = { mesh, policy, system, tools, onToolCall, continueOnToolOutput, maxSteps };
  const [held, setHeld] = useState(() => ({ id, store: new ChatStore(setup) }));
  let current = held;
  if (current.id !== id) {
    current = { id, store: new ChatStore(setup) };
    setHeld(current);
  }
  const { store } = current;
  const { messages, status, error, receipt } = useSyncExternalStore(store.subscribe, store.get, store.get);
  useEffect(() => store.hold(), [store]);
  useEffect(() => {
    store.configure({ mesh, policy, system, tools, onToolCall, continueOnToolOutput, maxSteps });
  }, [store, mesh, policy, system, tools, onToolCall, continueOnToolOutput, maxSteps]);
  const { sendMessage, regenerate, stop, addToolOutput, setMessages } = store;
  return { messages, status, error, receipt, sendMessage, regenerate, stop, addToolOutput, setMessages };
}
