/** A sale paid in parts: goods and price are held by the server, parts are taken one by one until nothing is due.
 *
 * What is sent once – the sale, a part – gets its id here and is kept before it is sent; asked again it is the same.
 * What the page shows is always what the server told last.
 */
import { computed, signal } from "@preact/signals";
import { api, asProblem, told, type Problem } from "@look/api";
import { newId } from "@look/device";
import { t } from "@look/texts";
import { mend } from "../approve";
import { sealNow } from "../clerk";
import { desk, hush, isReached, say, view } from "../desk";
import { keep, kept } from "../kept";
import { beep } from "../sound";
import { basketAsked, changed, clear, quote } from "../till/basket";
import type { OrderTold, PartAsked, PartTold, RailsTold, RailTold, SaleAsked, SplitTold } from "../told";
import { beginSale } from "./ahead";
import { showPaid } from "./charge";

/** How long goods and price are held for one who pays the rest later. */
const HOLD_MINUTES = 24 * 60;
const POLL_MS = 1_500;
const OPEN = new Set(["planned", "pending", "unknown"]);

/** As it lies on the disk. Codes of payers and cards are never kept. */
interface Held {
  register: string;
  saleId: string;
  /** Of a sale that was opened here from the basket. */
  body: SaleAsked | null;
  /** A part that was sent and not answered for. */
  asking: PartAsked | null;
}

/** What the payer is shown for a part. */
export interface Shown {
  tenderId: string;
  rail: string;
  amount: number;
  qr?: string;
  link?: string;
  reference?: string;
}

export const held = signal<Held | undefined>(undefined);
/** Where the sale stands, as told last. */
export const order = signal<OrderTold | undefined>(undefined);
export const rails = signal<RailsTold | undefined>(undefined);
/** A rail that was chosen, how much of it, and a payer's code that was scanned before. */
export const chosen = signal<{ rail: RailTold; amount: number; code: string } | undefined>(undefined);
/** The parts of a proposal that was chosen and are still to be taken. */
export const plan = signal<SplitTold["parts"]>([]);
export const shown = signal<Shown | undefined>(undefined);
export const isAsking = signal(false);
/** Nobody answered: the same is asked for again. */
export const isLost = signal(false);
/** The cash part that was taken last, while its change is to be handed back. */
export const handBack = signal<PartTold | undefined>(undefined);
export const heldProblem = signal<Problem | undefined>(undefined);
export const openParts = computed<PartTold[]>(() => order.value?.parts?.filter((part) => part.direction === "in" && OPEN.has(part.state)) ?? []);
export const takenParts = computed<PartTold[]>(() => order.value?.parts?.filter((part) => part.direction === "in" && part.state === "captured") ?? []);

let secrets: Pick<PartAsked, "auth_code" | "card_code"> = {};
let timer: ReturnType<typeof setTimeout> | undefined;
let turn = 0;
/** A part that was sent, before the page told what came of it. */
let fresh = "";

function write(next: Held | undefined): void {
  held.value = next;
  keep("held", next);
}

/** Hold the basket as it was priced, to be paid in parts. */
export function openHeld(registerId: string): void {
  const price = quote.value;
  if (!price) return;
  reset();
  const body: SaleAsked = { ...basketAsked(), ...beginSale(), currency: price.currency, expected_total_minor: price.total_minor, tenders: [], hold_minutes: HOLD_MINUTES, clerk: sealNow() };
  write({ register: registerId, saleId: body.id, body, asking: null });
  view.value = "parts";
  void begin();
}

/** Go on with a sale that is paid in parts: from the list of open sales, or an order by its code. */
export function continueHeld(registerId: string, saleId: string, known?: OrderTold): void {
  reset();
  write({ register: registerId, saleId, body: null, asking: null });
  view.value = "parts";
  if (known) take(known);
  else void look();
}

/** Go on where a reload or a crash interrupted. */
export function recoverHeld(registerId: string): boolean {
  const was = kept<Held>("held");
  if (!was || was.register !== registerId || held.value) return false;
  held.value = was;
  view.value = "parts";
  void (was.body ? begin() : resume());
  return true;
}

async function begin(): Promise<void> {
  const now = held.value;
  if (!now?.body) return;
  const { body } = now;
  await asked(
    () => told(api.POST("/register/v1/sales", { body })),
    () => void resume(),
    () => void begin(),
    async (problem) => {
      const mended = await mend(problem, body);
      if (held.value !== now) return undefined;
      if (mended) {
        write({ ...now, body: mended });
        return begin();
      }
      leaveTo("pay");
      beep("bad");
      say(problem.detail || problem.title, "bad");
      changed();
      return undefined;
    },
  );
}

/** A part that nobody answered for is asked for again, if it needs no code that is gone; then where all stands. */
async function resume(): Promise<void> {
  const now = held.value;
  if (now?.asking && (now.asking.rail !== "gift_card" || secrets.card_code)) await send(now.asking);
  else await look();
}

/** Take a part. Codes are sent and forgotten. */
export function addPart(wish: Omit<PartAsked, "id">): void {
  const now = held.value;
  if (!now || isAsking.value) return;
  const { auth_code, card_code, ...rest } = wish;
  secrets = { ...(auth_code ? { auth_code } : {}), ...(card_code ? { card_code } : {}) };
  const asking = { ...rest, id: newId("tnd") };
  handBack.value = undefined;
  write({ ...now, asking });
  void send(asking);
}

async function send(part: PartAsked): Promise<void> {
  const now = held.value;
  if (!now) return;
  const body = { ...part, ...secrets };
  await asked(
    () => told(api.POST("/register/v1/sales/{sale_id}/tenders", { params: { path: { sale_id: now.saleId } }, body })),
    (answer) => {
      fresh = part.id;
      const written = answer.parts?.find((one) => one.tender_id === part.id);
      const newest = { tenderId: part.id, rail: part.rail, amount: written?.amount_minor ?? part.amount_minor ?? 0 };
      if (answer.qr) shown.value = { ...newest, qr: answer.qr };
      else if (answer.link) {
        shown.value = { ...newest, link: answer.link };
        void copy(answer.link);
      } else if (part.rail === "transfer" && written?.reference) shown.value = { ...newest, reference: written.reference };
      settled();
      void look();
    },
    () => void send(part),
    (problem) => {
      if (held.value) write({ ...held.value, asking: null });
      secrets = {};
      heldProblem.value = problem;
      beep("bad");
      void look(true);
    },
  );
}

/** The part that was asked for is written: the next of the plan, or a free choice. */
function settled(): void {
  if (held.value) write({ ...held.value, asking: null });
  secrets = {};
  chosen.value = undefined;
  // What was said of it is over: how much is on a card that was just used.
  hush();
}

export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(t("register-parts_copied"));
  } catch {
    // It is on the screen.
  }
}

/** Show again what a waiting part's payer needs: the same id is answered the same. */
export function showAgain(part: PartTold): void {
  if (part.rail === "transfer") shown.value = { tenderId: part.tender_id, rail: part.rail, amount: part.amount_minor, ...(part.reference ? { reference: part.reference } : {}) };
  else void send({ id: part.tender_id, rail: part.rail as PartAsked["rail"], amount_minor: part.amount_minor });
}

/** Call one part back. If its payer was faster, it counts as paid. */
export async function callPartBack(tenderId: string): Promise<void> {
  const now = held.value;
  if (!now) return;
  shown.value = undefined;
  plan.value = [];
  hush();
  await asked(
    () => told(api.POST("/register/v1/sales/{sale_id}/tenders/{tender_id}/cancel", { params: { path: { sale_id: now.saleId, tender_id: tenderId } } })),
    () => void look(),
    () => void callPartBack(tenderId),
    (problem) => {
      heldProblem.value = problem;
      void look(true);
    },
  );
}

/** Give the whole sale up: every part goes back. Once more, with somebody there: what is owed is handed out. */
export async function giveUp(slips: string[], approval: string | null = null): Promise<void> {
  const now = held.value;
  if (!now) return;
  shown.value = undefined;
  const isNothing = !order.value?.parts?.some((part) => part.state === "captured" || OPEN.has(part.state));
  await asked(
    () => told(api.POST("/register/v1/sales/{sale_id}/cancel", { params: { path: { sale_id: now.saleId } }, body: { slips, approval } })),
    () => {
      if (isNothing && now.body) leaveTo("pay");
      else void look();
    },
    () => void giveUp(slips, approval),
    async (problem) => {
      const mended = await mend(problem, { approval });
      if (held.value?.saleId !== now.saleId) return undefined;
      if (mended) return giveUp(slips, mended.approval);
      heldProblem.value = problem;
      void look(true);
      return undefined;
    },
  );
}

/** Out, for now: the sale stands in the list of open sales; its goods are no longer the basket's. */
export function leaveHeld(): void {
  if (held.value?.body) clear();
  leaveTo("sale");
}

/** Ask where it stands. `keepsProblem`: a refusal stays on the screen. */
export async function look(keepsProblem = false): Promise<void> {
  const now = held.value;
  if (!now) return;
  clearTimeout(timer);
  const mine = ++turn;
  try {
    const answer = await told(api.GET("/register/v1/orders", { params: { query: { code: now.saleId } } }));
    if (mine !== turn) return;
    isReached.value = true;
    isLost.value = false;
    if (!keepsProblem) heldProblem.value = undefined;
    take(answer);
  } catch (error) {
    if (mine !== turn) return;
    const problem = asProblem(error);
    isReached.value = problem.status !== 0;
    if (isRefusal(problem)) heldProblem.value = problem;
    else {
      isLost.value = true;
      timer = setTimeout(() => void look(keepsProblem), 2 * POLL_MS);
    }
  }
}

function take(answer: OrderTold): void {
  const before = order.value;
  order.value = answer;
  // Given up: what was wrong with a scan before is over.
  if (before && before.state !== answer.state) hush();
  if (shown.value && !openParts.value.some((part) => part.tender_id === shown.value?.tenderId)) shown.value = undefined;
  // Opened anew at its end: its newest part is what was taken just now.
  const newest = answer.parts?.findLast((part) => part.direction === "in");
  const last = fresh ? answer.parts?.find((part) => part.tender_id === fresh) : before ? undefined : newest;
  if (answer.state === "paid") {
    const { body } = held.value ?? {};
    showPaid(answer, body?.items ?? [], last);
    reset();
    return;
  }
  if (fresh && last?.change_minor) handBack.value = last;
  fresh = "";
  const failed = newlyFailed(before, answer);
  if (failed.length) {
    plan.value = [];
    if (!failed.every(isEnded)) beep("bad");
  } else if (before && (answer.held_minor ?? 0) > (before.held_minor ?? 0)) beep("good");
  if (answer.state === "open" && (answer.due_minor ?? 0) > 0) {
    if (before?.due_minor !== answer.due_minor || !rails.value) void askRails();
    else follow();
  } else rails.value = undefined;
  if (openParts.value.length || answer.state === "closing") timer = setTimeout(() => void look(heldProblem.value !== undefined), POLL_MS);
}

/** Over before anybody was asked for money: a pay link called back or not used in time, or a part of a sale that was given up. */
export function isEnded(part: PartTold): boolean {
  return part.state === "failed" && (part.reason === "abandoned" || (part.reason?.startsWith("link_") ?? false));
}

/** The parts that were on their way and came to nothing. */
function newlyFailed(before: OrderTold | undefined, now: OrderTold): PartTold[] {
  const were = new Set(before?.parts?.filter((part) => part.state === "failed").map((part) => part.tender_id));
  return before === undefined ? [] : (now.parts?.filter((part) => part.state === "failed" && !were.has(part.tender_id)) ?? []);
}

async function askRails(): Promise<void> {
  const now = held.value;
  if (!now || !order.value?.currency) return;
  const saleId = now.saleId;
  try {
    const answer = await told(api.POST("/register/v1/rails", { body: { sale_id: saleId, currency: order.value.currency, is_offline: false } }));
    if (held.value?.saleId !== saleId) return;
    rails.value = answer;
    follow();
  } catch (error) {
    if (held.value?.saleId === saleId) heldProblem.value = asProblem(error);
  }
}

/** How much is on a gift card, of what is due. Errors: Problem. */
export async function onCard(code: string): Promise<number> {
  const answer = await told(api.POST("/register/v1/rails", { body: { sale_id: held.value?.saleId ?? "", currency: order.value?.currency ?? "", card_code: code, is_offline: false } }));
  return answer.rails.find((one) => one.rail === "gift_card")?.max_minor ?? 0;
}

export function chooseRail(rail: RailTold, amount?: number, code = ""): void {
  const due = order.value?.due_minor ?? 0;
  heldProblem.value = undefined;
  shown.value = undefined;
  hush();
  chosen.value = { rail, amount: amount ?? (rail.max_minor > 0 ? Math.min(due, rail.max_minor) : due), code };
}

/** Take a proposal: its parts one after the other. */
export function choosePlan(split: SplitTold): void {
  plan.value = split.parts;
  follow();
}

function follow(): void {
  const [next, ...rest] = plan.value;
  if (!next || chosen.value || openParts.value.length) return;
  const rail = rails.value?.rails.find((one) => one.rail === next.rail);
  plan.value = rest;
  if (rail && next.amount_minor <= (order.value?.due_minor ?? 0)) chooseRail(rail, next.amount_minor);
  else plan.value = [];
}

/** One request that must come to an answer: a refusal is told, anything else is asked again. */
async function asked<T>(ask: () => Promise<T>, done: (answer: T) => void, again: () => void, refused: (problem: Problem) => void | Promise<void>): Promise<void> {
  clearTimeout(timer);
  const mine = ++turn;
  isAsking.value = true;
  try {
    const answer = await ask();
    if (mine !== turn) return;
    isReached.value = true;
    isAsking.value = false;
    isLost.value = false;
    heldProblem.value = undefined;
    done(answer);
  } catch (error) {
    if (mine !== turn) return;
    const problem = asProblem(error);
    isReached.value = problem.status !== 0;
    if (isRefusal(problem)) {
      isAsking.value = false;
      isLost.value = false;
      await refused(problem);
      return;
    }
    isLost.value = true;
    timer = setTimeout(again, 2 * POLL_MS);
  }
}

function isRefusal(problem: Problem): boolean {
  return problem.status >= 400 && problem.status < 500 && ![401, 408, 429].includes(problem.status) && problem.code !== "page.failed";
}

function leaveTo(to: "sale" | "pay"): void {
  hush();
  reset();
  keep("held", undefined);
  view.value = to;
}

/** Forget what the page knows; what lies on the disk stays until the end was seen. */
function reset(): void {
  turn++;
  clearTimeout(timer);
  secrets = {};
  held.value = undefined;
  order.value = undefined;
  rails.value = undefined;
  chosen.value = undefined;
  plan.value = [];
  shown.value = undefined;
  isAsking.value = false;
  isLost.value = false;
  heldProblem.value = undefined;
  handBack.value = undefined;
  fresh = "";
}

/** The live stream told of this sale. */
export function heardHeld(saleId: string): void {
  if (held.value?.saleId === saleId && !isAsking.value) void look();
}

/** Whether a part may lie in this drawer or terminal: the sale is of this place. */
export const isOurs = computed(() => order.value?.place.place_id === desk.value?.place.place_id);
