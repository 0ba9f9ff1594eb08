/** What a scanned or typed text means. Pure. */

export type Meaning =
  | { kind: "touch"; slug: string }
  | { kind: "goods"; gtin: string }
  | { kind: "page"; path: string }
  | { kind: "receipt"; saleId: string }
  | { kind: "coupon" }
  | { kind: "member" }
  | { kind: "unknown" };

const SLUG = /^[a-z0-9][a-z0-9-]{0,19}$/;
const ID = "[0-9a-hjkmnp-tv-z]{26}";

/** `origin` is ours: addresses of others are not followed. */
export function meaningOf(text: string, origin: string): Meaning {
  const plain = text.trim();
  const url = addressOf(plain);
  if (url) return meaningOfAddress(url, origin);
  if (/^HM1[0-9A-Z]{68}$/.test(plain)) return { kind: "member" };
  if (new RegExp(`^sal_${ID}$`).test(plain)) return { kind: "receipt", saleId: plain };
  if (new RegExp(`^cpn_${ID}$`).test(plain)) return { kind: "coupon" };
  const gtin = gtinOf(plain);
  if (gtin) return { kind: "goods", gtin };
  const slug = plain.toLowerCase();
  if (SLUG.test(slug) && !/^\d+$/.test(slug)) return { kind: "touch", slug };
  return { kind: "unknown" };
}

function addressOf(text: string): URL | undefined {
  if (!/^https?:\/\//i.test(text)) return undefined;
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function meaningOfAddress(url: URL, origin: string): Meaning {
  // GS1 Digital Link may stand on anybody's host: https://id.gs1.org/01/09506000134352
  const linked = /\/01\/(\d{8,14})(?:\/|$)/.exec(url.pathname)?.[1];
  const gtin = linked && gtinOf(linked);
  if (gtin) return { kind: "goods", gtin };
  if (url.origin !== origin) return { kind: "unknown" };
  const slug = /^(?:\/shop)?\/c\/([^/]+)\/?$/.exec(url.pathname)?.[1];
  if (slug && SLUG.test(slug)) return { kind: "touch", slug };
  if (/^\/shop(\/(?!v1\/|static\/)|$)/.test(url.pathname)) return { kind: "page", path: url.pathname + url.search };
  return { kind: "unknown" };
}

/** Fourteen digits when the text is a trade item number with the right check digit, plain or in a GS1 element string. */
export function gtinOf(text: string): string | undefined {
  const inside = /^(?:\]\w\w)?\(?01\)?(\d{14})/.exec(text)?.[1];
  const digits = inside ?? (/^\d{8}$|^\d{12,14}$/.test(text) ? text : undefined);
  if (!digits) return undefined;
  const whole = digits.padStart(14, "0");
  const sum = Array.from(whole.slice(0, 13), Number).reduce((total, digit, at) => total + digit * (at % 2 === 0 ? 3 : 1), 0);
  return (10 - (sum % 10)) % 10 === Number(whole[13]) ? whole : undefined;
}
