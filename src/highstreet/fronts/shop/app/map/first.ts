/** What came within the page: the drawing of the town and the places around its middle (fronts/shop/pins.py). */
import type { Told } from "@look/api";

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

/** The drawing, to be put somewhere. */
export function groundDrawing(): Node | undefined {
  return document.querySelector<HTMLTemplateElement>("#first-ground")?.content.cloneNode(true);
}

function read(): First | undefined {
  const text = document.querySelector("#first-map")?.textContent;
  return text ? (JSON.parse(text) as First) : undefined;
}
