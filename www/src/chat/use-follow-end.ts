import { useEffect, useLayoutEffect, useRef } from "react";

/** How near the end, in pixels, counts as reading along. */
const nearEnd = 120;

/** Keeps the end in sight while the text grows, unless the visitor has scrolled up to read. */
export function useFollowEnd(content: readonly unknown[]): void {
  const following = useRef(true);

  useEffect(() => {
    const onScroll = () => {
      const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
      following.current = scrollHeight - clientHeight - scrollTop < nearEnd;
    };
    window.addEventListener("scroll", onScroll, { passive: true });
    return () => window.removeEventListener("scroll", onScroll);
  }, []);

  const first = useRef(true);
  useLayoutEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    if (following.current && content.length > 0) window.scrollTo(0, document.documentElement.scrollHeight);
  }, [content]);
}
