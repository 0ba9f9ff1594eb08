/** Keys and scanners. The view on top hears the keys; a scanner is a burst of them that ends with Enter.
 *
 * The burst is heard wherever the focus is, so that a scan never presses a button or lands in a wrong field.
 */
import { options } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import { read } from "./scan";

export interface Layer {
  /** By `event.key`: what to do. Letters work only while no field has the focus. */
  keys?: Record<string, (event: KeyboardEvent) => void>;
  /** A whole scanned text. */
  scan?: (text: string) => void;
  /** The field that typed text belongs to when nothing else has the focus. */
  field?: () => HTMLInputElement | null;
}

const layers: { current: Layer }[] = [];

/** Hear keys while this component is shown, above those that were shown before. */
export function useLayer(layer: Layer): void {
  const newestRef = useRef(layer);
  useLayoutEffect(() => {
    newestRef.current = layer;
  });
  useLayoutEffect(() => {
    layers.push(newestRef);
    return () => {
      layers.splice(layers.indexOf(newestRef), 1);
    };
  }, []);
}

// A wedge sends a key every few milliseconds; the fastest hands need 80.
const KEY_MS = 50;
const LEAST = 6;
let burst = "";
let lastAt = 0;
let before: { field: HTMLInputElement; text: string } | undefined;
let scannedAt = -1e9;

addEventListener("keydown", hear, { capture: true });

function hear(event: KeyboardEvent): void {
  if (event.isComposing) return;
  if (event.key === "Enter" && endsBurst(event)) {
    drop();
    return;
  }
  if (event.key.length === 1 && event.timeStamp - lastAt <= KEY_MS) drop();
  else held?.();
  if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) gather(event);
  const layer = layers.at(-1)?.current;
  if (!layer || event.ctrlKey || event.metaKey || event.altKey) return;
  const on = event.target instanceof Element ? event.target : document.body;
  const field = on.closest<HTMLElement>("input, textarea, select");
  const isModal = document.querySelector("dialog[open]") !== null;
  const act = layer.keys?.[event.key];
  if (act && !isModal && mayAct(event.key, on, field)) {
    if (/^[0-9a-z]$/i.test(event.key) && !field && layer.scan) {
      event.preventDefault();
      hold(() => act(event));
      return;
    }
    burst = "";
    // What is drawn may take the focus: this key is not for it, too.
    if (event.key.length === 1 || event.key === "Enter") event.preventDefault();
    drawn(() => act(event));
    return;
  }
  // Typing begins anywhere and goes on in the field.
  if (event.key.length === 1 && event.key !== " " && !field && !isModal) layer.field?.()?.focus();
}

// A code may begin with a key that means something: "28…" is no wish for the second way to pay.
let held: (() => void) | undefined;
let holding: ReturnType<typeof setTimeout> | undefined;

/** Act when no further key of a scan has followed at once, or before the next key of a hand. */
function hold(act: () => void): void {
  held = () => {
    drop();
    burst = "";
    drawn(act);
  };
  holding = setTimeout(() => held?.(), KEY_MS);
}

function drop(): void {
  clearTimeout(holding);
  held = undefined;
}

/** Do it and draw it at once: the next key, a millisecond later, is for what is then on the screen. */
function drawn(act: () => void): void {
  const usual = options.debounceRendering;
  let render: (() => void) | undefined;
  options.debounceRendering = (later: () => void) => {
    render = later;
  };
  try {
    act();
  } finally {
    if (usual) options.debounceRendering = usual;
    else delete options.debounceRendering;
  }
  render?.();
}

function mayAct(key: string, on: Element, field: HTMLElement | null): boolean {
  if (/^F\d+$/.test(key)) return true;
  // A search field with something in it has its own Enter, Esc and arrows.
  if (field instanceof HTMLInputElement && field.getAttribute("role") === "combobox" && field.value.trim()) return false;
  if (key === "Escape") return true;
  if (key === "Enter" || key === " ") return !on.closest("button, a, select, textarea, summary, [role=option]");
  if (field instanceof HTMLInputElement && field.type !== "radio" && field.type !== "checkbox") {
    // An empty field has no use for these.
    if (key === "ArrowUp" || key === "ArrowDown") return true;
    return field.value === "" && (["+", "-", "/", "Delete", "Backspace", "?", "Home", "End"].includes(key) || field.dataset["lettersAct"] === "yes");
  }
  return field === null;
}

function gather(event: KeyboardEvent): void {
  if (event.timeStamp - lastAt > KEY_MS) {
    burst = "";
    before = event.target instanceof HTMLInputElement ? { field: event.target, text: event.target.value } : undefined;
  }
  lastAt = event.timeStamp;
  burst += event.key;
}

/** A scanner that paused has its first half in the field already; "3*" before a scan counts, other leftovers do not. */
function best(inField: string, burst: string): string {
  return read(inField).is !== "words" || read(burst).is === "words" ? inField : burst;
}

/** Whether this Enter ends a scan; then it is told, and nobody else hears it. */
function endsBurst(event: KeyboardEvent): boolean {
  // Some scanners end with CR and LF: two Enters.
  if (event.timeStamp - scannedAt < 60) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return true;
  }
  const text = burst;
  burst = "";
  if (text.length < LEAST || event.timeStamp - lastAt > 2 * KEY_MS) return false;
  const scan = layers.at(-1)?.current.scan;
  if (!scan) return false;
  event.preventDefault();
  event.stopImmediatePropagation();
  scannedAt = event.timeStamp;
  const landed = before?.field ?? (document.activeElement instanceof HTMLInputElement ? document.activeElement : undefined);
  let whole = text;
  if (landed && landed.value.endsWith(text)) {
    const isTheField = landed === layers.at(-1)?.current.field?.();
    if (isTheField) whole = best(landed.value, text);
    landed.value = isTheField ? "" : landed.value.slice(0, -text.length);
    landed.dispatchEvent(new Event("input", { bubbles: true }));
  }
  drawn(() => scan(whole));
  return true;
}
