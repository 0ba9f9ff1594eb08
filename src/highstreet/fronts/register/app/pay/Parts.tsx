/** A sale paid in parts: what is due and taken, each part, and the ways to pay what is left, best first. */
import { useState } from "preact/hooks";
import { Badge, Button, Icon, QrCode, Skeleton, type IconName } from "@look/components";
import { dayAndClock, money } from "@look/format";
import { named, t } from "@look/texts";
import { desk, help, hush, say } from "../desk";
import { useLayer } from "../keys";
import { isCard, read } from "../scan";
import { beep } from "../sound";
import type { OrderTold, PartTold, RailTold, SplitTold } from "../told";
import { Change } from "./Change";
import { GiveUp } from "./GiveUp";
import { callPartBack, chooseRail, choosePlan, chosen, copy, giveUp, handBack, held, heldProblem, isAsking, isEnded, isLost, isOurs, leaveHeld, look, openParts, order, rails, showAgain, shown, takenParts, type Shown } from "./held";
import { declinedWords, railName } from "./Outcome";
import { PartForm } from "./PartForm";
import { Words } from "./Words";

const RAIL_ICONS: Record<string, IconName> = { cash: "cash", slip: "receipt", transfer: "office", gift_card: "gift", points: "star", stripe: "card", link: "link" };
const AT_PLACE = new Set(["cash", "slip"]);
const LINK: RailTold = { rail: "link", ways: [], can: true, max_minor: 0, reason: null, words_en: null, words_zh: null };

/** The ways to pay what is due: those that the server named, best first, then somebody else's phone. */
function waysToPay(): RailTold[] {
  if (!rails.value) return [];
  const here = rails.value.rails.map((rail) => (AT_PLACE.has(rail.rail) && !isOurs.value ? { ...rail, can: false, max_minor: 0, reason: "elsewhere" } : rail));
  return [...here.filter((rail) => rail.can), LINK, ...here.filter((rail) => !rail.can)];
}

/** Whether it can take any of it: a card's amount is known when its code is. */
function isUsable(rail: RailTold): boolean {
  return rail.rail === "link" || rail.max_minor > 0 || rail.reason === "no_card";
}

export function Parts() {
  const [isGivingUp, setGivingUp] = useState(false);
  const now = order.value;
  if (!now || !held.value) return <Opening />;
  const isOver = now.state === "closing" || now.state === "abandoned";
  return (
    <main class="screen p-4 sm:p-6" aria-labelledby="parts-title" aria-busy={isAsking.value} data-moment="parts">
      <div class="mx-auto grid max-w-5xl grid-cols-1 items-start gap-5 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div class="grid grid-cols-1 gap-5">
          <Due order={now} isOver={isOver} />
          {handBack.value && !isOver && <Change minor={handBack.value.change_minor} given={handBack.value.amount_minor + handBack.value.change_minor} currency={now.currency ?? "EUR"} />}
          <Said />
          {isOver ? <Over order={now} /> : shown.value ? <Show now={shown.value} /> : chosen.value ? <PartForm key={`${chosen.value.rail.rail}${now.parts?.length}`} rail={chosen.value.rail} first={chosen.value.amount} code={chosen.value.code} /> : <Ways onGiveUp={() => setGivingUp(true)} />}
        </div>
        <aside class="grid grid-cols-1 gap-4" aria-label={t("register-parts_list")}>
          <PartList order={now} />
          <Goods order={now} />
        </aside>
      </div>
      <GiveUp isOpen={isGivingUp} onClose={() => setGivingUp(false)} />
    </main>
  );
}

function Opening() {
  useLayer({ keys: { Escape: () => heldProblem.value && leaveHeld() } });
  return (
    <main class="screen p-4 sm:p-6" aria-labelledby="parts-title" aria-busy="true">
      <div class="mx-auto grid max-w-3xl gap-5">
        <h1 id="parts-title" class="text-2xl font-semibold">
          {t("register-parts")}
        </h1>
        <Said />
        {heldProblem.value ? (
          <Button kind="soft" icon="arrow-left" onClick={leaveHeld}>
            {t("register-back_to_sale")} <kbd class="key">Esc</kbd>
          </Button>
        ) : (
          <Skeleton lines={4} class="h-16 w-full" />
        )}
      </div>
    </main>
  );
}

function Due({ order: now, isOver }: { order: OrderTold; isOver: boolean }) {
  const currency = now.currency ?? "EUR";
  const due = now.due_minor ?? 0;
  return (
    <header class="surface grid gap-3 p-5">
      <h1 id="parts-title" class="quiet text-lg">
        {t(isOver ? "register-parts_given_up" : due ? "register-parts_due" : "register-parts_wait")}
      </h1>
      {!isOver && <output class="figures huge">{money(due, currency)}</output>}
      <dl class="grid grid-cols-2 gap-x-6 gap-y-1 sm:flex sm:flex-wrap sm:gap-x-10">
        <Sum name={t("register-parts_total")} value={money(now.total_minor ?? 0, currency)} />
        <Sum name={t("register-parts_held")} value={money(now.held_minor ?? 0, currency)} />
        {now.held_until && !isOver && <Sum name={t("register-parts_until")} value={dayAndClock(now.held_until, desk.value?.time_zone)} isWide />}
      </dl>
      {!isOurs.value && (
        <p class="flex items-center gap-2 rounded-xl bg-info px-4 py-2.5 text-info-content">
          <Icon name="store" class="icon-sm" /> {t("register-parts_elsewhere", { place: named(now.place.name_en, now.place.name_zh) })}
        </p>
      )}
    </header>
  );
}

function Sum({ name, value, isWide }: { name: string; value: string; isWide?: boolean }) {
  return (
    <div class={isWide ? "col-span-2" : ""}>
      <dt class="quiet text-sm">{name}</dt>
      <dd class="figures font-semibold whitespace-nowrap">{value}</dd>
    </div>
  );
}

/** What went wrong last, and whether anybody answers. */
function Said() {
  const problem = heldProblem.value;
  const last = order.value?.parts?.at(-1);
  const isDeclined = !problem && !chosen.value && last?.direction === "in" && last.state === "failed" && !isEnded(last);
  return (
    <>
      {isDeclined && (
        <p class="flex gap-3 rounded-2xl bg-error px-5 py-4 text-error-content" role="alert">
          <Icon name="x-circle" /> <span>{t("register-parts_declined", { rail: railName(last.rail), why: declinedWords(last.reason) })}</span>
        </p>
      )}
      {!problem && <Words />}
      {problem && (
        <p class="flex gap-3 rounded-2xl bg-error px-5 py-4 text-error-content" role="alert">
          <Icon name="alert" /> <span>{problem.detail || problem.title}</span>
        </p>
      )}
      {isLost.value && (
        <p class="flex gap-3 rounded-2xl bg-warning px-5 py-4 text-warning-content" role="alert">
          <Icon name="wifi-off" /> <span>{t("register-parts_lost")}</span>
        </p>
      )}
    </>
  );
}

function Ways({ onGiveUp }: { onGiveUp: () => void }) {
  const now = order.value;
  const waiting = openParts.value;
  const newest = waiting.at(-1);
  const ways = (now?.due_minor ?? 0) > 0 ? waysToPay() : [];
  const usable = ways.filter(isUsable);
  const splits = ways.length ? (rails.value?.splits ?? []) : [];
  const isFresh = held.value?.body !== null && !now?.parts?.some((part) => ["captured", "planned", "pending", "unknown"].includes(part.state));
  function out(): void {
    hush();
    if (isFresh) void giveUp([]);
    else leaveHeld();
  }
  function back(): void {
    if (newest) void callPartBack(newest.tender_id);
  }
  function up(): void {
    if (isOurs.value) onGiveUp();
  }
  const digits = Object.fromEntries(usable.slice(0, 9).map((rail, n) => [String(n + 1), () => chooseRail(rail)]));
  const letters = Object.fromEntries(splits.flatMap((split, n) => ["abc", "ABC"].map((all) => [all[n]!, () => choosePlan(split)])));
  useLayer({
    scan: scanned,
    keys: { ...digits, ...letters, Enter: () => (newest ? showAgain(newest) : void look()), Escape: out, r: back, R: back, g: up, G: up, "?": help },
  });
  /** A payer's code is for the wallet that it belongs to, a gift card's for the card. */
  function scanned(text: string): void {
    const card = isCard(text) ? usable.find((one) => one.rail === "gift_card") : undefined;
    if (card) {
      beep("good");
      return chooseRail(card, undefined, text);
    }
    const wallets = usable.filter((rail) => rail.ways.includes("code"));
    const own = /^1[0-5]/.test(text) ? "wechat" : "alipay";
    const rail = wallets.find((one) => one.rail === own) ?? wallets[0];
    if (read(text).is === "payment" && rail) {
      beep("good");
      chooseRail(rail, undefined, text);
    } else {
      beep("bad");
      say(t("register-pay_not_code"), "bad");
    }
  }
  if (!now) return null;
  const currency = now.currency ?? "EUR";
  return (
    <>
      {splits.length > 0 && (
        <section class="grid gap-2" aria-labelledby="splits-title">
          <h2 id="splits-title" class="font-semibold">
            {t("register-parts_splits")}
          </h2>
          {splits.map((split, n) => (
            <Button key={splitWords(split, currency)} kind="soft" class="h-auto justify-between py-3 text-left" onClick={() => choosePlan(split)}>
              <span>{splitWords(split, currency)}</span> <kbd class="key">{"ABC"[n]}</kbd>
            </Button>
          ))}
        </section>
      )}
      {ways.length > 0 && (
        <ol class="surface divide-y divide-base-300 overflow-hidden" aria-label={t("register-parts_ways")}>
          {ways.map((rail) => (
            <Way key={rail.rail} rail={rail} keyName={usable.indexOf(rail)} currency={currency} />
          ))}
        </ol>
      )}
      {!ways.length && (now.due_minor ?? 0) > 0 && <Skeleton lines={4} class="h-14 w-full" />}
      <div class="flex flex-wrap justify-center gap-2 pb-4">
        {newest && (
          <Button icon="eye" onClick={() => showAgain(newest)}>
            {t("register-parts_show")} <kbd class="key">Enter</kbd>
          </Button>
        )}
        <Button kind="plain" icon="arrow-left" onClick={out}>
          {t(isFresh ? "register-back_to_rails" : "register-parts_leave")} <kbd class="key">Esc</kbd>
        </Button>
        {isOurs.value && !isFresh && (
          <Button kind="plain" icon="refund" class="text-error" onClick={up}>
            {t("register-parts_give_up")} <kbd class="key">G</kbd>
          </Button>
        )}
      </div>
    </>
  );
}

function splitWords(split: SplitTold, currency: string): string {
  const parts = split.parts.map((part) => `${railName(part.rail)} ${money(part.amount_minor, currency)}`);
  if (split.later_minor) parts.push(t("register-parts_later", { amount: money(split.later_minor, currency) }));
  return parts.join(" + ");
}

function Way({ rail, keyName, currency }: { rail: RailTold; keyName: number; currency: string }) {
  const words = rail.reason === "elsewhere" ? t("register-parts_not_here") : rail.words_en && named(rail.words_en, rail.words_zh ?? rail.words_en);
  const isPart = !rail.can && rail.max_minor > 0;
  return (
    <li>
      <button type="button" class="flex min-h-14 w-full items-center gap-3 px-4 py-2 text-left hover:bg-base-200 disabled:opacity-60" disabled={keyName < 0} aria-keyshortcuts={keyName >= 0 ? String(keyName + 1) : undefined} onClick={() => chooseRail(rail)}>
        <Icon name={RAIL_ICONS[rail.rail] ?? "wallet"} class={keyName < 0 ? "quiet" : "text-primary"} />
        <span class="min-w-0 flex-1">
          <span class="block font-medium">{railName(rail.rail)}</span>
          {rail.rail === "link" && <span class="quiet block text-sm">{t("register-parts_link")}</span>}
          {words && <span class="quiet block text-sm">{words}</span>}
        </span>
        {isPart && <span class="figures quiet text-sm">{t("register-parts_at_most", { amount: money(rail.max_minor, currency) })}</span>}
        {keyName >= 0 && <kbd class="key">{keyName + 1}</kbd>}
      </button>
    </li>
  );
}

function away(): void {
  hush();
  shown.value = undefined;
}

function Show({ now }: { now: Shown }) {
  const currency = order.value?.currency ?? "EUR";
  function back(): void {
    void callPartBack(now.tenderId);
  }
  const text = now.qr ?? now.link;
  useLayer({ keys: { Escape: away, Enter: away, r: back, R: back, c: () => void copy(text ?? now.reference ?? ""), C: () => void copy(text ?? now.reference ?? ""), "?": help } });
  const amount = money(now.amount, currency);
  return (
    <section class="surface grid justify-items-center gap-4 p-6 text-center" aria-labelledby="show-title">
      <h2 id="show-title" class="text-xl font-semibold">
        {t(now.link ? "register-parts_link_show" : now.qr ? "register-show_qr" : "register-parts_transfer_show")}
      </h2>
      <p class="figures text-3xl font-semibold">{amount}</p>
      {text ? <QrCode text={text} label={t("register-qr_label", { amount })} class="w-44 border border-base-300 sm:w-52" /> : <p class="figures text-2xl font-semibold break-all select-all">{now.reference}</p>}
      {now.link && <p class="quiet max-w-full text-sm break-all">{now.link}</p>}
      <p class="quiet">{t(now.link ? "register-parts_link_more" : now.qr ? "register-show_qr.lead" : "register-parts_transfer_more")}</p>
      <div class="flex flex-wrap justify-center gap-2">
        <Button icon="arrow-left" onClick={away}>
          {t("register-parts_other_part")} <kbd class="key">Esc</kbd>
        </Button>
        <Button kind="soft" icon="copy" onClick={() => void copy(text ?? now.reference ?? "")}>
          {t("register-parts_copy")} <kbd class="key">C</kbd>
        </Button>
        <Button kind="plain" icon="x" onClick={back}>
          {t("register-parts_call_back")} <kbd class="key">R</kbd>
        </Button>
      </div>
    </section>
  );
}

function stateOf(part: PartTold, isOver: boolean): { tone: "good" | "warn" | "bad" | "plain"; icon: IconName; text: string } {
  if (part.direction === "out") {
    const isOwed = part.state === "pending";
    return { tone: isOwed ? "warn" : "plain", icon: "refund", text: t(isOwed ? "register-part_owed" : part.state === "captured" ? (part.rail === "cash" ? "register-part_back_cash" : "register-part_back") : "register-part_back_failed") };
  }
  switch (part.state) {
    case "captured":
      return isOver ? { tone: "plain", icon: "check", text: t("register-part_was_taken") } : { tone: "good", icon: "check", text: t("register-part_taken") };
    case "failed":
      return isEnded(part) ? { tone: "plain", icon: "x", text: t("register-part_ended") } : { tone: "bad", icon: "x", text: t("register-declined") };
    case "reversed":
      return { tone: "plain", icon: "x", text: t("register-called_back") };
    case "unknown":
      return { tone: "warn", icon: "unknown", text: t("register-open_unknown") };
    default:
      return { tone: "warn", icon: "clock", text: t(part.rail === "transfer" ? "register-part_transfer" : "register-open_waiting") };
  }
}

function PartList({ order: now }: { order: OrderTold }) {
  const currency = now.currency ?? "EUR";
  const parts = now.parts ?? [];
  return (
    <section class="grid gap-2" aria-labelledby="list-title">
      <h2 id="list-title" class="font-semibold">
        {t("register-parts_list")}
      </h2>
      {!parts.length && <p class="quiet">{t("register-parts_none")}</p>}
      {parts.length > 0 && (
        <ul class="surface divide-y divide-base-300 overflow-hidden" aria-labelledby="list-title">
          {parts.map((part) => {
            const is = stateOf(part, now.state === "closing" || now.state === "abandoned");
            const isOpen = openParts.value.includes(part);
            return (
              <li key={part.tender_id} class="grid gap-1 px-4 py-3">
                <span class="flex items-center gap-3">
                  <Icon name={RAIL_ICONS[part.rail] ?? "wallet"} class="quiet icon-sm" />
                  <span class="min-w-0 flex-1 font-medium">{railName(part.rail)}</span>
                  <span class="figures font-semibold">
                    {part.direction === "out" && "−"}
                    {money(part.amount_minor, currency)}
                  </span>
                </span>
                <span class="flex flex-wrap items-center gap-2">
                  <Badge tone={is.tone} icon={is.icon}>
                    {is.text}
                  </Badge>
                  {part.change_minor > 0 && (
                    <span class="figures quiet text-sm">
                      {t("register-change")} {money(part.change_minor, currency)} · {t("register-of_given", { amount: money(part.amount_minor + part.change_minor, currency) })}
                    </span>
                  )}
                  {part.reference && <span class="figures quiet text-sm break-all">{part.reference}</span>}
                  {part.state === "failed" && part.direction === "in" && !isEnded(part) && <span class="quiet text-sm">{declinedWords(part.reason)}</span>}
                </span>
                {isOpen && now.state === "open" && (
                  <span class="flex flex-wrap gap-2">
                    {(part.rail !== "transfer" || part.reference) && (
                      <Button kind="soft" icon="eye" onClick={() => showAgain(part)}>
                        {t("register-parts_show")}
                      </Button>
                    )}
                    <Button kind="plain" icon="x" onClick={() => void callPartBack(part.tender_id)}>
                      {t("register-parts_call_back")} {part === openParts.value.at(-1) && <kbd class="key">R</kbd>}
                    </Button>
                  </span>
                )}
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

function Goods({ order: now }: { order: OrderTold }) {
  return (
    <section class="grid gap-2" aria-labelledby="goods-title">
      <h2 id="goods-title" class="font-semibold">
        {t("register-parts_goods")}
      </h2>
      <ul class="surface divide-y divide-base-300">
        {now.lines.map((line) => (
          <li key={line.line_no} class="flex items-baseline gap-3 px-4 py-2.5">
            <span class="figures quiet">{line.quantity} ×</span>
            <span class="min-w-0 flex-1">{named(line.name_en, line.name_zh)}</span>
            <span class="figures">{money(line.net_minor, now.currency ?? "EUR")}</span>
          </li>
        ))}
      </ul>
      <p class="quiet text-sm break-all">{t("register-parts_code", { code: now.sale_id })}</p>
    </section>
  );
}

/** It was given up: what goes back by which way, and what is still to be handed out here. */
function Over({ order: now }: { order: OrderTold }) {
  const [isAsked, setAsked] = useState(false);
  const owed = now.parts?.filter((part) => part.direction === "out" && part.state === "pending" && AT_PLACE.has(part.rail)) ?? [];
  function done(): void {
    if (owed.length && isOurs.value) setAsked(true);
    else if (held.value?.body) leaveWithBasket();
    else leaveHeld();
  }
  useLayer({ keys: { Enter: done, Escape: () => (held.value?.body ? leaveWithBasket() : leaveHeld()), "?": help } });
  const cash = now.parts?.filter((part) => part.direction === "out" && part.state === "captured" && part.rail === "cash").reduce((sum, part) => sum + part.amount_minor, 0) ?? 0;
  return (
    <section class="grid gap-4">
      {cash > 0 && (
        <p class="surface grid grid-cols-[1fr_auto] items-baseline gap-4 px-5 py-4" role="status">
          <span class="text-lg">{t("register-refund_cash")}</span>
          <span class="figures text-4xl font-semibold">{money(cash, now.currency ?? "EUR")}</span>
        </p>
      )}
      <p class="quiet">{t(takenParts.value.length ? "register-parts_over" : "register-nothing_charged")}</p>
      <Button class="h-14 text-lg" icon={owed.length ? "cash" : "arrow-right"} onClick={done}>
        {t(owed.length && isOurs.value ? "register-parts_hand_out" : held.value?.body ? "register-back_to_basket" : "register-back_to_sale")} <kbd class="key">Enter</kbd>
      </Button>
      <GiveUp isOpen={isAsked} onClose={() => setAsked(false)} owed={owed} />
    </section>
  );
}

/** The goods are the basket's again. */
function leaveWithBasket(): void {
  const was = held.value;
  if (!was) return;
  held.value = { ...was, body: null };
  leaveHeld();
}
