/** By whom this register can be paid without parts: the payer's code is scanned, or ours is. */
import { desk } from "../desk";

export type Shown = "code" | "qr";

// Whose app shows codes that begin so: WeChat Pay's and Alipay's developer pages.
const PREFIXES: readonly [RegExp, string][] = [
  [/^1[0-5]/, "wechat"],
  [/^(?:2[5-9]|30)/, "alipay"],
];

/** Providers that can be paid this way, liked best first. */
export function providers(way: Shown): string[] {
  return (desk.value?.providers ?? []).filter((one) => one.ways.includes(way)).map((one) => one.rail);
}

/** Whether a card terminal's slip is taken here: not where the office has put it off. Known without a network, too. */
export function takesSlips(): boolean {
  return desk.value?.takes_slips !== false;
}

/** Whose a payer's code is; undefined when nobody connected here has such codes. */
export function providerOf(code: string): string | undefined {
  const able = providers("code");
  const known = PREFIXES.find(([form, rail]) => form.test(code) && able.includes(rail))?.[1];
  return known ?? (able.includes("wallet") ? "wallet" : able.length === 1 ? able[0] : undefined);
}
