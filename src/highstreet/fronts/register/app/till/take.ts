/** What to do with a scanned or typed text while a basket is filled. */
import { api, asProblem, Problem, told } from "@look/api";
import { t } from "@look/texts";
import { desk, hush, isAway, isReached, receiptCode, say, view } from "../desk";
import { findOffline } from "../offline/prices";
import { read } from "../scan";
import { beep } from "../sound";
import type { GoodsTold } from "../told";
import { add, at, lines, remember, setMember, setQuantity, showCoupon } from "./basket";
import { continueHeld } from "../pay/held";
import { payWithCode } from "../pay/start";

/** Scanned or entered. Answers goods to choose from when words name several. */
export async function take(text: string): Promise<GoodsTold[]> {
  const found = read(text);
  hush();
  switch (found.is) {
    case "goods":
      beep("good");
      add(found.gtin, found.pieces);
      return [];
    case "member":
      beep("good");
      setMember(found.text);
      return [];
    case "quantity":
      if (lines.value.length) setQuantity(at.value, found.pieces);
      else say(t("register-scan_first"), "bad");
      return [];
    case "payment":
      payWithCode(found.text);
      return [];
    case "receipt":
      await takeReceipt(found.text);
      return [];
    default:
      return find(found.text);
  }
}

/** A receipt's code: goods come back. The same form has an order that is to be paid: then its balance is taken. */
async function takeReceipt(code: string): Promise<void> {
  const query = { code: code.slice(0, 200) };
  try {
    if (!isAway.value) await told(api.GET("/register/v1/receipt", { params: { query } }));
  } catch (error) {
    if (asProblem(error).code === "sales.sale_unknown" && (await takeOrder(query.code))) return;
  }
  beep("good");
  receiptCode.value = code;
  view.value = "refund";
}

/** Whether there is an order of that code, which waits for its balance. */
async function takeOrder(code: string): Promise<boolean> {
  if (!desk.value) return false;
  try {
    const order = await told(api.GET("/register/v1/orders", { params: { query: { code } } }));
    beep("good");
    continueHeld(desk.value.register_id, order.sale_id, order);
    return true;
  } catch {
    // The refund's page says what is wrong.
    return false;
  }
}

/** One article found is put in; several are for the cashier to choose; none may be a printed coupon. */
async function find(text: string): Promise<GoodsTold[]> {
  try {
    const goods = await search(text);
    const only = goods.length === 1 ? goods[0] : undefined;
    if (only?.gtin) {
      put(only);
      return [];
    }
    if (goods.length) return goods;
    if (/^[A-Za-z0-9][\w-]{3,39}$/.test(text) && lines.value.length) {
      showCoupon(text);
      return [];
    }
    beep("bad");
    say(t("register-found_nothing", { text: text.slice(0, 40) }), "bad");
  } catch (error) {
    beep("bad");
    const problem = asProblem(error);
    say(problem.detail || problem.title, "bad");
  }
  return [];
}

export async function search(text: string, signal?: AbortSignal): Promise<GoodsTold[]> {
  const options = { params: { query: { text: text.slice(0, 80), limit: 8 } } };
  try {
    return await told(api.GET("/register/v1/goods", signal ? { ...options, signal } : options));
  } catch (error) {
    if (!(error instanceof Problem) || !error.isOffline) throw error;
    isReached.value = false;
    return findOffline(text.slice(0, 80), 8);
  }
}

export function put(goods: GoodsTold): void {
  if (!goods.gtin) {
    say(t("register-no_barcode"), "bad");
    beep("bad");
    return;
  }
  beep("good");
  remember(goods);
  add(goods.gtin, 1);
}
