import { useState } from "preact/hooks";
import { api, told } from "@look/api";
import { Button, Icon, QrCode, Sheet, toastProblem } from "@look/components";
import { newId } from "@look/device";
import { money } from "@look/format";
import { t } from "@look/texts";
import { Part as Section } from "../me/Page";
import { railName } from "../me/rails";
import { AmountField, amountProblem } from "./AmountField";
import { depositLeft, minorOf, typedOf, type Order } from "./order";

type Rail = Order["rails"][number];

/** Paying a part on this phone: how much, by what, then the provider's own page or code. */
export function PayPart({ order, onOrder, onShown }: { order: Order; onOrder: (order: Order) => void; onShown: (shown: Shown) => void }) {
  const [typed, setTyped] = useState<string>();
  const [busyRail, setBusyRail] = useState<string>();
  const next = depositLeft(order) || order.due_minor;
  const text = typed ?? typedOf(next, order.currency);
  const problem = amountProblem(order, text);
  const amount = problem ? 0 : (minorOf(text, order.currency) ?? 0);

  async function pay(rail: Rail): Promise<void> {
    setBusyRail(rail.name);
    const id = newId("tnd");
    try {
      const answer = await begin(order, id, rail.name, amount);
      onOrder(answer);
      setTyped(undefined);
      onShown({ tenderId: id, rail: rail.name, qr: answer.qr ?? undefined });
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusyRail(undefined);
    }
  }

  return (
    <Section title={t("shop-order-pay")}>
      <div class="surface grid gap-4 p-4">
        {order.rails.length === 0 ? (
          <p class="quiet">{t("shop-order-no_rails")}</p>
        ) : (
          <>
            <AmountField order={order} typed={text} onType={setTyped} error={problem} />
            <div class="grid gap-2">
              {order.rails.map((rail) => {
                const not = problem ? undefined : whyNot(rail, amount, order.currency);
                return (
                  <div key={rail.name} class="grid gap-1">
                    <Button isWide isBusy={busyRail === rail.name} disabled={Boolean(problem || not || busyRail)} onClick={() => void pay(rail)}>
                      {t("shop-order-pay_by", { amount: money(amount, order.currency), rail: railName(rail.name) })}
                    </Button>
                    {not && <p class="quiet text-sm">{not}</p>}
                  </div>
                );
              })}
            </div>
          </>
        )}
      </div>
    </Section>
  );
}

/** Begin a payment, or have it shown again: the same id adds nothing. Errors: Problem. */
export function begin(order: Order, tenderId: string, rail: string, amount: number): Promise<Order> {
  const name = rail as "wallet" | "alipay" | "wechat" | "stripe";
  return told(api.POST("/shop/v1/orders/{brand_id}/{sale_id}/tenders", { params: { path: { brand_id: order.brand_id, sale_id: order.sale_id } }, body: { id: tenderId, rail: name, amount_minor: amount } }));
}

function whyNot(rail: Rail, amount: number, currency: string): string | undefined {
  const name = railName(rail.name);
  if (rail.most_minor !== null && amount > rail.most_minor) return t("shop-order-rail_most", { rail: name, most: money(rail.most_minor, currency) });
  if (amount < rail.least_minor) return t("shop-order-rail_least", { rail: name, least: money(rail.least_minor, currency) });
  return undefined;
}

/** A payment that is shown: what opens it, if its provider gave it. */
export interface Shown {
  tenderId: string;
  rail: string;
  qr: string | undefined;
}

/** The way to the provider, then what became of it; it may be closed at any time. */
export function PaySheet({ order, shown, onClose }: { order: Order; shown: Shown | undefined; onClose: () => void }) {
  const part = order.parts.find((one) => one.tender_id === shown?.tenderId);
  const rail = railName(shown?.rail ?? "");
  const amount = part ? money(part.amount_minor, order.currency) : "";
  return (
    <Sheet title={t("shop-order-pay_by", { amount, rail })} isOpen={shown !== undefined} onClose={onClose}>
      <div class="grid justify-items-center gap-4 text-center">
        {part?.state === "pending" && shown?.qr && (
          <>
            {isAddress(shown.qr) && (
              <a class="btn btn-primary tap w-full" href={shown.qr} target="_blank" rel="noreferrer">
                <Icon name="external" class="icon-sm" /> {t("shop-order-open_rail", { rail })}
              </a>
            )}
            <QrCode text={shown.qr} label={t("shop-order-pay_by", { amount, rail })} class="w-48 border border-base-300" />
            <p class="quiet text-sm">{t("shop-order-scan_other")}</p>
          </>
        )}
        <div role="status" class="grid justify-items-center gap-2">
          {part?.state === "pending" && <p>{t("shop-order-wait")}</p>}
          {part?.state === "unknown" && <Told icon="unknown" words={t("shop-order-unknown")} more={t("shop-order-unknown.what")} />}
          {part?.state === "captured" && <Told icon="check-circle" words={t("shop-order-part_paid", { amount })} />}
          {(part?.state === "failed" || part?.state === "reversed") && <Told icon="x-circle" words={t("shop-order-part_failed")} more={t("shop-order-part_failed.what")} />}
        </div>
        {part?.state !== "pending" && (
          <Button kind="soft" isWide onClick={onClose}>
            {t("look-close")}
          </Button>
        )}
      </div>
    </Sheet>
  );
}

function Told({ icon, words, more }: { icon: "unknown" | "check-circle" | "x-circle"; words: string; more?: string }) {
  return (
    <>
      <Icon name={icon} class={icon === "check-circle" ? "text-success" : "quiet"} />
      <p class="text-lg font-semibold">{words}</p>
      {more && <p class="quiet max-w-[36ch]">{more}</p>}
    </>
  );
}

/** Providers give a page, or an address that their own app opens; anything else is only to be scanned. */
function isAddress(qr: string): boolean {
  return /^(https?|weixin|alipays?):/i.test(qr);
}
