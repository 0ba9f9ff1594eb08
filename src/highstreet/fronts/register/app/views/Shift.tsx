/** What this register took and gave back, by rail; and the sales that are still open. */
import { useEffect, useState } from "preact/hooks";
import { api, told } from "@look/api";
import { useAsk } from "@look/ask";
import { Badge, Button, Dialog, Empty, Failed, Icon, Skeleton, toastProblem } from "@look/components";
import { ago, clock, day, dayAndClock, money, number } from "@look/format";
import { named, t } from "@look/texts";
import { desk, go, help } from "../desk";
import { useLayer } from "../keys";
import { railName } from "../pay/Outcome";
import { takeUp } from "../pay/charge";
import { continueHeld } from "../pay/held";
import { newShift, openedAt } from "../shift";
import type { SaleTold, SeenTold, ShiftTold } from "../told";
import { Drawer, type Doing } from "./Drawer";
import { counted, isSending, recoverDrawer, written } from "./drawer";

type Since = "opened" | "today";

const leave = () => go("sale");

export function Shift() {
  const [since, setSince] = useState<Since>("opened");
  const [isClosing, setClosing] = useState(false);
  const from = since === "opened" ? openedAt.value : "";
  const shift = useAsk(() => told(api.GET("/register/v1/shift", { params: { query: from ? { since: from } : {} } })), [from, written.value]);
  const seen = useAsk(() => told(api.GET("/register/v1/sales", { params: { query: { limit: 20 } } })), [written.value]);
  const [doing, setDoing] = useState<Doing>();
  const drawer = useAsk(() => told(api.GET("/register/v1/day")), [written.value]);
  const here = desk.value;
  useEffect(() => {
    if (here) recoverDrawer(here.register_id);
    return () => void (counted.value = undefined);
    // Once.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const act = (what: Doing) => () => void (drawer.data && !isSending.value && setDoing(what));
  const keys = { i: act("in"), I: act("in"), o: act("out"), O: act("out"), c: act("count"), C: act("count") };
  useLayer({ keys: { ...keys, Escape: leave, Enter: leave, F7: leave, F6: () => go("refund"), "1": () => setSince("opened"), "2": () => setSince("today"), "?": help } });
  if (!here) return null;
  return (
    <main class="screen p-4 sm:p-6" aria-labelledby="shift-title">
      <div class="mx-auto grid max-w-4xl grid-cols-1 gap-5">
        <header class="flex flex-wrap items-center justify-between gap-3">
          <h1 id="shift-title" class="text-2xl font-semibold">
            {t("register-shift")}
          </h1>
          <div class="join" role="radiogroup" aria-label={t("register-shift_since")}>
            {(["opened", "today"] as const).map((name, n) => (
              <label key={name} class={`btn join-item tap ${since === name ? "btn-primary" : ""}`}>
                <input class="sr-only" type="radio" name="since" checked={since === name} onChange={() => setSince(name)} />
                {t(name === "opened" ? "register-shift_opened" : "register-shift_today")} <kbd class="key">{n + 1}</kbd>
              </label>
            ))}
          </div>
        </header>
        {shift.problem && !shift.data && <Failed problem={shift.problem} onRetry={shift.again} />}
        {!shift.data && !shift.problem && <Skeleton lines={3} class="h-24 w-full" />}
        {shift.data && <Totals shift={shift.data} zone={here.time_zone} />}
        {drawer.problem && !drawer.data && <Failed problem={drawer.problem} onRetry={drawer.again} />}
        {drawer.data && <Drawer day={drawer.data} doing={doing} onDo={setDoing} />}
        <Open sales={seen.data?.sales.filter((sale) => sale.state === "open")} />
        <Last sales={seen.data?.sales.filter((sale) => sale.state === "paid")} zone={here.time_zone} isBlind={shift.data?.is_blind} />
        <div class="flex flex-wrap justify-center gap-2 pb-4">
          <Button kind="plain" icon="arrow-left" onClick={leave}>
            {t("register-back_to_sale")} <kbd class="key">Esc</kbd>
          </Button>
          <Button kind="soft" icon="clock" onClick={() => setClosing(true)}>
            {t("register-shift_new")}
          </Button>
        </div>
      </div>
      <Dialog
        title={t("register-shift_new")}
        isOpen={isClosing}
        onClose={() => setClosing(false)}
        actions={
          <>
            <Button kind="plain" onClick={() => setClosing(false)}>
              {t("look-cancel")}
            </Button>
            <Button
              autofocus
              onClick={() => {
                setClosing(false);
                newShift(here.register_id).catch(toastProblem);
              }}
            >
              {t("register-shift_new_do")}
            </Button>
          </>
        }
      >
        {t("register-shift_new_sure")}
      </Dialog>
    </main>
  );
}

function Totals({ shift, zone }: { shift: ShiftTold; zone: string }) {
  const pay = (minor: number) => money(minor, shift.currency);
  // Who counts must not know what should be there: it is told after the count.
  const sum = (minor: number | null) => (minor === null ? undefined : pay(minor));
  return (
    <>
      <p class="quiet -mt-3 text-sm">{t("register-shift_from", { at: `${day(shift.since, zone)} ${clock(shift.since, zone)}` })}</p>
      <dl class="grid gap-3 sm:grid-cols-3">
        <Stat name={t("register-shift_taken")} value={sum(shift.total_minor)} more={t("register-shift_sales", { sales: shift.sales, shown: number(shift.sales) })} />
        <Stat name={t("register-shift_back")} value={sum(shift.refunded_minor)} more={t("register-shift_returns", { returns: shift.returns, shown: number(shift.returns) })} />
        <Stat name={t("register-shift_drawer")} value={sum(shift.cash_minor)} more={shift.is_blind ? "" : t("register-shift_drawer.more")} />
      </dl>
      {shift.rails.length > 0 && (
        <div class="surface overflow-x-auto">
          <table class="w-full text-sm whitespace-nowrap sm:text-base">
            <caption class="sr-only">{t("register-shift_rails")}</caption>
            <thead class="quiet text-left text-sm">
              <tr class="border-b border-base-300">
                <th class="px-2 py-2 font-medium first:pl-4 last:pr-4 sm:px-4">{t("register-shift_rail")}</th>
                <th class="px-2 py-2 text-right font-medium last:pr-4 sm:px-4">{t("register-shift_taken")}</th>
                <th class="px-2 py-2 text-right font-medium last:pr-4 sm:px-4">{t("register-shift_back")}</th>
                <th class="px-2 py-2 text-right font-medium last:pr-4 sm:px-4">{t("register-shift_left")}</th>
              </tr>
            </thead>
            <tbody>
              {shift.rails.map((rail) => (
                <tr key={rail.rail} class="figures border-b border-base-300 last:border-0">
                  <th class="py-3 pl-4 text-left font-medium">
                    {railName(rail.rail)} <span class="quiet block text-sm font-normal sm:inline">× {number(rail.tenders)}</span>
                  </th>
                  <td class="px-2 py-3 text-right last:pr-4 sm:px-4">{pay(rail.captured_minor)}</td>
                  <td class="px-2 py-3 text-right last:pr-4 sm:px-4">
                    {pay(rail.refunded_minor)}
                    {rail.pending_minor > 0 && <span class="quiet block text-sm">{t("register-shift_pending", { amount: pay(rail.pending_minor) })}</span>}
                  </td>
                  <td class="px-2 py-3 text-right last:pr-4 sm:px-4 font-semibold">{pay(rail.captured_minor - rail.refunded_minor)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

/** No value: it is told after the count. */
function Stat({ name, value, more }: { name: string; value: string | undefined; more: string }) {
  return (
    <div class="surface p-4">
      <dt class="quiet text-sm">{name}</dt>
      <dd>
        {value === undefined ? <span class="block text-lg font-medium">{t("register-shift_blind")}</span> : <span class="figures block text-3xl font-semibold tracking-tight">{value}</span>}
        <span class="quiet text-sm">{more}</span>
      </dd>
    </div>
  );
}

function Open({ sales }: { sales: SeenTold[] | undefined }) {
  if (!sales?.length) return null;
  return (
    <section class="grid grid-cols-1 gap-2" aria-labelledby="open-title">
      <h2 id="open-title" class="font-semibold">
        {t("register-open_sales")}
      </h2>
      <ul class="surface divide-y divide-base-300 overflow-hidden">
        {sales.map((sale) => (
          <li key={sale.sale_id}>
            <button type="button" class="flex min-h-16 w-full flex-wrap items-center gap-3 px-4 py-2 text-left hover:bg-base-200" onClick={() => take(sale)}>
              <Badge tone={sale.tender_state === "unknown" ? "warn" : "lead"} icon={sale.tender_state === "unknown" ? "unknown" : "clock"}>
                {sale.due_minor !== null ? t("register-open_parts", { amount: money(sale.due_minor, sale.currency) }) : t(sale.tender_state === "unknown" ? "register-open_unknown" : "register-open_waiting")}
              </Badge>
              <span class="min-w-32 flex-1">
                {named(sale.first_name_en, sale.first_name_zh)} <span class="quiet text-sm">{ago(sale.opened_at)}</span>
              </span>
              <span class="figures font-semibold">{money(sale.total_minor, sale.currency)}</span>
              <Icon name="chevron-right" class="quiet" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function take(sale: SeenTold): void {
  const { sale_id, currency, total_minor } = sale;
  if (desk.value && sale.due_minor !== null) continueHeld(desk.value.register_id, sale_id);
  else if (desk.value) takeUp(desk.value.register_id, { sale_id, currency, total_minor, state: "open" } as SaleTold, []);
}

/** `isBlind`: summed up, the amounts would tell what is to be counted; undefined: not known yet, and not told. */
function Last({ sales, zone, isBlind }: { sales: SeenTold[] | undefined; zone: string; isBlind: boolean | undefined }) {
  if (!sales) return <Skeleton lines={3} class="h-12 w-full" />;
  return (
    <section class="grid grid-cols-1 gap-2" aria-labelledby="last-title">
      <h2 id="last-title" class="font-semibold">
        {t("register-last_sales")}
      </h2>
      {isBlind && sales.length > 0 && <p class="quiet text-sm">{t("register-last_blind")}</p>}
      {!sales.length && (
        <div class="surface">
          <Empty scene="bag" title={t("register-last_none")} />
        </div>
      )}
      {sales.length > 0 && (
        <ul class="surface divide-y divide-base-300">
          {sales.map((sale) => (
            <li key={sale.sale_id} class="flex flex-wrap items-baseline gap-x-4 gap-y-1 px-4 py-3">
              <span class="figures quiet">{sale.paid_at && (day(sale.paid_at, zone) === day(new Date(), zone) ? clock(sale.paid_at, zone) : dayAndClock(sale.paid_at, zone))}</span>
              <span class="min-w-32 flex-1 truncate">
                {named(sale.first_name_en, sale.first_name_zh)} <span class="quiet text-sm">{t("register-pieces", { pieces: sale.pieces })}</span>
              </span>
              {sale.is_member && <Badge icon="member">{t("register-member")}</Badge>}
              {isBlind === false && sale.returned_minor > 0 && <span class="figures text-sm text-error">−{money(sale.returned_minor, sale.currency)}</span>}
              {isBlind === false && <span class="figures font-semibold">{money(sale.total_minor, sale.currency)}</span>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
