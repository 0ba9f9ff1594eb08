/** One order: asking for it, what of it counts as what, and amounts that people type. */
import { api, told, type Told } from "@look/api";
import { askKept, type Kept } from "../me/keep";

export type Order = Told["OrderTold"];
export type Part = Order["parts"][number];

const MOVING = new Set(["pending", "unknown"]);

export function orderPath(brandId: string, saleId: string): string {
  return `/shop/orders/${brandId}/${saleId}/order`;
}

/** Errors: Problem; without a network what was kept. */
export function askOrder(brandId: string, saleId: string): Promise<Kept<Order>> {
  return askKept(`order ${saleId}`, () => told(api.GET("/shop/v1/orders/{brand_id}/{sale_id}", { params: { path: { brand_id: brandId, sale_id: saleId } } })));
}

/** Errors: Problem; without a network what was kept. */
export function askOrders(): Promise<Kept<Order[]>> {
  return askKept("orders", () => told(api.GET("/shop/v1/orders")));
}

/** Payments under way: nobody has said yet whether they came. */
export function moving(order: Order): Part[] {
  return order.parts.filter((part) => part.direction === "in" && MOVING.has(part.state));
}

/** Payments that came, and are not given back yet. */
export function captured(order: Order): Part[] {
  return order.parts.filter((part) => part.direction === "in" && part.state === "captured");
}

/** What the deposit still lacks: what is under way may complete it, a link that nobody has used does not. */
export function depositLeft(order: Order): number {
  const coming = moving(order).reduce((sum, part) => sum + part.amount_minor, 0);
  return Math.min(order.due_minor, Math.max(0, (order.deposit_minor ?? 0) - order.held_minor - coming));
}

/** What the deposit lacks beyond all that can be paid now: it is asked for by links. */
export function depositLinked(order: Order): number {
  const coming = moving(order).reduce((sum, part) => sum + part.amount_minor, 0);
  return Math.max(0, (order.deposit_minor ?? 0) - order.held_minor - coming - order.due_minor);
}

/** Whether the deposit is there. */
export function isKept(order: Order): boolean {
  return order.held_minor >= (order.deposit_minor ?? 0);
}

function digitsOf(currency: string): number {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** Minor units of what was typed, with a point or a comma; undefined when it is no amount. */
export function minorOf(typed: string, currency: string): number | undefined {
  const digits = digitsOf(currency);
  const found = /^(\d{1,10})(?:[.,](\d+))?$/.exec(typed.replace(/[\s  ]/g, ""));
  const cents = found?.[2] ?? "";
  if (!found || cents.length > digits) return undefined;
  const minor = Number(`${found[1]}${cents.padEnd(digits, "0")}`);
  return minor > 0 ? minor : undefined;
}

/** As it is typed: 1234.5, with a point and no more digits than there are. */
export function typedOf(minor: number, currency: string): string {
  const digits = digitsOf(currency);
  return (minor / 10 ** digits).toFixed(minor % 10 ** digits === 0 ? 0 : digits);
}
