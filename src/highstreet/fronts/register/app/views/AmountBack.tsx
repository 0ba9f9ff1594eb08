/** An amount goes back while the goods stay: a scratch, a missing button. A manager always approves it. */
import { useState } from "preact/hooks";
import { Button, Dialog, Field } from "@look/components";
import { money } from "@look/format";
import { t } from "@look/texts";
import { useLayer } from "../keys";
import { amountText, minorOf } from "../pay/cash";
import { beep } from "../sound";
import type { AllowanceAsked, ReceiptTold } from "../told";

interface Props {
  receipt: ReceiptTold;
  /** What was asked for and refused: nothing has to be entered again. */
  wish: AllowanceAsked | undefined;
  isOpen: boolean;
  onClose: () => void;
  onDone: (amount: number, reason: string) => void;
}

export function AmountBack({ isOpen, onClose, ...rest }: Props) {
  return (
    <Dialog title={t("register-amount_back")} isOpen={isOpen} onClose={onClose}>
      <Form {...rest} />
    </Dialog>
  );
}

function Form({ receipt, wish, onDone }: Omit<Props, "isOpen" | "onClose">) {
  const { currency, total_minor: most } = receipt;
  const [text, setText] = useState(wish ? amountText(wish.amount_minor, currency) : "");
  const [reason, setReason] = useState(wish?.reason ?? "");
  const [error, setError] = useState<"amount" | "much" | "reason">();
  useLayer({ scan: () => beep("bad") });
  function enter(event: Event): void {
    event.preventDefault();
    const amount = minorOf(text, currency);
    if (!amount) setError("amount");
    else if (amount > most) setError("much");
    else if (!reason.trim()) {
      setError("reason");
      (event.currentTarget as HTMLFormElement).querySelectorAll("input")[1]?.focus();
    } else onDone(amount, reason.trim());
  }
  const wrong = error === "amount" ? t("register-cash_malformed") : error === "much" ? t("register-amount_back_most", { amount: money(most, currency) }) : undefined;
  return (
    <form class="grid gap-4" onSubmit={enter}>
      <Field
        label={t("register-parts_amount")}
        hint={t("register-amount_back_hint")}
        error={wrong}
        autofocus
        inputMode="decimal"
        autoComplete="off"
        value={text}
        onInput={(event) => {
          setError(undefined);
          setText(event.currentTarget.value);
        }}
      />
      <Field
        label={t("register-amount_back_why")}
        error={error === "reason" ? t("register-parts_missing") : undefined}
        maxLength={160}
        autoComplete="off"
        value={reason}
        onInput={(event) => {
          setError(undefined);
          setReason(event.currentTarget.value);
        }}
      />
      <Button type="submit" isWide class="h-14 text-lg">
        {t("register-amount_back_do")} <kbd class="key">Enter</kbd>
      </Button>
    </form>
  );
}
