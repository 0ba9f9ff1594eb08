import { useLocation } from "preact-iso";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { IconButton, toast, toastProblem } from "@look/components";
import { TownMap, type MapControl, type MapPin } from "@look/map";
import { locale, named, t } from "@look/texts";
import { Coming } from "../place/Coming";
import { isUsable, whenCalm, whenUsable } from "../shell/calm";
import { useLate } from "../shell/late";
import { arrive } from "./arrive";
import { Chips } from "./Chips";
import { first } from "./first";
import { FirstMap } from "./FirstMap";
import { NearList } from "./NearList";
import { here, locate, locateIfAllowed, where } from "./position";
import { metresBetween } from "./project";
import { SearchBox } from "./SearchBox";
import { Sheet } from "./Sheet";
import { about, brandOf, list, lookAt, middle, refresh, search, shownPins, view } from "./state";
import { showWay, way } from "./way";
import { categorySign } from "./words";

/** Who moves the map farther than this is asked whether to look there. */
const MOVED_M = 400;
const MAP_BUTTON = "border-base-300 bg-base-100 shadow-card";

interface Props {
  params?: { brand?: string; place?: string; slug?: string };
  query?: Record<string, string>;
}

/** The map, the search over it and the sheet of what is near, or of one place. */
export function MapPage({ params, query }: Props) {
  const { route } = useLocation();
  const control = useMapControl();
  const [isMapWanted, setMapWanted] = useState(!first);
  const chosen = params?.brand && params.place ? `${params.brand}/${params.place}` : undefined;
  const PlaceSheet = useLate(chosen !== undefined, async () => (await import("../place/PlaceSheet")).PlaceSheet);

  useEffect(() => {
    // The first map does not wait for what the device has to say.
    void (first ? whenUsable() : Promise.resolve()).then(locateIfAllowed);
    refresh();
    // A page that was hidden for long has old hours and stock.
    const look = () => document.visibilityState === "visible" && refresh();
    document.addEventListener("visibilitychange", look);
    if (first) void whenCalm().then(() => setMapWanted(true));
    return () => document.removeEventListener("visibilitychange", look);
  }, []);

  const slug = params?.slug ?? query?.["code"];
  useEffect(() => {
    if (!slug) return;
    arrive(slug).then((address) => route(address ?? "/shop/", true), toastProblem);
    // One touch for each code that the address names.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [slug]);

  useEffect(() => {
    document.title = `${t("shop-title")} · Highstreet`;
    if (!chosen) way.value = undefined;
  }, [chosen]);

  const pins = usePins();
  useFollowing(control.ready, chosen, pins);

  const choose = (id: string) => route(`/shop/places/${id}`, chosen !== undefined);
  const shown = { pins, chosen, here: here.value };
  return (
    <main class={`map-page ${chosen ? "map-page-place" : ""}`}>
      <h1 class="sr-only">{t("shop-title")}</h1>
      <div class="map-layer">
        {isMapWanted && (
          <TownMap
            label={t("shop-map_label")}
            {...shown}
            view={view.value}
            route={way.value?.points.map(([lat = 0, lon = 0]): [number, number] => [lon, lat])}
            onChoose={choose}
            onMoved={(moved) => (view.value = moved)}
            onReady={(map) => {
              isUsable();
              control.take(map);
            }}
          />
        )}
        {first && !control.ready && <FirstMap {...shown} route={way.value?.points.map(([lat = 0, lon = 0]) => ({ lat, lon }))} view={view.value} onChoose={choose} onMoved={(moved) => (view.value = moved)} />}
        {!chosen && <LookHere />}
        <div class="map-buttons">
          <IconButton class={`${MAP_BUTTON} ${where.value === "there" ? "text-info" : ""}`} icon="locate" label={t("shop-locate")} isBusy={where.value === "asking"} onClick={() => void goHere(control.ready)} />
        </div>
      </div>
      <div class="map-side">
        <div class="map-top" hidden={chosen !== undefined}>
          <SearchBox />
          <Chips />
        </div>
        {chosen ? (
          <Sheet key={chosen} label={t("shop-place")} isTall>
            {PlaceSheet ? <PlaceSheet brandId={params?.brand ?? ""} placeId={params?.place ?? ""} /> : <Coming placeId={params?.place ?? ""} />}
          </Sheet>
        ) : (
          <Sheet key="near" label={t("shop-title")}>
            <NearList />
          </Sheet>
        )}
      </div>
    </main>
  );
}

/** The real map once it is there. */
function useMapControl() {
  const [ready, setReady] = useState<MapControl>();
  return {
    ready,
    take: (map: MapControl) => {
      // Where the first map was dragged to meanwhile.
      map.flyTo(view.value, view.value.zoom);
      setReady(() => map);
    },
  };
}

/** What the search and the filters leave, in the words of the map. */
function usePins(): MapPin[] {
  const places = shownPins.value;
  const brands = brandOf.value;
  return useMemo(() => {
    return places.map((pin): MapPin => {
      const brand = brands.get(pin.brand_id);
      return { id: `${pin.brand_id}/${pin.place_id}`, lat: pin.lat, lon: pin.lon, name: named(pin.name_en, pin.name_zh), tone: pin.is_open ? "open" : pin.is_open === false ? "closed" : "unknown", sign: categorySign(brand?.category) };
    });
    // The names are in the reader's language.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [places, brands, locale.value]);
}

/** The map goes where the shopper looks: to the chosen place and the way to it, to where the list is about. */
function useFollowing(map: MapControl | undefined, chosen: string | undefined, pins: MapPin[]): void {
  const lastRef = useRef<string>(undefined);
  useEffect(() => {
    const key = `${chosen} ${map ? 1 : 0} ${showWay.value} ${way.value ? 1 : 0}`;
    if (!chosen || key === lastRef.current) return;
    lastRef.current = key;
    const at = pins.find((pin) => pin.id === chosen);
    if (way.value && map) map.fit(way.value.points.map(([lat = 0, lon = 0]) => ({ lat, lon })), 56);
    else if (at) goTo(map, at, 16.5);
  });
  // Who has it: as many of the nearest as one looks at.
  const found = search.value ? list.value.places : undefined;
  useEffect(() => {
    if (map && found && found.length > 0) map.fit(found.slice(0, 8).map((one) => one.position), 64);
  }, [map, found]);
  const place = about.value;
  const isFirstRef = useRef(true);
  useEffect(() => {
    if (!isFirstRef.current && !chosen && place.is !== "map") goTo(map, place, 15.8);
    isFirstRef.current = false;
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [place]);
}

function goTo(map: MapControl | undefined, at: { lat: number; lon: number }, zoom: number): void {
  if (map) map.flyTo(at, zoom);
  else view.value = { lat: at.lat, lon: at.lon, zoom };
}

async function goHere(map: MapControl | undefined): Promise<void> {
  const isHere = await locate();
  if (isHere && here.value) {
    lookAt(here.value, "here");
    goTo(map, here.value, 16);
  } else {
    toast(t(where.value === "far" ? "shop-where_far" : "shop-where_refused"), "locate");
    lookAt(middle.value, "middle");
    goTo(map, middle.value, 15.4);
  }
}

/** After the map was moved: a button that asks for the places there. */
function LookHere() {
  const { lat, lon } = view.value;
  if (metresBetween({ lat, lon }, about.value) < MOVED_M || way.value) return null;
  return (
    <button type="button" class="look-here" onClick={() => lookAt({ lat, lon }, "map")}>
      {t("shop-look_here")}
    </button>
  );
}
