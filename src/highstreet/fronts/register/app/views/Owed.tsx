/** Money of this receipt that waits for a hand: the office allowed it, or it was left when it was approved. */
import { useRef, useState } from "preact/hooks";
import { Button, Icon, toastProblem } from "@look/components";
import { money } from "@look/format";
import { t } from "@look/texts";
import { SlipBack } from "../pay/SlipBack";
import type { ReceiptTold } from "../told";
import { handOutOf } from "./refund";

/** How it is handed out, and by which fields. `give`: now; false while a slip's number is missing. */
export function useOwed(receipt: ReceiptTold) {
  const { owed, currency } = receipt;
  const bySlip = owed.filter((one) => one.rail === "slip");
  const hasCash = owed.length > bySlip.length;
  const [slips, setSlips] = useState<string[]>([]);
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  async function give(): Promise<void> {
    const numbers = slips.map((slip) => slip.trim()).filter(Boolean);
    if (isBusy) return;
    if (!hasCash && !numbers.length) {
      form.current?.querySelector("input")?.focus();
      return;
    }
    setBusy(true);
    await handOutOf(receipt, numbers).catch(toastProblem);
    setBusy(false);
  }
  const sum = (rail: string) => owed.filter((one) => one.rail === rail).reduce((total, one) => total + one.amount_minor, 0);
  const view = owed.length > 0 && (
    <form
      ref={form}
      class="grid gap-4 rounded-2xl bg-warning px-5 py-4 text-warning-content"
      onSubmit={(event) => {
        event.preventDefault();
        void give();
      }}
    >
      <div role="alert" class="flex gap-3">
        <Icon name="cash" />
        <p class="text-lg font-semibold">
          {hasCash && <span class="block">{t("register-owed_cash", { amount: money(sum("cash"), currency) })}</span>}
          {bySlip.length > 0 && <span class="block">{t("register-owed_slip", { amount: money(sum("slip"), currency) })}</span>}
        </p>
      </div>
      {bySlip.map((one, n) => (
        <SlipBack key={one.tender_id} amount={one.amount_minor} currency={currency} value={slips[n] ?? ""} onText={(text) => setSlips(Object.assign([...slips], { [n]: text }))} />
      ))}
      <Button type="submit" class="h-14 text-lg" icon="cash" isBusy={isBusy}>
        {t("register-parts_hand_out")} <kbd class="key">Enter</kbd>
      </Button>
    </form>
  );
  return { isOwed: owed.length > 0, give: () => void give(), view };
}
