/** What a way of paying is called. */
import { t, type TextKey } from "@look/texts";
import "./texts";

const RAILS: Record<string, TextKey> = { cash: "shop-me-rail_cash", wallet: "shop-me-rail_wallet", alipay: "shop-me-rail_alipay", wechat: "shop-me-rail_wechat", stripe: "shop-me-rail_stripe", slip: "shop-me-rail_slip", transfer: "shop-me-rail_transfer", gift_card: "shop-me-rail_gift_card", card: "shop-me-rail_card", points: "shop-me-rail_points" };

export function railName(rail: string): string {
  return RAILS[rail] ? t(RAILS[rail]!) : rail;
}
