import { Anchor } from "@mantine/core";
import { memo } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import classes from "./markdown.module.css";

/**
 * An answer is untrusted text. Raw HTML stays text, what is left is sanitised, and images are never loaded: an image's
 * address could carry the conversation to whoever wrote it, so it becomes its description and a link that waits for a click.
 */
const components: Components = {
  a: ({ href, children }) => (
    <Anchor href={href} target="_blank" rel="noopener noreferrer nofollow" underline="always" inherit>
      {children}
    </Anchor>
  ),
  img: ({ alt, src }) => {
    const address = typeof src === "string" && src !== "" ? src : undefined;
    return (
      <span>
        {alt ? `${alt} ` : ""}
        {address !== undefined && (
          <Anchor href={address} target="_blank" rel="noopener noreferrer nofollow" underline="always" inherit>
            (image: {address})
          </Anchor>
        )}
      </span>
    );
  },
  table: ({ children }) => (
    <div className={classes.wide} tabIndex={0} role="group" aria-label="Table">
      <table>{children}</table>
    </div>
  ),
  pre: ({ children }) => (
    <pre tabIndex={0} aria-label="Code">
      {children}
    </pre>
  ),
  input: ({ checked }) => <input type="checkbox" checked={checked === true} readOnly disabled aria-label={checked === true ? "Done" : "Open"} />,
  // Headings of an answer must not compete with the page's own.
  h1: ({ children }) => <h4>{children}</h4>,
  h2: ({ children }) => <h4>{children}</h4>,
  h3: ({ children }) => <h5>{children}</h5>,
  h4: ({ children }) => <h5>{children}</h5>,
  h5: ({ children }) => <h6>{children}</h6>,
};

export const Markdown = memo(function Markdown({ text }: { text: string }) {
  return (
    <div className={classes.prose}>
      <ReactMarkdown components={components} remarkPlugins={[remarkGfm]} rehypePlugins={[rehypeSanitize]}>
        {text}
      </ReactMarkdown>
    </div>
  );
});
