/** What came of a charge, big and clear, and what to do now. */
import { useEffect, useState } from "preact/hooks";
import { Button, Icon, QrCode, type IconName } from "@look/components";
import { money, number } from "@look/format";
import { locale, named, t, type TextKey } from "@look/texts";
import { wanted } from "../approve";
import { help } from "../desk";
import { useLayer } from "../keys";
import { entries } from "../offline/journal";
import { read } from "../scan";
import { lines } from "../till/basket";
import type { SaleTold } from "../told";
import { Change } from "./Change";
import { askAgain, backToBasket, callBack, canWriteDown, cashBeside, charge, isRecovered, nextSale, poll, sendCode, setAside, stage, type Stage, writeDown } from "./charge";

const REASONS = new Set([
  "insufficient_balance", "limit_exceeded", "risk", "code_invalid", "code_expired", "code_used", "payer_refused", "rail_down", "failed",
]);

/** Why a provider said no, in words. */
export function declinedWords(reason: string | null): string {
  return t((reason && REASONS.has(reason) ? `register-declined_${reason}` : "register-declined_else") as TextKey);
}

export function Outcome() {
  const now = stage.value;
  switch (now.at) {
    case "asking":
      return <Asking />;
    case "waiting":
      return <Waiting now={now} />;
    case "lost":
      return <Lost now={now} />;
    case "unsent":
      return <Unsent />;
    case "paid":
      return <Paid {...now} />;
    case "refused":
      return <Refused now={now} />;
    default:
      return null;
  }
}

type Look = "calm" | "good" | "warn" | "bad";
const LOOKS: Record<Look, string> = {
  calm: "bg-secondary text-secondary-content",
  good: "bg-success text-success-content",
  warn: "bg-warning text-warning-content",
  bad: "bg-error text-error-content",
};

/** What goes on, in a word: the demo's tour follows it. */
function momentOf(now: Stage): string {
  return now.at === "waiting" && now.qr && !now.isCalledBack ? "qr" : now.at;
}

function Frame({ look, icon, title, lead, amount, children, actions, isBusy, isTight }: { look: Look; icon: IconName; title: string; lead?: string; amount?: string | undefined; children?: preact.ComponentChildren; actions?: preact.ComponentChildren; isBusy?: boolean; isTight?: boolean }) {
  // Who cannot see it hears it: the heading is read out when it changes.
  return (
    <main class="screen grid content-start sm:p-6" aria-busy={isBusy} data-moment={momentOf(stage.value)}>
      <div class="mx-auto grid w-full max-w-3xl grid-cols-1 gap-5">
        <section class={`grid justify-items-center gap-2 px-6 text-center sm:rounded-3xl ${isTight ? "py-4" : "py-8 sm:py-10"} ${LOOKS[look]}`} role={look === "bad" || look === "warn" ? "alert" : "status"}>
          {isBusy ? <span class="loading loading-spinner size-14" aria-hidden="true" /> : !isTight && <Icon name={icon} class="size-16!" />}
          <h1 class="text-3xl font-semibold sm:text-4xl">{title}</h1>
          {amount && <p class="figures huge">{amount}</p>}
          {lead && <p class="max-w-[46ch] text-lg">{lead}</p>}
        </section>
        <div class="grid grid-cols-1 gap-5 px-4 sm:px-0 sm:pb-6">
          {children}
          {actions && <div class={`safe-bottom sticky bottom-0 -mx-4 grid gap-2 border-t border-base-300 bg-base-200 px-4 pt-3 sm:static sm:mx-0 sm:grid-flow-col sm:auto-cols-fr sm:border-0 sm:p-0 ${isTight ? "grid-cols-2 *:last:col-span-2 sm:grid-cols-none sm:*:last:col-span-1" : ""}`}>{actions}</div>}
        </div>
      </div>
    </main>
  );
}

/** Seconds since a moment, counted while it is shown. */
function useSeconds(since = 0): number {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const count = () => setSeconds(Math.max(0, Math.floor((Date.now() - since) / 1000)));
    count();
    const timer = setInterval(count, 1_000);
    return () => clearInterval(timer);
  }, [since]);
  return seconds;
}

/** Seconds to a moment, counted while it is shown; undefined when nobody knows it, and at first. */
function useSecondsUntil(moment: number | undefined): number | undefined {
  const [left, setLeft] = useState<number>();
  useEffect(() => {
    const count = () => setLeft(moment === undefined ? undefined : Math.ceil((moment - Date.now()) / 1000));
    count();
    const timer = setInterval(count, 1_000);
    return () => clearInterval(timer);
  }, [moment]);
  return left;
}

function amount(): string | undefined {
  const now = charge.value;
  return now ? money(now.total, now.currency) : undefined;
}

/** What the wallet is asked for, as the customer's phone shows it. */
function byWallet(): string | undefined {
  const now = charge.value;
  return now ? money(now.total - cashBeside(now), now.currency) : undefined;
}

function AfterCash() {
  const now = charge.value;
  const cash = now ? cashBeside(now) : 0;
  return now && cash > 0 ? <p class="quiet text-center">{t("register-cash_part", { amount: money(cash, now.currency) })}</p> : null;
}

function Asking() {
  useLayer({});
  // The server took nothing before it asked for a manager.
  if (wanted.value) return <Frame look="calm" icon="shield" title={t("register-asking_manager")} amount={amount()} lead={t("register-nothing_charged")} />;
  return <Frame look="calm" icon="clock" isBusy title={t(isRecovered.value ? "register-recovering" : "register-asking")} amount={amount()} lead={isRecovered.value ? t("register-recovering.lead") : t("register-asking.lead")} />;
}

function Waiting({ now }: { now: Stage & { at: "waiting" } }) {
  const seconds = useSeconds(charge.value?.begun);
  const left = useSecondsUntil(now.until);
  const isUnknown = now.sale.tender_state === "unknown";
  const shows = now.qr !== null && !now.isCalledBack && !isUnknown;
  const title = now.isCalledBack ? "register-calling_back" : isUnknown ? "register-unknown" : shows ? "register-show_qr" : "register-waiting";
  useLayer({ keys: { Enter: () => void poll(), Escape: () => void callBack(), n: setAside, N: setAside, "?": help } });
  return (
    <Frame
      look={isUnknown && !now.isCalledBack ? "warn" : "calm"}
      icon={isUnknown ? "unknown" : "clock"}
      isBusy={!isUnknown && !shows}
      isTight={shows}
      title={t(title)}
      amount={byWallet()}
      lead={t(`${title}.lead` as TextKey)}
      actions={
        <>
          <Button class="h-14 px-2 text-lg whitespace-nowrap" icon="loop" onClick={() => void poll()}>
            {t("register-ask_now")} <kbd class="key">Enter</kbd>
          </Button>
          <Button kind="soft" class="h-14 px-2 text-lg whitespace-nowrap" icon="x" disabled={now.isCalledBack} onClick={() => void callBack()}>
            {t("register-call_back")} <kbd class="key">Esc</kbd>
          </Button>
          <Button kind="plain" class="h-14" icon="arrow-right" onClick={setAside}>
            {t("register-set_aside")} <kbd class="key">N</kbd>
          </Button>
        </>
      }
    >
      {shows && now.qr && (
        <div class="grid justify-items-center gap-2">
          <QrCode text={now.qr} label={t("register-qr_label", { amount: byWallet() ?? "" })} class="w-52 border sm:w-64 border-base-300" />
        </div>
      )}
      <AfterCash />
      <p class="quiet figures text-center" aria-live="off">
        {isUnknown || now.isCalledBack || left === undefined ? t("register-waited", { seconds }) : left > 0 ? t("register-back_in", { seconds: left }) : t("register-back_soon")}
      </p>
      {now.cannotReach && (
        <p class="rounded-xl bg-warning px-4 py-3 text-center text-warning-content" role="alert">
          {t("register-cannot_reach")}
        </p>
      )}
    </Frame>
  );
}

function Lost({ now }: { now: Stage & { at: "lost" } }) {
  const isHere = canWriteDown();
  const keep = () => void (isHere && writeDown());
  useLayer({ keys: { Enter: () => void askAgain(now.tries), o: keep, O: keep } });
  return (
    <Frame
      look="warn"
      icon="wifi-off"
      title={t("register-lost")}
      amount={amount()}
      lead={t("register-lost.lead")}
      actions={
        <>
          <Button class="h-14 text-lg" icon="loop" onClick={() => void askAgain(now.tries)}>
            {t("register-ask_now")} <kbd class="key">Enter</kbd>
          </Button>
          {isHere && (
            <Button kind="soft" class="h-14 text-lg" icon="wifi-off" onClick={keep}>
              {t("register-offline_take")} <kbd class="key">O</kbd>
            </Button>
          )}
        </>
      }
    >
      <p class="quiet text-center">
        {now.problem.title} · {t("register-tries", { tries: now.tries })}
      </p>
    </Frame>
  );
}

function chargeCode(code: string): void {
  if (code.trim().length >= 8) sendCode(code.trim());
}

function Unsent() {
  const [text, setText] = useState("");
  useLayer({ scan: (code) => (read(code).is === "member" ? undefined : chargeCode(code)), field: () => document.querySelector<HTMLInputElement>("main form input"), keys: { Escape: () => backToBasket("sale") } });
  return (
    <Frame
      look="calm"
      icon="about"
      title={t("register-unsent")}
      amount={byWallet()}
      lead={t("register-unsent.lead")}
      actions={
        <Button kind="soft" class="h-14 text-lg" icon="arrow-left" onClick={() => backToBasket("sale")}>
          {t("register-back_to_basket")} <kbd class="key">Esc</kbd>
        </Button>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          chargeCode(text);
        }}
      >
        <input class="input figures h-14 w-full text-center text-xl" inputMode="numeric" autocomplete="off" autofocus value={text} aria-label={t("register-code_field")} placeholder={t("register-code_scan")} onInput={(event) => setText(event.currentTarget.value)} />
      </form>
    </Frame>
  );
}

const again = () => backToBasket("pay");
const toBasket = () => backToBasket("sale");

function Refused({ now }: { now: Stage & { at: "refused" } }) {
  const { reason, problem } = now;
  const isCalledBack = now.isCalledBack ?? false;
  const gtin = problem?.facts["gtin"];
  const line = lines.value.find((one) => one.gtin === gtin);
  const lead = problem
    ? `${line?.goods ? `${named(line.goods.name_en, line.goods.name_zh)}: ` : ""}${problem.detail || problem.title}`
    : isCalledBack
      ? ""
      : declinedWords(reason);
  // What is wrong with the basket is mended in the basket; what is wrong with the wallet, by another way to pay.
  const isOfBasket = problem !== null && problem.code !== "sale.rail_off" && !problem.code.startsWith("tenders.");
  useLayer({ keys: { Enter: isOfBasket ? toBasket : again, Escape: toBasket, "?": help } });
  return (
    <Frame
      look={isCalledBack ? "calm" : "bad"}
      icon={isCalledBack ? "clock" : "x-circle"}
      title={t(isCalledBack ? (charge.value?.isCalledBack ? "register-called_back" : "register-not_in_time") : problem ? "register-refused" : "register-declined")}
      lead={[lead, t("register-nothing_charged")].filter(Boolean).join(locale.value === "zh" ? "" : " ")}
      actions={
        <>
          {!isOfBasket && (
            <Button class="h-14 text-lg" icon="loop" onClick={again}>
              {t("register-pay_again")} <kbd class="key">Enter</kbd>
            </Button>
          )}
          <Button kind={isOfBasket ? "primary" : "soft"} class="h-14 text-lg" icon="arrow-left" onClick={toBasket}>
            {t("register-back_to_basket")} <kbd class="key">{isOfBasket ? "Enter" : "Esc"}</kbd>
          </Button>
        </>
      }
    />
  );
}

const next = (event: Event) => {
  event.preventDefault();
  nextSale();
};

function Paid({ sale, offline, last }: Stage & { at: "paid" }) {
  const currency = sale.currency ?? charge.value?.currency ?? "EUR";
  // Of parts, the change of those before the last was handed back when they came.
  const change = last === undefined ? (sale.tenders?.reduce((sum, tender) => sum + tender.change_minor, 0) ?? 0) : (last?.change_minor ?? 0);
  const given = last ? last.amount_minor + change : sale.tenders?.find((tender) => tender.given_minor !== null)?.given_minor;
  useLayer({
    keys: { Enter: next, " ": next, Escape: next, p: () => print(), P: () => print() },
    // The next customer's first scan does not wait for Enter.
    scan: (text) => {
      nextSale();
      void import("../till/take").then(({ take }) => take(text));
    },
  });
  return (
    <Frame
      look="good"
      icon="check-circle"
      title={t("register-paid")}
      amount={money(sale.total_minor ?? 0, currency)}
      actions={
        <>
          <Button class="h-16 text-xl" icon="arrow-right" onClick={() => nextSale()}>
            {t("register-next")} <kbd class="key">Enter</kbd>
          </Button>
          <Button kind="soft" class="h-16 text-lg" icon="print" onClick={() => print()}>
            {t("register-print")} <kbd class="key">P</kbd>
          </Button>
        </>
      }
    >
      {change > 0 && <Change minor={change} given={given} currency={currency} />}
      {offline !== undefined && <Written seq={offline} />}
      <Receipt sale={sale} currency={currency} />
    </Frame>
  );
}

/** The journal's number, and what became of it since. */
function Written({ seq }: { seq: number }) {
  const state = entries.value.find((one) => one.seq === seq)?.state;
  const isSent = state === "done";
  return (
    <p class={`flex items-center justify-center gap-2 rounded-xl px-4 py-3 font-medium ${isSent ? "bg-success text-success-content" : "bg-warning text-warning-content"}`} role="status">
      <Icon name={isSent ? "check" : state ? "alert" : "wifi-off"} class="icon-sm" /> {t((state ? `register-offline_number_${state}` : "register-offline_number") as TextKey, { number: seq })}
    </p>
  );
}

function Receipt({ sale, currency }: { sale: SaleTold; currency: string }) {
  return (
    <section class="surface grid gap-4 p-5 sm:grid-cols-[1fr_auto]" aria-label={t("register-receipt")}>
      <div class="grid content-start gap-3">
        <ul class="grid gap-1">
          {sale.lines?.map((line) => (
            <li key={line.line_no} class="grid grid-cols-[auto_1fr_auto] gap-3">
              <span class="figures quiet">{line.quantity} ×</span>
              <span>{named(line.name_en, line.name_zh)}</span>
              <span class="figures">{money(line.net_minor + line.discount_minor, currency)}</span>
            </li>
          ))}
        </ul>
        <ul class="grid gap-1 border-t border-base-300 pt-3 text-sm">
          {sale.discounts?.map((one) => (
            <li key={`${one.offer_id}${one.coupon_id}`} class="flex justify-between gap-3 text-primary">
              <span>{named(one.title_en, one.title_zh)}</span>
              <span class="figures">−{money(one.amount_minor, currency)}</span>
            </li>
          ))}
          <li class="flex justify-between gap-3 font-semibold">
            <span>{t("register-total")}</span>
            <span class="figures">{money(sale.total_minor ?? 0, currency)}</span>
          </li>
          {sale.tenders?.map((tender) => (
            <li key={tender.tender_id} class="quiet flex justify-between gap-3">
              <span>
                {railName(tender.rail)}
                {tender.change_minor > 0 && ` · ${t("register-change")} ${money(tender.change_minor, currency)}`}
              </span>
              <span class="figures">{money(tender.amount_minor, currency)}</span>
            </li>
          ))}
        </ul>
        {!!sale.points_pending && (
          <p class="flex items-center gap-2 text-sm font-medium">
            <Icon name="star" class="icon-sm" /> {t("register-points_earned", { points: sale.points_pending, shown: number(sale.points_pending) })}
          </p>
        )}
      </div>
      <figure class="grid justify-items-center gap-1">
        <QrCode text={sale.sale_id} label={t("register-receipt_code")} class="w-32 border border-base-300" />
        <figcaption class="quiet text-2xs">{t("register-receipt_code")}</figcaption>
      </figure>
    </section>
  );
}

const RAILS: Record<string, TextKey> = {
  cash: "register-rail_cash",
  wallet: "register-rail_wallet",
  alipay: "register-rail_alipay",
  wechat: "register-rail_wechat",
  stripe: "register-rail_stripe",
  slip: "register-rail_slip",
  transfer: "register-rail_transfer",
  gift_card: "register-rail_gift_card",
  points: "register-rail_points",
  link: "register-rail_link",
};

export function railName(rail: string): string {
  return RAILS[rail] ? t(RAILS[rail]) : rail;
}
