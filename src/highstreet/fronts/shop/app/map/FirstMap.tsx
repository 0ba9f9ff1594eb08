/** The first map: the drawing that came with the page, with pins; it can be dragged, zoomed and tapped until the real one is there. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { MapPin, Position } from "@look/map/types";
import { isUsable } from "../shell/calm";
import { first, groundDrawing } from "./first";
import { fromWorld, toWorld, type Spot } from "./project";

interface Props {
  pins: MapPin[];
  view: Position & { zoom: number };
  chosen: string | undefined;
  here: Position | undefined;
  route: Position[] | undefined;
  onChoose: (id: string) => void;
  onMoved: (view: Position & { zoom: number }) => void;
}

const REACH_PX = 44;
const DRAG_PX = 6;

interface Mark extends Spot {
  pins: MapPin[];
}

export function FirstMap({ pins, view, chosen, here, route, onChoose, onMoved }: Props) {
  const boxRef = useRef<HTMLDivElement>(null);
  const groundRef = useRef<HTMLDivElement>(null);
  // Drawn at once at the window's size, which it mostly has: measuring first would cost a frame.
  const [size, setSize] = useState<Spot>({ x: innerWidth, y: innerHeight });
  const dragRef = useRef<{ at: Spot; centre: Spot; isMoving: boolean }>(undefined);

  useLayoutEffect(() => {
    const drawing = groundDrawing();
    if (drawing) groundRef.current?.replaceChildren(drawing);
    const box = boxRef.current;
    if (!box) return undefined;
    const measure = () => setSize((was) => (was.x === box.clientWidth && was.y === box.clientHeight ? was : { x: box.clientWidth, y: box.clientHeight }));
    measure();
    const watched = new ResizeObserver(measure);
    watched.observe(box);
    return () => watched.disconnect();
  }, []);
  useEffect(() => {
    // Painted, with its pins, and taps are heard: from now on it can be used.
    isUsable();
  }, []);

  const centre = toWorld(view, view.zoom);
  const left = centre.x - size.x / 2;
  const top = centre.y - size.y / 2;
  const marks = useMemo(() => grouped(pins, view.zoom, chosen), [pins, view.zoom, chosen]);
  if (!first) return null;
  const ground = first.ground;
  const scale = 2 ** (view.zoom - ground.zoom);
  const spot = here && toWorld(here, view.zoom);

  const zoomTo = (at: Spot, zoom: number) => onMoved({ ...fromWorld(at, view.zoom), zoom: Math.min(zoom, 18) });
  return (
    // The list is the map for who has no pointer.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      ref={boxRef}
      class="first-map"
      aria-hidden="true"
      onPointerDown={(event) => {
        dragRef.current = { at: { x: event.clientX, y: event.clientY }, centre, isMoving: false };
      }}
      onPointerMove={(event) => {
        const drag = dragRef.current;
        if (!drag || event.buttons === 0) return;
        const dx = event.clientX - drag.at.x;
        const dy = event.clientY - drag.at.y;
        if (!drag.isMoving && Math.hypot(dx, dy) < DRAG_PX) return;
        if (!drag.isMoving) boxRef.current?.setPointerCapture(event.pointerId);
        drag.isMoving = true;
        onMoved({ ...fromWorld({ x: drag.centre.x - dx, y: drag.centre.y - dy }, view.zoom), zoom: view.zoom });
      }}
      onPointerUp={() => (dragRef.current = undefined)}
      onDblClick={() => zoomTo(centre, view.zoom + 1)}
    >
      <div
        ref={groundRef}
        class="first-ground"
        style={{ width: `${ground.width * scale}px`, height: `${ground.height * scale}px`, transform: `translate(${ground.left * scale - left}px, ${ground.top * scale - top}px)` }}
      />
      {route && (
        <svg class="first-way">
          <polyline points={route.map((at) => toWorld(at, view.zoom)).map(({ x, y }) => `${Math.round(x - left)},${Math.round(y - top)}`).join(" ")} />
        </svg>
      )}
      {spot && <span class="first-here" style={{ transform: `translate(${spot.x - left}px, ${spot.y - top}px)` }} />}
      {marks
        .filter(({ x, y }) => x > left - 40 && y > top - 40 && x < left + size.x + 40 && y < top + size.y + 60)
        .map((mark) => (
          <Marker key={mark.pins[0]!.id} mark={mark} left={left} top={top} chosen={chosen} onChoose={onChoose} onOpen={() => zoomTo(mark, view.zoom + 1.5)} />
        ))}
    </div>
  );
}

function Marker({ mark, left, top, chosen, onChoose, onOpen }: { mark: Mark; left: number; top: number; chosen: string | undefined; onChoose: (id: string) => void; onOpen: () => void }) {
  const [pin, ...more] = mark.pins;
  if (!pin) return null;
  const place = { transform: `translate(${Math.round(mark.x - left)}px, ${Math.round(mark.y - top)}px)` };
  if (more.length > 0) {
    return (
      <button type="button" tabIndex={-1} class="first-cluster figures" style={place} onClick={onOpen}>
        {mark.pins.length}
      </button>
    );
  }
  return (
    <button type="button" tabIndex={-1} class={`first-pin first-pin-${pin.tone} ${pin.id === chosen ? "first-pin-chosen" : ""}`} style={place} data-pin={pin.id} aria-label={pin.name} onClick={() => onChoose(pin.id)}>
      <svg viewBox="0 0 34 38" width="34" height="38">
        <path d="M17 34S4.5 24 4.5 14.5a12.5 12.5 0 0 1 25 0C29.5 24 17 34 17 34Z" />
        <circle cx="17" cy="14.5" r="4.5" />
      </svg>
    </button>
  );
}

/** Pins that would lie on each other become one mark, as on the real map. */
function grouped(pins: MapPin[], zoom: number, chosen: string | undefined): Mark[] {
  const marks: Mark[] = [];
  const cells = new Map<string, Mark[]>();
  for (const pin of pins) {
    const { x, y } = toWorld(pin, zoom);
    const [across, down] = [Math.floor(x / REACH_PX), Math.floor(y / REACH_PX)];
    let near: Mark | undefined;
    for (let dx = -1; dx <= 1 && !near && pin.id !== chosen; dx++) {
      for (let dy = -1; dy <= 1 && !near; dy++) near = cells.get(`${across + dx} ${down + dy}`)?.find((one) => Math.hypot(one.x - x, one.y - y) < REACH_PX);
    }
    if (near) {
      near.pins.push(pin);
      continue;
    }
    const mark: Mark = { x, y, pins: [pin] };
    marks.push(mark);
    if (pin.id === chosen) continue;
    const cell = `${across} ${down}`;
    cells.set(cell, [...(cells.get(cell) ?? []), mark]);
  }
  return marks;
}
