/** What outlives a reload or a crash of this page. Written before anything is sent that must happen once. */
type Name = "basket" | "desk" | "charge" | "return" | "opened" | "sound" | "held" | "drawer" | "parked" | "clerk";

export function keep(name: Name, value: unknown): void {
  try {
    if (value === undefined) localStorage.removeItem(`hs-register-${name}`);
    else localStorage.setItem(`hs-register-${name}`, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing still sells; it only cannot recover by itself.
  }
}

export function kept<T>(name: Name): T | undefined {
  try {
    const text = localStorage.getItem(`hs-register-${name}`);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}
