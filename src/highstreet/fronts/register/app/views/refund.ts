/** Taking goods back. The return's id is made here and kept before it is sent, like a sale's. */
import { signal } from "@preact/signals";
import { api, asProblem, told, type Problem } from "@look/api";
import { isReached } from "../desk";
import { newId } from "@look/device";
import { keep, kept } from "../kept";
import { beep } from "../sound";
import type { ReceiptTold, ReturnAsked, ReturnTold } from "../told";

export type RefundStage =
  | { at: "find"; isBusy: boolean; problem: Problem | null }
  | { at: "choose"; receipt: ReceiptTold; problem: Problem | null }
  | { at: "asking" }
  | { at: "lost"; problem: Problem; tries: number }
  | { at: "done"; answer: ReturnTold };

export const refund = signal<RefundStage>({ at: "find", isBusy: false, problem: null });
let asked: { register: string; body: ReturnAsked } | undefined;
let receiptOf: ReceiptTold | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

export function startRefund(): void {
  clearTimeout(timer);
  refund.value = { at: "find", isBusy: false, problem: null };
}

/** A return that a reload interrupted is asked for again, with the same id. */
export function recoverRefund(register: string): boolean {
  const was = kept<{ register: string; body: ReturnAsked }>("return");
  if (!was || was.register !== register || (refund.value.at !== "find" && refund.value.at !== "lost")) return false;
  asked = was;
  void send(0);
  return true;
}

export async function findReceipt(code: string): Promise<void> {
  refund.value = { at: "find", isBusy: true, problem: null };
  try {
    const receipt = await told(api.GET("/register/v1/receipt", { params: { query: { code: code.trim().slice(0, 200) } } }));
    isReached.value = true;
    beep("good");
    receiptOf = receipt;
    refund.value = { at: "choose", receipt, problem: null };
  } catch (error) {
    beep("bad");
    refund.value = { at: "find", isBusy: false, problem: asProblem(error) };
  }
}

export function takeBack(register: string, receipt: ReceiptTold, pieces: Map<number, number>, reason: string): void {
  const items = [...pieces].filter(([, quantity]) => quantity > 0).map(([line_no, quantity]) => ({ line_no, quantity }));
  if (!items.length) return;
  asked = { register, body: { id: newId("rtn"), sale_id: receipt.sale_id, items, reason, slips: [] } };
  keep("return", asked);
  void send(0);
}

export async function send(tries: number): Promise<void> {
  if (!asked) return;
  clearTimeout(timer);
  refund.value = { at: "asking" };
  try {
    const answer = await told(api.POST("/register/v1/returns", { body: asked.body }));
    isReached.value = true;
    keep("return", undefined);
    beep("paid");
    refund.value = { at: "done", answer };
    follow(answer);
  } catch (error) {
    const problem = asProblem(error);
    const isRefusal = problem.status >= 400 && problem.status < 500 && ![401, 408, 429].includes(problem.status) && problem.code !== "page.failed";
    if (isRefusal) {
      keep("return", undefined);
      beep("bad");
      refund.value = receiptOf ? { at: "choose", receipt: receiptOf, problem } : { at: "find", isBusy: false, problem };
      return;
    }
    isReached.value = problem.status !== 0;
    refund.value = { at: "lost", problem, tries: tries + 1 };
    timer = setTimeout(() => void send(tries + 1), Math.min(1_000 * 2 ** tries, 10_000));
  }
}

/** A wallet may confirm its refund later: the same return, asked for again, tells where it stands. */
function follow(answer: ReturnTold): void {
  if (!answer.refunds.some((one) => one.state === "pending" || one.state === "unknown")) return;
  timer = setTimeout(() => {
    if (refund.value.at !== "done" || !asked) return;
    void look(asked.body, answer);
  }, 3_000);
}

async function look(body: ReturnAsked, answer: ReturnTold): Promise<void> {
  let newer = answer;
  try {
    newer = await told(api.POST("/register/v1/returns", { body }));
  } catch {
    // Later, then.
  }
  if (refund.value.at !== "done") return;
  refund.value = { at: "done", answer: newer };
  follow(newer);
}

/** What pieces of a line bring back: rounded down over all that came back so far, as the server does it. */
export function valueOf(line: ReceiptTold["lines"][number], pieces: number): number {
  if (!pieces) return 0;
  return Math.max(Math.floor((line.net_minor * (line.returned_quantity + pieces)) / line.quantity) - line.returned_minor, 0);
}
