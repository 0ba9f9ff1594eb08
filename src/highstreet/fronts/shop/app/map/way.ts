/** The way that the map draws, to the place that is looked at. */
import { signal } from "@preact/signals";

interface Way {
  points: number[][];
  distance_m: number;
  minutes: number;
  is_straight: boolean;
}

export const way = signal<Way | undefined>(undefined);
/** Counts up when the shopper wants to see the whole way. */
export const showWay = signal(0);
