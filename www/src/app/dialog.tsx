import { ActionIcon } from "@mantine/core";
import { X } from "lucide-react";
import { useEffect, useId, useRef, type ReactNode } from "react";
import classes from "./dialog.module.css";

/**
 * The browser's own modal dialog: it keeps the focus inside, closes with Escape and gives the focus back, without a style
 * element, which the page's policy would refuse. What is in it is there only while it is open.
 */
export function Dialog({ title, open, onClose, children }: { title: string; open: boolean; onClose: () => void; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();

  useEffect(() => {
    const element = dialog.current;
    if (element === null || element.open === open) return;
    if (!open) {
      element.close();
      return;
    }
    element.showModal();
    // It would take the first button otherwise, which closes it.
    element.querySelector<HTMLElement>("[data-autofocus]")?.focus();
  }, [open]);

  return (
    <dialog
      ref={dialog}
      className={classes.dialog}
      aria-labelledby={heading}
      onClose={onClose}
      onMouseDown={(event) => {
        // Only the backdrop is the dialog itself; everything in it is its content.
        if (event.target === dialog.current) onClose();
      }}
    >
      {open && (
        <div className={classes.content}>
          <div className={classes.head}>
            <h2 id={heading} className={classes.title}>
              {title}
            </h2>
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Close" title="Close" onClick={onClose}>
              <X size={18} aria-hidden />
            </ActionIcon>
          </div>
          {children}
        </div>
      )}
    </dialog>
  );
}
