import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { CloseButton } from "./Button";

interface Props {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  children: ComponentChildren;
  /** Buttons at the lower end. */
  actions?: ComponentChildren;
}

/** In the middle of the page, above all else; Esc, the cross and a tap beside it close it; focus comes back. */
export function Dialog(props: Props) {
  return <Modal {...props} look="dialog" />;
}

/** The same from the lower edge, for phones. */
export function Sheet(props: Props) {
  return <Modal {...props} look="sheet" />;
}

/** Told on the document when a dialog has closed and the focus is back at what opened it. */
export const CLOSED = "look:closed";

/** At once, before any effect of what is in it: the next key is for the field that has the focus then. */
function show(inner: HTMLElement | null): void {
  const dialog = inner?.closest("dialog");
  if (dialog && !dialog.open) dialog.showModal();
}

function Modal({ title, isOpen, onClose, children, actions, look }: Props & { look: "dialog" | "sheet" }) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  // What we close ourselves is told late: by then the dialog may be open again.
  const untoldRef = useRef(0);
  const wasOpenRef = useRef(false);
  useLayoutEffect(() => {
    const dialog = box.current;
    if (wasOpenRef.current && !isOpen && dialog) {
      if (dialog.open) {
        untoldRef.current += 1;
        dialog.close();
      }
      dialog.dispatchEvent(new Event(CLOSED, { bubbles: true }));
    }
    wasOpenRef.current = isOpen;
  }, [isOpen]);
  function hearClose(): void {
    if (untoldRef.current) untoldRef.current -= 1;
    else onClose();
  }
  return (
    // Esc closes a dialog by itself; the click is for pointers.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <dialog ref={box} class={look} aria-labelledby={id} onClose={hearClose} onClick={(event) => event.target === box.current && onClose()}>
      {isOpen && (
        <div ref={show} class={look === "sheet" ? "safe-bottom" : ""}>
          <header class="sticky top-0 z-10 flex items-center justify-between gap-4 bg-base-100 py-3 pl-6 pr-3">
            <h2 id={id} class="text-lg font-semibold">
              {title}
            </h2>
            <CloseButton onClick={onClose} />
          </header>
          <div class="px-6 pb-6">{children}</div>
          {actions && <footer class="sticky bottom-0 flex flex-wrap justify-end gap-2 border-t border-base-300 bg-base-100 px-6 py-4">{actions}</footer>}
        </div>
      )}
    </dialog>
  );
}
