/** Baskets that wait while others are served: under a short name, kept on this device. */
import { signal } from "@preact/signals";
import { newId } from "@look/device";
import { keep, kept } from "../kept";
import { changed, clear, coupons, lines, member, restore, type Line, type Member } from "./basket";

export interface Parked {
  id: string;
  name: string;
  at: string;
  lines: Line[];
  member: Member | null;
  coupons: string[];
}

/** Nobody finds their own among more. */
const MOST = 30;
export const parked = signal<Parked[]>([]);
export const isParking = signal(false);
let register = "";

export function openParking(): void {
  isParking.value = true;
}

export function openParked(registerId: string): void {
  register = registerId;
  parked.value = kept<Record<string, Parked[]>>("parked")?.[registerId] ?? [];
}

function write(next: Parked[]): void {
  parked.value = next;
  keep("parked", { ...kept<Record<string, Parked[]>>("parked"), [register]: next });
}

/** Put the basket aside; the till is free. Whether there was room. */
export function park(name: string): boolean {
  if (!lines.value.length || parked.value.length >= MOST) return false;
  write([...parked.value, { id: newId("prk"), name, at: new Date().toISOString(), lines: lines.value, member: member.value, coupons: coupons.value }]);
  clear();
  return true;
}

/** Take one back into the empty basket; it is priced anew. */
export function takeBack(id: string): void {
  const found = parked.value.find((one) => one.id === id);
  if (!found || lines.value.length) return;
  restore(found);
  write(parked.value.filter((one) => one.id !== id));
  changed();
}

export function dropParked(id: string): void {
  write(parked.value.filter((one) => one.id !== id));
}
