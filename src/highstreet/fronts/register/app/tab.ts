/** One tab is the register: two would ask for one another's sales. */
import { useEffect, useState } from "preact/hooks";

const NAME = "highstreet-register";

/** Whether this tab is the one, and how to take over. */
export function useOnlyTab(): [boolean, () => void] {
  // Without locks (no https) nothing can be known: go on.
  const [isOurs, setOurs] = useState(!navigator.locks);
  const [isTaken, setTaken] = useState(false);
  const [isStealing, setStealing] = useState(false);
  useEffect(() => {
    if (!navigator.locks) return;
    const stop = new AbortController();
    let isOver = false;
    let waiting: ReturnType<typeof setTimeout> | undefined;
    /** Ours until it ends, or until another tab takes it. */
    function hold(): Promise<void> | undefined {
      clearTimeout(waiting);
      if (isOver) return undefined;
      setTaken(false);
      setOurs(true);
      return new Promise<void>((free) => stop.signal.addEventListener("abort", () => free()));
    }
    function tookOver(): void {
      if (isOver) return;
      setOurs(false);
      setTaken(true);
      setStealing(false);
    }
    /** Another tab has it; for a moment that may be this one before it was loaded anew. */
    function queue(): void {
      if (isOver) return;
      waiting = setTimeout(() => setTaken(true), 300);
      navigator.locks.request(NAME, { signal: stop.signal }, hold).catch(tookOver);
    }
    if (isStealing) navigator.locks.request(NAME, { steal: true }, hold).catch(tookOver);
    else navigator.locks.request(NAME, { ifAvailable: true }, (lock) => (lock ? hold() : queue())).catch(tookOver);
    return () => {
      isOver = true;
      clearTimeout(waiting);
      stop.abort();
    };
  }, [isStealing]);
  return [isOurs || !isTaken, () => setStealing(true)];
}
