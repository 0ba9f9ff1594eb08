/** A manager's approval of prices set by hand, before anything is asked of the customer: a payer's code would go stale meanwhile.
 *
 * It is bound to the sale's id and the amount, so the id is made here and kept until the sale begins or those prices change.
 */
import { computed, effect, signal } from "@preact/signals";
import { newId } from "@look/device";
import { askApproval } from "../approve";
import { desk, isAway } from "../desk";
import { hasByHand, isPriced, lines, quote } from "../till/basket";
import type { SaleAsked } from "../told";

const BY_HAND = "by_hand";

interface Approved {
  saleId: string;
  approval: string;
  offMinor: number;
}

const approved = signal<Approved | undefined>(undefined);
/** The prices set by hand, as what was approved holds on to them. */
const byHand = computed(() => JSON.stringify(lines.value.filter((line) => line.byHand !== undefined).map(({ gtin, quantity, byHand: price }) => [gtin, quantity, price])));
const offMinor = computed(() => quote.value?.discounts.filter((one) => one.kind === BY_HAND).reduce((sum, one) => sum + one.amount_minor, 0) ?? 0);
/** Whether a manager has to be asked before this basket is charged; without a network nobody can be. */
export const isApprovalWanted = computed(() => isPriced.value && hasByHand.value && !isAway.value && !desk.value?.is_training && offMinor.value > 0 && approved.value?.offMinor !== offMinor.value);

// Another customer's, or another price: what was approved is not for it.
effect(() => {
  void byHand.value;
  approved.value = undefined;
});

let isAsked = false;

/** Ask the manager for what lacks an approval. Whether the sale may begin. */
export async function approveAhead(): Promise<boolean> {
  if (isAsked) return true;
  isAsked = true;
  try {
    const saleId = newId("sal");
    while (isApprovalWanted.value) {
      // The price may change while the manager types: then it is asked again.
      const amount = offMinor.value;
      const approval = await askApproval({ act: "price", sale_id: saleId, amount_minor: amount, currency: quote.value?.currency ?? "" });
      if (approval === undefined) return false;
      approved.value = { saleId, approval, offMinor: amount };
    }
    return true;
  } finally {
    isAsked = false;
  }
}

/** The id that a sale begins with, and what was approved for it; used up. */
export function beginSale(): Pick<SaleAsked, "id" | "approval"> {
  const now = approved.value;
  approved.value = undefined;
  return now && now.offMinor === offMinor.value ? { id: now.saleId, approval: now.approval } : { id: newId("sal") };
}
