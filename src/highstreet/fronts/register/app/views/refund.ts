/** Taking goods back. The return's id is made here and kept before it is sent, like a sale's. */
import { signal } from "@preact/signals";
import { api, asProblem, Problem, told } from "@look/api";
import { mend } from "../approve";
import { sealNow } from "../clerk";
import { isReached } from "../desk";
import { newId } from "@look/device";
import { t } from "@look/texts";
import { keep, kept } from "../kept";
import { read } from "../scan";
import { beep } from "../sound";
import type { AllowanceAsked, ReceiptTold, ReturnAsked, ReturnTold } from "../told";

/** What is asked for once: pieces come back, or an amount does while the goods stay. */
type Asked = { register: string } & ({ kind?: "pieces"; body: ReturnAsked } | { kind: "amount"; saleId: string; body: AllowanceAsked });

export type RefundStage =
  | { at: "find"; isBusy: boolean; problem: Problem | null }
  | { at: "pick"; sales: ReceiptTold[] }
  /** `handed`: what was owed for the receipt and was handed out just now. */
  | { at: "choose"; receipt: ReceiptTold; problem: Problem | null; wish?: Asked; handed?: number }
  | { at: "asking" }
  | { at: "lost"; problem: Problem; tries: number }
  /** `receipt`: of what came back, if the page still has it. */
  | { at: "done"; answer: ReturnTold; receipt: ReceiptTold | undefined };

export const refund = signal<RefundStage>({ at: "find", isBusy: false, problem: null });
let asked: Asked | undefined;
let receiptOf: ReceiptTold | undefined;
/** Whether the receipt was there, or the sale was found through the member. */
let hasReceipt = true;
let timer: ReturnType<typeof setTimeout> | undefined;

export function startRefund(): void {
  clearTimeout(timer);
  refund.value = { at: "find", isBusy: false, problem: null };
}

/** A return that a reload interrupted is asked for again, with the same id. */
export function recoverRefund(register: string): boolean {
  const was = kept<Asked>("return");
  if (!was || was.register !== register || (refund.value.at !== "find" && refund.value.at !== "lost")) return false;
  asked = was;
  void send(0);
  return true;
}

/** A receipt by its code; a member's code brings what that member may bring back. */
export async function findReceipt(code: string): Promise<void> {
  refund.value = { at: "find", isBusy: true, problem: null };
  const found = read(code);
  // What is plainly something else is not asked for.
  if (["goods", "payment", "quantity", "pairing"].includes(found.is)) return notFound(noReceipt());
  try {
    if (found.is === "member") {
      const { sales } = await told(api.POST("/register/v1/members/sales", { body: { member_code: found.text } }));
      beep("good");
      refund.value = { at: "pick", sales };
      return;
    }
    const receipt = await told(api.GET("/register/v1/receipt", { params: { query: { code: code.trim().slice(0, 200) } } }));
    isReached.value = true;
    beep("good");
    receiptOf = receipt;
    hasReceipt = true;
    refund.value = { at: "choose", receipt, problem: null };
  } catch (error) {
    const problem = asProblem(error);
    return notFound(problem.code === "request.malformed" && found.is !== "member" ? noReceipt() : problem);
  }
}

function noReceipt(): Problem {
  return new Problem(-1, "page.failed", t("register-refund_no_receipt"), t("register-refund_no_receipt.detail"));
}

function notFound(problem: Problem): void {
  beep("bad");
  refund.value = { at: "find", isBusy: false, problem };
}

/** Something new is typed: what was wrong with the last is over. */
export function forgetProblem(): void {
  const now = refund.value;
  if (now.at === "find" && now.problem) refund.value = { ...now, problem: null };
}

/** One of the member's sales was chosen. */
export function chooseReceipt(receipt: ReceiptTold): void {
  receiptOf = receipt;
  hasReceipt = false;
  refund.value = { at: "choose", receipt, problem: null };
}

/** The lines of which pieces come back. */
export function itemsOf(pieces: Map<number, number>): ReturnAsked["items"] {
  return [...pieces].filter(([, quantity]) => quantity > 0).map(([line_no, quantity]) => ({ line_no, quantity }));
}

/** `slips`: numbers of the slips that the card terminal made for what it gave back. */
export function takeBack(register: string, receipt: ReceiptTold, pieces: Map<number, number>, reason: string, slips: string[]): void {
  const items = itemsOf(pieces);
  if (!items.length) return;
  asked = { register, body: { id: newId("rtn"), sale_id: receipt.sale_id, items, reason, slips, has_receipt: hasReceipt, clerk: sealNow() } };
  keep("return", asked);
  void send(0);
}

/** Give an amount back while the goods stay where they are. */
export function giveAmount(register: string, receipt: ReceiptTold, amount: number, reason: string): void {
  asked = { register, kind: "amount", saleId: receipt.sale_id, body: { id: newId("rtn"), amount_minor: amount, reason, clerk: sealNow() } };
  keep("return", asked);
  void send(0);
}

/** Hand out the cash that an amount back left owed; asked for again, it is handed out once. Errors: Problem. */
export async function handOut(): Promise<void> {
  const now = refund.value;
  if (now.at !== "done") return;
  await told(api.POST("/register/v1/sales/{sale_id}/hand-out", { params: { path: { sale_id: now.answer.sale_id } } }));
  beep("paid");
  const refunds = now.answer.refunds.map((one) => (one.rail === "cash" ? { ...one, state: "captured" } : one));
  refund.value = { ...now, answer: { ...now.answer, refunds } };
}

/** Hand out what an earlier return left owed, with the numbers of the terminal's slips for it. Errors: Problem. */
export async function handOutOf(receipt: ReceiptTold, slips: string[]): Promise<void> {
  await told(api.POST("/register/v1/sales/{sale_id}/hand-out", { params: { path: { sale_id: receipt.sale_id } }, body: { slips, approval: null } }));
  beep("paid");
  const now = refund.value;
  if (now.at !== "choose" || now.receipt.sale_id !== receipt.sale_id) return;
  let left = slips.length;
  const isHanded = (one: ReceiptTold["owed"][number]) => one.rail !== "slip" || left-- > 0;
  const done = receipt.owed.filter(isHanded);
  const owed = receipt.owed.filter((one) => !done.includes(one));
  receiptOf = { ...receipt, owed };
  refund.value = { at: "choose", receipt: receiptOf, problem: null, handed: done.reduce((sum, one) => sum + one.amount_minor, 0) };
}

function ask(now: Asked): Promise<ReturnTold> {
  if (now.kind !== "amount") return told(api.POST("/register/v1/returns", { body: now.body }));
  return told(api.POST("/register/v1/sales/{sale_id}/allowances", { params: { path: { sale_id: now.saleId } }, body: now.body }));
}

export async function send(tries: number): Promise<void> {
  if (!asked) return undefined;
  clearTimeout(timer);
  refund.value = { at: "asking" };
  try {
    const answer = await ask(asked);
    isReached.value = true;
    keep("return", undefined);
    beep(answer.refunds.some((one) => one.state === "failed") ? "bad" : "paid");
    refund.value = { at: "done", answer, receipt: receiptOf?.sale_id === answer.sale_id ? receiptOf : undefined };
    follow(answer);
  } catch (error) {
    const problem = asProblem(error);
    const isRefusal = problem.status >= 400 && problem.status < 500 && ![401, 408, 429].includes(problem.status) && problem.code !== "page.failed";
    if (isRefusal) {
      const now = asked;
      const body = await mend<ReturnAsked | AllowanceAsked>(problem, now.body);
      if (body) {
        asked = { ...now, body } as Asked;
        keep("return", asked);
        return send(0);
      }
      keep("return", undefined);
      beep("bad");
      refund.value = receiptOf ? { at: "choose", receipt: receiptOf, problem, wish: now } : { at: "find", isBusy: false, problem };
      return undefined;
    }
    isReached.value = problem.status !== 0;
    refund.value = { at: "lost", problem, tries: tries + 1 };
    timer = setTimeout(() => void send(tries + 1), Math.min(1_000 * 2 ** tries, 10_000));
  }
  return undefined;
}

/** A wallet may confirm its refund later: the same return, asked for again, tells where it stands. */
function follow(answer: ReturnTold): void {
  if (!answer.refunds.some((one) => one.state === "pending" || one.state === "unknown")) return;
  timer = setTimeout(() => {
    if (refund.value.at !== "done" || !asked || asked.kind === "amount") return;
    void look({ ...asked.body, clerk: null, approval: null }, answer);
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
  refund.value = { ...refund.value, answer: newer };
  follow(newer);
}

/** What pieces of a line bring back: rounded down over all that came back so far, as the server does it. */
export function valueOf(line: ReceiptTold["lines"][number], pieces: number): number {
  if (!pieces) return 0;
  return Math.max(Math.floor((line.net_minor * (line.returned_quantity + pieces)) / line.quantity) - line.returned_minor, 0);
}
