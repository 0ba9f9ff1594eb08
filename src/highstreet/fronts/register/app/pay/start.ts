/** From the basket to the payment. */
import { signal } from "@preact/signals";
import { t } from "@look/texts";
import { hush, say, view } from "../desk";
import { beep } from "../sound";
import { lines } from "../till/basket";

/** A payment code that was scanned before the cashier chose how to pay: charged after Enter. */
export const codeInHand = signal("");

export function pay(): void {
  if (!lines.value.length) {
    say(t("register-scan_first"), "bad");
    return;
  }
  hush();
  codeInHand.value = "";
  view.value = "pay";
}

export function payWithCode(code: string): void {
  if (!lines.value.length) {
    beep("bad");
    say(t("register-payment_code_early"), "bad");
    return;
  }
  beep("good");
  pay();
  codeInHand.value = code;
}

/** Keep a payer's code until it is charged, or none. */
export function holdCode(text: string): void {
  codeInHand.value = text;
}
