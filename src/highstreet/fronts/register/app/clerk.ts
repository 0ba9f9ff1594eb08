/** Who stands at the register, by PIN. A register needs nobody; who is signed in goes with what is done from then on.
 *
 * The PIN is sent and forgotten; the seal that it brought is kept until the server's word for its end.
 */
import { signal } from "@preact/signals";
import { api, asProblem, type Problem } from "@look/api";
import { t } from "@look/texts";
import { desk, isReached, say } from "./desk";
import { keep, kept } from "./kept";
import { beep } from "./sound";
import type { ClerkTold, SignedInTold } from "./told";

export interface Clerk extends ClerkTold {
  register: string;
  seal: string;
  /** By this device's clock, which may be wrong: how long the server said, from when it answered. */
  until: number;
}

/** The act that waits while somebody else signs in, or nobody does. */
interface Waiting {
  name: string;
  go: (seal: string | null) => void;
}

export const clerk = signal<Clerk | undefined>(undefined);
export const isAsked = signal(false);
export const waiting = signal<Waiting | undefined>(undefined);
let timer: ReturnType<typeof setTimeout> | undefined;

/** Take up who was signed in before a reload. */
export function openClerk(registerId: string): void {
  const was = kept<Clerk>("clerk");
  set(was?.register === registerId && was.until > Date.now() ? was : undefined);
}

function set(next: Clerk | undefined): void {
  clearTimeout(timer);
  clerk.value = next;
  keep("clerk", next);
  if (!next) return;
  timer = setTimeout(() => {
    signOut();
    say(t("register-clerk_over", { name: next.name }));
  }, next.until - Date.now());
}

/** What goes as `clerk` with an act that begins now; null: nobody's. */
export function sealNow(): string | null {
  const now = clerk.value;
  return now && now.until > Date.now() ? now.seal : null;
}

export function signOut(): void {
  set(undefined);
}

/** Sign in; a refusal comes back. */
export async function signIn(staffId: string, pin: string): Promise<Problem | undefined> {
  try {
    const { data, response } = await api.POST("/register/v1/clerk", { body: { staff_id: staffId, pin } });
    const told = data as SignedInTold;
    isReached.value = true;
    const { seal, valid_until, ...who } = told;
    const answeredAt = Date.parse(response.headers.get("Date") ?? "") || Date.now();
    set({ ...who, seal, register: desk.value?.register_id ?? "", until: Date.now() + Date.parse(valid_until) - answeredAt });
    beep("good");
    closeClerk(seal);
    return undefined;
  } catch (error) {
    beep("bad");
    return asProblem(error);
  }
}

export function askClerk(): void {
  if (desk.value && !desk.value.is_training) isAsked.value = true;
}

/** The dialog is done: an act that waits goes on, by whoever just signed in, or by nobody. */
export function closeClerk(seal: string | null = null): void {
  isAsked.value = false;
  const act = waiting.value;
  waiting.value = undefined;
  act?.go(seal);
}

/** The server no longer knows who this is: they are signed out, and it is asked who does the same act instead. */
export function whoInstead(seal: string | null | undefined): Promise<string | null> {
  const name = clerk.value?.seal === seal ? (clerk.value?.name ?? "") : "";
  if (clerk.value?.seal === seal) signOut();
  beep("bad");
  return new Promise((go) => {
    waiting.value = { name, go };
    isAsked.value = true;
  });
}

addEventListener("keydown", (event) => {
  if (event.key !== "F9") return;
  event.preventDefault();
  if (isAsked.value) closeClerk();
  else if (!document.querySelector("dialog[open]")) askClerk();
});
