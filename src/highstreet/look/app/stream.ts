/** Server-sent events that survive a sleeping phone, a lost network and a restarted server.
 *
 * Read with fetch, not EventSource: that cannot say where to go on after a sleep, nor tell "signed out" from "no network".
 */
import { signal, type ReadonlySignal } from "@preact/signals";
import { locale } from "./texts";

export interface Stream {
  /** Whether events can arrive now. */
  isLive: ReadonlySignal<boolean>;
  close: () => void;
}

export interface StreamEvent {
  name: string;
  id: string;
  text: string;
}

type Hearers = Record<string, (data: never, id: string) => void>;
const SLOWEST_MS = 15_000;
// The server says something at least every 15 s; after this silence the line is dead.
const SILENT_MS = 40_000;

/** Listen at `path`; `hearers` by event name get the parsed data. Missed events are asked for again by their number.
 *
 * `since`: the number of the last event that is known already; without it, whatever comes once we listen. `onOpened` is
 * called then for the first time, `onReopened` after a gap. `onEnded`: the server does not want us any more (signed out), and we stop.
 */
export function openStream(
  path: string,
  hearers: Hearers,
  more: { since?: string | undefined; onOpened?: () => void; onReopened?: () => void; onEnded?: () => void } = {},
): Stream {
  const isLive = signal(false);
  let lastId = more.since ?? "";
  let waitMs = 500;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop = new AbortController();
  let isClosed = false;
  let wasOpen = false;

  async function run(): Promise<void> {
    clearTimeout(timer);
    stop.abort();
    const mine = (stop = new AbortController());
    const headers: Record<string, string> = { Accept: "text/event-stream", "X-Highstreet": "page", "Accept-Language": locale.value };
    if (lastId) headers["Last-Event-ID"] = lastId;
    try {
      const answer = await fetch(path, { headers, credentials: "same-origin", cache: "no-store", signal: mine.signal });
      if (answer.status === 401 || answer.status === 403) {
        close();
        more.onEnded?.();
        return;
      }
      if (!answer.ok || !answer.body) throw new Error(`stream answered ${answer.status}`);
      isLive.value = true;
      waitMs = 500;
      if (wasOpen) more.onReopened?.();
      else more.onOpened?.();
      wasOpen = true;
      for await (const event of eventsOf(answer.body, mine)) {
        lastId = event.id || lastId;
        hearers[event.name]?.(JSON.parse(event.text) as never, event.id);
      }
    } catch {
      // Whatever it was: try again.
    }
    if (mine !== stop || isClosed) return;
    isLive.value = false;
    timer = setTimeout(() => void run(), waitMs * (0.7 + Math.random() * 0.6));
    waitMs = Math.min(waitMs * 2, SLOWEST_MS);
  }

  let hiddenAt = 0;
  function wake(): void {
    if (isClosed) return;
    if (document.visibilityState === "hidden") {
      hiddenAt = Date.now();
      return;
    }
    const sleptLong = hiddenAt > 0 && Date.now() - hiddenAt > 20_000;
    hiddenAt = 0;
    // After a sleep a connection may look open and be dead.
    if (sleptLong || !isLive.value) {
      waitMs = 500;
      void run();
    }
  }

  function close(): void {
    isClosed = true;
    isLive.value = false;
    clearTimeout(timer);
    stop.abort();
    document.removeEventListener("visibilitychange", wake);
    removeEventListener("online", wake);
    removeEventListener("pageshow", wake);
  }

  document.addEventListener("visibilitychange", wake);
  addEventListener("online", wake);
  addEventListener("pageshow", wake);
  void run();
  return { isLive, close };
}

/** The events of a text/event-stream body; a silence of 40 s aborts it. */
export async function* eventsOf(body: ReadableStream<Uint8Array>, stop: AbortController): AsyncGenerator<StreamEvent> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  let event: StreamEvent = { name: "message", id: "", text: "" };
  for (;;) {
    const silence = setTimeout(() => stop.abort(), SILENT_MS);
    const { value, done } = await reader.read().finally(() => clearTimeout(silence));
    if (done) return;
    const lines = (rest + value).split(/\r\n|\n|\r/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (event.text) yield event;
        event = { name: "message", id: "", text: "" };
        continue;
      }
      const at = line.indexOf(":");
      const field = at < 0 ? line : line.slice(0, at);
      const said = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
      if (field === "event") event.name = said;
      else if (field === "id") event.id = said;
      else if (field === "data") event.text += (event.text && "\n") + said;
    }
  }
}
