/** Makes this page one that opens and sells without a network. */
import { openJournal } from "./journal";
import { openPrices } from "./prices";

export async function startOffline(registerId: string): Promise<void> {
  void installWorker();
  try {
    await openJournal(registerId);
    await openPrices(registerId);
  } catch {
    // A browser that keeps nothing sells only with a network; it says so when there is none.
  }
}

/** The worker keeps the built files only, never anybody's answers. */
async function installWorker(): Promise<void> {
  if (!("serviceWorker" in navigator) || !isSecureContext) return;
  try {
    await navigator.serviceWorker.register("/register/static/sw.js", { scope: "/register/" });
  } catch {
    // Then the page needs the network to open.
  }
}
