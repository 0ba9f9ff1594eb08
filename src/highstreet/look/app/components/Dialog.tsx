import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
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

function Modal({ title, isOpen, onClose, children, actions, look }: Props & { look: "dialog" | "sheet" }) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = box.current;
    if (isOpen && dialog && !dialog.open) dialog.showModal();
    if (!isOpen && dialog?.open) dialog.close();
  }, [isOpen]);
  return (
    // Esc closes a dialog by itself; the click is for pointers.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <dialog ref={box} class={look} aria-labelledby={id} onClose={onClose} onClick={(event) => event.target === box.current && onClose()}>
      {isOpen && (
        <div class={look === "sheet" ? "safe-bottom" : ""}>
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
