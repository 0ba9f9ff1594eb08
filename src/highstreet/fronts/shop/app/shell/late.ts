import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

/** A part of a page whose program comes when it is wanted: undefined until it is there, null when it did not come. */
export function useLate<P>(isWanted: boolean, load: () => Promise<ComponentType<P>>): ComponentType<P> | undefined | null {
  const [found, setFound] = useState<{ part: ComponentType<P> | null }>();
  useEffect(() => {
    if (!isWanted || found?.part) return;
    load().then(
      (part) => setFound({ part }),
      () => setFound({ part: null }),
    );
    // The caller's function is new at each drawing and always loads the same.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [isWanted]);
  return found?.part;
}
