/** Asking the API from a component, with its loading and its failure. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { asProblem, type Problem } from "./api";

export interface Asked<T> {
  /** The newest answer; stays while it is asked again. */
  data: T | undefined;
  problem: Problem | undefined;
  isLoading: boolean;
  again: () => void;
}

/** `useAsk(() => told(api.GET(…)), [what, it, depends, on])`; an answer that comes late for what is no longer asked is dropped. */
export function useAsk<T>(ask: () => Promise<T>, dependsOn: readonly unknown[]): Asked<T> {
  const [state, setState] = useState<Omit<Asked<T>, "again">>({ data: undefined, problem: undefined, isLoading: true });
  const turnRef = useRef(0);
  const again = useCallback(() => {
    const mine = ++turnRef.current;
    setState((was) => ({ ...was, isLoading: true }));
    ask().then(
      (data) => mine === turnRef.current && setState({ data, problem: undefined, isLoading: false }),
      (error: unknown) => mine === turnRef.current && setState((was) => ({ ...was, problem: asProblem(error), isLoading: false })),
    );
    // The caller names what its question depends on.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, dependsOn as unknown[]);
  useEffect(() => {
    again();
    return () => {
      // oxlint-disable-next-line react-hooks/exhaustive-deps
      turnRef.current++;
    };
  }, [again]);
  return { ...state, again };
}
