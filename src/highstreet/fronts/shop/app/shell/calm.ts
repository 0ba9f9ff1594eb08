/** When the page has time for what nobody waits for. */
let tell: () => void = () => undefined;
const usable = new Promise<void>((resolve) => (tell = resolve));

/** What the address asked for can be used. */
export function isUsable(): void {
  if (performance.getEntriesByName("usable").length === 0) performance.mark("usable");
  tell();
}

/** What nobody needs for the first look may wait for this. */
export function whenUsable(): Promise<void> {
  return usable;
}

/** After the page became usable, or at the latest after 8 s, and the browser has nothing else to do. */
export async function whenCalm(): Promise<void> {
  await Promise.race([usable, new Promise((resolve) => setTimeout(resolve, 8_000))]);
  await new Promise<void>((resolve) => ("requestIdleCallback" in globalThis ? requestIdleCallback(() => resolve(), { timeout: 3_000 }) : setTimeout(resolve, 500)));
}
