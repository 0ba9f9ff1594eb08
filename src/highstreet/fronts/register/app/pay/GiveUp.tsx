/** Giving a sale that is paid in parts up: what goes back, and the numbers of the card terminal's slips for it. */
import { useRef, useState } from "preact/hooks";
import { Button, Dialog } from "@look/components";
import { money } from "@look/format";
import { t } from "@look/texts";
import { useLayer } from "../keys";
import { beep } from "../sound";
import type { PartTold } from "../told";
import { SLIP_LENGTH } from "./BySlip";
import { giveUp, openParts, order, takenParts } from "./held";
import { railName } from "./Outcome";
import { SlipBack } from "./SlipBack";

interface Props {
  isOpen: boolean;
  onClose: () => void;
  /** The sale is given up already, and this is still to be handed out. */
  owed?: PartTold[];
}

export function GiveUp({ isOpen, onClose, owed }: Props) {
  return (
    <Dialog title={t(owed ? "register-parts_hand_out" : "register-parts_give_up_sure")} isOpen={isOpen} onClose={onClose}>
      <Form onClose={onClose} owed={owed} />
    </Dialog>
  );
}

function Form({ onClose, owed }: { onClose: () => void; owed: PartTold[] | undefined }) {
  const [slips, setSlips] = useState<string[]>([]);
  const form = useRef<HTMLFormElement>(null);
  const parts = owed ?? takenParts.value;
  const ending = owed ? [] : openParts.value;
  const bySlip = parts.filter((part) => part.rail === "slip");
  const currency = order.value?.currency ?? "EUR";
  const isReady = bySlip.every((_, n) => slips[n]?.trim());
  function set(at: number, text: string): void {
    setSlips(Object.assign([...slips], { [at]: text }));
  }
  // Above the list of ways: a scanned slip is for the field that is in focus here, and nothing else is taken.
  useLayer({
    scan: (text) => {
      const at = [...(form.current?.querySelectorAll("input") ?? [])].indexOf(document.activeElement as HTMLInputElement);
      if (at < 0 || text.length > SLIP_LENGTH) return beep("bad");
      beep("good");
      set(at, text);
    },
  });
  function giveBack(event: Event): void {
    event.preventDefault();
    if (!isReady) return;
    onClose();
    void giveUp(bySlip.map((_, n) => slips[n]!.trim()));
  }
  return (
    <form ref={form} class="grid gap-4" onSubmit={giveBack}>
      <p>{t(parts.length ? "register-parts_give_up_back" : "register-parts_give_up_none")}</p>
      {parts.length + ending.length > 0 && (
        <ul class="grid gap-1">
          {[...parts, ...ending].map((part) => (
            <li key={part.tender_id} class="flex justify-between gap-4">
              <span>
                {railName(part.rail)} {ending.includes(part) && <span class="quiet">· {t("register-parts_give_up_ends")}</span>}
              </span>
              <span class="figures font-semibold">{money(part.amount_minor, currency)}</span>
            </li>
          ))}
        </ul>
      )}
      {bySlip.map((part, n) => (
        <SlipBack key={part.tender_id} amount={part.amount_minor} currency={currency} required autofocus={n === 0} value={slips[n] ?? ""} onText={(text) => set(n, text)} />
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
  );
}
