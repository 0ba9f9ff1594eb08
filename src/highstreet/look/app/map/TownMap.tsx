import { useEffect, useRef, useState } from "preact/hooks";
import { Skeleton } from "../components/States";
import { locale, t } from "../texts";
import { isDark } from "../theme";
import type { Engine } from "./engine";
import { loadStyle } from "./style";
import type { MapControl, MapPin, MapView, Position } from "./types";

interface Props {
  /** What the map is of, for who cannot see it; a list beside it must tell the same. */
  label: string;
  pins: MapPin[];
  view: Position & { zoom: number };
  chosen?: string | undefined;
  here?: (Position & { accuracyM?: number }) | undefined;
  /** The way there, as longitude and latitude. */
  route?: [lon: number, lat: number][] | undefined;
  onChoose?: (id: string) => void;
  onMoved?: (view: MapView) => void;
  onReady?: (control: MapControl) => void;
  class?: string;
}

/** The town's map with pins. It comes by itself after the page; until then its place is kept. */
export function TownMap({ label, pins, view, chosen, here, route, onChoose, onMoved, onReady, class: more = "h-full w-full" }: Props) {
  const boxRef = useRef<HTMLDivElement>(null);
  const engineRef = useRef<Engine>(null);
  const [state, setState] = useState<"coming" | "there" | "failed">("coming");
  const told = useRef({ onChoose, onMoved, onReady });
  told.current = { onChoose, onMoved, onReady };

  useEffect(() => {
    let isGone = false;
    const box = boxRef.current;
    if (!box) return undefined;
    const style = loadStyle(isDark.peek(), locale.peek());
    style.catch(() => setState("failed"));
    import("./engine").then(
      ({ Engine }) => {
        if (isGone) return;
        const engine = new Engine({
          box,
          view,
          style,
          isDark: isDark.peek(),
          onChoose: (id) => told.current.onChoose?.(id),
          onMoved: (moved) => told.current.onMoved?.(moved),
          onReady: () => {
            setState("there");
            told.current.onReady?.(engine);
          },
          onFailed: () => setState("failed"),
        });
        engine.show({ pins, chosen, here, route });
        engineRef.current = engine;
      },
      () => setState("failed"),
    );
    return () => {
      isGone = true;
      engineRef.current?.remove();
      engineRef.current = null;
    };
    // The map is made once; what it shows is told below.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  useEffect(() => engineRef.current?.show({ pins, chosen, here, route }), [pins, chosen, here, route, state]);
  const look = `${isDark.value} ${locale.value}`;
  const lookRef = useRef(look);
  useEffect(() => {
    if (lookRef.current !== look) void engineRef.current?.dress(loadStyle(isDark.value, locale.value), isDark.value);
    lookRef.current = look;
  }, [look]);

  return (
    <section class={`town-map relative ${more}`} aria-label={label} data-state={state}>
      <div ref={boxRef} class="h-full w-full" />
      {state === "coming" && (
        <div class="pointer-events-none absolute inset-0">
          <Skeleton class="h-full w-full rounded-none" />
        </div>
      )}
      {state === "failed" && <p class="absolute inset-x-6 top-1/3 rounded-xl bg-base-100 p-4 text-center shadow-card">{t("look-map_failed")}</p>}
      <a class="map-credit" href="https://www.openstreetmap.org/copyright" target="_blank" rel="noreferrer">
        {t("look-map_credit")}
      </a>
    </section>
  );
}
