/** Being one of the demo's people: their cookie comes, then their page. */
import type { Told } from "./api";
import { send } from "./api";
import { deviceId } from "./device";

export type Person = Told["EnterAsked"]["person"];

/** Sign in as this person and go to `path`, else to their first page. Errors: Problem. */
export async function enter(person: Person, path?: string): Promise<void> {
  const answer = await send("/door/v1/enter", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ person, device_id: deviceId() } satisfies Told["EnterAsked"]),
  });
  const entered = (await answer.json()) as Told["EnteredTold"];
  location.assign(path ?? entered.url);
}
