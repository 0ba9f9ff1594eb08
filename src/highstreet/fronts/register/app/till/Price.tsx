/** A price set by hand for the chosen line: at most the list price. A manager approves it when the sale is charged. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { api, told } from "@look/api";
import { useAsk } from "@look/ask";
import { Button, Dialog, Field, Icon } from "@look/components";
import { money } from "@look/format";
import { t } from "@look/texts";
import { currency, desk, isAway, say } from "../desk";
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

/** Whether somebody here could approve a price; undefined while it is asked. In training nobody has to, and no answer is no no. */
function useApprovers(): boolean | undefined {
  const isTraining = desk.value?.is_training ?? false;
  const people = useAsk(async () => (isTraining ? [] : told(api.GET("/register/v1/clerks"))), [isTraining]);
  if (isTraining || people.problem) return true;
  return people.data?.some((one) => one.is_approver);
}

/** It could be set and never be charged: what to do about it. Its button has not the focus: an Enter under way is for the price. */
function Nobody({ onDone }: { onDone: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => box.current?.focus(), []);
  return (
    <div ref={box} class="grid gap-4 outline-none" tabIndex={-1}>
      <p class="flex gap-3 rounded-xl bg-warning px-4 py-3 text-warning-content" role="alert">
        <Icon name="shield" /> <span>{t("register-approve_nobody")}</span>
      </p>
      <Button class="justify-self-end" onClick={onDone}>
        {t("register-price_understood")} <kbd class="key">Esc</kbd>
      </Button>
    </div>
  );
}

function Form({ line, place, onDone }: { line: Line; place: number; onDone: () => void }) {
  const unit = currency();
  const list = priceOf(line, place)?.unit_list_minor ?? line.goods?.list_minor;
  const [text, setText] = useState(amountText(line.byHand ?? list ?? 0, unit));
  const [error, setError] = useState("");
  const mayBe = useApprovers();
  // Hands are faster than the answer: what was set waits for it.
  const [wish, setWish] = useState<{ minor: number | undefined }>();
  useLayer({ scan: () => beep("bad") });
  function set(minor: number | undefined): void {
    setPrice(place, minor);
    onDone();
  }
  useEffect(() => {
    if (mayBe === false) {
      beep("bad");
      setWish(undefined);
      if (wish) setError(t("register-approve_nobody"));
    } else if (mayBe && wish) set(wish.minor);
    // The rest is what it was when they changed.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [mayBe, wish]);
  function enter(event: Event): void {
    event.preventDefault();
    const minor = minorOf(text, unit);
    if (minor === undefined) setError(t("register-cash_malformed"));
    else if (list !== undefined && minor > list) setError(t("register-price_most", { amount: money(list, unit) }));
    else if (minor === list) set(undefined);
    else setWish({ minor });
  }
  if (mayBe === false && line.byHand === undefined) return <Nobody onDone={onDone} />;
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
        <Button type="submit" isBusy={wish !== undefined}>
          {t("register-price_set")} <kbd class="key">Enter</kbd>
        </Button>
      </div>
    </form>
  );
}
