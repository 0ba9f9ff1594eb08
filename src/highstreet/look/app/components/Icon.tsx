import sprite from "../../icons.svg?no-inline";
import type { IconName } from "../generated/icons";

export type { IconName };

/** One of our icons. Without `label` it is decoration and not read out. */
export function Icon({ name, label, class: more = "" }: { name: IconName; label?: string; class?: string }) {
  return (
    <svg class={`icon ${more}`} role={label ? "img" : undefined} aria-label={label} aria-hidden={label ? undefined : "true"}>
      <use href={`${sprite}#${name}`} />
    </svg>
  );
}
