/** One part by one rail: how much, and what that rail needs. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { asProblem } from "@look/api";
import { Button, Field } from "@look/components";
import { money } from "@look/format";
import { t, type TextKey } from "@look/texts";
import { help, hush, say } from "../desk";
import { useLayer } from "../keys";
import { read } from "../scan";
import { beep } from "../sound";
import { hasKeyboard } from "../till/ScanField";
import type { PartAsked, RailTold } from "../told";
import { amountText, minorOf } from "./cash";
import { addPart, chosen, isAsking, onCard, order, plan } from "./held";
import { railName } from "./Outcome";

/** What is asked for beside the amount, by rail; of the others, those with payers' codes take one. */
const SECOND: Record<string, "given" | "slip" | "card"> = { cash: "given", slip: "slip", gift_card: "card" };
const CODE = /^[\x21-\x7e]{8,64}$/;

function back(): void {
  hush();
  chosen.value = undefined;
  plan.value = [];
}

export function PartForm({ rail, first, code }: { rail: RailTold; first: number; code: string }) {
  const currency = order.value?.currency ?? "EUR";
  const due = order.value?.due_minor ?? 0;
  const second = SECOND[rail.rail] ?? (rail.ways.includes("code") ? "code" : undefined);
  const [text, setText] = useState(amountText(first, currency));
  const [more, setMore] = useState(code);
  const [error, setError] = useState("");
  const [cardMost, setCardMost] = useState<{ code: string; most: number } | undefined>();
  const form = useRef<HTMLFormElement>(null);
  const amount = minorOf(text, currency);
  const given = second === "given" && more.trim() ? minorOf(more, currency) : undefined;
  const most = rail.rail === "link" ? due : rail.max_minor || due;

  function inputs(): HTMLInputElement[] {
    return [...(form.current?.querySelectorAll("input") ?? [])];
  }
  useLayoutEffect(() => {
    // A card's code comes first: how much is on it is known then.
    const at = second === "card" ? inputs()[0] : inputs().find((one) => one.name === "amount");
    if (hasKeyboard) at?.select();
    // Once: then the focus is the hand's.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  function wrong(what: TextKey, facts: Record<string, string> = {}): void {
    beep("bad");
    setError(t(what, facts));
  }
  /** Take it, when all that is needed is there; else go to what is missing. */
  function take(secondText = more, wished = text): void {
    const amount = minorOf(wished, currency);
    if (amount === undefined || amount <= 0) return wrong("register-cash_malformed");
    if (amount > due) return wrong("register-parts_too_much", { amount: money(due, currency) });
    if (amount > most) return wrong("register-parts_over_most", { amount: money(most, currency) });
    const wish: Omit<PartAsked, "id"> = { rail: rail.rail as PartAsked["rail"], amount_minor: amount };
    const word = secondText.trim();
    if (second === "given" && word) {
      if (given === undefined) return wrong("register-cash_malformed");
      if (given < amount) return wrong("register-parts_given_short");
      wish.given_minor = given;
    }
    if (second === "slip" && !word) return missing();
    if (second === "slip") wish.reference = word;
    if (second === "card") return void takeCard(word, wish);
    if (second === "code" && word) {
      if (!CODE.test(word)) return wrong("register-code_short");
      wish.auth_code = word;
    } else if (second === "code" && !rail.ways.includes("qr")) return missing();
    addPart(wish);
  }
  function missing(): void {
    const field = inputs().find((one) => one.name === "second");
    if (document.activeElement === field) wrong("register-parts_missing");
    else field?.focus();
  }
  /** How much is on the card is asked first; less than was wished is said before it is taken. */
  async function takeCard(word: string, wish: Omit<PartAsked, "id">): Promise<void> {
    if (!word) return missing();
    let left = cardMost?.code === word ? cardMost.most : undefined;
    if (left === undefined) {
      try {
        left = await onCard(word);
      } catch (problem) {
        beep("bad");
        setError(asProblem(problem).detail || asProblem(problem).title);
        return;
      }
      setCardMost({ code: word, most: left });
    }
    if (left <= 0) return wrong("register-parts_card_empty");
    if ((wish.amount_minor ?? 0) > left) {
      setText(amountText(left, currency));
      say(t("register-parts_card_left", { amount: money(left, currency) }));
      setError("");
      return;
    }
    addPart({ ...wish, card_code: word });
  }
  useLayer({
    scan: (scanned) => {
      setError("");
      if (second === "given" || second === undefined) {
        beep("bad");
        say(t("register-pay_not_code"), "bad");
        return;
      }
      // The burst ran through the amount's field: what was chosen there gave way to it.
      const burst = scanned.trim();
      const inField = inputs().find((one) => one.name === "amount")?.value.trim() ?? "";
      // A scanner that paused left its code's first half there.
      const isHalf = read(burst).is === "words" && read(inField + burst).is !== "words";
      const whole = isHalf ? inField + burst : burst;
      const left = (!isHalf && inField) || amountText(first, currency);
      setText(left);
      setMore(whole);
      take(whole, left);
    },
    keys: { Escape: back, "?": help },
  });
  const change = given !== undefined && amount !== undefined ? given - amount : 0;
  const isQr = second === "code" && !more.trim();
  const fields = [
    <Field
      key="amount"
      name="amount"
      label={t("register-parts_amount")}
      hint={t("register-parts_amount_of", { amount: money(due, currency) })}
      inputMode="decimal"
      autoComplete="off"
      value={text}
      onInput={(event) => {
        setText(event.currentTarget.value);
        setError("");
      }}
    />,
  ];
  if (second) {
    const field = (
      <Field
        key="second"
        name="second"
        label={t(second === "code" ? "register-code_field" : (`register-parts_${second}` as TextKey))}
        hint={t(`register-parts_${second}_hint` as TextKey)}
        inputMode={second === "given" ? "decimal" : "text"}
        autoComplete="off"
        spellcheck={false}
        maxLength={second === "slip" ? 20 : 64}
        value={more}
        onInput={(event) => {
          setMore(event.currentTarget.value);
          setError("");
        }}
      />
    );
    if (second === "card") fields.unshift(field);
    else fields.push(field);
  }
  return (
    <form
      ref={form}
      class="surface grid gap-4 p-6"
      aria-labelledby="part-title"
      onSubmit={(event) => {
        event.preventDefault();
        take();
      }}
    >
      <h2 id="part-title" class="text-xl font-semibold">
        {railName(rail.rail)}
      </h2>
      <div class="grid gap-4 sm:grid-cols-2">{fields}</div>
      {change > 0 && (
        <p class="grid grid-cols-[1fr_auto] items-baseline gap-4 rounded-2xl bg-base-200 px-4 py-3" role="status">
          <span>{t("register-change")}</span>
          <span class="figures text-3xl font-semibold">{money(change, currency)}</span>
        </p>
      )}
      {error && (
        <p class="text-error" role="alert">
          {error}
        </p>
      )}
      <Button type="submit" class="h-14 text-lg" isWide isBusy={isAsking.value}>
        {t(isQr && rail.ways.includes("qr") ? "register-rail_qr" : rail.rail === "link" ? "register-parts_link_make" : rail.rail === "transfer" ? "register-parts_transfer_make" : "register-parts_take")} <kbd class="key">Enter</kbd>
      </Button>
      <Button kind="plain" icon="arrow-left" class="justify-self-center" onClick={back}>
        {t("register-back_to_rails")} <kbd class="key">Esc</kbd>
      </Button>
    </form>
  );
}
