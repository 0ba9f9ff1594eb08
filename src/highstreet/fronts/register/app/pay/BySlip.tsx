/** All of it by a card terminal that is not connected: its slip's number is kept with the sale, with a network or without. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button, Field } from "@look/components";
import { money } from "@look/format";
import { t } from "@look/texts";
import { quote } from "../till/basket";
import { hasKeyboard } from "../till/ScanField";

/** The longest number that is kept. */
export const SLIP_LENGTH = 20;

interface Props {
  total: number;
  text: string;
  onText: (text: string) => void;
  onSlip: (number: string) => void;
}

export function BySlip({ total, text, onText, onSlip }: Props) {
  const [error, setError] = useState("");
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => {
    if (hasKeyboard) form.current?.querySelector("input")?.focus();
  }, []);
  function enter(): void {
    const number = text.trim();
    if (number) onSlip(number);
    else setError(t("register-parts_missing"));
  }
  return (
    <form
      ref={form}
      class="surface grid gap-4 p-6"
      aria-labelledby="slip-title"
      onSubmit={(event) => {
        event.preventDefault();
        enter();
      }}
    >
      <h2 id="slip-title" class="text-xl font-semibold">
        {t("register-slip_whole", { amount: money(total, quote.value?.currency ?? "EUR") })}
      </h2>
      <Field
        label={t("register-parts_slip")}
        hint={t("register-parts_slip_hint")}
        error={error || undefined}
        autoComplete="off"
        spellcheck={false}
        maxLength={SLIP_LENGTH}
        value={text}
        onInput={(event) => {
          onText(event.currentTarget.value);
          setError("");
        }}
      />
      <Button type="submit" class="h-14 text-lg" isWide>
        {t("register-cash_take")} <kbd class="key">Enter</kbd>
      </Button>
    </form>
  );
}
