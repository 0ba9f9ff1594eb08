import { Button, Icon, Money } from "@look/components";
import { clock, day } from "@look/format";
import { named, t } from "@look/texts";
import type { Told } from "@look/api";
import { receiptPath } from "../me/live";
import type { Order } from "./order";
import "./texts";

export type Way = "pickup" | "delivery";
type Address = Told["OrderTold"]["delivery"];

const FIELDS = [
  { name: "name", hint: "name", most: 100, isNeeded: true },
  { name: "street", hint: "street-address", most: 200, isNeeded: true },
  { name: "postcode", hint: "postal-code", most: 20, isNeeded: false },
  { name: "city", hint: "address-level2", most: 100, isNeeded: true },
  { name: "phone", hint: "tel", most: 30, isNeeded: false },
  { name: "note", hint: "off", most: 200, isNeeded: false },
] as const;

/** To fetch it or to have it brought. */
export function WayChoice({ way, onWay }: { way: Way; onWay: (to: Way) => void }) {
  return (
    <fieldset class="grid grid-cols-2 gap-2">
      <legend class="mb-2 font-semibold">{t("shop-order-way")}</legend>
      {(["pickup", "delivery"] as const).map((one) => (
        <label key={one} class="surface flex min-h-12 cursor-pointer items-center gap-3 p-3">
          <input type="radio" class="radio radio-primary" name="way" value={one} checked={way === one} onChange={() => onWay(one)} />
          <Icon name={one === "pickup" ? "store" : "truck"} class="icon-sm" />
          <span class="break-keep">{t(one === "pickup" ? "shop-order-way_pickup" : "shop-order-way_delivery")}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** What was typed, as the API takes it. */
export function addressOf(form: HTMLFormElement) {
  const typed = new FormData(form);
  const field = (name: string) => String(typed.get(name) ?? "").trim();
  return { name: field("name"), street: field("street"), postcode: field("postcode"), city: field("city"), phone: field("phone"), note: field("note"), lat: null, lon: null };
}

/** Where it goes, and the order itself: paid whole in advance. */
export function AddressForm({ hours, isBusy, isLoading, onSubmit }: { hours: number; isBusy: boolean; isLoading: boolean; onSubmit: (event: Event) => Promise<void> }) {
  return (
    <form class="grid gap-4" onSubmit={(event) => void onSubmit(event)}>
      <fieldset class="surface grid gap-3 p-4">
        <legend class="sr-only">{t("shop-order-to")}</legend>
        {FIELDS.map(({ name, hint, most, isNeeded }) => (
          <label key={name} class="grid gap-1">
            <span class="text-sm font-medium">
              {t(`shop-order-to_${name}`)}
              {!isNeeded && <span class="quiet"> {t("shop-order-optional")}</span>}
            </span>
            <input class="input w-full text-base" name={name} autocomplete={hint} maxLength={most} required={isNeeded} {...(name === "phone" ? { inputMode: "tel" } : {})} />
          </label>
        ))}
      </fieldset>
      <ul class="grid gap-3">
        <Fact icon="truck">{t("shop-order-leaves", { hours })}</Fact>
        <Fact icon="refund">{t("shop-order-back_delivery")}</Fact>
      </ul>
      <Button isWide type="submit" isBusy={isBusy} disabled={isLoading}>
        {t("shop-order-place_delivery")}
      </Button>
    </form>
  );
}

function Fact({ icon, children }: { icon: "truck" | "refund"; children: string }) {
  return (
    <li class="flex items-start gap-3">
      <Icon name={icon} class="icon-sm quiet mt-0.5" />
      <span>{children}</span>
    </li>
  );
}

/** How far it is, to whom, and by which number it can be followed. */
export function Delivering({ order, delivery }: { order: Order; delivery: NonNullable<Address> }) {
  const where = [delivery.name, delivery.street, [delivery.postcode, delivery.city].filter(Boolean).join(" ")].filter(Boolean);
  return (
    <section class="surface grid gap-3 p-4">
      <p class="flex items-start gap-3 font-semibold" role="status">
        <Icon name={delivery.state === "sent" ? "truck" : "clock"} class="icon-sm mt-0.5" />
        <span>{words(order, delivery)}</span>
      </p>
      {where.length > 0 && <address class="quiet text-sm not-italic">{where.join(", ")}</address>}
      {delivery.missing > 0 && <p class="text-sm">{t("shop-order-missing", { count: delivery.missing })}</p>}
      {delivery.parcels
        .filter((parcel) => parcel.sent_at)
        .map((parcel) => (
          <div key={parcel.line_nos.join()} class="border-t border-base-300 pt-3">
            <p class="figures">{t("shop-order-parcel", { carrier: parcel.carrier || "–", number: parcel.tracking || "–" })}</p>
            <ul class="quiet text-sm">
              {order.lines
                .filter((line) => parcel.line_nos.includes(line.line_no))
                .map((line) => (
                  <li key={line.line_no}>{named(line.name_en, line.name_zh)}</li>
                ))}
            </ul>
          </div>
        ))}
      {order.state === "paid" && (
        <p class="flex items-baseline justify-between gap-4 border-t border-base-300 pt-3">
          <a class="link inline-flex min-h-11 items-center" href={receiptPath(order.brand_id, order.sale_id)}>
            {t("shop-order-receipt")}
          </a>
          <Money minor={order.total_minor} currency={order.currency} class="font-semibold" />
        </p>
      )}
    </section>
  );
}

function words(order: Order, delivery: NonNullable<Address>): string {
  const by = `${day(delivery.promised_by, order.time_zone)}, ${clock(delivery.promised_by, order.time_zone)}`;
  if (delivery.state === "waiting") return t("shop-order-delivery_waiting", { by });
  if (delivery.state === "packing") return t("shop-order-delivery_packing", { by });
  return t(delivery.state === "sent" ? "shop-order-delivery_sent" : "shop-order-delivery_ended");
}
