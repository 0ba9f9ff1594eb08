/** Parts of a page from the server that need more than HTML: `data-island="chart|map|live"` on an element brings its module.
 *
 * What an island shows stands in its `data-shown` (JSON); when htmx changes that, the island follows.
 */
export interface Island {
  /** Show what `data-shown` says now. */
  update?: (shown: unknown) => void;
  remove?: () => void;
}
type Make = (element: HTMLElement, shown: unknown) => Island;

const MODULES: Record<string, () => Promise<{ make: Make }>> = {
  chart: () => import("./chart"),
  live: () => import("./live"),
  map: () => import("./map"),
};
const made = new Map<HTMLElement, { island: Island | undefined; text: string }>();

function shownOf(text: string): unknown {
  return text ? JSON.parse(text) : undefined;
}

async function start(element: HTMLElement, mine: { island: Island | undefined; text: string }): Promise<void> {
  const found = await MODULES[element.dataset["island"] ?? ""]?.();
  if (found && element.isConnected) mine.island = found.make(element, shownOf(mine.text));
}

/** Find what is new, changed or gone. */
function look(): void {
  for (const [element, known] of made) {
    if (element.isConnected) continue;
    known.island?.remove?.();
    made.delete(element);
  }
  for (const element of document.querySelectorAll<HTMLElement>("[data-island]")) {
    const text = element.dataset["shown"] ?? "";
    const known = made.get(element);
    if (known) {
      if (known.text !== text) {
        known.text = text;
        known.island?.update?.(shownOf(text));
      }
      continue;
    }
    const mine = { island: undefined as Island | undefined, text };
    made.set(element, mine);
    void start(element, mine);
  }
}

let isAsked = false;
/** Look once, when what changes now has changed. */
function lookSoon(): void {
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(() => {
    isAsked = false;
    look();
  });
}

new MutationObserver(lookSoon).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-shown"] });
lookSoon();
