export interface Position {
  lat: number;
  lon: number;
}

/** open: teal; closed and unknown: grey; offer: marigold; bad: red (the office's registers that are silent). */
export type PinTone = "open" | "closed" | "unknown" | "offer" | "bad";

export interface MapPin extends Position {
  id: string;
  name: string;
  tone: PinTone;
  /** What an open place sells, as a sign on its pin: see pins.ts. */
  sign?: string | undefined;
}

export interface MapView extends Position {
  zoom: number;
  west: number;
  south: number;
  east: number;
  north: number;
}

/** What a page may do with a map that is ready. */
export interface MapControl {
  view: () => MapView;
  flyTo: (at: Position, zoom?: number) => void;
  fit: (points: Position[], paddingPx?: number) => void;
  zoomBy: (step: number) => void;
}
