import type { ComponentChildren, JSX } from "preact";
import { t } from "../texts";
import { Icon, type IconName } from "./Icon";

type Kind = "primary" | "soft" | "plain" | "offer" | "danger";
const KINDS: Record<Kind, string> = {
  primary: "btn-primary",
  soft: "bg-secondary text-secondary-content border-transparent",
  plain: "btn-ghost",
  offer: "btn-accent",
  danger: "btn-error",
};

type ButtonProps = Omit<JSX.IntrinsicElements["button"], "icon" | "size"> & {
  kind?: Kind;
  icon?: IconName;
  isBusy?: boolean;
  isWide?: boolean;
  children?: ComponentChildren;
};

/** A button of at least 44 px; busy: a spinner in the same width, and not to be pressed twice. */
export function Button({ kind = "primary", icon, isBusy, isWide, children, class: more = "", ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      class={`btn tap ${KINDS[kind]} ${isWide ? "w-full" : ""} ${more as string}`}
      aria-busy={isBusy || undefined}
      disabled={isBusy || rest.disabled}
    >
      {isBusy ? <span class="loading loading-spinner loading-sm" aria-hidden="true" /> : icon && <Icon name={icon} class="icon-sm" />}
      {children}
    </button>
  );
}

/** A round button that shows an icon only; `label` is what it is called. */
export function IconButton({ icon, label, class: more = "", ...rest }: Omit<ButtonProps, "children" | "kind"> & { icon: IconName; label: string }) {
  return (
    <button type="button" title={label} {...rest} aria-label={label} class={`btn btn-ghost btn-circle tap ${more as string}`}>
      <Icon name={icon} />
    </button>
  );
}

/** The cross that closes a sheet or dialog. */
export function CloseButton({ onClick }: { onClick: () => void }) {
  return <IconButton icon="x" label={t("look-close")} onClick={onClick} />;
}
