/** The basket: what is in it, for whom, and what it costs. The newest question's answer counts, whenever it comes. */
import { computed, effect, signal } from "@preact/signals";
import { api, asProblem, told, Problem } from "@look/api";
import { named, t } from "@look/texts";
import { isAway, isReached, say } from "../desk";
import { keep, kept } from "../kept";
import { priceOffline } from "../offline/price";
import { allGoods, asTold, listFacts } from "../offline/prices";
import { beep } from "../sound";
import { partsOf, type GoodsTold, type ProofPart, type QuoteAsked, type QuoteTold } from "../told";

export interface Line {
  gtin: string;
  quantity: number;
  /** A piece's price as set at this register, minor units. */
  byHand?: number;
  /** Known once the goods were looked up. */
  goods?: GoodsTold;
}

export interface Member {
  /** The code as scanned, then the seal that stands for it. */
  code: string;
  tier?: string;
  points?: number;
}

interface KeptBasket {
  register: string;
  lines: Line[];
  member: Member | null;
  coupons: string[];
}

export const MOST = 9_999;
const WAIT_MS = 30;

export const lines = signal<Line[]>([]);
export const at = signal(0);
export const member = signal<Member | null>(null);
export const coupons = signal<string[]>([]);
export const quote = signal<QuoteTold | undefined>(undefined);
export const quoteProblem = signal<Problem | undefined>(undefined);
/** Whether `quote` was made on this device, because nobody could be asked. */
export const isOfflinePrice = signal(false);
/** Whether `quote` is the price of the basket as it is. */
export const isPriced = signal(false);
export const parts = computed<Map<number, ProofPart[]>>(() => (quote.value ? partsOf(quote.value) : new Map()));
/** Whether the chosen line's price is being set. */
export const isPricing = signal(false);
export const hasByHand = computed(() => lines.value.some((line) => line.byHand !== undefined));
export const pieces = computed(() => lines.value.reduce((sum, line) => sum + line.quantity, 0));

let register = "";
const known = new Map<string, GoodsTold>();

/** Take up the basket that this register had before a reload. */
export function openBasket(registerId: string): void {
  register = registerId;
  const was = kept<KeptBasket>("basket");
  if (was?.register === registerId) restore(was);
  changed();
}

export function remember(goods: GoodsTold): void {
  if (goods.gtin) known.set(goods.gtin, goods);
}

/** Put pieces in; the line comes last and is chosen. */
export function add(gtin: string, quantity: number): void {
  const found = lines.value.findIndex((line) => line.gtin === gtin);
  const goods = known.get(gtin);
  // Looked up without a network: how many are left is asked for again.
  if (goods?.available === null) void lookUp(gtin);
  if (found >= 0) {
    at.value = found;
    setQuantity(found, lines.value[found]!.quantity + quantity);
    return;
  }
  const line: Line = goods ? { gtin, quantity, goods } : { gtin, quantity };
  lines.value = [...lines.value, line];
  at.value = lines.value.length - 1;
  changed();
  if (!goods) void lookUp(gtin);
}

async function lookUp(gtin: string): Promise<void> {
  try {
    const found = await told(api.GET("/register/v1/goods", { params: { query: { text: gtin, limit: 1 } } }));
    const goods = found[0];
    if (!goods) return;
    known.set(gtin, goods);
    lines.value = lines.value.map((line) => (line.gtin === gtin ? { ...line, goods } : line));
    keepBasket();
  } catch {
    // The quote says what is wrong.
    const listed = (await allGoods().catch(() => undefined))?.get(gtin);
    if (!listed) return;
    known.set(gtin, asTold(listed));
    lines.value = lines.value.map((line) => (line.gtin === gtin ? { ...line, goods: asTold(listed) } : line));
  }
}

/** The price by the list on this device, while nobody can be asked. Whether there is one. */
async function priceHere(mine: number): Promise<boolean> {
  // A price set by hand is approved by the server.
  if (hasByHand.value) return false;
  const list = listFacts();
  const goods = list && (await allGoods().catch(() => undefined));
  if (!list || !goods?.size || mine !== turn || !lines.value.length) return false;
  const found = priceOffline(lines.value, member.value !== null, coupons.value, goods, list);
  if ("missing" in found) {
    beep("bad");
    say(t("register-goods_unknown", { code: found.missing.replace(/^0+/, "") }), "bad");
    lines.value = lines.value.filter((line) => line.gtin !== found.missing);
    changed();
    return true;
  }
  quote.value = found.quote;
  isOfflinePrice.value = true;
  isPriced.value = true;
  complain(found.quote);
  return true;
}

/** Of the line at `place`: so many pieces; none takes it out. */
export function setQuantity(place: number, quantity: number): void {
  if (!lines.value[place]) return;
  const wanted = Math.min(quantity, MOST);
  lines.value = wanted > 0 ? lines.value.map((line, n) => (n === place ? { ...line, quantity: wanted } : line)) : lines.value.filter((_, n) => n !== place);
  at.value = Math.min(at.value, Math.max(0, lines.value.length - 1));
  changed();
}

/** A piece of the line at `place` costs so much; undefined: what it costs by the list. */
export function setPrice(place: number, minor: number | undefined): void {
  lines.value = lines.value.map(({ byHand: _was, ...line }, n) => (n === place ? (minor === undefined ? line : { ...line, byHand: minor }) : (lines.value[n] ?? line)));
  changed();
}

/** Choose another line; it stays within the basket. */
export function choose(place: number): void {
  at.value = Math.max(0, Math.min(lines.value.length - 1, place));
}

export function setMember(code: string | null): void {
  member.value = code === null ? null : { code };
  if (code === null) coupons.value = coupons.value.filter((one) => !one.startsWith("cpn_"));
  changed();
}

export function showCoupon(code: string): void {
  if (coupons.value.includes(code)) return;
  coupons.value = [...coupons.value, code].slice(-8);
  changed();
}

export function dropCoupon(code: string): void {
  coupons.value = coupons.value.filter((one) => one !== code);
  changed();
}

/** The next customer. */
export function clear(): void {
  lines.value = [];
  member.value = null;
  coupons.value = [];
  at.value = 0;
  changed();
}

/** Put in what was parked. */
export function restore(was: { lines: Line[]; member: Member | null; coupons: string[] }): void {
  lines.value = was.lines;
  member.value = was.member;
  coupons.value = was.coupons;
  at.value = Math.max(0, was.lines.length - 1);
  for (const line of was.lines) if (line.goods) known.set(line.gtin, line.goods);
}

function keepBasket(): void {
  const isEmpty = !lines.value.length && !member.value && !coupons.value.length;
  keep("basket", isEmpty ? undefined : ({ register, lines: lines.value, member: member.value, coupons: coupons.value } satisfies KeptBasket));
}

let turn = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let asking: AbortController | undefined;

/** Something changed: ask for the price, a moment later, so that a burst of keys asks once. */
export function changed(): void {
  turn++;
  asking?.abort();
  clearTimeout(timer);
  isPriced.value = false;
  quoteProblem.value = undefined;
  // Writing to the disk can wait for the paint; a charge keeps its own copy before it is sent.
  timer = setTimeout(() => {
    keepBasket();
    void ask(turn, 0);
  }, WAIT_MS);
}

async function ask(mine: number, tries: number): Promise<void> {
  if (!lines.value.length) {
    quote.value = undefined;
    if (member.value && !member.value.tier) await askMember(mine, tries);
    return;
  }
  const stop = (asking = new AbortController());
  // Known to be away: no customer waits for the network to say so again.
  if (isAway.value && tries === 0) await priceHere(mine);
  if (mine !== turn) return;
  try {
    const body: QuoteAsked = basketAsked();
    const answer = await told(api.POST("/register/v1/quotes", { body, signal: stop.signal }));
    if (mine !== turn) return;
    isReached.value = true;
    quote.value = answer;
    isOfflinePrice.value = false;
    isPriced.value = true;
    takeMember(answer);
    complain(answer);
  } catch (error) {
    const problem = asProblem(error);
    if (mine !== turn) return;
    if (problem.isOffline && !isPriced.value) await priceHere(mine);
    if (mine === turn) refused(problem, mine, tries);
  }
}

/** Scanned before any goods: who it is, and a seal that lasts longer than the code. */
async function askMember(mine: number, tries: number): Promise<void> {
  try {
    const answer = await told(api.POST("/register/v1/members", { body: { member_code: member.value!.code } }));
    if (mine !== turn || !member.value) return;
    member.value = { code: answer.seal, tier: answer.tier, points: answer.points_available };
    keepBasket();
  } catch (error) {
    if (mine === turn) refused(asProblem(error), mine, tries);
  }
}

export function basketAsked(): QuoteAsked {
  return {
    items: lines.value.map(({ gtin, quantity, byHand }) => ({ gtin, quantity, ...(byHand === undefined ? {} : { price_minor: byHand }) })),
    member_code: member.value?.code ?? null,
    coupons: coupons.value,
  };
}

function takeMember(answer: QuoteTold): void {
  if (!answer.member || !member.value) return;
  const { seal, tier, points_available: points } = answer.member;
  if (member.value.code === seal && member.value.points === points) return;
  member.value = { code: seal, tier, points };
  keepBasket();
}

/** A code that was typed as a coupon and is none goes out again, aloud. */
function complain(answer: QuoteTold): void {
  const unknown = answer.rejected.filter((one) => one.reason === "unknown" && coupons.value.includes(one.coupon));
  if (!unknown.length) return;
  coupons.value = coupons.value.filter((code) => !unknown.some((one) => one.coupon === code));
  beep("bad");
  say(t("register-found_nothing", { text: unknown[0]!.coupon }), "bad");
  keepBasket();
}

function refused(problem: Problem, mine: number, tries: number): void {
  const gtin = problem.facts["gtin"];
  if (problem.code === "sale.goods_unknown" && typeof gtin === "string") {
    beep("bad");
    say(t("register-goods_unknown", { code: gtin.replace(/^0+/, "") }), "bad");
    lines.value = lines.value.filter((line) => line.gtin !== gtin);
    at.value = Math.max(0, lines.value.length - 1);
    changed();
    return;
  }
  if (member.value && (problem.code.startsWith("members.") || problem.code === "sale.member_unknown")) {
    beep("bad");
    say(t("register-member_again"), "bad");
    setMember(null);
    return;
  }
  if (!isPriced.value) quoteProblem.value = problem.isOffline && hasByHand.value ? new Problem(0, problem.code, problem.title, t("register-price_waits")) : problem;
  if (problem.status === 0 || problem.status >= 500 || problem.status === 429) {
    if (problem.status === 0) isReached.value = false;
    const waitMs = Math.min(500 * 2 ** tries, 8_000);
    timer = setTimeout(() => void ask(mine, tries + 1), waitMs);
  } else {
    beep("bad");
    say(problem.detail || problem.title, "bad");
  }
}

// Back in the network: ask at once.
addEventListener("online", () => {
  if (quoteProblem.value || isOfflinePrice.value) changed();
});

/** What the goods of a line are called. */
export function nameOf(line: Line, place: number): string {
  const told = quote.value?.lines[place];
  if (told && told.gtin === line.gtin) return named(told.name_en, told.name_zh);
  return line.goods ? named(line.goods.name_en, line.goods.name_zh) : line.gtin.replace(/^0+/, "");
}

/** The price of a line as the server told it; undefined while it is not the price of these pieces. */
export function priceOf(line: Line, place: number): QuoteTold["lines"][number] | undefined {
  const told = quote.value?.lines[place];
  return told && told.gtin === line.gtin && told.quantity === line.quantity ? told : undefined;
}

effect(() => {
  if (at.value >= lines.value.length && at.value > 0) at.value = Math.max(0, lines.value.length - 1);
});
