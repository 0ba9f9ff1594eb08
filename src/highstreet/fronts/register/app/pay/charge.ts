/** Charging a basket. The sale's id is kept before it is sent: whatever happens, the same sale is asked for again.
 *
 * Nothing is guessed: a sale is paid or given up when the server says so, and open until then.
 */
import { signal } from "@preact/signals";
import { api, asProblem, Problem, told } from "@look/api";
import { mend } from "../approve";
import { sealNow } from "../clerk";
import { desk, isAway, isReached, view } from "../desk";
import { newId } from "@look/device";
import { t } from "@look/texts";
import { keep, kept } from "../kept";
import { append, entryOf } from "../offline/journal";
import { beep } from "../sound";
import { basketAsked, changed, clear, quote } from "../till/basket";
import type { PartTold, QuoteTold, SaleAsked, SaleTold } from "../told";
import { beginSale } from "./ahead";
import { providerOf } from "./providers";

type Rail = SaleAsked["tenders"][number]["rail"];
export type How = "code" | "qr" | "cash" | "slip";

/** A sale on its way, as it lies on the disk. The payment code is never kept. */
export interface Charge {
  register: string;
  body: SaleAsked;
  how: How;
  total: number;
  currency: string;
  given: number | null;
  lines: QuoteTold["lines"];
  discounts?: QuoteTold["discounts"];
  begun: number;
  /** The cashier called it back. */
  isCalledBack?: true;
}

export type Stage =
  | { at: "none" }
  | { at: "asking" }
  /** `until`: when it is called back, by this device's clock; nobody calls back what is only practised. */
  | { at: "waiting"; sale: SaleTold; qr: string | null; until: number | undefined; isCalledBack: boolean; cannotReach: boolean }
  | { at: "lost"; problem: Problem; tries: number }
  | { at: "unsent" }
  /** `last`: of a sale in parts, the part that was taken just now; null: none here. */
  | { at: "paid"; sale: SaleTold; offline?: number; last?: PartTold | null }
  | { at: "refused"; reason: string | null; problem: Problem | null; isCalledBack?: boolean };

export const charge = signal<Charge | undefined>(undefined);
export const stage = signal<Stage>({ at: "none" });
/** Whether the page found this sale on its disk when it opened. */
export const isRecovered = signal(false);

/** What can be taken without asking anybody. */
const OFFLINE_RAILS = new Set<string>(["cash", "slip"]);
const POLL_MS = 1_500;
/** How a payment ends that nobody made: each provider has its word. */
const UNPAID = new Set(["reversed", "closed", "expired"]);
let authCode: string | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let turn = 0;

/** Ask again for a sale that a reload or a crash interrupted. */
export async function recover(registerId: string): Promise<void> {
  const was = kept<Charge>("charge");
  if (!was || was.register !== registerId || charge.value) return;
  const written = await entryOf(registerId, was.body.id);
  if (charge.value) return;
  charge.value = was;
  isRecovered.value = true;
  view.value = "pay";
  if (written) stage.value = { at: "paid", sale: offlineReceipt(was), offline: written.seq };
  else void askAgain();
}

/** Charge the basket as it was priced. `rail`: the provider; `cashPart` is paid in cash when it pays the rest. */
export function begin(registerId: string, how: How, wish: { rail?: string; code?: string; given?: number; cashPart?: number; slip?: string }): void {
  const price = quote.value;
  if (!price || stage.value.at !== "none") return;
  const tenders: SaleAsked["tenders"] = [];
  if (how === "cash") tenders.push({ id: newId("tnd"), rail: "cash", given_minor: wish.given ?? price.total_minor });
  else if (how === "slip") tenders.push({ id: newId("tnd"), rail: "slip", reference: wish.slip ?? null });
  else {
    if (wish.cashPart) tenders.push({ id: newId("tnd"), rail: "cash", amount_minor: wish.cashPart, given_minor: wish.cashPart });
    tenders.push({ id: newId("tnd"), rail: (wish.rail ?? "wallet") as Rail });
  }
  const body: SaleAsked = { ...basketAsked(), ...beginSale(), currency: price.currency, expected_total_minor: price.total_minor, tenders, clerk: sealNow() };
  charge.value = {
    register: registerId,
    body,
    how,
    total: price.total_minor,
    currency: price.currency,
    given: how === "cash" ? (wish.given ?? price.total_minor) : null,
    lines: price.lines,
    discounts: price.discounts,
    begun: Date.now(),
  };
  keep("charge", charge.value);
  authCode = wish.code;
  isRecovered.value = false;
  // Nothing of it was sent yet: who is known to be away is not asked, whoever made the price.
  if (isAway.value && canWriteDown()) void writeDown();
  else void send();
}

/** What of a charge is paid in cash beside a wallet, which asks for the rest. */
export function cashBeside(now: Charge): number {
  return now.body.tenders.reduce((sum, one) => sum + (one.rail === "cash" ? (one.amount_minor ?? 0) : 0), 0);
}

/** Whether this sale can be taken without asking anybody: its money is here, and it is none in training. */
export function canWriteDown(): boolean {
  return !desk.value?.is_training && charge.value !== undefined && !charge.value.body.items.some((one) => typeof one.price_minor === "number") && charge.value.body.tenders.length > 0 && charge.value.body.tenders.every((one) => OFFLINE_RAILS.has(one.rail));
}

/** Take the sale without a network: into the journal, then the receipt. If the server had it after all, it stays one. */
export async function writeDown(): Promise<void> {
  const now = charge.value;
  if (!now || !canWriteDown()) return;
  turn++;
  clearTimeout(timer);
  stage.value = { at: "asking" };
  const { expected_total_minor: _expected, clerk: _clerk, ...sale } = now.body;
  const lines = now.lines.map((line) => ({
    gtin: line.gtin,
    quantity: line.quantity,
    unit_minor: Math.round(line.net_minor / line.quantity),
    line_minor: line.net_minor,
    names: { en: line.name_en, zh: line.name_zh },
  }));
  try {
    const entry = await append("sale", { sale, charged_minor: now.total, currency: now.currency, lines }, now.body.id);
    stage.value = { at: "paid", sale: offlineReceipt(now), offline: entry.seq };
    beep("paid");
  } catch (error) {
    // The disk did not take it: it has not happened, the money goes back.
    finish({ at: "refused", reason: null, problem: new Problem(-1, "page.failed", t("register-offline_not_kept"), String(error)) }, "bad");
  }
}

/** What the paper says of a sale that no server has seen. */
function offlineReceipt(now: Charge): SaleTold {
  const list = now.lines.reduce((sum, line) => sum + line.unit_list_minor * line.quantity, 0);
  return {
    sale_id: now.body.id,
    state: "paid",
    is_training: false,
    currency: now.currency,
    total_minor: now.total,
    list_minor: list,
    discount_minor: list - now.total,
    lines: now.lines,
    discounts: now.discounts ?? [],
    tenders: now.body.tenders.map((one) => {
      const amount = one.amount_minor ?? now.total;
      return { tender_id: one.id, rail: one.rail, amount_minor: amount, given_minor: one.given_minor ?? null, change_minor: Math.max(0, (one.given_minor ?? amount) - amount) };
    }),
    paid_at: new Date(now.begun).toISOString(),
  };
}

/** The code again, for a sale that never reached the server. */
export function sendCode(code: string): void {
  const now = charge.value;
  const rail = providerOf(code);
  if (now && rail) {
    const tenders = now.body.tenders.map((one) => (OFFLINE_RAILS.has(one.rail) ? one : { ...one, rail: rail as Rail }));
    charge.value = { ...now, body: { ...now.body, tenders } };
    keep("charge", charge.value);
  }
  authCode = code;
  void send();
}

async function send(tries = 0): Promise<void> {
  const now = charge.value;
  if (!now) return;
  clearTimeout(timer);
  const mine = ++turn;
  if (tries === 0) stage.value = { at: "asking" };
  const tenders = now.body.tenders.map((tender) => (!OFFLINE_RAILS.has(tender.rail) && authCode ? { ...tender, auth_code: authCode } : tender));
  try {
    const sale = await told(api.POST("/register/v1/sales", { body: { ...now.body, tenders } }));
    if (mine === turn) take(sale as SaleTold);
  } catch (error) {
    if (mine === turn) await failed(asProblem(error), tries);
  }
}

/** Ask where the sale stands; ask for it again if it never arrived. */
export async function askAgain(tries = 0): Promise<void> {
  const now = charge.value;
  if (!now) return;
  // Cash and a QR are asked for once more: the same id has the effect of once. A payment code may be spent.
  if (now.how !== "code" || authCode) return send(tries);
  clearTimeout(timer);
  const mine = ++turn;
  if (tries === 0) stage.value = { at: "asking" };
  try {
    const sale = await told(api.GET("/register/v1/sales/{sale_id}", { params: { path: { sale_id: now.body.id } } }));
    if (mine === turn) take(sale);
  } catch (error) {
    if (mine !== turn) return;
    const problem = asProblem(error);
    if (problem.code === "sales.sale_unknown") stage.value = { at: "unsent" };
    else await failed(problem, tries);
  }
}

async function failed(problem: Problem, tries: number): Promise<void> {
  const isRefusal = problem.status >= 400 && problem.status < 500 && ![401, 408, 429].includes(problem.status) && problem.code !== "page.failed";
  if (isRefusal) {
    const now = charge.value;
    const body = now && (await mend(problem, now.body));
    if (charge.value !== now) return undefined;
    if (now && body) {
      charge.value = { ...now, body };
      keep("charge", charge.value);
      return send();
    }
    finish({ at: "refused", reason: null, problem }, "bad");
    return undefined;
  }
  isReached.value = problem.status !== 0;
  stage.value = { at: "lost", problem, tries: tries + 1 };
  timer = setTimeout(() => void askAgain(tries + 1), Math.min(1_000 * 2 ** tries, 10_000));
  return undefined;
}

function take(sale: SaleTold): void {
  isReached.value = true;
  if (sale.state === "paid") finish({ at: "paid", sale }, "paid");
  else if (sale.state === "abandoned") finish({ at: "refused", reason: sale.reason ?? null, problem: null, isCalledBack: sale.tender_state === "reversed" || UNPAID.has(sale.reason ?? "") }, "bad");
  else {
    const was = stage.value.at === "waiting" ? stage.value : undefined;
    stage.value = { at: "waiting", sale, qr: sale.qr ?? was?.qr ?? null, until: typeof sale.call_back_in_s === "number" ? Date.now() + sale.call_back_in_s * 1000 : undefined, isCalledBack: sale.reason === "reversing" || (was?.isCalledBack ?? false), cannotReach: false };
    timer = setTimeout(() => void poll(), POLL_MS);
  }
}

/** Ask where an open sale stands. */
export async function poll(): Promise<void> {
  const now = charge.value;
  if (!now || stage.value.at !== "waiting") return;
  clearTimeout(timer);
  const mine = ++turn;
  try {
    const sale = await told(api.GET("/register/v1/sales/{sale_id}", { params: { path: { sale_id: now.body.id } } }));
    if (mine === turn) take(sale);
  } catch (error) {
    if (mine !== turn || stage.value.at !== "waiting") return;
    isReached.value = asProblem(error).status !== 0;
    stage.value = { ...stage.value, cannotReach: true };
    timer = setTimeout(() => void poll(), 2 * POLL_MS);
  }
}

/** Call the payment back. If the shopper was faster, it comes out as paid. */
export async function callBack(): Promise<void> {
  const now = charge.value;
  if (!now || stage.value.at !== "waiting" || stage.value.isCalledBack) return;
  clearTimeout(timer);
  const mine = ++turn;
  stage.value = { ...stage.value, isCalledBack: true };
  charge.value = { ...now, isCalledBack: true };
  keep("charge", charge.value);
  try {
    const sale = await told(api.POST("/register/v1/sales/{sale_id}/cancel", { params: { path: { sale_id: now.body.id } } }));
    if (mine === turn) take(sale);
  } catch {
    if (mine === turn) void poll();
  }
}

/** It ended, the server said so. It is kept until the cashier has seen it. */
function finish(end: Stage & { at: "paid" | "refused" }, tone: "paid" | "bad"): void {
  clearTimeout(timer);
  stage.value = end;
  if (end.at === "refused") keep("charge", undefined);
  beep(tone);
}

/** A sale that was paid in parts is paid: its receipt. `items`: those of the basket that it was, none of an order's. */
export function showPaid(sale: SaleTold, items: SaleAsked["items"], last: PartTold | undefined): void {
  forget("keeps");
  charge.value = {
    register: desk.value?.register_id ?? "",
    body: { id: sale.sale_id, currency: sale.currency ?? "", items, coupons: [], tenders: [] },
    how: "code",
    total: sale.total_minor ?? 0,
    currency: sale.currency ?? "",
    given: null,
    lines: sale.lines ?? [],
    begun: Date.now(),
  };
  view.value = "pay";
  finish({ at: "paid", sale, last: last ?? null }, "paid");
}

/** The end was seen: the next customer. */
export function nextSale(): void {
  // A sale that was taken up from the list is not the basket's.
  const wasBasket = charge.value?.body.items.length !== 0;
  forget();
  if (wasBasket) clear();
  view.value = "sale";
}

/** Back to the basket, to pay another way; a sale that was refused or never sent took nothing. */
export function backToBasket(to: "sale" | "pay" = "pay"): void {
  forget();
  view.value = to;
  changed();
}

/** Leave an open sale to the server, which asks on; it stands in the list of open sales. */
export function setAside(): void {
  if (stage.value.at === "waiting") nextSale();
}

/** Take an open sale up again from the list. */
export function takeUp(registerId: string, sale: SaleTold, lines: QuoteTold["lines"]): void {
  const total = sale.total_minor ?? 0;
  charge.value = {
    register: registerId,
    body: { id: sale.sale_id, currency: sale.currency ?? "", items: [], coupons: [], tenders: [] },
    how: "code",
    total,
    currency: sale.currency ?? "",
    given: null,
    lines,
    begun: Date.now(),
  };
  authCode = undefined;
  isRecovered.value = true;
  view.value = "pay";
  void askAgain();
}

function forget(held: "keeps" | "drops" = "drops"): void {
  turn++;
  clearTimeout(timer);
  authCode = undefined;
  charge.value = undefined;
  isRecovered.value = false;
  stage.value = { at: "none" };
  keep("charge", undefined);
  if (held === "drops") keep("held", undefined);
}

/** The live stream told of a sale's end: ask at once. */
export function heard(saleId: string): void {
  if (charge.value?.body.id === saleId) void poll();
}

addEventListener("online", () => {
  if (stage.value.at === "lost") void askAgain();
});
