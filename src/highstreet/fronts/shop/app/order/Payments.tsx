import { useState } from "preact/hooks";
import { api, told } from "@look/api";
import { Badge, Button, Icon, Money, toast, toastProblem } from "@look/components";
import { clock, dayAndClock } from "@look/format";
import { named, t, type TextKey } from "@look/texts";
import { Part as Section } from "../me/Page";
import { railName } from "../me/rails";
import type { Order, Part } from "./order";
import { begin, type Shown } from "./PayPart";

type Tone = "plain" | "good" | "warn" | "bad";

interface PaymentsProps {
  order: Order;
  onOrder: (order: Order) => void;
  onShown: (shown: Shown) => void;
  onLink: (tenderId: string) => void;
}

/** Every payment of an order, the newest first: by what, how much, where it stands, and what can be done about it. */
export function Payments({ order, onOrder, onShown, onLink }: PaymentsProps) {
  const [busyId, setBusyId] = useState<string>();

  async function busy(part: Part, what: () => Promise<void>): Promise<void> {
    setBusyId(part.tender_id);
    try {
      await what();
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusyId(undefined);
    }
  }
  const show = (part: Part) =>
    busy(part, async () => {
      const answer = await begin(order, part.tender_id, part.rail, part.amount_minor);
      onOrder(answer);
      onShown({ tenderId: part.tender_id, rail: part.rail, qr: answer.qr ?? undefined });
    });
  const end = (part: Part) =>
    busy(part, async () => {
      const path = { brand_id: order.brand_id, sale_id: order.sale_id, tender_id: part.tender_id };
      const answer = await told(api.POST("/shop/v1/orders/{brand_id}/{sale_id}/tenders/{tender_id}/cancel", { params: { path } }));
      onOrder(answer);
      const now = answer.parts.find((one) => one.tender_id === part.tender_id)?.state;
      if (now === "failed" || now === "reversed") toast(t(part.link_state ? "shop-order-link_ended" : "shop-order-called_back"), "refund");
    });

  return (
    <Section title={t("shop-order-payments")}>
      {order.parts.length === 0 ? (
        <p class="quiet px-1">{t("shop-order-no_payments")}</p>
      ) : (
        <ul class="surface divide-y divide-base-300">
          {[...order.parts].reverse().map((part) => (
            <li key={part.tender_id} class="grid gap-2 p-4">
              <Line order={order} part={part} />
              <Acts
                part={part}
                isOpen={order.state === "open"}
                isBusy={busyId === part.tender_id}
                onShow={() => void show(part)}
                onLink={() => onLink(part.tender_id)}
                onEnd={() => void end(part)}
              />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Line({ order, part }: { order: Order; part: Part }) {
  const [words, tone] = stateWords(order, part);
  return (
    <div class="flex items-start gap-3">
      <Icon name={part.direction === "out" ? "refund" : part.link_state ? "link" : "card"} class="icon-sm quiet mt-0.5" />
      <div class="min-w-0 flex-1">
        <p>{title(part, order)}</p>
        <p class="quiet text-sm">{dayAndClock(part.at, order.time_zone)}</p>
        <p class="pt-1">
          <Badge tone={tone}>{words}</Badge>
        </p>
        {part.state === "unknown" && part.direction === "in" && (
          <p class="text-sm">
            {t("shop-order-unknown")} <span class="quiet">{t("shop-order-unknown.what")}</span>
          </p>
        )}
      </div>
      <Money minor={part.direction === "out" ? -part.amount_minor : part.amount_minor} currency={order.currency} class="whitespace-nowrap font-medium" />
    </div>
  );
}

function title(part: Part, order: Order): string {
  if (part.direction === "out") return t("shop-order-back_by", { rail: railName(part.rail) });
  if (part.rail === "link") return t("shop-order-pay_link");
  if (part.link_state) return t("shop-order-by_link", { rail: railName(part.rail) });
  return part.is_by_phone ? railName(part.rail) : `${railName(part.rail)} · ${named(order.brand.name_en, order.brand.name_zh)}`;
}

const LINKS: Record<string, [TextKey, Tone]> = {
  waiting: ["shop-order-link_state_waiting", "warn"],
  paid: ["shop-order-link_state_paid", "good"],
  expired: ["shop-order-link_state_expired", "plain"],
  ended: ["shop-order-link_state_ended", "plain"],
};
const COMING: Record<string, [TextKey, Tone]> = {
  captured: ["shop-order-state_captured", "good"],
  pending: ["shop-order-state_pending", "warn"],
  unknown: ["shop-order-state_unknown", "warn"],
  failed: ["shop-order-state_failed", "plain"],
  reversed: ["shop-order-state_reversed", "plain"],
};
const GOING: Record<string, [TextKey, Tone]> = {
  captured: ["shop-order-back_captured", "good"],
  pending: ["shop-order-back_pending", "warn"],
  unknown: ["shop-order-back_unknown", "warn"],
  failed: ["shop-order-back_failed", "bad"],
};

/** Where a payment stands, in words. */
function stateWords(order: Order, part: Part): [string, Tone] {
  if (part.direction === "out") {
    if (part.state === "pending" && (part.rail === "cash" || part.rail === "slip")) return [t("shop-order-back_waits", { place: named(order.place_name_en, order.place_name_zh) }), "warn"];
    const [key, tone] = GOING[part.state] ?? GOING["pending"]!;
    return [t(key), tone];
  }
  if (part.link_state === "open" && part.ends_at) return [t("shop-order-link_open", { time: clock(part.ends_at) }), "warn"];
  const [key, tone] = (part.link_state && part.state !== "unknown" ? LINKS[part.link_state] : COMING[part.state]) ?? COMING["pending"]!;
  return [t(key), tone];
}

interface ActsProps {
  part: Part;
  isOpen: boolean;
  isBusy: boolean;
  onShow: () => void;
  onLink: () => void;
  onEnd: () => void;
}

/** A link can be shown and ended; what was begun on the phone can be shown and called back. */
function Acts({ part, isOpen, isBusy, onShow, onLink, onEnd }: ActsProps) {
  if (!isOpen || part.direction === "out" || !part.is_by_phone) return null;
  const isLink = part.link_state === "open";
  if (!isLink && part.state !== "pending") return null;
  return (
    <div class="flex flex-wrap justify-end gap-2">
      {isLink && (
        <Button kind="soft" onClick={onLink}>
          {t("shop-order-link_show")}
        </Button>
      )}
      {!isLink && !part.link_state && (
        <Button kind="soft" isBusy={isBusy} onClick={onShow}>
          {t("shop-order-show_again")}
        </Button>
      )}
      <Button kind="plain" isBusy={isBusy} onClick={onEnd}>
        {t(part.link_state ? "shop-order-end_link" : "shop-order-call_back")}
      </Button>
    </div>
  );
}
