import { Icon, Money, Picture } from "@look/components";
import { named, t } from "@look/texts";
import { railName } from "../me/rails";
import { keptWords, Progress } from "./OpenOrder";
import { captured, orderPath, type Order } from "./order";
import "./texts";

/** Orders that are not paid in full, above the receipts; those given up below, as long as money came for them. */
export function OpenOrders({ orders }: { orders: Order[] }) {
  const open = orders.filter((order) => order.state === "open" || order.state === "closing");
  const sent = orders.filter(isOnItsWay);
  const gone = orders.filter((order) => order.state === "abandoned" && captured(order).length > 0);
  return (
    <>
      {open.length > 0 && (
        <section class="grid gap-2">
          <h2 class="quiet px-1 text-sm font-medium">{t("shop-order-open_orders")}</h2>
          <ul class="grid gap-3">
            {open.map((order) => (
              <li key={order.sale_id}>
                <Card order={order} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {sent.length > 0 && (
        <section class="grid gap-2">
          <h2 class="quiet px-1 text-sm font-medium">{t("shop-order-sent_orders")}</h2>
          <Few orders={sent} />
        </section>
      )}
      {gone.length > 0 && (
        <details class="surface">
          <summary class="tap cursor-pointer px-4 py-3">{t("shop-order-given_up_orders")}</summary>
          <Few orders={gone} />
        </details>
      )}
    </>
  );
}

const SHOWN_MS = 30 * 86_400_000;

/** What was sent is followed from here for a month. */
function isOnItsWay(order: Order): boolean {
  const last = order.delivery?.parcels.reduce((at, parcel) => Math.max(at, parcel.sent_at ? Date.parse(parcel.sent_at) : 0), 0) ?? 0;
  return order.state === "paid" && last > Date.now() - SHOWN_MS;
}

function Few({ orders }: { orders: Order[] }) {
  return (
          <ul class="surface divide-y divide-base-300">
            {orders.map((order) => (
              <li key={order.sale_id}>
                <a class="flex min-h-14 items-center gap-3 px-4 py-2 hover:bg-base-200" href={orderPath(order.brand_id, order.sale_id)}>
                  <span class="min-w-0 flex-1">{goodsOf(order)}</span>
                  <Money minor={order.total_minor} currency={order.currency} class="whitespace-nowrap" />
                  <Icon name="chevron-right" class="icon-sm quiet" />
                </a>
              </li>
            ))}
          </ul>
  );
}

function goodsOf(order: Order): string {
  return order.lines.map((line) => `${named(line.name_en, line.name_zh)}${line.quantity > 1 ? ` × ${line.quantity}` : ""}`).join(", ");
}

function Card({ order }: { order: Order }) {
  const paid = captured(order);
  return (
    <a class="surface grid gap-3 p-4 hover:border-primary" href={orderPath(order.brand_id, order.sale_id)}>
      <span class="flex items-start gap-3">
        <Picture of="places" category={order.brand.category} seed={order.place_id} class="size-12" />
        <span class="min-w-0 flex-1">
          <span class="block font-medium">{goodsOf(order)}</span>
          <span class="quiet block text-sm">{named(order.place_name_en, order.place_name_zh)}</span>
        </span>
        <Icon name="chevron-right" class="icon-sm quiet mt-1" />
      </span>
      {order.state === "open" && <Progress order={order} />}
      {paid.length > 0 && (
        <ul class="quiet grid gap-0.5 text-sm">
          {paid.map((part) => (
            <li key={part.tender_id} class="flex justify-between gap-4">
              <span>{part.link_state ? t("shop-order-by_link", { rail: railName(part.rail) }) : railName(part.rail)}</span>
              <Money minor={part.amount_minor} currency={order.currency} />
            </li>
          ))}
        </ul>
      )}
      <span class="flex items-start gap-2 text-sm">
        <Icon name="clock" class="mt-0.5 size-4" />
        {keptWords(order)}
      </span>
    </a>
  );
}
