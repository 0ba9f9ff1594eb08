/** The price list that lies on this device: loaded in parts, taken up where it was left, renewed now and then. */
import { api, type Problem } from "@look/api";
import { isOnline } from "@look/online";
import type { GoodsTold } from "../told";
import { store, type ListedGoods, type ListFacts } from "./store";

const RENEW_MS = 20 * 60_000;
const RETRY_MS = 60_000;
const PART = 2_000;

let register = "";
let timer: ReturnType<typeof setTimeout> | undefined;
let facts: ListFacts | undefined;
let goods: Map<string, ListedGoods> | undefined;

export async function openPrices(registerId: string): Promise<void> {
  register = registerId;
  facts = (await (await store(registerId)).get("facts", "list")) as ListFacts | undefined;
  clearTimeout(timer);
  if (isOnline.value) await renew();
}

/** Not all registers of a brand at the same moment. */
function later(ms: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => void renew(), ms * (0.75 + Math.random() / 2));
}

async function renew(): Promise<void> {
  try {
    const walked = new Set<string>();
    let after: string | null = "";
    while (after !== null) {
      walked.add(after);
      after = await loadPart(after);
    }
    await dropOthers(walked);
    goods = undefined;
    later(RENEW_MS);
  } catch {
    // What is there is used; the next try asks only for what changed.
    later(RETRY_MS);
  }
}

async function loadPart(after: string): Promise<string | null> {
  const db = await store(register);
  const known = await db.get("parts", after);
  const headers = known ? { "If-None-Match": known.etag } : {};
  const { data, response } = await api.GET("/register/v1/pricelist", { params: { query: { after, limit: PART } }, headers });
  if (response.status === 304 && known) return known.next;
  if (!data) throw new Error("no price list");
  const writing = db.transaction(["goods", "parts", "facts"], "readwrite");
  const stored = writing.objectStore("goods");
  for (const gtin of await stored.index("part").getAllKeys(after)) await stored.delete(gtin);
  for (const one of data.goods) await stored.put({ ...one, part: after });
  await writing.objectStore("parts").put({ after, etag: response.headers.get("ETag") ?? "", next: data.next_after });
  if (after === "") {
    facts = { currency: data.currency, hasMemberPrice: data.has_member_price, offers: data.offers, at: Date.now() };
    await writing.objectStore("facts").put(facts, "list");
  }
  await writing.done;
  return data.next_after;
}

async function dropOthers(walked: ReadonlySet<string>): Promise<void> {
  const db = await store(register);
  const writing = db.transaction(["goods", "parts"], "readwrite");
  for (const after of await writing.objectStore("parts").getAllKeys()) {
    if (walked.has(after)) continue;
    await writing.objectStore("parts").delete(after);
    const stored = writing.objectStore("goods");
    for (const gtin of await stored.index("part").getAllKeys(after)) await stored.delete(gtin);
  }
  await writing.done;
}

/** What the list says beside its goods; undefined while there is none. */
export function listFacts(): ListFacts | undefined {
  return facts;
}

/** All goods by GTIN, read once. */
export async function allGoods(): Promise<Map<string, ListedGoods>> {
  goods ??= new Map((await (await store(register)).getAll("goods")).map((one) => [one.gtin, one]));
  return goods;
}

/** Goods with every word in a name, the number or the barcode. How many are left nobody knows here. */
export async function findOffline(text: string, limit: number): Promise<GoodsTold[]> {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found: GoodsTold[] = [];
  for (const one of (await allGoods()).values()) {
    const all = `${one.name_en} ${one.name_zh} ${one.sku} ${one.gtin}`.toLowerCase();
    if (words.length && words.every((word) => all.includes(word))) found.push(asTold(one));
    if (found.length >= limit) break;
  }
  return found;
}

/** As the server tells goods; how many are left nobody knows. */
export function asTold({ part: _part, ...one }: ListedGoods): GoodsTold {
  return { ...one, currency: facts?.currency ?? "", available: null };
}

/** Whether what went wrong is that nobody could be reached. */
export function isAwayBy(problem: Problem): boolean {
  return problem.status === 0;
}
