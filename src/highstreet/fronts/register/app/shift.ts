/** When the shift at this register began: at pairing, or when the cashier said so. */
import { signal } from "@preact/signals";
import { keep, kept } from "./kept";

export const openedAt = signal("");

export function openShift(register: string): void {
  const was = kept<{ register: string; at: string }>("opened");
  if (was?.register === register) openedAt.value = was.at;
  else newShift(register);
}

export function newShift(register: string): void {
  // A little earlier than now by this clock: the server's may be behind, and takes no time to come.
  const at = new Date(Date.now() - 2_000).toISOString();
  openedAt.value = at;
  keep("opened", { register, at });
}
