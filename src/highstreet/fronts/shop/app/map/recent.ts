/** What was searched for on this phone; it never leaves it. */
import { signal } from "@preact/signals";
import type { Search } from "./state";

const KEY = "hs-searches";
const MOST = 6;

export const recent = signal<Search[]>([]);
let isRead = false;

/** Read them, when they are first looked at: the phone's store wakes slowly, and the map does not wait for it. */
export function readRecent(): void {
  if (!isRead) recent.value = read();
  isRead = true;
}

export function remember(one: Search): void {
  readRecent();
  recent.value = [one, ...recent.value.filter((other) => other.label !== one.label)].slice(0, MOST);
  localStorage.setItem(KEY, JSON.stringify(recent.value));
}

export function forgetRecent(): void {
  recent.value = [];
  isRead = true;
  localStorage.removeItem(KEY);
}

function read(): Search[] {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]") as unknown;
    return Array.isArray(kept) ? (kept as Search[]).filter((one) => typeof one.label === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}
