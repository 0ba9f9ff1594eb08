import { Fragment } from "preact";
import { useRoute } from "preact-iso";
import { api, told, type Told } from "@look/api";
import { useAsk } from "@look/ask";
import { Badge, Failed, Icon, Money, Picture, QrCode, Skeleton, Time } from "@look/components";
import { money, number, zoneBeside } from "@look/format";
import { isOnline } from "@look/online";
import { named, t } from "@look/texts";
import { SignInGate } from "../shell/SignInGate";
import { askKept, kept } from "./keep";
import { arrived, changes, listen, type StreamReceipt } from "./live";
import { Page } from "./Page";
import { Proof, proofOf } from "./Proof";
import { railName } from "./rails";
import "./texts";

type Whole = Told["BrandReceiptTold"];
type Shown = StreamReceipt & Partial<Pick<Whole, "brand" | "returns">>;

/** One receipt: what was bought, why it cost what it did, how it was paid, what came of it. */
export function Receipt() {
  return (
    <Page title={t("shop-me-receipt")} back="/shop/orders">
      <SignInGate title={t("shop-me-orders_gate")} why={t("shop-me-orders_gate.why")}>
        <Paper />
      </SignInGate>
    </Page>
  );
}

async function ask(brandId: string, saleId: string): Promise<Whole> {
  const name = `receipt ${saleId}`;
  try {
    return (await askKept(name, () => told(api.GET("/shop/v1/receipts/{brand_id}/{sale_id}", { params: { path: { brand_id: brandId, sale_id: saleId } } })))).data;
  } catch (error) {
    // Without a network the list, if it was kept, has most of it.
    const list = await kept<{ data: Told["ReceiptsTold"] }>("receipts");
    const found = isOnline.value ? undefined : list?.data.receipts.find((one) => one.sale_id === saleId);
    if (!found) throw error;
    return found;
  }
}

function Paper() {
  listen();
  const { params, query } = useRoute();
  const brandId = params["brand"] ?? "";
  const saleId = params["sale"] ?? "";
  const { data, problem, again } = useAsk(() => ask(brandId, saleId), [brandId, saleId, changes.value]);
  const receipt: Shown | undefined = data ?? arrived.get(saleId);
  if (!receipt) return problem ? <Failed problem={problem} onRetry={again} /> : <Skeleton lines={1} class="h-[32rem] w-full" />;
  const isNew = "new" in query && arrived.has(saleId);
  return (
    <div class="grid gap-6">
      {isNew && <Celebration receipt={receipt} />}
      <article class={`paper ${isNew ? "paper-new" : ""}`}>
        <Head receipt={receipt} isNew={isNew} />
        <Lines receipt={receipt} />
        <Sums receipt={receipt} />
        <Paid receipt={receipt} />
        {(receipt.returns?.length ?? 0) > 0 && <Returns receipt={receipt} />}
        <footer class="mx-5 grid justify-items-center gap-2 border-t border-dashed border-base-300 pt-5 text-center">
          <QrCode text={saleId} label={t("shop-me-receipt_code")} class="w-36 border border-base-300" />
          <p class="quiet max-w-[36ch] text-sm">{t("shop-me-receipt_code.what")}</p>
        </footer>
      </article>
      <Came receipt={receipt} />
      <Proof key={saleId} brandId={brandId} saleId={saleId} receipt={receipt} />
    </div>
  );
}

/** A quiet one: a mark that signs itself, and what was earned. */
function Celebration({ receipt }: { receipt: Shown }) {
  return (
    <div class="grid justify-items-center gap-1 pt-2 text-center" role="status">
      <svg class="paid-mark" viewBox="0 0 80 80" aria-hidden="true">
        <circle cx="40" cy="40" r="34" />
        <path d="M25 41l11 11 20-23" pathLength={1} />
        <g>
          <path d="M40 2v-9M67 13l6-6M78 40h9M67 67l6 6M13 67l-6 6M2 40h-9M13 13l-6-6" />
        </g>
      </svg>
      <p class="text-xl font-semibold">{t("shop-me-paid_thanks", { amount: money(receipt.total_minor, receipt.currency) })}</p>
      {receipt.discount_minor > 0 && <p class="quiet">{t("shop-me-saved", { amount: money(receipt.discount_minor, receipt.currency) })}</p>}
    </div>
  );
}

function Head({ receipt, isNew }: { receipt: Shown; isNew: boolean }) {
  return (
    <header class="flex items-center gap-3 p-5">
      <Picture of="places" category={receipt.brand?.category ?? "other"} seed={receipt.brand_id} class="size-12" />
      <div class="min-w-0 flex-1">
        <h2 class="font-semibold break-keep">{named(receipt.place.name_en, receipt.place.name_zh)}</h2>
        <p class="quiet flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
          {/* The stream does not know the zone: for the moment until the whole receipt is here, no time. */}
          {receipt.time_zone !== null && <TimeThere at={receipt.paid_at} receipt={receipt} />}
          {!isNew && (
            <Badge tone={isAllBack(receipt) ? "warn" : "good"} icon={isAllBack(receipt) ? "refund" : "check"}>
              {t(isAllBack(receipt) ? "shop-me-all_back" : "shop-me-paid")}
            </Badge>
          )}
        </p>
      </div>
    </header>
  );
}

function isAllBack(receipt: Shown): boolean {
  return receipt.returned_minor > 0 && receipt.returned_minor >= receipt.total_minor;
}

/** A time at the place. */
function TimeThere({ at, receipt }: { at: string; receipt: Shown }) {
  const zone = receipt.time_zone ?? undefined;
  return (
    <span>
      <Time at={at} {...(zone ? { zone } : {})} />
      {zoneBeside(at, zone)}
    </span>
  );
}

function Lines({ receipt }: { receipt: Shown }) {
  const isMixed = receipt.discounts.length > 1;
  const proof = useAsk(() => (isMixed ? proofOf(receipt.brand_id, receipt.sale_id) : Promise.resolve(undefined)), [receipt.sale_id, isMixed]).data;
  return (
    <ul class="mx-5 divide-y divide-base-300 border-y border-base-300">
      {receipt.lines.map((line) => (
        <li key={line.line_no} class="grid grid-cols-[1fr_auto] gap-x-4 py-3">
          <span class="font-medium">{named(line.name_en, line.name_zh)}</span>
          <Money minor={line.net_minor} currency={receipt.currency} class="text-right font-medium" />
          <span class="quiet figures text-sm">
            {line.quantity} × {money(line.unit_list_minor, receipt.currency)}
          </span>
          {line.discount_minor > 0 && (
            <span class="quiet figures text-right text-sm">
              <s aria-label={t("shop-me-list_price")}>{money(line.net_minor + line.discount_minor, receipt.currency)}</s>
            </span>
          )}
          {line.discount_minor > 0 && (
            <span class="col-span-2 flex items-start gap-1.5 text-sm text-success">
              <Icon name="tag" class="mt-0.5 size-4" />
              {t("shop-me-line_saved", { amount: money(line.discount_minor, receipt.currency), why: reasons(receipt, line.line_no, proof) })}
            </span>
          )}
          {line.returned_quantity > 0 && (
            <span class="quiet col-span-2 flex items-center gap-1.5 text-sm">
              <Icon name="refund" class="size-4" />
              {t("shop-me-line_returned", { count: line.returned_quantity })}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Why a line cost less: with several offers only the proof knows which of them came to this line. */
function reasons(receipt: Shown, lineNo: number, proof: Told["ReceiptProofTold"] | undefined): string {
  const parts = proof?.lines.find((line) => line.line_no === lineNo)?.parts;
  const came = parts ? receipt.discounts.filter((one) => parts.some((part) => part.offer_id === one.offer_id && part.coupon_id === one.coupon_id)) : receipt.discounts;
  return came.map((one) => named(one.title_en, one.title_zh)).join(" + ");
}

function Sums({ receipt }: { receipt: Shown }) {
  return (
    <dl class="mx-5 grid gap-1.5 py-4">
      {receipt.discount_minor > 0 && (
        <>
          <Sum label={t("shop-me-sum_list")} minor={receipt.list_minor} currency={receipt.currency} />
          {receipt.discounts.map((one) => (
            <Sum key={`${one.offer_id}${one.coupon_id}`} label={named(one.title_en, one.title_zh)} minor={-one.amount_minor} currency={receipt.currency} isOff />
          ))}
        </>
      )}
      <div class="flex items-baseline justify-between gap-4 pt-1 text-lg font-semibold">
        <dt>{t("shop-me-total")}</dt>
        <dd>
          <Money minor={receipt.total_minor} currency={receipt.currency} />
        </dd>
      </div>
    </dl>
  );
}

function Sum({ label, minor, currency, isOff }: { label: string; minor: number; currency: string; isOff?: boolean }) {
  return (
    <div class={`flex items-baseline justify-between gap-4 ${isOff ? "text-success" : "quiet"}`}>
      <dt>{label}</dt>
      <dd>
        <Money minor={minor} currency={currency} class="whitespace-nowrap" />
      </dd>
    </div>
  );
}

function Paid({ receipt }: { receipt: Shown }) {
  return (
    <dl class="mx-5 grid gap-1.5 border-t border-dashed border-base-300 py-4">
      {receipt.tenders.map((tender) => (
        <Fragment key={`${tender.rail} ${tender.amount_minor} ${tender.given_minor}`}>
          <div class="flex justify-between gap-4">
            <dt>{railName(tender.rail)}</dt>
            <dd>
              <Money minor={tender.amount_minor} currency={receipt.currency} />
            </dd>
          </div>
          {tender.given_minor !== null && tender.given_minor !== tender.amount_minor && (
            <div class="quiet flex justify-between gap-4 text-sm">
              <dt>{t("shop-me-cash_given", { amount: money(tender.given_minor, receipt.currency) })}</dt>
              <dd>{t("shop-me-cash_back", { amount: money(tender.change_minor, receipt.currency) })}</dd>
            </div>
          )}
        </Fragment>
      ))}
    </dl>
  );
}

function Returns({ receipt }: { receipt: Shown }) {
  const names = new Map(receipt.lines.map((line) => [line.line_no, named(line.name_en, line.name_zh)]));
  return (
    <section class="mx-5 grid gap-2 border-t border-dashed border-base-300 py-4">
      <h3 class="flex items-center gap-2 font-semibold">
        <Icon name="refund" class="icon-sm" />
        {t("shop-me-money_back")}
      </h3>
      {receipt.returns?.map((back) => (
        <div key={back.return_id} class="flex justify-between gap-4">
          <p>
            {broughtBack(back, names)}
            <span class="quiet block text-sm">
              <TimeThere at={back.at} receipt={receipt} />
            </span>
            {/* What was kept for a time without a network may be older than this. */}
            {(back.refunds ?? []).map((one) => (
              <span key={`${one.rail} ${one.amount_minor}`} class="quiet block text-sm">
                {t(one.is_there ? "shop-me-back_by" : "shop-me-coming_by", { rail: railName(one.rail), amount: money(one.amount_minor, receipt.currency) })}
              </span>
            ))}
          </p>
          <Money minor={-back.refund_minor} currency={receipt.currency} class="whitespace-nowrap" />
        </div>
      ))}
    </section>
  );
}

/** Goods that came back; none of them: the money alone. */
function broughtBack(back: Whole["returns"][number], names: Map<number, string>): string {
  const goods = back.lines.filter((line) => line.quantity > 0);
  if (goods.length === 0) return t("shop-me-goods_kept");
  return goods.map((line) => `${line.quantity} × ${names.get(line.line_no) ?? ""}`).join(", ");
}

/** What it earned. */
function Came({ receipt }: { receipt: Shown }) {
  if (receipt.points === 0) return null;
  return (
    <a class="surface flex min-h-14 items-center gap-4 px-4 py-3 hover:bg-base-200" href="/shop/wallet">
      <Icon name="coins" class="quiet" />
      <span class="grid flex-1">
        <span class="font-medium">{t("shop-me-points_earned", { points: receipt.points, shown: number(receipt.points) })}</span>
        <span class="quiet text-sm">{t(receipt.returned_minor > 0 ? "shop-me-points_less" : "shop-me-pending_why")}</span>
      </span>
      <Icon name="chevron-right" class="icon-sm quiet" />
    </a>
  );
}
