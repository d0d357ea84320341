// First: what components say of their own look comes after Mantine's, and wins.
import "./app/styles.css";
import { MantineProvider } from "@mantine/core";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/app";
import { MeshSession } from "./app/mesh-session";
import { SessionContext, type Session } from "./app/session-context";
import { theme } from "./app/theme";
import { allowWorkersOfThisPage } from "./app/trusted-types";
import { Conversation } from "./chat/conversation";
import { ModelPull } from "./doctor/model-pull";
import { Gallery } from "./gallery/gallery";
import { BuiltInModel } from "./page-model/built-in-model";
import { PageModel } from "./page-model/page-model";
import { Studio } from "./pictures/studio";
import { Research } from "./research/research";
import { OpenRouterSignIn } from "./settings/openrouter-sign-in";

allowWorkersOfThisPage();

const mesh = new MeshSession();
const conversation = new Conversation(mesh);
const gallery = new Gallery();
const studio = new Studio(mesh, conversation, gallery);
const session: Session = {
  mesh,
  conversation,
  studio,
  gallery,
  research: new Research(mesh, conversation, studio),
  modelPull: new ModelPull(mesh),
  pageModel: new PageModel(mesh),
  builtInModel: new BuiltInModel(mesh),
  signIn: new OpenRouterSignIn(mesh),
};
// Before the first view: it puts the address back as it was before the sign-in.
void session.signIn.finish();

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no root element.");

createRoot(root).render(
  <StrictMode>
    {/* Mantine would write style elements at run time; theme.css has them instead, so that the page's policy can forbid them. */}
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <SessionContext value={session}>
        <App />
      </SessionContext>
    </MantineProvider>
  </StrictMode>,
);
