/** The map itself. MapLibre is heavy: only TownMap.tsx imports this file, when a map is shown. */
import { type GeoJSONSource, type LayerSpecification, Map as MapLibre, type SourceSpecification, type StyleSpecification, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { drawPin, isPinImage } from "./pins";
import type { MapControl, MapPin, MapView, Position } from "./types";

setWorkerUrl(workerUrl);

export interface Shown {
  pins: MapPin[];
  chosen: string | undefined;
  here: (Position & { accuracyM?: number }) | undefined;
  route: [lon: number, lat: number][] | undefined;
}

export interface EngineOptions {
  box: HTMLElement;
  view: Position & { zoom: number };
  style: StyleSpecification;
  label: string;
  isDark: boolean;
  onChoose: (id: string) => void;
  onMoved: (view: MapView) => void;
  onReady: () => void;
  shown: Shown;
}

const INK = { light: "#1f1b18", dark: "#f3eee7" };
const PAPER = { light: "#fffefc", dark: "#161412" };
/** Where a name may stand by its pin, in its own text's height; the chosen pin is larger. */
type NameSides = (string | [number, number])[];
const CHOSEN_SIDES: NameSides = ["left", [2, -1.8], "right", [-2, -1.8], "top", [0, 0.8]];
const LEAD = { light: "#0f766e", dark: "#3cc9b8" };

/** A MapLibre map with our ground, clustering pins, the way and where one is. */
export class Engine implements MapControl {
  readonly map: MapLibre;
  private shown: Shown;

  constructor(options: EngineOptions) {
    const { box, view } = options;
    this.shown = options.shown;
    this.map = new MapLibre({
      container: box,
      style: this.dressed(options.style, options.isDark),
      center: [view.lon, view.lat],
      zoom: view.zoom,
      minZoom: 11,
      maxZoom: 19,
      attributionControl: false,
      locale: { "Map.Title": options.label },
      dragRotate: false,
      pitchWithRotate: false,
      fadeDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150,
      refreshExpiredTiles: false,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.setMissingStyleImageResolver((id) => {
      if (isPinImage(id)) this.map.addImage(id, drawPin(id), { pixelRatio: 2 });
    });
    this.map.on("moveend", () => options.onMoved(this.view()));
    for (const layer of ["pins", "pin-names", "pin-chosen", "pin-chosen-name"]) {
      this.map.on("click", layer, (event) => {
        const id = event.features?.[0]?.properties["id"] as string | undefined;
        if (id) options.onChoose(id);
      });
    }
    this.map.on("click", "clusters", (event) => void this.open(event.features?.[0]?.properties["cluster_id"] as number, event.lngLat.toArray()));
    for (const layer of ["pins", "pin-names", "pin-chosen", "pin-chosen-name", "clusters"]) {
      this.map.on("mouseenter", layer, () => (this.map.getCanvas().style.cursor = "pointer"));
      this.map.on("mouseleave", layer, () => (this.map.getCanvas().style.cursor = ""));
    }
    this.map.once("idle", options.onReady);
  }

  /** Put another style under what is shown: see loadStyle. */
  dress(style: StyleSpecification, isDark: boolean): void {
    this.map.setStyle(this.dressed(style, isDark));
  }

  show(shown: Shown): void {
    this.shown = shown;
    for (const [name, source] of Object.entries(this.sources())) {
      this.map.getSource<GeoJSONSource>(name)?.setData((source as { data: GeoJSON.FeatureCollection }).data);
    }
  }

  view(): MapView {
    const { lat, lng } = this.map.getCenter();
    const bounds = this.map.getBounds();
    return { lat, lon: lng, zoom: this.map.getZoom(), west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() };
  }

  flyTo(at: Position, zoom?: number): void {
    this.map.easeTo({ center: [at.lon, at.lat], ...(zoom === undefined ? {} : { zoom }), duration: 500 });
  }

  fit(points: Position[], paddingPx = 48): void {
    if (points.length === 0) return;
    // The box may just have become another size, and a small one is not all margin.
    this.map.resize();
    const { clientWidth, clientHeight } = this.map.getContainer();
    const padding = Math.round(Math.min(paddingPx, clientWidth / 4, clientHeight / 4));
    const lons = points.map((point) => point.lon);
    const lats = points.map((point) => point.lat);
    this.map.fitBounds([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], {
      padding,
      maxZoom: 17,
      duration: 500,
    });
  }

  zoomBy(step: number): void {
    this.map.easeTo({ zoom: this.map.getZoom() + step, duration: 250 });
  }

  remove(): void {
    this.map.remove();
  }

  private async open(cluster: number, center: [number, number]): Promise<void> {
    const zoom = await this.map.getSource<GeoJSONSource>("pins")?.getClusterExpansionZoom(cluster);
    this.map.easeTo({ center, zoom: Math.min((zoom ?? 16) + 0.2, 18), duration: 400 });
  }

  private dressed(style: StyleSpecification, isDark: boolean): StyleSpecification {
    return { ...style, sources: { ...style.sources, ...this.sources() }, layers: [...style.layers, ...layers(isDark ? "dark" : "light")] };
  }

  private sources(): Record<string, SourceSpecification> {
    const { pins, chosen, here, route } = this.shown;
    return {
      pins: { type: "geojson", data: collection(pins.filter((pin) => pin.id !== chosen).map(point)), cluster: true, clusterRadius: 44, clusterMaxZoom: 17 },
      chosen: { type: "geojson", data: collection(pins.filter((pin) => pin.id === chosen).map(point)) },
      here: {
        type: "geojson",
        data: collection(here ? [{ type: "Feature", geometry: { type: "Point", coordinates: [here.lon, here.lat] }, properties: {} }] : []),
      },
      way: {
        type: "geojson",
        data: collection(route ? [{ type: "Feature", geometry: { type: "LineString", coordinates: route }, properties: {} }] : []),
      },
    };
  }
}

function layers(theme: "light" | "dark"): LayerSpecification[] {
  // Beside its pin, else below it: a name lies on no pin, whoever's, and on no other name.
  const text = { "text-font": ["Noto Sans", "sans-serif"], "text-size": 12, "text-max-width": 8, "text-justify": "auto" as const, "text-variable-anchor-offset": ["left", [1.6, -1.5], "right", [-1.6, -1.5], "top", [0, 0.8]] as NameSides };
  const halo = { "text-color": INK[theme], "text-halo-color": PAPER[theme], "text-halo-width": 1.8 };
  const pin = { "icon-anchor": "bottom" as const, "icon-allow-overlap": true };
  return [
    { id: "way-casing", type: "line", source: "way", layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": PAPER[theme], "line-width": 9 } },
    { id: "way", type: "line", source: "way", layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": LEAD[theme], "line-width": 5 } },
    { id: "here-glow", type: "circle", source: "here", paint: { "circle-radius": 18, "circle-color": "#2563eb", "circle-opacity": 0.18 } },
    { id: "here", type: "circle", source: "here", paint: { "circle-radius": 7, "circle-color": "#2563eb", "circle-stroke-color": "#fff", "circle-stroke-width": 2.5 } },
    // What is above is placed first: each picture, whatever it lies on, then the chosen one's name, then those that find room.
    { id: "pin-names", type: "symbol", source: "pins", filter: ["!", ["has", "point_count"]], minzoom: 15.5, layout: { ...text, "text-field": ["get", "name"] }, paint: halo },
    { id: "pin-chosen-name", type: "symbol", source: "chosen", layout: { ...text, "text-field": ["get", "name"], "text-size": 13, "text-variable-anchor-offset": CHOSEN_SIDES, "text-overlap": "always" }, paint: halo },
    {
      id: "clusters",
      type: "circle",
      source: "pins",
      filter: ["has", "point_count"],
      paint: { "circle-radius": ["step", ["get", "point_count"], 17, 10, 20, 50, 24], "circle-color": LEAD[theme], "circle-stroke-color": PAPER[theme], "circle-stroke-width": 2.5 },
    },
    {
      id: "pins",
      type: "symbol",
      source: "pins",
      filter: ["!", ["has", "point_count"]],
      layout: { ...pin, "icon-image": ["get", "image"] },
    },
    { id: "pin-chosen", type: "symbol", source: "chosen", layout: { ...pin, "icon-image": ["get", "big"] } },
    // Above all, so that it is placed first: labels keep away from it, and from the circle around it.
    {
      id: "cluster-counts",
      type: "symbol",
      source: "pins",
      filter: ["has", "point_count"],
      layout: { "text-field": ["get", "point_count_abbreviated"], "text-font": ["Noto Sans", "sans-serif"], "text-size": 14, "text-padding": 16, "text-allow-overlap": true },
      paint: { "text-color": PAPER[theme] },
    },
  ];
}

function point(pin: MapPin): GeoJSON.Feature {
  return {
    type: "Feature",
    geometry: { type: "Point", coordinates: [pin.lon, pin.lat] },
    properties: { id: pin.id, name: pin.name, image: `pin-${pin.tone}-${pin.sign ?? ""}`, big: `pin-${pin.tone}-${pin.sign ?? ""}-chosen` },
  };
}

function collection(features: GeoJSON.Feature[]): GeoJSON.FeatureCollection {
  return { type: "FeatureCollection", features };
}
