/** What came within the page: the drawing of the town and the places around its middle (fronts/shop/pins.py). */
import type { Told } from "@look/api";
import type { Position } from "@look/map/types";

export interface Ground {
  zoom: number;
  left: number;
  top: number;
  width: number;
  height: number;
}

interface First {
  lat: number;
  lon: number;
  ground: Ground;
  /** Those in sight; the others are asked for as soon as the page can be used. */
  pins: Told["PinsTold"];
  /** Of all pins, those of most places first. */
  categories: string[];
  near: Told["NearbyTold"][];
}

/** Undefined when the page came from the phone's own store, or the house has no map. */
export const first: First | undefined = read();

const page = document.querySelector<HTMLElement>("#first-page");
const ground = page?.querySelector(".ground");

/** The drawing, to be put somewhere. */
export function groundDrawing(): Node | undefined {
  return ground?.cloneNode(true);
}

/** What the page that the server drew shows; undefined when it drew none. */
export const firstView: (Position & { zoom: number }) | undefined = page ? { lat: Number(page.dataset["lat"]), lon: Number(page.dataset["lon"]), zoom: Number(page.dataset["zoom"]) } : undefined;

const place = page?.querySelector<HTMLElement>("[data-place]");

/** What the server drew of a place, to be shown until the whole is there. */
export function firstPlace(placeId: string): Node | undefined {
  return place?.dataset["place"] === placeId ? place.cloneNode(true) : undefined;
}

/** Away with the server's page, in the instant in which the application's stands in its place, scrolled as it was. */
export function takeOver(): void {
  const sheet = ".map-sheet-scroll";
  const top = page?.querySelector(sheet)?.scrollTop;
  page?.remove();
  if (top) document.querySelector(sheet)?.scrollTo({ top });
}

function read(): First | undefined {
  const text = document.querySelector("#first-map")?.textContent;
  return text ? (JSON.parse(text) as First) : undefined;
}
