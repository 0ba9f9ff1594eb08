/** The terms of offers and coupons, and how long is left, in words. */
import { day, money, number, percent } from "@look/format";
import { t } from "@look/texts";

export interface Terms {
  kind: string;
  spend_minor?: number | null;
  off_minor?: number | null;
  percent_bp?: number | null;
  max_off_minor?: number | null;
}

/** What it gives: 10 off from 50; 15% off, at most 20. */
export function termsOf(terms: Terms, currency: string): string {
  if (terms.kind === "spend_get") {
    return t("shop-me-terms_spend_get", { off: money(terms.off_minor ?? 0, currency), spend: money(terms.spend_minor ?? 0, currency) });
  }
  if (terms.kind === "percent") {
    const off = percent(terms.percent_bp ?? 0);
    return terms.max_off_minor ? t("shop-me-terms_percent_max", { percent: off, most: money(terms.max_off_minor, currency) }) : t("shop-me-terms_percent", { percent: off });
  }
  return t("shop-me-terms_member_price");
}

const DAY_MS = 86_400_000;

/** How long it is still good, and whether that is soon over. */
export function leftOf(validUntil: string, now: number = Date.now()): { text: string; isSoon: boolean } {
  const left = new Date(validUntil).getTime() - now;
  if (left < DAY_MS) return { text: left > 0 ? t("shop-me-left_hours", { hours: Math.max(1, Math.floor(left / 3_600_000)) }) : t("shop-me-left_none"), isSoon: true };
  const days = Math.floor(left / DAY_MS);
  return days > 60 ? { text: t("shop-me-left_until", { day: day(validUntil) }), isSoon: false } : { text: t("shop-me-left_days", { days }), isSoon: days < 3 };
}

/** How many of an offer are left, when that is worth saying. */
export function leftWords(left: number | null | undefined, total: number | null | undefined): string | undefined {
  if (left === null || left === undefined || !total) return undefined;
  return left * 5 < total || left < 50 ? t("shop-me-left_count", { count: number(left) }) : undefined;
}
