/** What this phone keeps of one person, so that the wallet opens without a network: in IndexedDB only, gone at sign-out. */
import { onSignedOut, Problem } from "@look/api";

const STORE = "mine";
let opening: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opening ??= new Promise<IDBDatabase>((resolve, reject) => {
    const asked = indexedDB.open("highstreet", 1);
    asked.addEventListener("upgradeneeded", () => asked.result.createObjectStore(STORE));
    asked.addEventListener("success", () => resolve(asked.result));
    asked.addEventListener("error", () => reject(asked.error ?? new Error("no place")));
    asked.addEventListener("blocked", () => reject(new Error("blocked")));
  }).catch((error: unknown) => {
    opening = undefined;
    throw error;
  });
  return opening;
}

async function run<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
  try {
    const db = await open();
    return await new Promise<T>((resolve, reject) => {
      const asked = ask(db.transaction(STORE, mode).objectStore(STORE));
      asked.addEventListener("success", () => resolve(asked.result));
      asked.addEventListener("error", () => reject(asked.error ?? new Error("not kept")));
    });
  } catch {
    // A private window may have no place to keep things: then nothing is kept.
    return undefined;
  }
}

export function kept<T>(key: string): Promise<T | undefined> {
  return run<T>("readonly", (store) => store.get(key) as IDBRequest<T>);
}

export async function keep(key: string, value: unknown): Promise<void> {
  await run("readwrite", (store) => store.put(value, key));
}

/** Forget everything: at sign-out, at erasure, and when the server knows us no more. */
export async function forget(): Promise<void> {
  await run("readwrite", (store) => store.clear());
}

onSignedOut(() => void forget());

export interface Kept<T> {
  data: T;
  /** When it was kept, if it comes from the phone because there is no network. */
  keptAt: number | undefined;
}

/** Ask, and keep the answer; without a network what was kept last. Errors: Problem. */
export async function askKept<T>(name: string, ask: () => Promise<T>): Promise<Kept<T>> {
  try {
    const data = await ask();
    void keep(name, { data, at: Date.now() });
    return { data, keptAt: undefined };
  } catch (error) {
    const old = error instanceof Problem && error.isOffline ? await kept<{ data: T; at: number }>(name) : undefined;
    if (!old) throw error;
    return { data: old.data, keptAt: old.at };
  }
}
