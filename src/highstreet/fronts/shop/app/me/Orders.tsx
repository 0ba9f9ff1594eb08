import { useState } from "preact/hooks";
import { api, told, type Told } from "@look/api";
import { useAsk } from "@look/ask";
import { Badge, Button, Empty, Failed, Money, Picture, Skeleton, toastProblem } from "@look/components";
import { ago, clock, day, zoneBeside } from "@look/format";
import { isOnline } from "@look/online";
import { named, t } from "@look/texts";
import { askOrders } from "../order/order";
import { OpenOrders } from "../order/OpenOrders";
import { SignInGate } from "../shell/SignInGate";
import { askKept } from "./keep";
import { arrived, changes, lastReceipt, listen, receiptPath } from "./live";
import { Page } from "./Page";
import "./texts";

type Receipts = Told["ReceiptsTold"];
type Receipt = Told["BrandReceiptTold"];

/** What is ordered and everything bought, the newest first; what is paid now appears by itself. */
export function Orders() {
  return (
    <Page title={t("shop-me-orders")}>
      <SignInGate title={t("shop-me-orders_gate")} why={t("shop-me-orders_gate.why")}>
        <List />
      </SignInGate>
    </Page>
  );
}

function ask(after?: Receipts): Promise<Receipts> {
  const query = after?.next_before ? { before: after.next_before, before_id: after.next_before_id ?? null } : {};
  return told(api.GET("/shop/v1/receipts", { params: { query } }));
}

function List() {
  listen();
  const { data, problem, again } = useAsk(() => askKept("receipts", () => ask()), [changes.value, isOnline.value]);
  const orders = useAsk(askOrders, [changes.value, isOnline.value]);
  const [older, setOlder] = useState<Receipts[]>([]);
  const [isBusy, setBusy] = useState(false);
  if (!data) return problem ? <Failed problem={problem} onRetry={again} /> : <Skeleton lines={5} class="h-20 w-full" />;
  const first = data.data;
  const last = older.at(-1) ?? first;
  const receipts = unique([...first.receipts, ...older.flatMap((page) => page.receipts)]);
  if (receipts.length === 0) {
    const listed = orders.data?.data.filter((one) => one.state !== "paid") ?? [];
    if (orders.isLoading && !orders.data) return <Skeleton lines={5} class="h-20 w-full" />;
    if (listed.length > 0) return <OpenOrders orders={listed} />;
    if (orders.problem) return <Failed problem={orders.problem} onRetry={orders.again} />;
    return (
      <Empty
        scene="bag"
        title={t("shop-me-orders_empty")}
        action={
          <a class="btn btn-primary tap" href="/shop/wallet">
            {t("shop-me-to_wallet")}
          </a>
        }
      >
        {t("shop-me-orders_empty.what")}
      </Empty>
    );
  }

  async function more(): Promise<void> {
    setBusy(true);
    try {
      const next = await ask(last);
      setOlder((was) => [...was, next]);
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      {data.keptAt && <p class="quiet -mb-3 text-sm">{t("shop-me-kept_at", { ago: ago(new Date(data.keptAt)) })}</p>}
      <p class="sr-only" role="status">
        {lastReceipt.value && t("shop-me-paid_at", { place: named(lastReceipt.value.place.name_en, lastReceipt.value.place.name_zh) })}
      </p>
      {orders.data ? <OpenOrders orders={orders.data.data} /> : orders.problem && <Failed problem={orders.problem} onRetry={orders.again} />}
      {byDay(receipts).map(([title, ofDay]) => (
        <section key={title} class="grid gap-2">
          <h2 class="quiet px-1 text-sm font-medium">{title}</h2>
          <ul class="surface divide-y divide-base-300 overflow-hidden">
            {ofDay.map((receipt) => (
              <li key={receipt.sale_id} class={arrived.has(receipt.sale_id) ? "animate-arrive" : ""}>
                <Line receipt={receipt} />
              </li>
            ))}
          </ul>
        </section>
      ))}
      {last.next_before && (
        <Button kind="soft" isWide isBusy={isBusy} onClick={() => void more()}>
          {t("shop-me-older")}
        </Button>
      )}
    </>
  );
}

function Line({ receipt }: { receipt: Receipt }) {
  const pieces = receipt.lines.reduce((sum, line) => sum + line.quantity, 0);
  const isNew = arrived.has(receipt.sale_id);
  return (
    <a class="flex min-h-20 items-center gap-3 px-4 py-3 hover:bg-base-200" href={`${receiptPath(receipt.brand_id, receipt.sale_id)}${isNew ? "?new" : ""}`}>
      <Picture of="places" category={receipt.brand.category} seed={receipt.brand_id} class="size-12" />
      <span class="grid min-w-0 flex-1 gap-0.5">
        <span class="font-medium break-keep">{named(receipt.place.name_en, receipt.place.name_zh)}</span>
        <span class="quiet text-sm">
          {clock(receipt.paid_at, zoneOf(receipt))}
          {zoneBeside(receipt.paid_at, zoneOf(receipt))} · {t("shop-me-pieces", { count: pieces })}
        </span>
        {(isNew || receipt.returned_minor > 0) && (
          <span class="flex gap-1 pt-0.5">
            {isNew && (
              <Badge tone="good" icon="check">
                {t("shop-me-just_paid")}
              </Badge>
            )}
            {receipt.returned_minor > 0 && <Badge icon="refund">{t(receipt.returned_minor < receipt.total_minor ? "shop-me-part_returned" : "shop-me-all_returned")}</Badge>}
          </span>
        )}
      </span>
      <Money minor={receipt.total_minor} currency={receipt.currency} class="whitespace-nowrap font-semibold" />
    </a>
  );
}

function unique(receipts: Receipt[]): Receipt[] {
  return [...new Map(receipts.map((one) => [one.sale_id, one])).values()];
}

/** The place's; what was kept on the phone long ago has none. */
function zoneOf(receipt: Receipt): string | undefined {
  return receipt.time_zone ?? undefined;
}

/** By the day at the place, in the order given. */
function byDay(receipts: Receipt[]): [title: string, receipts: Receipt[]][] {
  const days = new Map<string, Receipt[]>();
  for (const one of receipts) {
    const paidOn = day(one.paid_at, zoneOf(one));
    const title = paidOn === day(new Date(), zoneOf(one)) ? t("shop-me-today") : paidOn;
    days.set(title, [...(days.get(title) ?? []), one]);
  }
  return [...days];
}
