/** A price set by hand for the chosen line: at most the list price. A manager approves it when the sale is charged. */
import { useState } from "preact/hooks";
import { Button, Dialog, Field } from "@look/components";
import { money } from "@look/format";
import { t } from "@look/texts";
import { currency, isAway, say } from "../desk";
import { useLayer } from "../keys";
import { amountText, minorOf } from "../pay/cash";
import { beep } from "../sound";
import { at, isPricing, lines, nameOf, priceOf, setPrice, type Line } from "./basket";

/** Open it for the chosen line; without a network nobody can approve a price. */
export function askPrice(): void {
  if (!lines.value[at.value]) return;
  if (isAway.value) {
    beep("bad");
    say(t("register-price_away"), "bad");
  } else isPricing.value = true;
}

const close = () => void (isPricing.value = false);

export function PriceByHand() {
  const line = lines.value[at.value];
  return (
    <Dialog title={t("register-price")} isOpen={isPricing.value && line !== undefined} onClose={close}>
      {line && <Form key={line.gtin} line={line} place={at.value} onDone={close} />}
    </Dialog>
  );
}

function Form({ line, place, onDone }: { line: Line; place: number; onDone: () => void }) {
  const unit = currency();
  const list = priceOf(line, place)?.unit_list_minor ?? line.goods?.list_minor;
  const [text, setText] = useState(amountText(line.byHand ?? list ?? 0, unit));
  const [error, setError] = useState("");
  useLayer({ scan: () => beep("bad") });
  function set(minor: number | undefined): void {
    setPrice(place, minor);
    onDone();
  }
  function enter(event: Event): void {
    event.preventDefault();
    const minor = minorOf(text, unit);
    if (minor === undefined) setError(t("register-cash_malformed"));
    else if (list !== undefined && minor > list) setError(t("register-price_most", { amount: money(list, unit) }));
    else set(minor === list ? undefined : minor);
  }
  return (
    <form class="grid gap-4" onSubmit={enter}>
      <p class="flex justify-between gap-4">
        <span class="font-medium">{nameOf(line, place)}</span>
        {list !== undefined && <span class="figures whitespace-nowrap">{money(list, unit)}</span>}
      </p>
      <Field
        label={t("register-price_new")}
        hint={t("register-price_hint")}
        error={error || undefined}
        autofocus
        inputMode="decimal"
        autoComplete="off"
        value={text}
        onFocus={(event) => event.currentTarget.select()}
        onInput={(event) => {
          setError("");
          setText(event.currentTarget.value);
        }}
      />
      <div class="flex flex-wrap justify-end gap-2">
        {line.byHand !== undefined && (
          <Button kind="plain" onClick={() => set(undefined)}>
            {t("register-price_back")}
          </Button>
        )}
        <Button type="submit">
          {t("register-price_set")} <kbd class="key">Enter</kbd>
        </Button>
      </div>
    </form>
  );
}
