/** The web's projection, in pixels of the world at a zoom, with tiles of 512 px as MapLibre counts. */
import type { Position } from "@look/map/types";

export interface Spot {
  x: number;
  y: number;
}

export function toWorld(at: Position, zoom: number): Spot {
  const size = 512 * 2 ** zoom;
  const sin = Math.sin((at.lat * Math.PI) / 180);
  return { x: ((at.lon + 180) / 360) * size, y: (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * size };
}

export function fromWorld({ x, y }: Spot, zoom: number): Position {
  const size = 512 * 2 ** zoom;
  return { lat: (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / size))) * 180) / Math.PI, lon: (x / size) * 360 - 180 };
}

/** Metres in a straight line. */
export function metresBetween(a: Position, b: Position): number {
  const rad = Math.PI / 180;
  const half = Math.sin(((b.lat - a.lat) * rad) / 2) ** 2 + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(((b.lon - a.lon) * rad) / 2) ** 2;
  return 2 * 6_371_009 * Math.asin(Math.min(1, Math.sqrt(half)));
}
