/** What the page does in the background once it is calm. */
import { effect } from "@preact/signals";
import { isOnline } from "@look/online";
import { learnMe, me, onWho } from "../shell/who";
import { forget } from "./keep";
import { listen } from "./live";

export default function start(): void {
  // A page that is older than the server asks for files that are gone: once anew, and not in a circle.
  addEventListener("vite:preloadError", (event) => {
    const key = "hs-renewed";
    if (Date.now() - Number(sessionStorage.getItem(key) ?? 0) < 60_000) return;
    event.preventDefault();
    sessionStorage.setItem(key, String(Date.now()));
    location.reload();
  });
  onWho((personId) => personId === null && void forget());
  listen();
  void learnMe();
  effect(() => {
    if (isOnline.value && me.peek() === undefined) void learnMe();
  });
  void installWorker();
}

/** The worker lets the pages open without a network; it keeps built files and drawings, never anybody's answers. */
async function installWorker(): Promise<void> {
  if (!("serviceWorker" in navigator) || !isSecureContext) return;
  try {
    await navigator.serviceWorker.register("/shop/static/sw.js", { scope: "/shop/" });
  } catch {
    // Without it everything works but the opening without a network.
  }
}
