/** Where the shopper is: asked for only after they said so, kept in this page only. */
import { signal } from "@preact/signals";
import type { Position } from "@look/map/types";
import { about, FAR_M, lookAt, middle } from "./state";
import { metresBetween } from "./project";

/** unknown: not asked; there: known; refused: the device says no; far: too far away to be of use here. */
export const where = signal<"unknown" | "asking" | "there" | "refused" | "far">("unknown");
export const here = signal<(Position & { accuracyM: number }) | undefined>(undefined);

const MOVED_M = 80;
let watch: number | undefined;

/** Without asking anybody: where the device already may tell. */
export async function locateIfAllowed(): Promise<void> {
  if (where.value !== "unknown") return;
  if (!("geolocation" in navigator)) {
    where.value = "refused";
    return;
  }
  const permission = await navigator.permissions?.query({ name: "geolocation" }).catch(() => undefined);
  if (permission?.state === "granted") await locate();
  if (permission?.state === "denied") where.value = "refused";
}

/** Ask the device; true when the shopper is where we know places. */
export function locate(): Promise<boolean> {
  if (!("geolocation" in navigator)) {
    where.value = "refused";
    return Promise.resolve(false);
  }
  where.value = "asking";
  return new Promise((resolve) => {
    if (watch !== undefined) navigator.geolocation.clearWatch(watch);
    watch = navigator.geolocation.watchPosition(
      ({ coords }) => resolve(found({ lat: coords.latitude, lon: coords.longitude, accuracyM: coords.accuracy })),
      () => {
        where.value = "refused";
        here.value = undefined;
        resolve(false);
      },
      { enableHighAccuracy: true, maximumAge: 60_000, timeout: 10_000 },
    );
  });
}

function found(at: Position & { accuracyM: number }): boolean {
  const isNear = metresBetween(at, middle.value) < FAR_M;
  const isFirst = where.value !== "there";
  here.value = isNear ? at : undefined;
  where.value = isNear ? "there" : "far";
  if (!isNear) {
    if (watch !== undefined) navigator.geolocation.clearWatch(watch);
    return false;
  }
  // The list follows the shopper, unless they look at another part of the map.
  if (isFirst ? about.value.is !== "map" : about.value.is === "here" && metresBetween(at, about.value) > MOVED_M) lookAt(at, "here");
  return true;
}
