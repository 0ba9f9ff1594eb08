/** The town's map with pins of the page; a pin opens `data-opens-at` with its id, or scrolls to the row that has it. */
import { signal } from "@preact/signals";
import { render } from "preact";
import { TownMap, type MapPin } from "../map";
import type { Island } from "./index";

interface Shown {
  label: string;
  pins: MapPin[];
}

const start = { lat: 60.17, lon: 24.94, zoom: 12 };

/** Show it. */
export function make(element: HTMLElement, first: unknown): Island {
  const shown = signal(first as Shown);
  const chosen = signal<string | undefined>(undefined);
  const choose = (id: string): void => {
    chosen.value = id;
    const row = document.querySelector<HTMLElement>(`[data-pin="${CSS.escape(id)}"]`);
    for (const marked of document.querySelectorAll("[data-pin][data-marked]")) marked.removeAttribute("data-marked");
    row?.setAttribute("data-marked", "");
    row?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  };
  function Pins() {
    const { label, pins } = shown.value;
    const lat = pins.reduce((sum, pin) => sum + pin.lat, 0) / (pins.length || 1) || start.lat;
    const lon = pins.reduce((sum, pin) => sum + pin.lon, 0) / (pins.length || 1) || start.lon;
    return (
      <TownMap
        label={label}
        pins={pins}
        view={{ lat, lon, zoom: start.zoom }}
        chosen={chosen.value}
        onChoose={choose}
        onReady={(map) => pins.length > 1 && map.fit(pins, 40)}
      />
    );
  }
  element.replaceChildren();
  render(<Pins />, element);
  return {
    update: (next) => {
      shown.value = next as Shown;
    },
    remove: () => render(null, element),
  };
}
