/** Who is signed in, as far as this page knows. */
import { effect, signal } from "@preact/signals";
import { api, onSignedOut, Problem, told, type Told } from "@look/api";

export type Me = Told["MeTold"];

/** undefined: not known yet; null: nobody. */
export const me = signal<Me | null | undefined>(hasSession() ? undefined : null);

/** The session itself is out of reach of scripts; this cookie beside it only says that there is one. */
export function hasSession(): boolean {
  return /(?:^|; )hs_shop_in=1\b/.test(document.cookie);
}

let asking: Promise<void> | undefined;

/** Ask who is signed in, once at a time; call it again after signing in, following or joining. */
export function learnMe(): Promise<void> {
  if (!hasSession()) {
    me.value = null;
    return Promise.resolve();
  }
  asking ??= ask().finally(() => (asking = undefined));
  return asking;
}

async function ask(): Promise<void> {
  try {
    me.value = await told(api.GET("/shop/v1/me"));
  } catch (error) {
    // Without a network the person stays who they were; the pages then show what the phone has kept.
    if (error instanceof Problem && error.status === 401) me.value = null;
  }
}

/** The address of the sign-in that comes back to `next`. */
export function signInAddress(next: string = location.pathname + location.search): string {
  return `/shop/sign-in?next=${encodeURIComponent(next)}`;
}

onSignedOut(() => {
  document.cookie = "hs_shop_in=; Path=/shop; Max-Age=0; SameSite=Lax";
  me.value = null;
});

/** Run `then` whenever another person, or nobody, is signed in. */
export function onWho(then: (personId: string | null) => void): () => void {
  let last: string | null | undefined;
  return effect(() => {
    const now = me.value === undefined ? undefined : (me.value?.person_id ?? null);
    if (now !== undefined && now !== last) then(now);
    last = now ?? last;
  });
}
