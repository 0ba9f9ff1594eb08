import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "@look/texts";

interface Props {
  label: string;
  /** Opens higher: for one place instead of a list. */
  isTall?: boolean;
  children: ComponentChildren;
}

/** On a phone a sheet over the map that is drawn up by its own scrolling, and by whatever in it gets the focus; on a desk a plain column. */
export function Sheet({ label, isTall, children }: Props) {
  const scrollRef = useRef<HTMLDivElement>(null);
  const [isUp, setUp] = useState(false);
  useEffect(() => {
    const box = scrollRef.current;
    if (!box) return undefined;
    const look = () => setUp(box.scrollTop > (box.clientHeight * 2) / 5);
    box.addEventListener("scroll", look, { passive: true });
    return () => box.removeEventListener("scroll", look);
  }, []);
  const toggle = () => {
    const box = scrollRef.current;
    box?.scrollTo({ top: isUp ? 0 : box.clientHeight, behavior: "smooth" });
  };
  return (
    <div ref={scrollRef} class={`map-sheet-scroll ${isTall ? "map-sheet-tall" : ""}`}>
      <div class="map-sheet-gap" aria-hidden="true" />
      <section class="map-sheet" aria-label={label}>
        <button type="button" class="map-sheet-handle" aria-expanded={isUp} aria-label={t(isUp ? "shop-sheet_down" : "shop-sheet_up")} onClick={toggle} />
        {children}
      </section>
    </div>
  );
}
