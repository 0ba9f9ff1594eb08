/** What a scanned or typed text is, by its form alone. */
export type Scanned =
  | { is: "goods"; gtin: string; pieces: number }
  | { is: "member" | "payment" | "receipt" | "pairing" | "words"; text: string }
  | { is: "quantity"; pieces: number };

const MEMBER = /^H[MB]1[0-9A-HJKMNP-TV-Z]{68,78}$/;
// As it is, in an address, or as typed from a phone without its prefix.
const RECEIPT = /(?:(?:^|[/=#])sal_|^)[0-9a-hjkmnp-tv-z]{26}$/i;
const PAIRING = /#pair=([0-9A-Z-]{8,12})$/i;
// Wallets' payment codes: 16 to 24 digits that begin with 10 to 15 or 25 to 30.
const PAYMENT = /^(?:1[0-5]|2[5-9]|30)\d{14,22}$/;
const TIMES = /^(\d{1,4})[*x×](.*)$/i;
const DIGITAL_LINK = /^https?:\/\/.*\/01\/(\d{8,14})(?:[/?]|$)/;
const ELEMENTS = /^(?:\](?:C1|d2|Q3|e0))?(?:\(01\)|01)(\d{14})/;

export function read(given: string): Scanned {
  const text = given.trim();
  const times = TIMES.exec(text);
  if (times) {
    const inner = times[2] ? read(times[2]) : undefined;
    if (!inner) return { is: "quantity", pieces: Number(times[1]) };
    return inner.is === "goods" ? { ...inner, pieces: Number(times[1]) } : inner;
  }
  if (MEMBER.test(text)) return { is: "member", text };
  if (RECEIPT.test(text)) return { is: "receipt", text };
  const pairing = PAIRING.exec(text);
  if (pairing) return { is: "pairing", text: pairing[1]! };
  const gtin = gtinOf(text);
  if (gtin) return { is: "goods", gtin, pieces: 1 };
  if (PAYMENT.test(text)) return { is: "payment", text };
  return /^\d{1,3}$/.test(text) && Number(text) > 0 ? { is: "quantity", pieces: Number(text) } : { is: "words", text };
}

/** Whether it may be a gift card's code: 16 letters and digits, none of which look alike. */
export function isCard(given: string): boolean {
  return /^[0-9A-HJKMNP-TV-Z]{16}$/i.test(given.replace(/[\s-]/g, "")) && read(given).is === "words";
}

/** The GTIN in a text as 14 digits; undefined when there is none or its check digit is wrong. */
export function gtinOf(text: string): string | undefined {
  const digits = /^(?:\d{8}|\d{12,14})$/.test(text) ? text : (DIGITAL_LINK.exec(text)?.[1] ?? ELEMENTS.exec(text)?.[1]);
  if (!digits) return undefined;
  const whole = digits.padStart(14, "0");
  const sum = [...whole].reduce((total, digit, at) => total + Number(digit) * (at % 2 ? 1 : 3), 0);
  return sum % 10 === 0 && Number(whole) > 0 ? whole : undefined;
}
