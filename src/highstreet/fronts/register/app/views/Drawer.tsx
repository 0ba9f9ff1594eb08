/** The drawer's day: float, cash in and out, and the blind count that ends it. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Badge, Button, Dialog, Field, Icon } from "@look/components";
import { clock, money } from "@look/format";
import { t, type TextKey } from "@look/texts";
import { desk } from "../desk";
import { minorOf } from "../pay/cash";
import type { CountTold, DayTold } from "../told";
import { countDrawer, counted, drawerProblem, FACES, isSending, isUnanswered, moveCash } from "./drawer";

export type Doing = "in" | "out" | "count" | undefined;

export function Drawer({ day, doing, onDo }: { day: DayTold; doing: Doing; onDo: (what: Doing) => void }) {
  const zone = desk.value?.time_zone;
  const last = counted.value ?? (day.state === "counted" ? day.counted : null);
  return (
    <section class="surface grid gap-4 p-5" aria-labelledby="drawer-title">
      <header class="flex flex-wrap items-center justify-between gap-3">
        <h2 id="drawer-title" class="text-lg font-semibold">
          {t("register-drawer")}
        </h2>
        <div class="flex flex-wrap gap-2">
          <Button kind="soft" icon="plus" disabled={isSending.value} onClick={() => onDo("in")}>
            {t("register-drawer_in")} <kbd class="key">I</kbd>
          </Button>
          <Button kind="soft" icon="minus" disabled={isSending.value} onClick={() => onDo("out")}>
            {t("register-drawer_out")} <kbd class="key">O</kbd>
          </Button>
          <Button icon="coins" disabled={isSending.value} onClick={() => onDo("count")}>
            {t("register-drawer_count")} <kbd class="key">C</kbd>
          </Button>
        </div>
      </header>
      {isUnanswered.value && (
        <p class="rounded-xl bg-warning px-4 py-3 text-warning-content" role="alert">
          {t("register-parts_lost")}
        </p>
      )}
      {drawerProblem.value && (
        <p class="rounded-xl bg-error px-4 py-3 text-error-content" role="alert">
          {drawerProblem.value.detail || drawerProblem.value.title}
        </p>
      )}
      {last && <Result count={last} />}
      {!day.moves.length && <p class="quiet">{t("register-drawer_no_moves")}</p>}
      {day.moves.length > 0 && (
        <ul class="divide-y divide-base-300" aria-label={t("register-drawer_moves")}>
          {day.moves.map((move) => (
            <li key={move.id} class="flex flex-wrap items-baseline gap-x-4 py-2">
              <span class="figures quiet">{clock(move.at, zone)}</span>
              <span class="min-w-24 flex-1">
                {t(`register-drawer_${move.reason}` as TextKey)} {move.note && <span class="quiet text-sm">{move.note}</span>}
              </span>
              <span class="figures font-semibold">
                {move.direction === "out" ? "−" : "+"}
                {money(move.amount_minor, move.currency)}
              </span>
            </li>
          ))}
        </ul>
      )}
      <Dialog title={t(doing === "out" ? "register-drawer_out" : "register-drawer_in")} isOpen={doing === "in" || doing === "out"} onClose={() => onDo(undefined)}>
        {(doing === "in" || doing === "out") && <Move day={day} direction={doing} onDone={() => onDo(undefined)} />}
      </Dialog>
      <Dialog title={t("register-drawer_count")} isOpen={doing === "count"} onClose={() => onDo(undefined)}>
        {doing === "count" && <Count day={day} onDone={() => onDo(undefined)} />}
      </Dialog>
    </section>
  );
}

/** What was counted, and what was over or short: told after the count only. */
function Result({ count }: { count: CountTold }) {
  const { over_minor: over, slips_over_minor: slipsOver, currency } = count;
  return (
    <div class={`grid gap-2 rounded-2xl px-5 py-4 ${over || slipsOver ? "bg-warning text-warning-content" : "bg-success text-success-content"}`} role="status">
      <p class="flex flex-wrap items-baseline justify-between gap-x-4">
        <span>{t("register-drawer_counted", { day: count.day })}</span>
        <span class="figures text-2xl font-semibold">{money(count.counted_minor, currency)}</span>
      </p>
      {over !== 0 && (
        <p class="flex flex-wrap items-baseline justify-between gap-x-4">
          <span>{t("register-drawer_expected")}</span>
          <span class="figures">{money(count.counted_minor - over, currency)}</span>
        </p>
      )}
      <p class="flex flex-wrap items-baseline justify-between gap-x-4 font-semibold">
        <span class="flex items-center gap-2">
          <Icon name={over ? "alert" : "check-circle"} class="icon-sm" /> {t(over > 0 ? "register-drawer_over" : over < 0 ? "register-drawer_short" : "register-drawer_right")}
        </span>
        {over !== 0 && <span class="figures text-2xl">{money(Math.abs(over), currency)}</span>}
      </p>
      {slipsOver !== null && (
        <p class="flex flex-wrap items-baseline justify-between gap-x-4 font-semibold">
          <span>
            {t("register-drawer_slips_word")}: {t(slipsOver > 0 ? "register-drawer_over" : slipsOver < 0 ? "register-drawer_short" : "register-drawer_right")}
          </span>
          {slipsOver !== 0 && <span class="figures text-2xl">{money(Math.abs(slipsOver), currency)}</span>}
        </p>
      )}
    </div>
  );
}

function Move({ day, direction, onDone }: { day: DayTold; direction: "in" | "out"; onDone: () => void }) {
  const reasons = day.reasons[direction] ?? [];
  // The day begins with its float.
  const isFirst = direction === "out" || !day.moves.some((move) => move.reason === "float");
  const [reason, setReason] = useState(isFirst ? reasons[0] : reasons[1]);
  const [text, setText] = useState("");
  const [note, setNote] = useState("");
  const [error, setError] = useState("");
  function enter(): void {
    const amount = minorOf(text, day.currency);
    if (!amount || !reason || !desk.value) {
      setError(t("register-cash_malformed"));
      return;
    }
    moveCash(desk.value.register_id, { direction, reason: reason as "float", amount_minor: amount, note: note.trim(), day: day.day });
    onDone();
  }
  return (
    <form
      class="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        enter();
      }}
    >
      <Field label={t("register-parts_amount")} autofocus inputMode="decimal" autoComplete="off" value={text} error={error || undefined} onInput={(event) => setText(event.currentTarget.value)} />
      <fieldset class="flex flex-wrap gap-2">
        <legend class="mb-1 text-sm font-medium">{t("register-refund_why")}</legend>
        {reasons.map((name) => (
          <label key={name} class={`btn tap has-focus-visible:ring-2 ${reason === name ? "bg-secondary text-secondary-content" : "btn-ghost border-base-300"}`}>
            <input class="sr-only" type="radio" name="move-reason" checked={reason === name} onChange={() => setReason(name)} />
            {t(`register-drawer_${name}` as TextKey)}
          </label>
        ))}
      </fieldset>
      <Field label={t("register-drawer_note")} maxLength={200} autoComplete="off" value={note} onInput={(event) => setNote(event.currentTarget.value)} />
      <Button type="submit" isWide class="h-14 text-lg">
        {t("register-drawer_write")} <kbd class="key">Enter</kbd>
      </Button>
    </form>
  );
}

/** Blind: nothing here says what should be there. Enter goes on to the next field, and after the last to the end. */
function Count({ day, onDone }: { day: DayTold; onDone: () => void }) {
  const faces = FACES[day.currency] ?? [];
  const [isBySum, setBySum] = useState(!faces.length);
  const [pieces, setPieces] = useState<Record<number, string>>({});
  const [text, setText] = useState("");
  const [slipsText, setSlipsText] = useState("");
  const [isSure, setSure] = useState(false);
  const sure = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => {
    if (isSure) sure.current?.querySelector<HTMLButtonElement>("[type=submit]")?.focus();
  }, [isSure]);
  const isWhole = faces.every((face) => /^\d{0,6}$/.test((pieces[face] ?? "").trim()));
  const byPieces = faces.reduce((sum, face) => sum + face * Number(pieces[face] ?? 0), 0);
  const sum = isBySum ? minorOf(text, day.currency) : isWhole ? byPieces : undefined;
  // More may have been given back by the terminal than was taken: then its total is below zero.
  const isBack = /^[-−]/.test(slipsText.trim());
  const slipsSize = minorOf(slipsText.trim().replace(/^[-−]/, ""), day.currency);
  const slips = slipsSize === undefined || !isBack ? slipsSize : -slipsSize;
  const isReady = sum !== undefined && (!day.has_slips || slips !== undefined);
  function next(event: Event): void {
    event.preventDefault();
    const fields = [...(event.currentTarget as HTMLFormElement).querySelectorAll<HTMLInputElement>("input:not([type=radio])")];
    const at = fields.indexOf(document.activeElement as HTMLInputElement);
    if (at >= 0 && at + 1 < fields.length) fields[at + 1]?.select();
    else if (isReady) setSure(true);
    else fields[sum === undefined ? 0 : fields.length - 1]?.select();
  }
  function close(): void {
    if (sum === undefined || !desk.value) return;
    const found = Object.fromEntries(faces.filter((face) => Number(pieces[face] ?? 0) > 0).map((face) => [String(face), Number(pieces[face])]));
    const isEmpty = !Object.keys(found).length;
    countDrawer(desk.value.register_id, { note: "", day: day.day, ...(day.has_slips ? { slips_minor: slips ?? 0 } : {}), ...(isBySum || isEmpty ? { counted_minor: sum } : { pieces: found }) });
    onDone();
  }
  if (isSure) {
    return (
      <form
        ref={sure}
        class="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          close();
        }}
      >
        <p>{t("register-drawer_sure", { day: day.day })}</p>
        <p class="figures huge text-center">{money(sum ?? 0, day.currency)}</p>
        {day.has_slips && <p class="figures text-center">{t("register-drawer_slips_are", { amount: money(slips ?? 0, day.currency) })}</p>}
        <div class="flex flex-wrap justify-end gap-2">
          <Button kind="plain" onClick={() => setSure(false)}>
            {t("register-drawer_again")}
          </Button>
          <Button type="submit">
            {t("register-drawer_close")} <kbd class="key">Enter</kbd>
          </Button>
        </div>
      </form>
    );
  }
  return (
    <form class="grid gap-4" onSubmit={next}>
      <p class="quiet text-sm">{t("register-drawer_blind")}</p>
      {faces.length > 0 && (
        <div class="join" role="radiogroup" aria-label={t("register-drawer_how")}>
          {[false, true].map((bySum) => (
            <label key={String(bySum)} class={`btn join-item tap ${isBySum === bySum ? "btn-primary" : ""}`}>
              <input class="sr-only" type="radio" name="count-how" checked={isBySum === bySum} onChange={() => setBySum(bySum)} />
              {t(bySum ? "register-drawer_sum" : "register-drawer_pieces")}
            </label>
          ))}
        </div>
      )}
      {isBySum ? (
        <Field label={t("register-drawer_sum")} autofocus inputMode="decimal" autoComplete="off" value={text} onInput={(event) => setText(event.currentTarget.value)} />
      ) : (
        <div class="grid grid-cols-2 gap-x-3 gap-y-2 sm:gap-x-4">
          {faces.map((face, n) => (
            <label key={face} class="grid items-center gap-x-2 sm:grid-cols-[5.25rem_1fr]">
              <span class="figures text-sm whitespace-nowrap sm:text-right">{money(face, day.currency)} ×</span>
              <input class="input figures w-full text-right" inputMode="numeric" autocomplete="off" autofocus={n === 0} maxLength={6} value={pieces[face] ?? ""} onInput={(event) => setPieces({ ...pieces, [face]: event.currentTarget.value })} />
            </label>
          ))}
        </div>
      )}
      {day.has_slips && <Field label={t("register-drawer_slips")} hint={t("register-drawer_slips.hint")} inputMode="decimal" autoComplete="off" value={slipsText} onInput={(event) => setSlipsText(event.currentTarget.value)} />}
      <div class="flex flex-wrap items-end justify-between gap-3 border-t border-base-300 pt-3">
        <p>
          <span class="quiet block text-sm">{t("register-drawer_is")}</span>
          <output class="figures text-3xl font-semibold">{sum === undefined ? "…" : money(sum, day.currency)}</output>
        </p>
        <Badge icon="eye">{t("register-drawer_blind_word")}</Badge>
        <Button type="submit">
          {t("register-drawer_close")}
        </Button>
      </div>
    </form>
  );
}
