/** The lines of the basket, each with its price and the reasons for it in words. */
import { useEffect, useRef } from "preact/hooks";
import { Icon, Picture } from "@look/components";
import { money } from "@look/format";
import { named, t } from "@look/texts";
import { currency, isAway } from "../desk";
import type { ProofPart, QuoteTold } from "../told";
import { askPrice } from "./Price";
import { at, choose, lines, nameOf, parts, priceOf, quote, setQuantity, type Line } from "./basket";

/** Stands for an offer where a price was set by hand. */
const BY_HAND = "by_hand";

export function Basket() {
  if (!lines.value.length) return <NoLines />;
  return (
    <ol class="surface till-list" style={{ gridArea: "list" }} aria-label={t("register-basket")}>
      {lines.value.map((line, place) => (
        <Row key={line.gtin} line={line} place={place} isChosen={place === at.value} />
      ))}
    </ol>
  );
}

function NoLines() {
  return (
    <section class="surface till-list grid place-content-center" style={{ gridArea: "list" }} aria-label={t("register-basket")}>
      <div class="empty">
        <img src="/look/pictures/scenes/bag.svg" alt="" width={160} height={120} />
        <h1 class="text-xl font-semibold">{t("register-lead")}</h1>
        <p class="quiet max-w-[40ch]">{t("register-empty")}</p>
      </div>
    </section>
  );
}

function Row({ line, place, isChosen }: { line: Line; place: number; isChosen: boolean }) {
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isChosen) row.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen, line.quantity]);
  const price = priceOf(line, place);
  const name = nameOf(line, place);
  const list = (price?.unit_list_minor ?? line.goods?.list_minor ?? 0) * line.quantity;
  return (
    // Arrow keys choose a line from anywhere; a click is for pointers.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <li ref={row} class="line" aria-current={isChosen ? "true" : undefined} onClick={() => choose(place)}>
      <span style={{ gridArea: "picture" }}>
        <Picture of="goods" category={line.goods?.category ?? ""} seed={line.goods?.sku ?? line.gtin} class="size-12" />
      </span>
      <span class="line-clamp-2 self-end font-medium" style={{ gridArea: "name" }}>
        {name}
      </span>
      <Why line={line} place={place} price={price} />
      <span class="line-steps flex items-center gap-1">
        <Step
          icon="tag"
          label={t("register-price_of", { name })}
          onClick={() => {
            choose(place);
            askPrice();
          }}
        />
        <span class="flex items-center rounded-xl border border-base-300 bg-base-100">
        <Step icon="minus" label={t("register-one_less", { name })} onClick={() => setQuantity(place, line.quantity - 1)} />
        <span class="figures min-w-9 text-center text-lg font-semibold" aria-label={t("register-pieces", { pieces: line.quantity })}>
          {line.quantity}
        </span>
        <Step icon="plus" label={t("register-one_more", { name })} onClick={() => setQuantity(place, line.quantity + 1)} />
        </span>
      </span>
      <span class="grid justify-items-end self-center" style={{ gridArea: "price" }}>
        {price ? (
          <span class="figures text-lg font-semibold">{money(price.net_minor, currency())}</span>
        ) : (
          <span class="figures quiet animate-pulse text-lg">{line.byHand !== undefined ? money(line.byHand * line.quantity, currency()) : list ? money(list, currency()) : "…"}</span>
        )}
        {(price ? price.discount_minor > 0 : line.byHand !== undefined && list > 0) && <s class="figures quiet text-sm">{money(list, currency())}</s>}
      </span>
    </li>
  );
}

function Step({ icon, label, onClick }: { icon: "minus" | "plus" | "tag"; label: string; onClick: () => void }) {
  return (
    <button type="button" tabIndex={-1} class="btn btn-ghost tap rounded-xl px-0" aria-label={label} onClick={onClick}>
      <Icon name={icon} class="icon-sm" />
    </button>
  );
}

/** The proof in words: 2 × €49.90 · Member price −€4.00 · 5 % off −€4.79. */
function Why({ line, place, price }: { line: Line; place: number; price: QuoteTold["lines"][number] | undefined }) {
  const unit = price?.unit_list_minor ?? line.goods?.list_minor;
  const told = price ? (parts.value.get(price.line_no) ?? []) : [];
  // What was known before the network went is not true any more.
  const left = isAway.value ? null : (line.goods?.available ?? null);
  return (
    <span class="quiet flex flex-wrap gap-x-2 self-start text-sm" style={{ gridArea: "why" }} data-line={place}>
      {unit !== undefined && <span class="figures">{line.quantity > 1 ? `${line.quantity} × ${money(unit, currency())}` : t("register-list_price")}</span>}
      {line.byHand !== undefined && !told.some((part) => part.offer_id === BY_HAND) && <span class="font-medium text-primary">{t("register-price_by_hand")}</span>}
      {told.map((part) => (
        <span key={`${part.offer_id}${part.coupon_id}`} class="figures font-medium text-primary">
          {titleOf(part)} <span class="whitespace-nowrap">−{money(part.amount_minor, currency())}</span>
        </span>
      ))}
      {left !== null && left < line.quantity && <span class="font-medium text-error">{t("register-only_left", { pieces: left })}</span>}
    </span>
  );
}

/** What the offer behind a part is called. */
function titleOf(part: ProofPart): string {
  const found = quote.value?.discounts.find((one) => one.offer_id === part.offer_id && one.coupon_id === part.coupon_id);
  return found ? named(found.title_en, found.title_zh) : t("register-discount");
}
