/** When the shift at this register began: with the trading day, or when the cashier said so. */
import { signal } from "@preact/signals";
import { api } from "@look/api";
import { keep, kept } from "./kept";

/** Empty: with the trading day. */
export const openedAt = signal("");

export function openShift(register: string): void {
  const was = kept<{ register: string; at: string }>("opened");
  openedAt.value = was?.register === register ? was.at : "";
}

/** Begin a new one, by the server's clock: this device's may be wrong. Errors: Problem. */
export async function newShift(register: string): Promise<void> {
  const { response } = await api.GET("/register/v1/me");
  const at = new Date(response.headers.get("Date") ?? Date.now()).toISOString();
  openedAt.value = at;
  keep("opened", { register, at });
}
