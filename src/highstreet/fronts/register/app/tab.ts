/** One tab is the register: two would ask for one another's sales. */
import { useEffect, useState } from "preact/hooks";

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
    const waiting = setTimeout(() => setTaken(true), 300);
    const options = isStealing ? { steal: true } : { signal: stop.signal };
    navigator.locks
      .request("highstreet-register", options, () => {
        clearTimeout(waiting);
        if (isOver) return undefined;
        setTaken(false);
        setOurs(true);
        return new Promise<void>((free) => stop.signal.addEventListener("abort", () => free()));
      })
      .catch(() => {
        if (isOver) return;
        // Another tab took over.
        setOurs(false);
        setTaken(true);
        setStealing(false);
      });
    return () => {
      isOver = true;
      clearTimeout(waiting);
      stop.abort();
    };
  }, [isStealing]);
  return [isOurs || !isTaken, () => setStealing(true)];
}
