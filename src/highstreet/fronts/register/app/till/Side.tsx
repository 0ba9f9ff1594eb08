/** For whom the basket is, which coupons help and why one does not, and what it comes to. */
import { Button, Icon, IconButton } from "@look/components";
import { day, money, number } from "@look/format";
import { locale, named, t, type TextKey } from "@look/texts";
import { currency, desk } from "../desk";
import { pay } from "../pay/start";
import type { HintTold, QuoteTold } from "../told";
import { InPartsButton, ParkedButton } from "./Parking";
import { coupons, dropCoupon, isPriced, lines, member, pieces, quote, quoteProblem, setMember, showCoupon } from "./basket";

const TIERS = new Set(["member", "silver", "gold", "platinum"]);
const REASONS = new Set(["threshold_not_met", "not_better", "not_stackable", "not_member", "no_member_price", "unknown", "needs_member", "inactive", "not_yet", "expired", "used_up", "same_offer"]);

/** Why a coupon brings nothing, in words; `missing`: what the basket lacks for it, in minor units of `unit`. */
export function whyNot(reason: string, missing?: number | null, unit = currency()): string {
  if (missing) return t("register-why_missing", { amount: money(missing, unit) });
  return t((REASONS.has(reason) ? `register-why_${reason}` : "register-why_else") as TextKey);
}

export function Side() {
  return (
    <aside class="till-side grid content-start gap-3" style={{ gridArea: "side" }} aria-label={t("register-side")}>
      <MemberCard />
      {quote.value && lines.value.length > 0 && <Coupons quote={quote.value} />}
      {quote.value && lines.value.length > 0 && <Sums quote={quote.value} />}
      <InPartsButton />
      <ParkedButton />
    </aside>
  );
}

function MemberCard() {
  const who = member.value;
  if (!who) {
    return (
      <section class="surface flex items-center gap-3 p-4">
        <Icon name="member" class="quiet" />
        <p class="quiet text-sm">{t("register-member_none")}</p>
      </section>
    );
  }
  const tier = who.tier ? (TIERS.has(who.tier) ? t(`register-tier_${who.tier}` as TextKey) : who.tier) : "";
  return (
    <section class="flex items-center gap-3 rounded-2xl bg-secondary p-3 pl-4 text-secondary-content" aria-label={t("register-member")}>
      <Icon name="member" />
      <div class="min-w-0 flex-1">
        <p class="font-semibold">{tier || t("register-member_asking")}</p>
        {who.points !== undefined && <p class="figures text-sm">{t("register-points", { points: who.points, shown: number(who.points) })}</p>}
      </div>
      <IconButton icon="x" label={t("register-member_drop")} onClick={() => setMember(null)} />
    </section>
  );
}

function Coupons({ quote: price }: { quote: QuoteTold }) {
  const useful = price.coupons.filter((hint) => hint.saves_minor > 0);
  const others = price.coupons.filter((hint) => hint.saves_minor === 0);
  const shown = coupons.value.map((code) => ({ code, applied: price.discounts.find((one) => one.coupon_id === code), why: price.rejected.find((one) => one.coupon === code) }));
  if (!useful.length && !others.length && !shown.length) return null;
  return (
    <section class="surface grid gap-1 p-2" aria-label={t("register-coupons")}>
      <h2 class="quiet px-2 pt-1 text-sm font-medium">{t("register-coupons")}</h2>
      {shown.map(({ code, applied, why }) => (
        <div key={code} class={`flex items-center gap-2 rounded-xl py-1 pl-3 ${applied ? "bg-accent text-accent-content" : ""}`}>
          <Icon name={applied ? "check-circle" : why ? "x-circle" : "coupon"} class={applied ? "" : "quiet"} />
          <span class="min-w-0 flex-1">
            <span class="block font-medium">{applied ? named(applied.title_en, applied.title_zh) : t("register-coupon")}</span>
            {applied && <span class="block text-sm">{t("register-coupon_applied")}</span>}
            {why && <span class="block text-sm">{whyNot(why.reason, why.missing_minor, price.currency)}</span>}
            {!applied && !why && isPriced.value && <span class="block text-sm">{t("register-coupon_shown")}</span>}
          </span>
          {applied && <span class="figures font-semibold">−{money(applied.amount_minor, price.currency)}</span>}
          <IconButton icon="x" label={t("register-coupon_drop")} onClick={() => dropCoupon(code)} />
        </div>
      ))}
      {useful.map((hint, n) => (
        <Useful key={hint.coupon_id} hint={hint} isFirst={n === 0} currency={price.currency} />
      ))}
      {others.map((hint) => (
        <div key={hint.coupon_id} class="flex gap-2 px-2 py-1.5">
          <Icon name="coupon" class="quiet icon-sm mt-0.5" />
          <span class="min-w-0 flex-1 text-sm">
            <span class="block font-medium">{named(hint.title_en, hint.title_zh)}</span>
            <span class="quiet block">{whyNot(hint.reason ?? "not_better", hint.missing_minor, price.currency)}</span>
          </span>
        </div>
      ))}
    </section>
  );
}

function Useful({ hint, isFirst, currency: unit }: { hint: HintTold; isFirst: boolean; currency: string }) {
  return (
    <button type="button" class="flex min-h-12 items-center gap-2 rounded-xl border-2 border-dashed border-accent px-3 py-2 text-left hover:bg-base-200" aria-keyshortcuts={isFirst ? "F3" : undefined} onClick={() => showCoupon(hint.coupon_id)}>
      <Icon name="plus" class="text-primary" />
      <span class="min-w-0 flex-1">
        <span class="block font-semibold">{named(hint.title_en, hint.title_zh)}</span>
        <span class="block text-sm">{t("register-coupon_saves", { amount: money(hint.saves_minor, unit), until: day(hint.valid_until, desk.value?.time_zone) })}</span>
      </span>
      <span class="font-semibold text-primary">{t("register-coupon_add")}</span>
      {isFirst && <kbd class="key">F3</kbd>}
    </button>
  );
}

/** The best coupon that would help and was not shown yet. */
export function bestHint(): HintTold | undefined {
  return quote.value?.coupons.find((hint) => hint.saves_minor > 0);
}

function Sums({ quote: price }: { quote: QuoteTold }) {
  if (!price.discount_minor) return null;
  return (
    <dl class="surface grid grid-cols-[1fr_auto] gap-x-4 gap-y-1 p-4 text-sm">
      <dt class="quiet">{t("register-before")}</dt>
      <dd class="figures text-right">{money(price.list_minor, price.currency)}</dd>
      {price.discounts.map((one) => (
        <>
          <dt class="quiet">{named(one.title_en, one.title_zh)}</dt>
          <dd class="figures text-right font-medium text-primary">−{money(one.amount_minor, price.currency)}</dd>
        </>
      ))}
    </dl>
  );
}

/** The total, and the way to pay it. */
export function PayBar() {
  const price = quote.value;
  const isEmpty = !lines.value.length;
  return (
    <div class="till-pay safe-bottom grid grid-cols-[1fr_auto] items-center gap-3 sm:grid-cols-1" style={{ gridArea: "pay" }}>
      <div>
        <p class="quiet flex justify-between text-sm">
          <span>{t("register-total")}</span>
          <span class="hidden sm:inline">{t("register-pieces", { pieces: pieces.value })}</span>
        </p>
        <output class={`figures block text-3xl font-semibold tracking-tight sm:text-5xl ${!isEmpty && !isPriced.value ? "opacity-45" : ""}`} aria-live="polite" aria-busy={!isEmpty && !isPriced.value} lang={locale.value}>
          {money(isEmpty ? 0 : (price?.total_minor ?? 0), price?.currency ?? currency())}
        </output>
        {quoteProblem.value && !isEmpty && (
          <p class="mt-1 text-sm text-error" role="alert">
            {quoteProblem.value.detail || quoteProblem.value.title}
          </p>
        )}
      </div>
      <Button class="h-16 px-6 text-xl sm:w-full" disabled={isEmpty} onClick={pay}>
        {t("register-pay")} <kbd class="key">Enter</kbd>
      </Button>
    </div>
  );
}

