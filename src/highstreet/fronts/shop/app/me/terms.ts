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

/** What is to be known before it is taken: until when that can be done, how long the coupon is good then, and whether it stands alone. */
export function beforeTaking(offer: { ends_at: string; needs_coupon: boolean; coupon_valid_s: number; is_stackable: boolean }): string {
  // An offer ends before its `ends_at`: at a midnight the last day is the one before.
  const until = { day: day(new Date(new Date(offer.ends_at).getTime() - 1)) };
  if (!offer.needs_coupon) return t("shop-offer_until", until);
  const hours = Math.max(1, Math.floor(offer.coupon_valid_s / 3_600));
  const goodFor = hours < 48 ? t("shop-me-good_hours", { hours }) : t("shop-me-good_days", { days: Math.floor(hours / 24) });
  return [t("shop-me-offer_until", until), goodFor, ...(offer.is_stackable ? [] : [t("shop-me-alone")])].join(" · ");
}

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
