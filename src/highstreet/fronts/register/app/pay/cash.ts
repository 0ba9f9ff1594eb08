/** Cash: what was typed, what people hand over, what goes back. */
export function fractionDigits(currency: string): number {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** Minor units of an amount as typed ("170", "170.5", "170,50"); undefined when it is none. */
export function minorOf(text: string, currency: string): number | undefined {
  const digits = fractionDigits(currency);
  const found = /^(\d{1,9})(?:[.,](\d*))?$/.exec(text.trim());
  if (!found) return undefined;
  const fraction = found[2] ?? "";
  if (fraction.length > digits) return undefined;
  return Number(found[1]) * 10 ** digits + Number(fraction.padEnd(digits, "0") || "0");
}

/** Minor units as hands type them: 17000 is "170", 17050 "170.50". */
export function amountText(minor: number, currency: string): string {
  const digits = fractionDigits(currency);
  const major = 10 ** digits;
  return minor % major ? (minor / major).toFixed(digits) : String(minor / major);
}

/** What is likely to be handed over for a total: exactly it, then rounded up to coins and notes. At most five, rising. */
export function quickAmounts(total: number, currency: string): number[] {
  const major = 10 ** fractionDigits(currency);
  const found = new Set([total]);
  for (const note of [1, 5, 10, 20, 50, 100, 200, 500]) found.add(Math.ceil(total / (note * major)) * note * major);
  return [...found].sort((a, b) => a - b).slice(0, 5);
}
