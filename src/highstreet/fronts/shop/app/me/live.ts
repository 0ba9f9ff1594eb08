/** What happens to this person, as it happens: receipts, returns, orders, coupons, points. One stream for all pages. */
import { effect, signal } from "@preact/signals";
import { toast } from "@look/components";
import { api, told, type Told } from "@look/api";
import { money } from "@look/format";
import { openStream, type Stream } from "@look/stream";
import { t } from "@look/texts";
import { me } from "../shell/who";
import { forget } from "./keep";
import "./texts";

/** As the stream tells it: without its brand's words and what came back later. */
export type StreamReceipt = Omit<Told["BrandReceiptTold"], "brand" | "returns">;

interface StreamReturn {
  brand_id: string;
  sale_id: string;
  currency: string;
  refund_minor: number;
}

/** The receipt that came last while this page was open. */
export const lastReceipt = signal<StreamReceipt | undefined>(undefined);
/** Grows whenever something was bought, returned, claimed or earned: ask again what depends on it. */
export const changes = signal(0);
/** Receipts that came by the stream, by sale: shown at once, before the whole one is fetched. */
export const arrived = new Map<string, StreamReceipt>();

let stream: Stream | undefined;
let isListening = false;
/** When the newest receipt known was paid; a gap in the stream may hide newer ones. */
let newestAt: string | undefined;

/** Listen while somebody is signed in; asked again, it changes nothing. */
export function listen(): void {
  if (isListening) return;
  isListening = true;
  effect(() => {
    const isSomebody = Boolean(me.value);
    if (isSomebody && !stream) stream = open();
    if (!isSomebody && me.value === null) {
      stream?.close();
      stream = undefined;
      arrived.clear();
      newestAt = undefined;
      lastReceipt.value = undefined;
    }
  });
}

function changed(): void {
  changes.value++;
}

function open(): Stream {
  const known = catchUp();
  return openStream(
    "/shop/v1/stream",
    {
      "sales.sale_paid.v1": (receipt: StreamReceipt) => {
        if (arrives(receipt)) changed();
      },
      "sales.sale_returned.v1": (back: StreamReturn) => {
        changed();
        toast(t("shop-me-returned_now", { amount: money(back.refund_minor, back.currency) }), "refund", {
          label: t("shop-me-see"),
          run: () => goTo(receiptPath(back.brand_id, back.sale_id)),
        });
      },
      "sales.order_moved.v1": changed,
      "offers.coupon_claimed.v1": changed,
      "members.points_earned.v1": changed,
      "members.points_reversed.v1": changed,
      "identity.session_revoked.v1": () => {
        // Ended here or on another device: nothing of the person stays.
        document.cookie = "hs_shop_in=; Path=/shop; Max-Age=0; SameSite=Lax";
        void forget();
        me.value = null;
      },
    },
    {
      onOpened: () => void known.then(catchUp),
      onReopened: () => {
        changed();
        void catchUp();
      },
    },
  );
}

/** Whether it is new; after a gap the stream tells again what may have been told. */
function arrives(receipt: StreamReceipt): boolean {
  if (arrived.has(receipt.sale_id)) return false;
  arrived.set(receipt.sale_id, receipt);
  if (newestAt === undefined || receipt.paid_at > newestAt) newestAt = receipt.paid_at;
  lastReceipt.value = receipt;
  announce(receipt);
  return true;
}

/** What was paid before the stream was open, while the phone slept or the server was away. */
async function catchUp(): Promise<void> {
  try {
    const { receipts } = await told(api.GET("/shop/v1/receipts", { params: { query: { limit: 5 } } }));
    const known = newestAt;
    newestAt ??= receipts[0]?.paid_at ?? "";
    if (known === undefined) return;
    const missed = receipts.filter((one) => one.paid_at > known).reverse();
    if (missed.filter(arrives).length) changed();
  } catch {
    // The next gap asks again.
  }
}

/** In the wallet and among the orders the receipt comes up by itself, an order's own page sees to it; elsewhere one is told of it. */
function announce(receipt: StreamReceipt): void {
  const path = receiptPath(receipt.brand_id, receipt.sale_id);
  if (/^\/shop\/wallet\b/.test(location.pathname)) return goTo(`${path}?new`);
  if (["/shop/orders", path, `${path}/order`].includes(location.pathname)) return;
  toast(t("shop-me-receipt_arrived", { amount: money(receipt.total_minor, receipt.currency) }), "receipt", {
    label: t("shop-me-see"),
    run: () => goTo(`${path}?new`),
  });
}

export function receiptPath(brandId: string, saleId: string): string {
  return `/shop/orders/${brandId}/${saleId}`;
}

/** Go to an address from outside of any component. */
export function goTo(path: string): void {
  history.pushState(null, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
}
