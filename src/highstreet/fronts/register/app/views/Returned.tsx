/** What came of a return: its heading says the worst that became of any of its money, and what to do next. */
import { useState } from "preact/hooks";
import { Button, Icon, toastProblem, type IconName } from "@look/components";
import { money } from "@look/format";
import { t, type TextKey } from "@look/texts";
import { go } from "../desk";
import { useLayer } from "../keys";
import { railName } from "../pay/Outcome";
import type { ReturnTold } from "../told";
import { findReceipt, handOut } from "./refund";

type Refunded = ReturnTold["refunds"][number];
export type Became = "refused" | "owed" | "under_way" | "given";

const AT_PLACE = new Set(["cash", "slip"]);
const LOOKS: Record<Became, { look: string; icon: IconName }> = {
  refused: { look: "bg-error text-error-content", icon: "x-circle" },
  owed: { look: "bg-warning text-warning-content", icon: "cash" },
  under_way: { look: "bg-info text-info-content", icon: "clock" },
  given: { look: "bg-success text-success-content", icon: "check-circle" },
};

export function became(one: Refunded): Became {
  if (one.state === "failed") return "refused";
  if (one.state === "captured" || one.state === "refunded") return "given";
  return AT_PLACE.has(one.rail) ? "owed" : "under_way";
}

function nameOf(rail: string): string {
  return rail === "cash" ? t("register-refund_cash") : rail === "wallet" ? t("register-refund_wallet") : railName(rail);
}

function wordsOf(one: Refunded): string {
  const now = became(one);
  if (now === "refused") return t("register-refund_failed");
  if (now === "under_way") return t(one.rail === "transfer" ? "register-refund_transfer" : "register-refund_pending");
  return now === "given" ? "" : t(one.rail === "cash" ? "register-amount_back_owed" : "register-refund_slip_owed");
}

const leave = () => go("sale");

export function Returned({ answer }: { answer: ReturnTold }) {
  const [isBusy, setBusy] = useState(false);
  const { currency, refunds } = answer;
  // Cash that goes back for goods is out of the drawer; an amount while they stay is owed until it is handed out.
  const isOwed = refunds.some((one) => one.rail === "cash" && became(one) === "owed");
  async function hand(): Promise<void> {
    if (isBusy) return;
    setBusy(true);
    await handOut().catch(toastProblem);
    setBusy(false);
  }
  // Of a slip the number is asked for where the receipt says what is owed.
  const isOwedBySlip = !isOwed && refunds.some((one) => became(one) === "owed");
  const next = isOwed ? () => void hand() : isOwedBySlip ? () => void findReceipt(answer.sale_id) : leave;
  useLayer({ keys: { Enter: next, Escape: leave, p: () => print(), P: () => print() }, scan: (code) => void findReceipt(code) });
  const worst = (["refused", "owed", "under_way"] as const).find((state) => refunds.some((one) => became(one) === state)) ?? "given";
  const ofWorst = refunds.filter((one) => became(one) === worst).reduce((sum, one) => sum + one.amount_minor, 0);
  const hasGoods = answer.lines.some((line) => line.quantity > 0);
  const title: TextKey = worst === "given" ? "register-refund_done" : worst === "refused" && !hasGoods ? "register-refund_is_refused_amount" : `register-refund_is_${worst}`;
  const { look, icon } = LOOKS[worst];
  return (
    <section class="grid gap-5">
      <div class={`grid justify-items-center gap-2 rounded-3xl px-6 py-10 text-center ${look}`} role={worst === "given" || worst === "under_way" ? "status" : "alert"}>
        <Icon name={icon} class="size-16!" />
        <h2 class="text-3xl font-semibold">{t(title)}</h2>
        <p class="figures huge">{money(worst === "given" ? answer.refund_minor : ofWorst, currency)}</p>
        {worst !== "given" && <p class="max-w-[46ch] text-lg">{t(`register-refund_next_${worst}`)}</p>}
      </div>
      <ul class="surface divide-y divide-base-300">
        {refunds.map((one) => (
          <li key={one.tender_id} class="flex flex-wrap items-center justify-between gap-3 px-5 py-4">
            <span class="flex items-center gap-3">
              <Icon name={one.rail === "cash" ? "cash" : one.rail === "slip" ? "receipt" : "wallet"} />
              <span>
                <b class="block">{nameOf(one.rail)}</b>
                {wordsOf(one) && <span class="quiet block text-sm">{wordsOf(one)}</span>}
              </span>
            </span>
            <span class="figures text-xl font-semibold">{money(one.amount_minor, currency)}</span>
          </li>
        ))}
      </ul>
      <div class="grid gap-2 sm:grid-flow-col sm:auto-cols-fr">
        <Button class="h-16 text-xl" icon={isOwed || isOwedBySlip ? "cash" : "arrow-right"} isBusy={isBusy} onClick={next}>
          {t(isOwed || isOwedBySlip ? "register-parts_hand_out" : "register-next")} <kbd class="key">Enter</kbd>
        </Button>
        <Button kind="soft" class="h-16 text-lg" icon="print" onClick={() => print()}>
          {t("register-print")} <kbd class="key">P</kbd>
        </Button>
      </div>
    </section>
  );
}
