import { useSyncExternalStore } from "react";

export const views = ["chat", "pictures", "models", "dashboard", "settings"] as const;
export type View = (typeof views)[number];

function currentView(): View {
  const name = location.hash.slice(1);
  return views.find((view) => view === name) ?? "chat";
}

function subscribe(onChange: () => void): () => void {
  window.addEventListener("hashchange", onChange);
  return () => window.removeEventListener("hashchange", onChange);
}

/** The view lives in the address, so that the back button and bookmarks work. */
export function useView(): View {
  return useSyncExternalStore(subscribe, currentView);
}

export function showView(view: View): void {
  location.hash = view;
}
