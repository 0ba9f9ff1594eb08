import { number } from "@look/format";
import { termsOf, type Terms } from "./terms";

/** The terms under a title, unless the title says it all: "25% off everything" needs no "25% off". */
export function TermsBeside({ title, terms, currency, class: more = "" }: { title: string; terms: Terms; currency: string; class?: string }) {
  const isSaid = terms.kind === "percent" && !terms.max_off_minor && new RegExp(`\\b${number((terms.percent_bp ?? 0) / 100)}\\s?%`).test(title);
  return isSaid ? null : <span class={`block ${more}`}>{termsOf(terms, currency)}</span>;
}
