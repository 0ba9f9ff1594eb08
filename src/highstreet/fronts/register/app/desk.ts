/** Which register this is, which view is open, and what the page says about itself. */
import { computed, signal } from "@preact/signals";
import { isOnline } from "@look/online";
import { t } from "@look/texts";
import type { DeskTold } from "./told";

export type View = "sale" | "pay" | "parts" | "refund" | "shift";

export const desk = signal<DeskTold | undefined>(undefined);
export const view = signal<View>("sale");
/** Whether the server answered last. */
export const isReached = signal(true);
/** Nobody can be asked: cash and slips are taken and written down, wallets are not. */
export const isAway = computed(() => !isOnline.value || !isReached.value);
/** Whether the list of keys is shown. */
export const hasShortcuts = signal(false);
/** A receipt that was scanned and should be taken back. */
export const receiptCode = signal("");

export function go(to: View): void {
  view.value = to;
}

export function help(): void {
  hasShortcuts.value = true;
}

/** The newest thing that the cashier must know, read out at once. */
export const said = signal<{ text: string; tone: "good" | "bad"; number: number } | undefined>(undefined);
let number = 0;

export function say(text: string, tone: "good" | "bad" = "good"): void {
  said.value = { text, tone, number: ++number };
}

export function hush(): void {
  if (said.value) said.value = undefined;
}

// What went wrong on one screen is not said on the next; what is said after the change belongs to the new one.
view.subscribe(() => {
  if (said.peek()?.tone === "bad") said.value = undefined;
});

/** What this register is called: "Register 1", also where it is only a number. */
export function registerName(): string {
  const name = desk.value?.name ?? "";
  return /^\d+$/.test(name) ? t("register-number", { name }) : name;
}

/** The currency of this register's place. */
export function currency(): string {
  return desk.value?.currency ?? "EUR";
}
