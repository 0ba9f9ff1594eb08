/** Goods come back: the receipt, its lines, how many, why; the money goes where it came from. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Badge, Button, Empty, Icon, Skeleton } from "@look/components";
import { ago, dayAndClock, money } from "@look/format";
import { useAsk } from "@look/ask";
import { api, told } from "@look/api";
import { locale, named, t, type TextKey } from "@look/texts";
import { desk, go, help, isAway, receiptCode } from "../desk";
import { useLayer } from "../keys";
import { railName } from "../pay/Outcome";
import { hasKeyboard } from "../till/ScanField";
import type { ReceiptTold } from "../told";
import { AmountBack } from "./AmountBack";
import { Camera } from "./Camera";
import { useOwed } from "./Owed";
import { Returned } from "./Returned";
import { useWaysBack } from "./WaysBack";
import { chooseReceipt, findReceipt, forgetProblem, giveAmount, recoverRefund, refund, send, startRefund, takeBack, valueOf, type RefundStage } from "./refund";

const REASONS = ["unwanted", "defect", "wrong_size", "other"] as const;

export function Refund() {
  useLayoutEffect(() => {
    if (desk.value && recoverRefund(desk.value.register_id)) return;
    startRefund();
    if (receiptCode.value) void findReceipt(receiptCode.value);
    receiptCode.value = "";
  }, []);
  const now = refund.value;
  return (
    <main class="screen p-4 sm:p-6" aria-labelledby="refund-title">
      <div class="mx-auto grid max-w-3xl grid-cols-1 gap-5">
        <h1 id="refund-title" class="text-2xl font-semibold">
          {t("register-refund")}
        </h1>
        {/* What has begun is asked for until it is answered; nothing new begins without the server. */}
        {now.at === "find" && (isAway.value ? <Away /> : <Find now={now} />)}
        {now.at === "pick" && <Pick sales={now.sales} />}
        {now.at === "choose" && <Choose key={now.receipt.sale_id} now={now} />}
        {now.at === "asking" && <Asking />}
        {now.at === "lost" && <Lost now={now} />}
        {now.at === "done" && <Returned answer={now.answer} />}
      </div>
    </main>
  );
}

const leave = () => go("sale");

function Away() {
  useLayer({ keys: { Escape: leave, F6: leave, "?": help } });
  return <Empty scene="offline" title={t("register-refund_away")}>{t("register-refund_away.detail")}</Empty>;
}

function Find({ now }: { now: RefundStage & { at: "find" } }) {
  const [text, setText] = useState("");
  const [hasCamera, setCamera] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const seen = useAsk(() => told(api.GET("/register/v1/sales", { params: { query: { limit: 8 } } })), []);
  useLayer({ scan: (code) => void findReceipt(code), field: () => field.current, keys: { Escape: leave, F6: leave, F4: () => setCamera(true), F7: () => go("shift"), "?": help } });
  useLayoutEffect(() => {
    if (hasKeyboard) field.current?.focus();
  }, [now.problem]);
  const paid = seen.data?.sales.filter((sale) => sale.state === "paid") ?? [];
  return (
    <>
      <form
        class="surface grid gap-3 p-5"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim()) void findReceipt(text);
        }}
      >
        <label class="grid gap-2">
          <span class="font-medium">{t("register-receipt_scan")}</span>
          <input
            ref={field}
            class={`input h-14 w-full text-lg ${now.problem ? "input-error" : ""}`}
            value={text}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            placeholder="sal_…"
            aria-invalid={now.problem ? "true" : undefined}
            aria-describedby="receipt-more"
            onInput={(event) => {
              setText(event.currentTarget.value);
              forgetProblem();
            }}
          />
        </label>
        <p id="receipt-more" class={`text-sm ${now.problem ? "text-error" : "quiet"}`} role={now.problem ? "alert" : undefined}>
          {now.problem ? `${now.problem.title}${locale.value === "zh" ? "。" : ". "}${now.problem.detail}` : `${t("register-receipt_where")} ${t("register-refund_member")}`}
        </p>
        <div class="grid gap-2 sm:grid-cols-2">
          <Button kind="soft" icon="camera" onClick={() => setCamera(true)}>
            {t("register-camera")} <kbd class="key">F4</kbd>
          </Button>
          <Button type="submit" isBusy={now.isBusy} disabled={!text.trim()}>
            {t("register-receipt_find")} <kbd class="key">Enter</kbd>
          </Button>
        </div>
      </form>
      <section class="grid gap-2" aria-labelledby="last-title">
        <h2 id="last-title" class="quiet text-sm font-medium">
          {t("register-last_sales")}
        </h2>
        {seen.isLoading && !seen.data && <Skeleton lines={4} class="h-14 w-full" />}
        {seen.data && !paid.length && <p class="quiet">{t("register-last_none")}</p>}
        {paid.length > 0 && (
          <ul class="surface divide-y divide-base-300 overflow-hidden">
            {paid.map((sale) => (
              <li key={sale.sale_id}>
                <button type="button" class="flex min-h-14 w-full items-center gap-3 px-4 py-2 text-left hover:bg-base-200" onClick={() => void findReceipt(sale.sale_id)}>
                  <Icon name="receipt" class="quiet" />
                  <span class="min-w-0 flex-1">
                    <span class="block truncate font-medium">{named(sale.first_name_en, sale.first_name_zh)}</span>
                    <span class="quiet block text-sm">
                      {t("register-pieces", { pieces: sale.pieces })} · {ago(sale.paid_at ?? sale.opened_at)}
                    </span>
                  </span>
                  <span class="grid justify-items-end">
                    <span class="figures font-semibold">{money(sale.total_minor, sale.currency)}</span>
                    {sale.returned_minor > 0 && <span class="figures text-sm text-error">−{money(sale.returned_minor, sale.currency)}</span>}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </section>
      <Camera isOpen={hasCamera} title={t("register-receipt_scan")} onCode={(code) => void findReceipt(code)} onClose={() => setCamera(false)} />
    </>
  );
}

const does = (act: () => void) => (event: KeyboardEvent) => {
  event.preventDefault();
  act();
};

function Choose({ now }: { now: RefundStage & { at: "choose" } }) {
  // After a refusal nothing has to be entered again.
  const { receipt, problem } = now;
  const wish = now.wish?.kind === "amount" ? undefined : now.wish?.body;
  const amountWish = now.wish?.kind === "amount" ? now.wish.body : undefined;
  const [isAmount, setAmount] = useState(false);
  const [pieces, setPieces] = useState(() => new Map(wish?.items.map((item) => [item.line_no, item.quantity ?? 1])));
  const [place, setPlace] = useState(0);
  const [reason, setReason] = useState<string>(wish?.reason ?? "unwanted");
  const total = receipt.lines.reduce((sum, line) => sum + valueOf(line, pieces.get(line.line_no) ?? 0), 0);

  const owed = useOwed(receipt);
  const isChosen = [...pieces.values()].some((n) => n > 0);

  const ways = useWaysBack(receipt, pieces, wish?.slips ?? []);

  function set(line: ReceiptTold["lines"][number], wanted: number): void {
    setPieces(new Map(pieces).set(line.line_no, Math.max(0, Math.min(line.returnable_quantity, wanted))));
  }
  function change(by: number): void {
    const line = receipt.lines[place];
    if (line) set(line, (pieces.get(line.line_no) ?? 0) + by);
  }
  function go(): void {
    if (!isChosen && owed.isOwed) owed.give();
    else if (!isChosen && now.handed) leave();
    else if (isChosen && receipt.is_returnable) void back();
  }
  async function back(): Promise<void> {
    const slips = await ways.slipsFor();
    // Meanwhile another receipt may be open.
    if (slips && desk.value && refund.value === now) takeBack(desk.value.register_id, receipt, pieces, reason, slips);
  }
  function all(): void {
    setPieces(new Map(receipt.lines.map((line) => [line.line_no, line.returnable_quantity])));
  }
  const digits = Object.fromEntries(
    "0123456789".split("").map((digit) => [
      digit,
      does(() => {
        const line = receipt.lines[place];
        if (line) set(line, Number(digit));
      }),
    ]),
  );
  useLayer({
    scan: (code) => void (ways.scanned(code) || findReceipt(code)),
    keys: {
      ...digits,
      ArrowDown: does(() => setPlace(Math.min(receipt.lines.length - 1, place + 1))),
      ArrowUp: does(() => setPlace(Math.max(0, place - 1))),
      "+": does(() => change(1)),
      "-": does(() => change(-1)),
      a: does(all),
      A: does(all),
      m: does(() => setAmount(true)),
      M: does(() => setAmount(true)),
      Enter: does(go),
      Escape: does(startRefund),
      "?": help,
    },
  });
  const isOver = !receipt.lines.some((line) => line.returnable_quantity > 0);
  return (
    <>
      <header class="surface flex flex-wrap items-center gap-x-6 gap-y-1 p-5">
        <Icon name="receipt" />
        <div class="min-w-0 flex-1">
          <p class="font-semibold">{named(receipt.place.name_en, receipt.place.name_zh)}</p>
          <p class="quiet text-sm">{dayAndClock(receipt.paid_at, desk.value?.time_zone)}</p>
        </div>
        <p class="text-right">
          <span class="figures text-xl font-semibold">{money(receipt.total_minor, receipt.currency)}</span>
          <span class="quiet block text-sm">{receipt.tenders.filter((one) => one.direction === "in").map((one) => railName(one.rail)).join(" + ")}</span>
        </p>
      </header>
      {problem && <Notice tone="bad" title={problem.title} text={problem.detail} />}
      {owed.view}
      {now.handed !== undefined && (
        <div class="flex flex-wrap items-center gap-3 rounded-2xl bg-success px-5 py-4 text-success-content" role="status">
          <Icon name="check-circle" />
          <p class="flex-1 text-lg font-semibold">{t("register-owed_done", { amount: money(now.handed, receipt.currency) })}</p>
          <Button icon="arrow-right" onClick={leave}>
            {t("register-next")} <kbd class="key">Enter</kbd>
          </Button>
        </div>
      )}
      {isOver ? !owed.isOwed && now.handed === undefined && <Notice tone="warn" title={t("register-refund_over")} text={t("register-refund_over.detail")} /> : !receipt.is_in_time && <Notice tone="warn" title={t("register-refund_late")} text={t("register-refund_late.detail")} />}
      <ol class="surface divide-y divide-base-300 overflow-hidden" aria-label={t("register-refund_lines")}>
        {receipt.lines.map((line, n) => (
          // Arrow keys choose a line from anywhere; a click is for pointers.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
          <li key={line.line_no} class={`flex flex-wrap items-center gap-3 border-l-4 px-4 py-3 ${n === place ? "border-l-primary bg-secondary/50" : "border-l-transparent"}`} aria-current={n === place ? "true" : undefined} onClick={() => setPlace(n)}>
            <span class="min-w-full flex-1 sm:min-w-40">
              <span class="block font-medium">{named(line.name_en, line.name_zh)}</span>
              <span class="quiet block text-sm">
                {t("register-refund_bought", { pieces: line.quantity })}
                {line.returned_quantity > 0 && ` · ${t("register-refund_before", { pieces: line.returned_quantity })}`}
              </span>
            </span>
            {line.returnable_quantity > 0 ? (
              <span class="flex items-center rounded-xl border border-base-300 bg-base-100">
                <button type="button" class="btn btn-ghost tap px-0" aria-label={t("register-one_less", { name: named(line.name_en, line.name_zh) })} onClick={() => set(line, (pieces.get(line.line_no) ?? 0) - 1)}>
                  <Icon name="minus" class="icon-sm" />
                </button>
                <span class="figures min-w-14 text-center text-lg font-semibold">
                  {pieces.get(line.line_no) ?? 0}
                  <span class="quiet text-sm font-normal"> / {line.returnable_quantity}</span>
                </span>
                <button type="button" class="btn btn-ghost tap px-0" aria-label={t("register-one_more", { name: named(line.name_en, line.name_zh) })} onClick={() => set(line, (pieces.get(line.line_no) ?? 0) + 1)}>
                  <Icon name="plus" class="icon-sm" />
                </button>
              </span>
            ) : (
              <Badge icon="check">{t("register-refund_all_back")}</Badge>
            )}
            <span class="figures ml-auto w-24 text-right font-semibold">{money(valueOf(line, pieces.get(line.line_no) ?? 0), receipt.currency)}</span>
          </li>
        ))}
      </ol>
      {!isOver && (
        <div class="surface grid gap-4 p-5">
          <fieldset class="flex flex-wrap gap-2">
            <legend class="quiet mb-1 text-sm font-medium">{t("register-refund_why")}</legend>
            {REASONS.map((name) => (
              <label key={name} class={`btn tap ${reason === name ? "bg-secondary text-secondary-content" : "btn-ghost border-base-300"}`}>
                <input class="sr-only" type="radio" name="reason" checked={reason === name} onChange={() => setReason(name)} />
                {t(`register-refund_${name}` as TextKey)}
              </label>
            ))}
          </fieldset>
          {ways.view}
          <div class="flex flex-wrap items-end justify-between gap-3">
            <div>
              <p class="quiet text-sm">{t("register-refund_total")}</p>
              <output class="figures text-4xl font-semibold">{money(total, receipt.currency)}</output>
            </div>
            <div class="flex flex-wrap gap-2">
              <Button kind="soft" onClick={all}>
                {t("register-refund_all")} <kbd class="key">A</kbd>
              </Button>
              <Button class="text-lg" icon="refund" disabled={!receipt.is_returnable || !isChosen} onClick={go}>
                {t("register-refund_do")} <kbd class="key">Enter</kbd>
              </Button>
            </div>
          </div>
        </div>
      )}
      <Button kind="plain" icon="coins" class="justify-self-center" onClick={() => setAmount(true)}>
        {t("register-amount_back")} <kbd class="key">M</kbd>
      </Button>
      <AmountBack receipt={receipt} wish={amountWish} isOpen={isAmount} onClose={() => setAmount(false)} onDone={(amount, why) => desk.value && giveAmount(desk.value.register_id, receipt, amount, why)} />
      <Button kind="plain" icon="arrow-left" class="justify-self-center" onClick={startRefund}>
        {t("register-refund_other_receipt")} <kbd class="key">Esc</kbd>
      </Button>
    </>
  );
}

/** Without the receipt: the member's sales that may come back, the newest first. */
function Pick({ sales }: { sales: ReceiptTold[] }) {
  const digits = Object.fromEntries(sales.slice(0, 9).map((sale, n) => [String(n + 1), () => chooseReceipt(sale)]));
  useLayer({ scan: (code) => void findReceipt(code), keys: { ...digits, Escape: startRefund, F6: leave, "?": help } });
  return (
    <>
      {!sales.length && <Empty scene="bag" title={t("register-refund_no_sales")} />}
      {sales.length > 0 && (
        <ol class="surface divide-y divide-base-300 overflow-hidden" aria-label={t("register-refund_sales")}>
          {sales.map((sale, n) => (
            <li key={sale.sale_id}>
              <button type="button" class="flex min-h-14 w-full items-center gap-3 px-4 py-2 text-left hover:bg-base-200" onClick={() => chooseReceipt(sale)}>
                <Icon name="receipt" class="quiet" />
                <span class="min-w-0 flex-1">
                  <span class="block truncate font-medium">{sale.lines.map((line) => named(line.name_en, line.name_zh)).join(" · ")}</span>
                  <span class="quiet block text-sm">
                    {named(sale.place.name_en, sale.place.name_zh)} · {dayAndClock(sale.paid_at, desk.value?.time_zone)}
                  </span>
                </span>
                <span class="figures font-semibold">{money(sale.total_minor, sale.currency)}</span>
                {n < 9 && <kbd class="key">{n + 1}</kbd>}
              </button>
            </li>
          ))}
        </ol>
      )}
      <Button kind="plain" icon="arrow-left" class="justify-self-center" onClick={startRefund}>
        {t("register-refund_other_receipt")} <kbd class="key">Esc</kbd>
      </Button>
    </>
  );
}

function Notice({ tone, title, text }: { tone: "warn" | "bad"; title: string; text: string }) {
  return (
    <div class={`flex gap-3 rounded-2xl px-5 py-4 ${tone === "bad" ? "bg-error text-error-content" : "bg-warning text-warning-content"}`} role="alert">
      <Icon name="alert" />
      <p>
        <b class="block">{title}</b>
        {text}
      </p>
    </div>
  );
}

function Asking() {
  useLayer({});
  return (
    <p class="surface flex items-center gap-3 p-6 text-lg" role="status">
      <span class="loading loading-spinner" aria-hidden="true" /> {t("register-refund_asking")}
    </p>
  );
}

function Lost({ now }: { now: RefundStage & { at: "lost" } }) {
  useLayer({ keys: { Enter: () => void send(now.tries) } });
  return (
    <div class="surface" role="alert">
      <Empty scene="offline" title={t("register-refund_lost")} action={<Button onClick={() => void send(now.tries)}>{t("register-ask_now")} <kbd class="key">Enter</kbd></Button>}>
        {t("register-refund_lost.detail")}
      </Empty>
    </div>
  );
}
