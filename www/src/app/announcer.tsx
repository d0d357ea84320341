import { VisuallyHidden } from "@mantine/core";
import { ObservableValue, useObservable } from "./observable";

/** What a screen reader is told. Streaming text is not read out piece by piece: only that an answer starts and that it is there. */
const announcement = new ObservableValue({ text: "", count: 0 });

export function announce(text: string): void {
  announcement.set({ text, count: announcement.get().count + 1 });
}

export function Announcer() {
  const { text, count } = useObservable(announcement);
  return (
    <VisuallyHidden role="status" aria-live="polite" aria-atomic="true">
      {/* The key makes the same sentence count as new when it is said twice. */}
      <span key={count}>{text}</span>
    </VisuallyHidden>
  );
}
