/** The town's map. */
export { TownMap } from "./TownMap";
export type { MapControl, MapPin, MapView, PinTone, Position } from "./types";
