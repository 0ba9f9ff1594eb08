/** Whether somebody follows the tour: all that a page needs to know before the tour itself is fetched. */
const KEY = "hs_tour";

/** Where they are; step 7 is the closing word. `since` is when they began: what they did before does not count. */
export interface Touring {
  step: number;
  isFolded: boolean;
  since: string;
  /** The steps that were seen to be done: the others were skipped. */
  finished?: number[];
}

/** What is kept; undefined when no tour goes on. */
export function touring(): Touring | undefined {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "null") as Touring | null;
    return kept && kept.step >= 1 && kept.step <= 7 ? kept : undefined;
  } catch {
    return undefined;
  }
}

export function keepTouring(kept: Touring | undefined): void {
  if (kept) localStorage.setItem(KEY, JSON.stringify(kept));
  else localStorage.removeItem(KEY);
}

/** Begin at the first step. */
export function startTour(): void {
  keepTouring({ step: 1, isFolded: false, since: new Date().toISOString() });
  followTour();
}

/** Show the tour on this page when one goes on. Every page of ours calls it once. */
export function followTour(): void {
  if (touring()) void import("./tour").then((found) => found.showTour());
}
