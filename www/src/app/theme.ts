import { createTheme } from "@mantine/core";

/** The colours themselves are in theme.css: the page's policy allows no style elements, so nothing is computed at run time. */
export const theme = createTheme({
  primaryColor: "teal",
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
});
