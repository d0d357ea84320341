import { createContext, useContext } from "react";
import type { Conversation } from "../chat/conversation";
import type { ModelPull } from "../doctor/model-pull";
import type { BuiltInModel } from "../page-model/built-in-model";
import type { Gallery } from "../gallery/gallery";
import type { PageModel } from "../page-model/page-model";
import type { Studio } from "../pictures/studio";
import type { Research } from "../research/research";
import type { OpenRouterSignIn } from "../settings/openrouter-sign-in";
import type { MeshSession } from "./mesh-session";

export interface Session {
  mesh: MeshSession;
  conversation: Conversation;
  studio: Studio;
  gallery: Gallery;
  research: Research;
  modelPull: ModelPull;
  pageModel: PageModel;
  builtInModel: BuiltInModel;
  signIn: OpenRouterSignIn;
}

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error("The session is missing above this component.");
  return session;
}
