/** What came of a charge, big and clear, and what to do now. */
import { useEffect, useState } from "preact/hooks";
import { Button, Icon, QrCode, type IconName } from "@look/components";
import { money, number } from "@look/format";
import { locale, named, t, type TextKey } from "@look/texts";
import { desk, help, registerName } from "../desk";
import { useLayer } from "../keys";
import { read } from "../scan";
import { lines } from "../till/basket";
import type { SaleTold } from "../told";
import { askAgain, backToBasket, callBack, canWriteDown, charge, isRecovered, nextSale, poll, sendCode, setAside, stage, type Stage, writeDown } from "./charge";

const REASONS = new Set([
  "insufficient_balance", "limit_exceeded", "risk", "code_invalid", "code_expired", "code_used", "payer_refused", "rail_down", "failed",
]);

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
      return <Paid sale={now.sale} offline={now.offline} />;
    case "refused":
      return <Refused now={now} />;
    default:
      return null;
  }
}

type Look = "calm" | "good" | "warn" | "bad";
/** How long the wallet may take, in the program's timing of its rail. */
const CALL_BACK_S = 30;
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

function amount(): string | undefined {
  const now = charge.value;
  return now ? money(now.total, now.currency) : undefined;
}

function Asking() {
  useLayer({});
  return <Frame look="calm" icon="clock" isBusy title={t(isRecovered.value ? "register-recovering" : "register-asking")} amount={amount()} lead={isRecovered.value ? t("register-recovering.lead") : t("register-asking.lead")} />;
}

function Waiting({ now }: { now: Stage & { at: "waiting" } }) {
  const seconds = useSeconds(charge.value?.begun);
  const left = CALL_BACK_S - seconds;
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
      amount={amount()}
      lead={t(`${title}.lead` as TextKey)}
      actions={
        <>
          <Button class="h-14 text-lg" icon="loop" onClick={() => void poll()}>
            {t("register-ask_now")} <kbd class="key">Enter</kbd>
          </Button>
          <Button kind="soft" class="h-14 text-lg" icon="x" disabled={now.isCalledBack} onClick={() => void callBack()}>
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
          <QrCode text={now.qr} label={t("register-qr_label", { amount: amount() ?? "" })} class="w-52 border sm:w-64 border-base-300" />
        </div>
      )}
      <p class="quiet figures text-center" aria-live="off">
        {isUnknown || now.isCalledBack ? t("register-waited", { seconds }) : left > 0 ? t("register-back_in", { seconds: left }) : t("register-back_soon")}
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
      amount={amount()}
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
    ? `${problem.detail || problem.title}${line?.goods ? ` (${named(line.goods.name_en, line.goods.name_zh)})` : ""}`
    : isCalledBack
      ? ""
      : t((reason && REASONS.has(reason) ? `register-declined_${reason}` : "register-declined_else") as TextKey);
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

function Paid({ sale, offline }: { sale: SaleTold; offline: number | undefined }) {
  const currency = sale.currency ?? charge.value?.currency ?? "EUR";
  const change = sale.tenders?.reduce((sum, tender) => sum + tender.change_minor, 0) ?? 0;
  const given = sale.tenders?.find((tender) => tender.given_minor !== null)?.given_minor;
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
      {change > 0 && (
        <p class="surface grid grid-cols-[1fr_auto] items-baseline gap-4 px-5 py-4" role="status">
          <span class="text-lg">
            {t("register-change")}
            {typeof given === "number" && <span class="quiet block text-sm">{t("register-of_given", { amount: money(given, currency) })}</span>}
          </span>
          <span class="figures text-4xl font-semibold sm:text-5xl">{money(change, currency)}</span>
        </p>
      )}
      {offline !== undefined && (
        <p class="flex items-center justify-center gap-2 rounded-xl bg-warning px-4 py-3 font-medium text-warning-content" role="status">
          <Icon name="wifi-off" class="icon-sm" /> {t("register-offline_number", { number: offline })}
        </p>
      )}
      <Receipt sale={sale} currency={currency} />
    </Frame>
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
              <span>{railName(tender.rail)}</span>
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

/** The receipt on paper; shown to printers only. */
export function Paper() {
  const now = stage.value;
  const here = desk.value;
  if (now.at !== "paid" || !here) return null;
  const { sale } = now;
  const currency = sale.currency ?? here.currency;
  return (
    <div class="paper" aria-hidden="true">
      <p>
        <b>{named(here.brand_name_en, here.brand_name_zh)}</b>
        <br />
        {named(here.place.name_en, here.place.name_zh)} · {registerName()}
        <br />
        {sale.paid_at && new Date(sale.paid_at).toLocaleString(undefined, { timeZone: here.time_zone })}
      </p>
      <table class="w-full">
        <tbody>
          {sale.lines?.map((line) => (
            <tr key={line.line_no}>
              <td>
                {line.quantity} × {named(line.name_en, line.name_zh)}
              </td>
              <td class="figures text-right">{money(line.net_minor + line.discount_minor, currency)}</td>
            </tr>
          ))}
          {sale.discounts?.map((one) => (
            <tr key={`${one.offer_id}${one.coupon_id}`}>
              <td>({named(one.title_en, one.title_zh)})</td>
              <td class="figures text-right">−{money(one.amount_minor, currency)}</td>
            </tr>
          ))}
          <tr>
            <td>
              <b>{t("register-total")}</b>
            </td>
            <td class="figures text-right">
              <b>{money(sale.total_minor ?? 0, currency)}</b>
            </td>
          </tr>
          {sale.tenders?.map((tender) => (
            <tr key={tender.tender_id}>
              <td>
                {railName(tender.rail)}
                {tender.change_minor > 0 && ` · ${t("register-change")} ${money(tender.change_minor, currency)}`}
              </td>
              <td class="figures text-right">{money(tender.amount_minor, currency)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <QrCode text={sale.sale_id} label="" class="w-32" />
      <p>{sale.sale_id}</p>
    </div>
  );
}
