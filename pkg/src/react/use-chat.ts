import { useEffect, useState, useSyncExternalStore } from "react";
import type { Goal, Policy, Tool } from "../types.js";
import { type ChatInput, type ChatState, ChatStore } from "./chat-store.js";
import type { ChatMessage } from "./chat-message.js";
import { useMesh } from "./context.js";

export interface UseChatOptions {
  /** Another id is another conversation: it begins empty. */
  id?: string;
  policy?: Goal | Policy;
  system?: string;
  tools?: Tool[];
}

export interface UseChat extends ChatState {
  /** Resolves when the answer is over, well or not; what went wrong is in `error`. */
  sendMessage: (input?: ChatInput) => Promise<void>;
  regenerate: (options?: { messageId?: string }) => Promise<void>;
  stop: () => void;
  setMessages: (next: ChatMessage[] | ((messages: ChatMessage[]) => ChatMessage[])) => void;
}

/** A conversation, shown once a frame. The answer is cancelled when the component leaves; what it said stays. */
export function useChat({ id, policy, system, tools }: UseChatOptions = {}): UseChat {
  const mesh = useMesh();
  const setup = { mesh, policy, system, tools };
  const [held, setHeld] = useState(() => ({ id, store: new ChatStore(setup) }));
  let current = held;
  if (current.id !== id) {
    current = { id, store: new ChatStore(setup) };
    setHeld(current);
  }
  const { store } = current;
  const { messages, status, error, receipt } = useSyncExternalStore(store.subscribe, store.get, store.get);
  useEffect(() => store.hold(), [store]);
  useEffect(() => { store.configure({ mesh, policy, system, tools }); }, [store, mesh, policy, system, tools]);
  return { messages, status, error, receipt, sendMessage: store.sendMessage, regenerate: store.regenerate, stop: store.stop, setMessages: store.setMessages };
}
