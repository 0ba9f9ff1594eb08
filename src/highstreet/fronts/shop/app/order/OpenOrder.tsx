import { useLocation, useRoute } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { api, told } from "@look/api";
import { useAsk } from "@look/ask";
import { Button, Dialog, Failed, Icon, Money, Picture, QrCode, Skeleton, toast, toastProblem } from "@look/components";
import { ago, clock, day, money, zoneBeside } from "@look/format";
import { isOnline } from "@look/online";
import { named, t } from "@look/texts";
import { changes, listen, receiptPath } from "../me/live";
import { Page, Part } from "../me/Page";
import { railName } from "../me/rails";
import { copyText } from "../shell/copy";
import { SignInGate } from "../shell/SignInGate";
import { askOrder, captured, depositLinked, isKept, moving, type Order, type Part as Payment } from "./order";
import { LinkParts, LinkSheet } from "./LinkParts";
import { Delivering } from "./Delivery";
import { PayPart, PaySheet, type Shown } from "./PayPart";
import { Payments } from "./Payments";
import "./texts";

/** One open order: what is paid, what is left and where; paid in full, its receipt comes in its place by itself. */
export function OpenOrder() {
  return (
    <Page title={t("shop-order-title")} back="/shop/orders">
      <SignInGate title={t("shop-me-orders_gate")} why={t("shop-me-orders_gate.why")}>
        <Whole />
      </SignInGate>
    </Page>
  );
}

function Whole() {
  listen();
  const { params } = useRoute();
  const { route } = useLocation();
  const brandId = params["brand"] ?? "";
  const saleId = params["sale"] ?? "";
  const { data, problem, again } = useAsk(() => askOrder(brandId, saleId), [brandId, saleId, changes.value, isOnline.value]);
  // What an answer to a tap says, until it is asked for again.
  const [newer, setNewer] = useState<Order>();
  const [shown, setShown] = useState<Shown>();
  const [linkId, setLinkId] = useState<string>();
  useEffect(() => setNewer(undefined), [data]);
  const order = newer ?? data?.data;
  // What was brought is followed here; its receipt is a tap away.
  const isPaid = order?.state === "paid" && !order.delivery;
  useEffect(() => {
    if (isPaid) route(`${receiptPath(brandId, saleId)}?new`, true);
  }, [isPaid, brandId, saleId, route]);
  if (!order || isPaid) return problem && !order ? <Failed problem={problem} {...(problem.status === 404 ? {} : { onRetry: again })} /> : <Skeleton lines={4} class="h-32 w-full" />;
  const isOpen = order.state === "open";
  const hasDue = isOpen && order.due_minor > 0;
  return (
    <>
      {data?.keptAt && <p class="quiet -mb-3 text-sm">{t("shop-me-kept_at", { ago: ago(new Date(data.keptAt)) })}</p>}
      {order.delivery && <Delivering order={order} delivery={order.delivery} />}
      {order.state !== "paid" && <Standing order={order} />}
      {hasDue && <PayPart order={order} onOrder={setNewer} onShown={setShown} />}
      {isOpen && !hasDue && !order.delivery && <p class="quiet px-1">{t("shop-order-nothing_left")}</p>}
      <Payments order={order} onOrder={setNewer} onShown={setShown} onLink={setLinkId} />
      {hasDue && <LinkParts order={order} onOrder={setNewer} onLink={setLinkId} />}
      {isOpen && !order.delivery && <AtShop order={order} />}
      {isOpen && <Cancel order={order} onOrder={setNewer} />}
      {/* Not with what opens them: that goes once all is asked for. */}
      <PaySheet order={order} shown={shown} onClose={() => setShown(undefined)} />
      <LinkSheet order={order} part={order.parts.find((part) => part.tender_id === linkId)} onClose={() => setLinkId(undefined)} />
    </>
  );
}

/** Until when it is kept, in words; the time at the place. */
export function keptWords(order: Order): string {
  if (order.state === "closing") return t("shop-order-closing");
  if (order.state === "abandoned" || !order.held_until) return t("shop-order-given_up");
  if (order.delivery && isKept(order)) return t("shop-order-paid_whole");
  if (isKept(order)) return t("shop-order-kept_until", { day: day(order.held_until, order.time_zone) });
  return t("shop-order-pay_deposit_by", { amount: money(order.deposit_minor ?? 0, order.currency), time: `${clock(order.held_until, order.time_zone)}${zoneBeside(order.held_until, order.time_zone)}` });
}

/** How much of it is paid, as a bar and in words. */
export function Progress({ order }: { order: Order }) {
  const paid = t("shop-order-paid_of", { paid: money(order.held_minor, order.currency), total: money(order.total_minor, order.currency) });
  const coming = moving(order).reduce((sum, part) => sum + part.amount_minor, 0);
  const linked = order.parts.reduce((sum, part) => sum + (part.link_state === "open" ? part.amount_minor : 0), 0);
  const left = order.total_minor - order.held_minor;
  return (
    <div class="grid gap-2">
      <progress class="progress progress-primary" max={order.total_minor} value={order.held_minor} aria-label={paid} />
      <p class="flex flex-wrap items-baseline justify-between gap-x-4">
        <span class="figures font-medium">{paid}</span>
        {order.state === "open" && <span class="quiet figures text-sm">{t("shop-order-left", { amount: money(left, order.currency) })}</span>}
      </p>
      {linked > 0 && <p class="quiet text-sm">{t("shop-order-linked", { amount: money(linked, order.currency) })}</p>}
      {order.state === "open" && depositLinked(order) > 0 && <p class="text-sm">{t("shop-order-deposit_linked", { amount: money(depositLinked(order), order.currency) })}</p>}
      {coming > 0 && <p class="quiet text-sm">{t("shop-order-under_way", { amount: money(coming, order.currency) })}</p>}
    </div>
  );
}

function Standing({ order }: { order: Order }) {
  return (
    <section class="surface grid gap-4 p-4">
      <header class="flex items-start gap-3">
        <Picture of="places" category={order.brand.category} seed={order.place_id} class="size-12" />
        <div class="min-w-0 flex-1">
          <h2 class="font-semibold break-keep">{named(order.brand.name_en, order.brand.name_zh)}</h2>
          <p class="quiet text-sm">
            {t(order.delivery ? "shop-order-sold_by" : "shop-order-picked_up_at")}{" "}
            <a class="link" href={`/shop/places/${order.brand_id}/${order.place_id}`}>
              {named(order.place_name_en, order.place_name_zh)}
            </a>
          </p>
        </div>
      </header>
      <p class="flex items-start gap-3" role="status">
        <Icon name={order.state === "open" ? "clock" : "refund"} class="icon-sm mt-0.5" />
        <span>
          {keptWords(order)}
          {order.state === "abandoned" && <span class="quiet block text-sm">{t("shop-order-given_up.what")}</span>}
        </span>
      </p>
      {order.state === "open" && <Progress order={order} />}
      <ul class="divide-y divide-base-300 border-t border-base-300">
        {order.lines.map((line) => (
          <li key={line.line_no} class="flex justify-between gap-4 py-3">
            <span>
              {named(line.name_en, line.name_zh)}
              {line.quantity > 1 && <span class="quiet figures"> × {line.quantity}</span>}
            </span>
            <Money minor={line.net_minor} currency={order.currency} class="whitespace-nowrap" />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The code that finds it at a register, and what can be paid where. */
function AtShop({ order }: { order: Order }) {
  const brand = named(order.brand.name_en, order.brand.name_zh);
  return (
    <Part title={t("shop-order-at_shop")}>
      <div class="surface grid justify-items-center gap-3 p-4 text-center">
        <p>{t("shop-order-at_shop.what", { brand })}</p>
        <QrCode text={order.sale_id} label={t("shop-order-code")} class="w-40 border border-base-300" />
        <Button kind="soft" icon="copy" onClick={() => void copyText(order.sale_id, t("shop-order-code_copied"))}>
          {t("shop-order-copy_code")}
        </Button>
        <p class="quiet text-sm">{t("shop-order-where", { brand, place: named(order.place_name_en, order.place_name_zh) })}</p>
      </div>
    </Part>
  );
}

/** Where a payment goes back to. */
function wayBack(order: Order, part: Payment): string {
  const facts = { amount: money(part.amount_minor, order.currency), place: named(order.place_name_en, order.place_name_zh), rail: railName(part.rail) };
  if (part.rail === "cash") return t("shop-order-to_cash", facts);
  if (part.rail === "slip") return t("shop-order-to_slip", facts);
  if (part.rail === "points") return t("shop-order-to_points", facts);
  return t(part.link_state ? "shop-order-to_payer" : "shop-order-to_rail", facts);
}

/** Giving it up: what comes back and to where is said before it is done. */
function Cancel({ order, onOrder }: { order: Order; onOrder: (order: Order) => void }) {
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const paid = captured(order);
  const hasOpen = order.parts.some((part) => part.direction === "in" && ["planned", "pending", "unknown"].includes(part.state));

  async function cancel(): Promise<void> {
    setBusy(true);
    try {
      onOrder(await told(api.POST("/shop/v1/orders/{brand_id}/{sale_id}/cancel", { params: { path: { brand_id: order.brand_id, sale_id: order.sale_id } } })));
      setAsking(false);
      toast(t("shop-order-cancelled"), "refund");
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <Button kind="plain" class="text-error" isWide onClick={() => setAsking(true)}>
        {t("shop-order-cancel")}
      </Button>
      <Dialog
        title={t("shop-order-cancel_ask")}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        actions={
          <>
            <Button kind="plain" onClick={() => setAsking(false)}>
              {t("shop-order-cancel_no")}
            </Button>
            <Button kind="danger" isBusy={isBusy} onClick={() => void cancel()}>
              {t("shop-order-cancel_yes")}
            </Button>
          </>
        }
      >
        <div class="grid gap-3">
          <p>{t(paid.length > 0 ? "shop-order-cancel_back" : "shop-order-cancel_free")}</p>
          {paid.length > 0 && (
            <ul class="grid gap-2">
              {paid.map((part) => (
                <li key={part.tender_id} class="flex items-start gap-3">
                  <Icon name="refund" class="icon-sm quiet mt-0.5" />
                  {wayBack(order, part)}
                </li>
              ))}
            </ul>
          )}
          {hasOpen && <p class="quiet text-sm">{t("shop-order-cancel_open")}</p>}
        </div>
      </Dialog>
    </>
  );
}

