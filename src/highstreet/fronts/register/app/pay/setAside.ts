/** Sales of this register that are paid in parts and wait for the rest: whoever set one aside must find it again. */
import { signal } from "@preact/signals";
import { api, told } from "@look/api";
import { desk, isAway, view } from "../desk";
import type { SeenTold } from "../told";
import { continueHeld } from "./held";

export const inParts = signal<SeenTold[]>([]);
let turn = 0;

export async function askInParts(): Promise<void> {
  if (isAway.value) return;
  const mine = ++turn;
  try {
    const { sales } = await told(api.GET("/register/v1/sales", { params: { query: { limit: 20 } } }));
    if (mine === turn) inParts.value = sales.filter((sale) => sale.state === "open" && sale.due_minor !== null);
  } catch {
    // What was known stays: the list of the shift says it, too.
  }
}

/** One of them was paid, or given up, wherever. */
export function heardInParts(saleId: string): void {
  if (inParts.value.some((sale) => sale.sale_id === saleId)) void askInParts();
}

export function takeUp(sale: SeenTold): void {
  if (desk.value) continueHeld(desk.value.register_id, sale.sale_id);
}

// Nothing is asked between two customers who pay at once.
let was = view.peek();
view.subscribe((now) => {
  if (now === "sale" && now !== was && (was === "parts" || inParts.peek().length)) void askInParts();
  was = now;
});
