import { useState } from "preact/hooks";
import { api, told } from "@look/api";
import { Button, QrCode, Sheet, toastProblem } from "@look/components";
import { newId } from "@look/device";
import { clock, money } from "@look/format";
import { named, t } from "@look/texts";
import { Part as Section } from "../me/Page";
import { copyText } from "../shell/copy";
import { AmountField, amountProblem } from "./AmountField";
import { minorOf, type Order, type Part } from "./order";

/** A part for somebody else: an amount becomes a link to be sent. */
export function LinkParts({ order, onOrder, onLink }: { order: Order; onOrder: (order: Order) => void; onLink: (tenderId: string) => void }) {
  const [isAsking, setAsking] = useState(false);
  const [typed, setTyped] = useState("");
  const [isBusy, setBusy] = useState(false);
  const problem = typed === "" ? undefined : amountProblem(order, typed);

  async function make(): Promise<void> {
    const amount = minorOf(typed, order.currency);
    if (amount === undefined || problem) return;
    setBusy(true);
    const id = newId("tnd");
    try {
      onOrder(await told(api.POST("/shop/v1/orders/{brand_id}/{sale_id}/links", { params: { path: { brand_id: order.brand_id, sale_id: order.sale_id } }, body: { id, amount_minor: amount } })));
      setTyped("");
      setAsking(false);
      onLink(id);
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Section title={t("shop-order-link")}>
      <div class="surface grid gap-3 p-4">
        <p class="quiet text-sm">{t("shop-order-link.what")}</p>
        <Button kind="soft" icon="link" isWide onClick={() => setAsking(true)}>
          {t("shop-order-make_link")}
        </Button>
      </div>
      <Sheet title={t("shop-order-link")} isOpen={isAsking} onClose={() => setAsking(false)}>
        <form
          class="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            void make();
          }}
        >
          <AmountField order={order} typed={typed} onType={setTyped} error={problem} />
          <Button type="submit" isWide isBusy={isBusy} disabled={typed === "" || Boolean(problem)}>
            {t("shop-order-make_link")}
          </Button>
        </form>
      </Sheet>
    </Section>
  );
}

/** An open link: to be shared, copied, scanned. It closes by itself once somebody uses it. */
export function LinkSheet({ order, part, onClose }: { order: Order; part: Part | undefined; onClose: () => void }) {
  const link = part?.link;
  const amount = part ? money(part.amount_minor, order.currency) : "";
  return (
    <Sheet title={t("shop-order-link_of", { amount })} isOpen={Boolean(link)} onClose={onClose}>
      {link && part?.ends_at && (
        <div class="grid justify-items-center gap-4 text-center">
          <p>{t("shop-order-link_send", { time: clock(part.ends_at) })}</p>
          <QrCode text={link} label={t("shop-order-link_of", { amount })} class="w-48 border border-base-300" />
          <p class="quiet w-full select-all break-all text-sm">{link}</p>
          <div class="grid w-full gap-2">
            {"share" in navigator && (
              <Button icon="send" isWide onClick={() => void share(order, link, amount)}>
                {t("shop-order-share")}
              </Button>
            )}
            <Button kind="soft" icon="copy" isWide onClick={() => void copyText(link, t("shop-order-copied"))}>
              {t("shop-order-copy")}
            </Button>
          </div>
        </div>
      )}
    </Sheet>
  );
}

async function share(order: Order, url: string, amount: string): Promise<void> {
  const text = t("shop-order-link_text", { amount, brand: named(order.brand.name_en, order.brand.name_zh) });
  await navigator.share({ text, url }).catch(() => undefined);
}
