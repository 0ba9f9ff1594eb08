/** The journal: what was sold without a network, appended and never changed, sent in order when there is one again.
 *
 * An entry is on the disk before its receipt is shown. The server takes each number once, so sending again is safe.
 */
import { computed, signal } from "@preact/signals";
import { api, asProblem, Problem, told } from "@look/api";
import { t } from "@look/texts";
import { isReached } from "../desk";
import { hashOf } from "./chain";
import { store, type Entry, type Sent } from "./store";

const AT_ONCE = 100;
const LONGEST_PAUSE_MS = 60_000;
const SHOWN = 50;

/** The newest entries, the newest first. */
export const entries = signal<Entry[]>([]);
/** How many were never taken; all of them, also those that are not shown. */
export const unsent = signal(0);
/** Why sending cannot go on by itself. */
export const stuck = signal<Problem | undefined>(undefined);
/** Sales that were refused, or taken with a difference. */
export const toSee = computed(() => entries.value.filter((one) => one.state && one.state !== "done"));

let register = "";
let timer: ReturnType<typeof setTimeout> | undefined;
let tries = 0;
let sending = Promise.resolve();
let isQueued = false;
/** Ends the sending that is under way. */
let current = new AbortController();

/** Take up this register's journal, and send what a killed tab left. */
export async function openJournal(registerId: string): Promise<void> {
  register = registerId;
  // Ask that the browser does not clear it when space is short.
  void navigator.storage?.persist?.();
  await show();
  if (unsent.value) sendSoon(0);
}

async function show(): Promise<void> {
  const db = await store(register);
  const all = await db.getAll("entries");
  unsent.value = all.filter((one) => !one.state).length;
  entries.value = all.slice(-SHOWN).reverse();
}

/** One at a time, whatever tabs there are. Who writes does not wait for who sends. */
async function alone<T>(what: "write" | "send", work: () => Promise<T>): Promise<T> {
  return navigator.locks ? await navigator.locks.request(`highstreet-journal-${what}-${register}`, work) : work();
}

/** Append an entry; it is on the disk when this returns. Errors: DOMException when it could not be kept. */
export async function append(kind: Sent["kind"], body: Record<string, unknown>, saleId = ""): Promise<Entry> {
  const entry = await alone("write", async () => {
    const db = await store(register);
    const known = saleId ? await db.getFromIndex("entries", "sale", saleId) : undefined;
    if (known) return known;
    const last = (await db.transaction("entries").store.openCursor(null, "prev"))?.value;
    const sent: Sent = {
      seq: (last?.seq ?? 0) + 1,
      at: new Date().toISOString(),
      prev_hash: last?.hash ?? "",
      kind,
      // As JSON will carry it: what is hashed is what is sent.
      body: JSON.parse(JSON.stringify(body)) as Record<string, unknown>,
    };
    const made: Entry = { seq: sent.seq, sent, hash: await hashOf(sent), saleId };
    const writing = db.transaction("entries", "readwrite", { durability: "strict" });
    // `add`, not `put`: a number that is there is never written over.
    await Promise.all([writing.store.add(made), writing.done]);
    return made;
  });
  await show();
  sendSoon(0);
  return entry;
}

/** The entry of a sale, if it was written down. */
export async function entryOf(registerId: string, saleId: string): Promise<Entry | undefined> {
  try {
    return await (await store(registerId)).getFromIndex("entries", "sale", saleId);
  } catch {
    return undefined;
  }
}

/** One sender at a time, also among tabs. */
function sendAlone(): Promise<void> {
  return alone("send", sendAll);
}

/** Send what is not taken, now or after a pause that grows. */
export function sendSoon(afterMs: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (isQueued) return;
    isQueued = true;
    // Behind the one under way, not instead of it: that one may have seen all it will see.
    sending = sending.then(sendAlone, sendAlone);
  }, afterMs);
}

/** Send what is left now, once. Errors: Problem, when not all of it was taken. */
export async function sendNow(): Promise<void> {
  clearTimeout(timer);
  await sending.catch(() => undefined);
  await sendAlone();
  if (unsent.value) throw stuck.value ?? new Problem(0, "page.offline", t("look-offline"), t("look-offline.detail"));
}

async function sendAll(): Promise<void> {
  isQueued = false;
  const { signal } = (current = new AbortController());
  try {
    for (;;) {
      const db = await store(register);
      const first = (await db.getAll("entries")).find((one) => !one.state)?.seq;
      if (first === undefined) break;
      await sendFrom(first, signal);
      await show();
    }
    tries = 0;
    stuck.value = undefined;
  } catch (error) {
    if (signal.aborted) return;
    const problem = asProblem(error);
    if (problem.code === "registers.journal_gap") {
      // It lacks what it once had (restored from a copy): told again from there.
      await forgetAnswers(Number(problem.facts["expected_seq"]));
    } else if (problem.status === 0) isReached.value = false;
    else if (problem.status < 500 && problem.status !== 429) stuck.value = problem;
    const pause = Math.min(1_000 * 2 ** tries++, LONGEST_PAUSE_MS);
    sendSoon(pause);
  } finally {
    await show();
  }
}

async function sendFrom(first: number, signal: AbortSignal): Promise<void> {
  const db = await store(register);
  const some = await db.getAll("entries", IDBKeyRange.lowerBound(first), AT_ONCE);
  const journal = String(await db.get("facts", "journal_id"));
  const body = { journal_id: journal, sent_at: new Date().toISOString(), entries: some.map((one) => one.sent) };
  const answer = await told(api.POST("/register/v1/journal", { body, signal }));
  isReached.value = true;
  const writing = db.transaction("entries", "readwrite");
  for (const result of answer.results) {
    const entry = some.find((one) => one.seq === result.seq);
    if (entry) await writing.store.put({ ...entry, state: result.state, problem: result.problem });
  }
  await writing.done;
}

async function forgetAnswers(from: number): Promise<void> {
  const db = await store(register);
  const writing = db.transaction("entries", "readwrite");
  for (const { seq, sent, hash, saleId } of await writing.store.getAll(IDBKeyRange.lowerBound(from))) {
    await writing.store.put({ seq, sent, hash, saleId });
  }
  await writing.done;
}

addEventListener("online", () => {
  tries = 0;
  // What was asked of the network that went is not waited for: each number is taken once, however often it is sent.
  current.abort();
  if (register) sendSoon(0);
});
