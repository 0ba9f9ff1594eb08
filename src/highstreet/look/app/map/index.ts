/** The town's map. */
export { MapButton, TownMap } from "./TownMap";
export type { MapControl, MapPin, MapView, PinTone, Position } from "./types";
