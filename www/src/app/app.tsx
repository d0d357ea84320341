import { MeshProvider } from "hkm-mesh/react";
import { lazy, Suspense, useEffect, useRef, type ReactNode } from "react";
import { ChatView } from "../chat/chat-view";
import { ModelsView } from "../models/models-view";
import { SettingsView } from "../settings/settings-view";
import { Announcer } from "./announcer";
import classes from "./app.module.css";
import { Header } from "./header";
import { mayLookUnasked } from "./local-access";
import { Notice } from "../models/notice";
import { useObservable } from "./observable";
import { PartBoundary } from "./part-boundary";
import { useSession } from "./session-context";
import { useView } from "./use-view";
import viewClasses from "./view.module.css";

// Most visits never look at them: the first screen does not pay for them.
const PicturesView = lazy(async () => ({ default: (await import("../pictures/pictures-view")).PicturesView }));
const DashboardView = lazy(async () => ({ default: (await import("../dashboard/dashboard-view")).DashboardView }));

/** A view before it is there, and in its place where it does not come. */
function EmptyView({ title, wide, hasFailed = false }: { title: string; wide: boolean; hasFailed?: boolean }) {
  return (
    <div className={viewClasses.view} data-wide={wide || undefined}>
      <h1>{title}</h1>
      {hasFailed && <Notice>The {title.toLowerCase()} could not be loaded. Load the page anew to try again.</Notice>}
    </div>
  );
}

/** A view that is loaded when it is first looked at. */
function LateView({ title, wide = false, children }: { title: string; wide?: boolean; children: ReactNode }) {
  return (
    <PartBoundary key={title} fallback={<EmptyView title={title} wide={wide} hasFailed />}>
      <Suspense fallback={<EmptyView title={title} wide={wide} />}>{children}</Suspense>
    </PartBoundary>
  );
}

export function App() {
  const view = useView();
  const { mesh, conversation } = useSession();
  // New settings bring a new mesh; the components below follow it.
  const current = useObservable(mesh.mesh);
  const main = useRef<HTMLElement>(null);
  const shown = useRef(view);

  useEffect(() => {
    void mayLookUnasked().then((may) => {
      if (may) void mesh.look();
    });
  }, [mesh]);

  useEffect(() => {
    void conversation.restore();
  }, [conversation]);

  useEffect(() => {
    if (shown.current === view) return;
    shown.current = view;
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [view]);

  return (
    <MeshProvider mesh={current}>
      <div className={classes.page}>
        <a
          className={classes.skip}
          href="#main"
          onClick={(event) => {
            // The part of the address behind the "#" names the view.
            event.preventDefault();
            main.current?.focus();
          }}
        >
          Skip to the content
        </a>
        <Header view={view} />
        <main ref={main} id="main" tabIndex={-1} className={classes.main}>
          {view === "chat" && <ChatView />}
          {view === "pictures" && (
            <LateView title="Pictures">
              <PicturesView />
            </LateView>
          )}
          {view === "models" && <ModelsView />}
          {view === "dashboard" && (
            <LateView title="Dashboard" wide>
              <DashboardView />
            </LateView>
          )}
          {view === "settings" && <SettingsView />}
        </main>
        <Announcer />
      </div>
    </MeshProvider>
  );
}
