import { useState } from "preact/hooks";
import { api, told, type Told } from "@look/api";
import { useAsk } from "@look/ask";
import { Badge, Failed, Icon, Skeleton } from "@look/components";
import { day, money } from "@look/format";
import { named, t, type TextKey } from "@look/texts";
import type { StreamReceipt } from "./live";
import { termsOf } from "./terms";

type Account = Told["ReceiptProofTold"];
type Receipt = StreamReceipt;

interface Props {
  brandId: string;
  saleId: string;
  receipt: Receipt;
}

/** Errors: Problem. */
export function proofOf(brandId: string, saleId: string): Promise<Account> {
  return told(api.GET("/shop/v1/receipts/{brand_id}/{sale_id}/proof", { params: { path: { brand_id: brandId, sale_id: saleId } } }));
}

/** How the price came about, step by step, and which code was thanked for the visit; asked for when it is opened. */
export function Proof({ brandId, saleId, receipt }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="surface overflow-hidden" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="tap flex cursor-pointer list-none items-center gap-4 px-4 py-3 font-medium">
        <Icon name="about" class="quiet" />
        <span class="flex-1">{t("shop-me-proof")}</span>
        <Icon name={isOpen ? "chevron-up" : "chevron-down"} class="icon-sm quiet" />
      </summary>
      {isOpen && <Steps brandId={brandId} saleId={saleId} receipt={receipt} />}
    </details>
  );
}

function Steps({ brandId, saleId, receipt }: Props) {
  const { data, problem, again } = useAsk(() => proofOf(brandId, saleId), [brandId, saleId]);
  if (!data) {
    return problem ? (
      <Failed problem={problem} onRetry={again} />
    ) : (
      <div class="p-4">
        <Skeleton lines={4} class="h-10 w-full" />
      </div>
    );
  }
  const { currency } = receipt;
  return (
    <div class="grid gap-5 border-t border-base-300 p-4">
      <ol class="grid gap-4">
        <Step no={1} title={t("shop-me-step_list")} amount={money(receipt.list_minor, currency)}>
          {receipt.lines.map((line) => (
            <Part key={line.line_no} name={`${line.quantity} × ${named(line.name_en, line.name_zh)}`} amount={money(line.unit_list_minor * line.quantity, currency)} />
          ))}
        </Step>
        {data.rules.map((rule, at) => (
          <Step key={`${rule.offer_id}${rule.coupon_id}`} no={at + 2} title={named(rule.title_en, rule.title_zh)} more={termsOf(rule, currency)} amount={money(-rule.amount_minor, currency)}>
            {partsOf(data, rule).map(([lineNo, minor]) => (
              <Part key={lineNo} name={nameOf(receipt, lineNo)} amount={money(-minor, currency)} />
            ))}
          </Step>
        ))}
        <Step no={data.rules.length + 2} title={t("shop-me-step_total")} amount={money(receipt.total_minor, currency)} />
      </ol>
      {data.rules.length > 0 && receipt.lines.length > 1 && <p class="quiet text-sm">{t("shop-me-step_spread")}</p>}
      {data.rejected.length > 0 && <Rejected data={data} />}
      {data.holds !== null && (
        <p>
          <Badge tone={data.holds ? "good" : "bad"} icon={data.holds ? "check" : "alert"}>
            {t(data.holds ? "shop-me-proof_holds" : "shop-me-proof_broken")}
          </Badge>
        </p>
      )}
      {data.holds === null && <p class="quiet text-sm">{t("shop-me-proof_none")}</p>}
      <Credit data={data} />
    </div>
  );
}

function Step({ no, title, more, amount, children }: { no: number; title: string; more?: string; amount: string; children?: unknown }) {
  return (
    <li class="grid grid-cols-[1.75rem_1fr_auto] gap-x-3">
      <span class="figures grid size-7 place-items-center rounded-full bg-secondary text-sm font-semibold text-secondary-content" aria-hidden="true">
        {no}
      </span>
      <span class="grid pt-0.5">
        <span class="font-medium">{title}</span>
        {more && <span class="quiet text-sm">{more}</span>}
      </span>
      <span class="figures pt-0.5 font-medium">{amount}</span>
      <span class="col-span-2 col-start-2 grid">{children as never}</span>
    </li>
  );
}

function Part({ name, amount }: { name: string; amount: string }) {
  return (
    <span class="quiet flex justify-between gap-4 text-sm">
      <span>{name}</span>
      <span class="figures">{amount}</span>
    </span>
  );
}

function nameOf(receipt: Receipt, lineNo: number): string {
  const line = receipt.lines.find((one) => one.line_no === lineNo);
  return line ? named(line.name_en, line.name_zh) : "";
}

/** What a rule took off each line. */
function partsOf(data: Account, rule: Account["rules"][number]): [lineNo: number, minor: number][] {
  if (data.lines.length < 2) return [];
  return data.lines.flatMap((line) => line.parts.filter((part) => part.offer_id === rule.offer_id && part.coupon_id === rule.coupon_id).map((part): [number, number] => [line.line_no, part.amount_minor]));
}

const REASONS: Record<string, TextKey> = {
  threshold_not_met: "shop-me-why_threshold",
  not_better: "shop-me-why_not_better",
  not_member: "shop-me-why_not_member",
  not_stackable: "shop-me-why_not_stackable",
  no_member_price: "shop-me-why_no_member_price",
};

/** Offers that were looked at and brought nothing. */
function Rejected({ data }: { data: Account }) {
  return (
    <section class="grid gap-2">
      <h3 class="font-semibold">{t("shop-me-rejected")}</h3>
      <ul class="grid gap-2 text-sm">
        {data.rejected.map((one) => (
          <li key={`${one.offer_id}${one.coupon_id}`} class="flex gap-2">
            <Icon name="minus" class="quiet mt-0.5 size-4" />
            <span>
              {named(one.title_en, one.title_zh)}
              <span class="quiet block">{t(REASONS[one.reason] ?? "shop-me-why_other")}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Which code was thanked, by the shopper's own leave. */
function Credit({ data }: { data: Account }) {
  const { credit } = data;
  return (
    <section class="grid gap-1 border-t border-base-300 pt-4">
      <h3 class="font-semibold">{t("shop-me-credit")}</h3>
      <p class="quiet text-sm">{credit ? t("shop-me-credit_to", { code: named(credit.label_en, credit.label_zh), day: day(credit.touched_at) }) : t("shop-me-credit_nobody")}</p>
    </section>
  );
}
