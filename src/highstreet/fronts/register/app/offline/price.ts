/** What a basket costs by the list on this device: as the server's one price function would say, for the simple kinds.
 *
 * What it misses the server finds when the sale comes in: the sale stands as charged, the difference is recorded.
 */
import type { Line } from "../till/basket";
import type { QuoteTold } from "../told";
import type { ListedGoods, ListFacts, OfflineOffer } from "./store";

/** A price, and the first article that is not on the list. */
export type OfflinePrice = { quote: QuoteTold } | { missing: string };

const MEMBER = "member_price";

export function priceOffline(lines: Line[], isMember: boolean, codes: string[], goods: ReadonlyMap<string, ListedGoods>, list: ListFacts, now = Date.now()): OfflinePrice {
  const found: ListedGoods[] = [];
  for (const line of lines) {
    const one = goods.get(line.gtin);
    if (!one) return { missing: line.gtin };
    found.push(one);
  }
  const lists = lines.map((line, n) => found[n]!.list_minor * line.quantity);
  const nets = lines.map((line, n) => unit(found[n]!, isMember && list.hasMemberPrice) * line.quantity);
  const discounts: QuoteTold["discounts"] = [];
  const listed = sum(lists);
  const saved = listed - sum(nets);
  if (saved) discounts.push({ offer_id: MEMBER, coupon_id: null, kind: MEMBER, title_en: "Member price", title_zh: "会员价", amount_minor: saved });
  const offers: OfflineOffer[] = [];
  const rejected: QuoteTold["rejected"] = [];
  for (const code of new Set(codes)) {
    const offer = list.offers.find((one) => one.public_code === code);
    const reason = !offer ? "unknown" : Date.parse(offer.valid_from) > now ? "not_yet" : Date.parse(offer.valid_until) <= now ? "expired" : offers.some((one) => one.offer_id === offer.offer_id) ? "same_offer" : "";
    if (offer && !reason) offers.push(offer);
    else rejected.push({ coupon: code, reason });
  }
  const chosen = best(offers, sum(nets));
  for (const offer of offers) {
    if (!chosen.includes(offer)) rejected.push({ coupon: offer.public_code, reason: "not_better" });
  }
  for (const offer of chosen) {
    const off = offOf(offer, sum(nets));
    spread(off, nets).forEach((part, n) => (nets[n]! -= part));
    discounts.push({ offer_id: offer.offer_id, coupon_id: null, kind: offer.kind, title_en: offer.title_en, title_zh: offer.title_zh, amount_minor: off });
  }
  const total = sum(nets);
  return {
    quote: {
      currency: list.currency,
      lines: lines.map((line, n) => ({
        line_no: n + 1,
        gtin: line.gtin,
        name_en: found[n]!.name_en,
        name_zh: found[n]!.name_zh,
        quantity: line.quantity,
        unit_list_minor: found[n]!.list_minor,
        discount_minor: lists[n]! - nets[n]!,
        net_minor: nets[n]!,
      })),
      discounts,
      is_training: false,
      rejected,
      list_minor: listed,
      discount_minor: listed - total,
      total_minor: total,
      is_member: isMember,
      member: null,
      coupons: [],
      proof: {},
    },
  };
}

function unit(one: ListedGoods, isMember: boolean): number {
  return isMember && one.member_minor !== null && one.member_minor < one.list_minor ? one.member_minor : one.list_minor;
}

const sum = (parts: number[]) => parts.reduce((whole, part) => whole + part, 0);

/** What an offer takes off a basket's net so far: never more than there is; half up to a minor unit. */
function offOf(offer: OfflineOffer, net: number): number {
  if (offer.kind === "spend_get") return net >= offer.spend_minor ? Math.min(offer.off_minor, net) : 0;
  const off = Number((BigInt(net) * BigInt(offer.percent_bp) + 5_000n) / 10_000n);
  return offer.max_off_minor === null ? off : Math.min(off, offer.max_off_minor);
}

/** The best lawful combination, in the order it is applied: one that stands alone, or stackable ones together. */
function best(offers: OfflineOffer[], net: number): OfflineOffer[] {
  const order = [...offers].sort((a, b) => compare(orderOf(a), orderOf(b)));
  const found: { net: number; taken: OfflineOffer[] }[] = [{ net, taken: [] }];
  for (const offer of order) {
    const more = found
      .filter((one) => !one.taken.length || (offer.is_stackable && one.taken.every((taken) => taken.is_stackable)))
      .map((one) => ({ net: one.net - offOf(offer, one.net), taken: [...one.taken, offer] }));
    found.push(...more);
  }
  return found.reduce((a, b) => (b.net < a.net || (b.net === a.net && b.taken.length < a.taken.length) ? b : a)).taken;
}

function orderOf(offer: OfflineOffer): number[] {
  return offer.kind === "percent" ? [0, -(offer.max_off_minor ?? Number.MAX_SAFE_INTEGER), -offer.percent_bp] : [1, offer.off_minor - offer.spend_minor, -offer.off_minor];
}

function compare(a: number[], b: number[]): number {
  const n = a.findIndex((one, at) => one !== b[at]);
  return n < 0 ? 0 : a[n]! - b[n]!;
}

/** In proportion to the weights, summing to the amount, by largest remainder; of equal ones the first. */
function spread(amount: number, weights: number[]): number[] {
  const whole = sum(weights);
  if (!whole || !amount) return weights.map(() => 0);
  const shares = weights.map((weight) => {
    const exact = BigInt(amount) * BigInt(weight);
    return { part: Number(exact / BigInt(whole)), rest: Number(exact % BigInt(whole)) };
  });
  const left = amount - sum(shares.map((one) => one.part));
  const order = shares.map((_, n) => n).sort((a, b) => shares[b]!.rest - shares[a]!.rest || a - b);
  for (const n of order.slice(0, left)) shares[n]!.part++;
  return shares.map((one) => one.part);
}
