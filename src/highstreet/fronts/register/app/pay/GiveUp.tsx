/** Giving a sale that is paid in parts up: what goes back, and the numbers of the card terminal's slips for it. */
import { useState } from "preact/hooks";
import { Button, Dialog, Field } from "@look/components";
import { money } from "@look/format";
import { t } from "@look/texts";
import type { PartTold } from "../told";
import { giveUp, order, takenParts } from "./held";
import { railName } from "./Outcome";

/** `owed`: the sale is given up already, and this is still to be handed out. */
export function GiveUp({ isOpen, onClose, owed }: { isOpen: boolean; onClose: () => void; owed?: PartTold[] }) {
  const [slips, setSlips] = useState<string[]>([]);
  const parts = owed ?? takenParts.value;
  const bySlip = parts.filter((part) => part.rail === "slip");
  const currency = order.value?.currency ?? "EUR";
  const isReady = bySlip.every((_, n) => slips[n]?.trim());
  function giveBack(event: Event): void {
    event.preventDefault();
    if (!isReady) return;
    onClose();
    void giveUp(bySlip.map((_, n) => slips[n]!.trim()));
  }
  return (
    <Dialog title={t(owed ? "register-parts_hand_out" : "register-parts_give_up_sure")} isOpen={isOpen} onClose={onClose}>
      <form class="grid gap-4" onSubmit={giveBack}>
        <p>{t(parts.length ? "register-parts_give_up_back" : "register-parts_give_up_none")}</p>
        {parts.length > 0 && (
          <ul class="grid gap-1">
            {parts.map((part) => (
              <li key={part.tender_id} class="flex justify-between gap-4">
                <span>{railName(part.rail)}</span>
                <span class="figures font-semibold">{money(part.amount_minor, currency)}</span>
              </li>
            ))}
          </ul>
        )}
        {bySlip.map((part, n) => (
          <Field key={part.tender_id} label={t("register-slip_back", { amount: money(part.amount_minor, currency) })} hint={t("register-slip_back.hint")} required maxLength={20} autoComplete="off" autofocus={n === 0} value={slips[n] ?? ""} onInput={(event) => setSlips(Object.assign([...slips], { [n]: event.currentTarget.value }))} />
        ))}
        <div class="flex flex-wrap justify-end gap-2">
          <Button kind="plain" onClick={onClose}>
            {t("look-cancel")}
          </Button>
          <Button type="submit" kind={owed ? "primary" : "danger"} autofocus={!bySlip.length} disabled={!isReady}>
            {t(owed ? "register-parts_hand_out" : "register-parts_give_up")} <kbd class="key">Enter</kbd>
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
