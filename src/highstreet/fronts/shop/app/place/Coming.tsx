import { useLayoutEffect, useRef } from "preact/hooks";
import { Skeleton } from "@look/components";
import { t } from "@look/texts";
import { firstPlace } from "../map/first";

/** Until a place has come: what the server drew of it, else blank parts. */
export function Coming({ placeId }: { placeId: string }) {
  const boxRef = useRef<HTMLDivElement>(null);
  const drawn = firstPlace(placeId);
  useLayoutEffect(() => {
    if (drawn) boxRef.current?.replaceChildren(drawn);
    // Once: it stays as it was drawn.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  return drawn ? <div ref={boxRef} /> : <Blank />;
}

/** Parts of the size of what will come. */
function Blank() {
  return (
    <div class="grid gap-6 px-4 pb-8" aria-busy="true" aria-label={t("look-loading")}>
      <div class="flex gap-4">
        <div class="skeleton size-16" />
        <div class="grid flex-1 content-center gap-2">
          <div class="skeleton h-5 w-4/5" />
          <div class="skeleton h-4 w-3/5" />
          <div class="skeleton h-4 w-2/5" />
        </div>
      </div>
      <div class="skeleton h-11 w-56" />
      <div class="skeleton h-28 w-full" />
      <Skeleton lines={4} class="h-16 w-full" />
    </div>
  );
}
