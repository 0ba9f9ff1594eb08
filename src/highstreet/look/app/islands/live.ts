/** A part that is drawn anew when something happens: `data-stream` says where to listen, `data-since` from which
 * number on, `data-shown` names the events.
 *
 * The element asks htmx for itself by the event `changed`; at most once a second, and again after a gap in the stream.
 */
import { effect } from "@preact/signals";
import { openStream } from "../stream";
import type { Island } from "./index";

const EVERY_MS = 1_000;

/** Begin to listen. */
export function make(element: HTMLElement, shown: unknown): Island {
  let lastAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const draw = (): void => {
    timer = undefined;
    lastAt = Date.now();
    element.dispatchEvent(new CustomEvent("changed"));
  };
  const soon = (): void => {
    timer ??= setTimeout(draw, Math.max(80, lastAt + EVERY_MS - Date.now()));
  };
  const hearers = Object.fromEntries((shown as string[]).map((name) => [name, soon]));
  const stream = openStream(element.dataset["stream"] ?? "", hearers as Record<string, (data: never, id: string) => void>, {
    since: element.dataset["since"],
    onReopened: soon,
    onEnded: () => location.reload(),
  });
  // Times grow old, too.
  const minute = setInterval(() => document.visibilityState === "visible" && soon(), 60_000);
  const stop = effect(() => {
    document.documentElement.toggleAttribute("data-live", stream.isLive.value);
  });
  return {
    remove: () => {
      stop();
      clearTimeout(timer);
      clearInterval(minute);
      stream.close();
    },
  };
}
