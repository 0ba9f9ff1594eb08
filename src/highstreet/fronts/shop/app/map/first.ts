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
  pins: Told["PinsTold"];
  near: Told["NearbyTold"][];
}

/** Undefined when the page came from the phone's own store, or the house has no map. */
export const first: First | undefined = read();

export function groundMarkup(): string {
  return document.querySelector<HTMLTemplateElement>("#first-ground")?.innerHTML ?? "";
}

function read(): First | undefined {
  const text = document.querySelector("#first-map")?.textContent;
  return text ? (JSON.parse(text) as First) : undefined;
}
