import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { clock, dayAndClock, money } from "../format";
import { Icon, type IconName } from "./Icon";

type Tone = "plain" | "good" | "warn" | "bad" | "offer" | "lead";

/** A word or two about a state; never by colour alone. */
export function Badge({ tone = "plain", icon, children }: { tone?: Tone; icon?: IconName; children: ComponentChildren }) {
  return (
    <span class={`badge-word badge-${tone}`}>
      {icon && <Icon name={icon} class="size-4" />}
      {children}
    </span>
  );
}

/** An amount in minor units. */
export function Money({ minor, currency, class: more = "" }: { minor: number; currency: string; class?: string }) {
  return <span class={`figures ${more}`}>{money(minor, currency)}</span>;
}

/** An instant; `only="clock"` for today's. */
export function Time({ at, zone, only }: { at: string; zone?: string; only?: "clock" }) {
  return (
    <time dateTime={at} class="figures">
      {only === "clock" ? clock(at, zone) : dayAndClock(at, zone)}
    </time>
  );
}

/** Our drawing of goods or of a shop front; it keeps its place before it comes, and when none comes. */
export function Picture({ of, category, seed, alt = "", class: more = "size-16" }: { of: "goods" | "places"; category: string; seed: string; alt?: string; class?: string }) {
  const url = pictureUrl(of, category, seed);
  const [missing, setMissing] = useState("");
  if (missing === url) {
    return (
      <span class={`picture grid place-content-center ${more}`} role={alt ? "img" : undefined} aria-label={alt || undefined}>
        <Icon name={of === "goods" ? "bag" : "store"} class="quiet" />
      </span>
    );
  }
  return <img class={`picture ${more}`} src={url} alt={alt} width={96} height={96} loading="lazy" decoding="async" onError={() => setMissing(url)} />;
}

/** Where the drawing lies. */
export function pictureUrl(of: "goods" | "places", category: string, seed: string): string {
  return `/look/pictures/${of}/${encodeURIComponent(category || "other")}/${encodeURIComponent(seed)}.svg`;
}
