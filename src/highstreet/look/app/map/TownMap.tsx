import { useEffect, useRef, useState } from "preact/hooks";
import { IconButton } from "../components/Button";
import type { IconName } from "../components/Icon";
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
  const shownRef = useRef({ pins, chosen, here, route });
  shownRef.current = { pins, chosen, here, route };
  const toldRef = useRef({ onChoose, onMoved, onReady });
  toldRef.current = { onChoose, onMoved, onReady };

  useEffect(() => {
    let isGone = false;
    const box = boxRef.current;
    if (!box) return undefined;
    // Both on their way at once.
    const start = async (): Promise<void> => {
        const [{ Engine }, style] = await Promise.all([import("./engine"), loadStyle(isDark.peek(), locale.peek())]);
        if (isGone) return;
        const engine = new Engine({
          box,
          view,
          style,
          label,
          isDark: isDark.peek(),
          onChoose: (id) => toldRef.current.onChoose?.(id),
          onMoved: (moved) => toldRef.current.onMoved?.(moved),
          onReady: () => {
            setState("there");
            toldRef.current.onReady?.(engine);
          },
          shown: shownRef.current,
        });
        engineRef.current = engine;
    };
    start().catch(() => setState("failed"));
    return () => {
      isGone = true;
      engineRef.current?.remove();
      engineRef.current = null;
    };
    // The map is made once; what it shows is told below.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  useEffect(() => engineRef.current?.show(shownRef.current), [pins, chosen, here, route, state]);
  const look = `${isDark.value} ${locale.value}`;
  const lookRef = useRef(look);
  useEffect(() => {
    if (lookRef.current !== look) {
      const wantsDark = isDark.value;
      loadStyle(wantsDark, locale.value).then(
        (style) => engineRef.current?.dress(style, wantsDark),
        () => undefined, // without a network the old one stays
      );
    }
    lookRef.current = look;
  }, [look]);

  return (
    <div class={`town-map ${more}`} data-state={state}>
      <div ref={boxRef} class="h-full w-full" />
      {state === "coming" && (
        <div class="pointer-events-none absolute inset-0">
          <Skeleton class="h-full w-full rounded-none" />
        </div>
      )}
      {state === "there" && (
        <div class="absolute bottom-8 right-2 hidden gap-1 sm:grid">
          <MapButton icon="plus" label={t("look-zoom_in")} onClick={() => engineRef.current?.zoomBy(1)} />
          <MapButton icon="minus" label={t("look-zoom_out")} onClick={() => engineRef.current?.zoomBy(-1)} />
        </div>
      )}
      {state === "failed" && <p class="absolute inset-x-6 top-1/3 rounded-xl bg-base-100 p-4 text-center shadow-card">{t("look-map_failed")}</p>}
      <a class="map-credit" href="https://www.openstreetmap.org/copyright" target="_blank" rel="noreferrer">
        {t("look-map_credit")}
      </a>
    </div>
  );
}

/** A button that floats over the map. */
export function MapButton(props: { icon: IconName; label: string; onClick: () => void }) {
  return <IconButton {...props} class="border-base-300 bg-base-100 shadow-card" />;
}
