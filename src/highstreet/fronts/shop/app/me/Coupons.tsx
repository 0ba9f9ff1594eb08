import { useState } from "preact/hooks";
import type { Told } from "@look/api";
import { Badge, Icon, QrCode, Sheet } from "@look/components";
import { day } from "@look/format";
import { named, t } from "@look/texts";
import { Part } from "./Page";
import { leftOf, termsOf } from "./terms";
import { TermsBeside } from "./TermsBeside";

type Coupon = Told["CouponTold"];

/** Coupons, those of the card on top first, the first to expire first; used ones folded away. */
export function Coupons({ coupons, firstBrandId }: { coupons: Coupon[]; firstBrandId: string | undefined }) {
  const [open, setOpen] = useState<Coupon>();
  const isFirst = (one: Coupon) => (one.brand.brand_id === firstBrandId ? 0 : 1);
  const good = coupons.filter((one) => one.state === "usable" || one.state === "not_yet").sort((a, b) => isFirst(a) - isFirst(b) || a.valid_until.localeCompare(b.valid_until));
  const over = coupons.filter((one) => !good.includes(one));
  return (
    <Part
      title={t("shop-me-coupons")}
      more={
        <a class="link link-hover tap inline-flex items-center text-sm font-medium text-primary" href="/shop/feed">
          {t("shop-me-coupons_more")}
        </a>
      }
    >
      {good.length === 0 && <p class="surface quiet p-4 text-sm">{t("shop-me-coupons_none")}</p>}
      <ul class="grid gap-3">
        {good.map((coupon) => (
          <li key={coupon.coupon_id}>
            <Line coupon={coupon} onClick={() => setOpen(coupon)} />
          </li>
        ))}
      </ul>
      {over.length > 0 && (
        <details class="mt-1">
          <summary class="quiet tap flex cursor-pointer items-center gap-1 px-1 text-sm">
            <Icon name="chevron-down" class="icon-sm" />
            {t("shop-me-coupons_used", { count: over.length })}
          </summary>
          <ul class="grid gap-3 pt-2">
            {over.map((coupon) => (
              <li key={coupon.coupon_id}>
                <Line coupon={coupon} />
              </li>
            ))}
          </ul>
        </details>
      )}
      {open && (
        <Sheet title={named(open.title_en, open.title_zh)} isOpen onClose={() => setOpen(undefined)}>
          <Whole coupon={open} />
        </Sheet>
      )}
    </Part>
  );
}

function Line({ coupon, onClick }: { coupon: Coupon; onClick?: () => void }) {
  const left = leftOf(coupon.valid_until);
  const isGood = coupon.state === "usable";
  const inner = (
    <>
      <span class={`coupon-stub ${isGood ? "" : "opacity-50"}`}>
        <Icon name="coupon" />
      </span>
      <span class="grid min-w-0 flex-1 gap-0.5 px-4 py-3 text-left">
        <span class="quiet text-sm">{named(coupon.brand.name_en, coupon.brand.name_zh)}</span>
        <span class="font-semibold">{named(coupon.title_en, coupon.title_zh)}</span>
        <TermsBeside title={named(coupon.title_en, coupon.title_zh)} terms={coupon} currency={coupon.brand.currency} class="quiet text-sm" />
      </span>
      <span class="self-center pr-3">
        {isGood ? <Badge tone={left.isSoon ? "warn" : "plain"}>{left.text}</Badge> : <Badge>{t(stateKey(coupon.state))}</Badge>}
      </span>
    </>
  );
  const look = "surface flex w-full items-stretch overflow-hidden";
  return onClick ? (
    <button type="button" class={`${look} hover:border-primary`} onClick={onClick}>
      {inner}
    </button>
  ) : (
    <div class={look}>{inner}</div>
  );
}

function stateKey(state: string): "shop-me-used" | "shop-me-not_yet" | "shop-me-inactive" {
  if (state === "used_up") return "shop-me-used";
  return state === "not_yet" ? "shop-me-not_yet" : "shop-me-inactive";
}

/** All about one coupon, and its code for the register. */
function Whole({ coupon }: { coupon: Coupon }) {
  return (
    <div class="grid justify-items-center gap-4 text-center">
      <p class="quiet">{t("shop-me-coupon_how")}</p>
      <QrCode text={coupon.coupon_id} label={named(coupon.title_en, coupon.title_zh)} class="w-52 border border-base-300" />
      <ul class="grid w-full gap-2 text-left">
        <Fact icon="coupon">{termsOf(coupon, coupon.brand.currency)}</Fact>
        <Fact icon="store">{t("shop-me-coupon_where", { brand: named(coupon.brand.name_en, coupon.brand.name_zh) })}</Fact>
        <Fact icon="calendar">{t("shop-me-coupon_when", { from: day(coupon.valid_from), until: day(coupon.valid_until) })}</Fact>
        <Fact icon="plus">{t(coupon.is_stackable ? "shop-me-together" : "shop-me-alone")}</Fact>
      </ul>
    </div>
  );
}

function Fact({ icon, children }: { icon: "coupon" | "store" | "calendar" | "plus"; children: string }) {
  return (
    <li class="flex items-center gap-3">
      <Icon name={icon} class="icon-sm quiet" />
      {children}
    </li>
  );
}
