/** The payment: by which rail, then what came of it. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button, Icon, Skeleton, type IconName } from "@look/components";
import { money } from "@look/format";
import { t } from "@look/texts";
import { desk, go, help, hush, isAway, say } from "../desk";
import { useLayer } from "../keys";
import { read } from "../scan";
import { beep } from "../sound";
import { hasByHand, isPriced, lines, quote, quoteProblem, setMember, showCoupon } from "../till/basket";
import { hasKeyboard } from "../till/ScanField";
import { bestHint } from "../till/Side";
import { Camera } from "../views/Camera";
import { amountText, minorOf, quickAmounts } from "./cash";
import { approveAhead, isApprovalWanted } from "./ahead";
import { BySlip, SLIP_LENGTH } from "./BySlip";
import { begin, stage } from "./charge";
import { Outcome, railName } from "./Outcome";
import { openHeld } from "./held";
import { providerOf, providers, takesSlips, type Shown } from "./providers";
import { codeInHand, holdCode } from "./start";
import { Words } from "./Words";

type Way = "choose" | "code" | "qr" | "cash" | "slip";

export function Pay() {
  if (stage.value.at !== "none") return <Outcome />;
  return <Choose />;
}

function showBest(): void {
  const hint = bestHint();
  if (hint) showCoupon(hint.coupon_id);
}

function Choose() {
  const [way, setWay] = useState<Way>(codeInHand.value ? "code" : "choose");
  const [cashPart, setCashPart] = useState(0);
  const [slip, setSlip] = useState("");
  const price = quote.value;
  const total = price?.total_minor ?? 0;

  function back(to?: "sale"): void {
    holdCode("");
    hush();
    if (way !== "choose" && !to) {
      setWay("choose");
      setCashPart(0);
    } else go("sale");
  }
  // Hands are faster than the price: what was chosen is done as soon as it is there.
  const isReady = isPriced.value;
  const isHeldUp = isApprovalWanted.value;
  const queuedRef = useRef<(() => void) | undefined>(undefined);
  function whenPriced(act: () => void): void {
    if (isAway.value && hasByHand.value) {
      beep("bad");
      say(t("register-price_waits"), "bad");
    } else if (!isPriced.value) queuedRef.current = act;
    else if (!isApprovalWanted.value) act();
  }
  useLayoutEffect(() => {
    const act = queuedRef.current;
    queuedRef.current = undefined;
    if (isHeldUp) {
      // While the manager walks over, a payer's code goes stale: it is asked for afterwards.
      holdCode("");
      void approveAhead().then((mayBegin) => mayBegin || back("sale"));
    } else if (isReady) act?.();
    else queuedRef.current = act;
    // The rest is what it was when they changed.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [isReady, isHeldUp]);
  function pay(how: Shown, rail: string | undefined, code?: string): void {
    if (isAway.value) {
      beep("bad");
      say(t("register-rail_away"), "bad");
      return;
    }
    if (!rail) {
      beep("bad");
      say(t("register-code_nobodys"), "bad");
      return;
    }
    // A code is charged once; another try needs another code.
    holdCode("");
    hush();
    whenPriced(() => desk.value && begin(desk.value.register_id, how, { rail, ...(code ? { code } : {}), cashPart }));
  }
  const [byCode, byQr] = [providers("code"), providers("qr")];
  const askCode = () => byCode.length > 0 && setWay("code");
  function askQr(): void {
    if (byQr.length > 1) setWay("qr");
    else if (byQr.length) pay("qr", byQr[0]);
  }
  /** A code on this screen: the wallet's is charged, the member's is taken in. */
  function takeScan(text: string): void {
    const found = read(text);
    if (found.is === "member") {
      beep("good");
      setMember(found.text);
    } else if (way === "slip" && found.is !== "payment") {
      setSlip(text.trim().slice(0, SLIP_LENGTH));
    } else if ((found.is === "payment" && way !== "slip") || (way === "code" && found.is === "words")) {
      if (way === "code") pay("code", providerOf(found.text), found.text);
      else {
        holdCode(found.text);
        setWay("code");
      }
    } else {
      beep("bad");
      say(t("register-pay_not_code"), "bad");
    }
  }
  // Nothing is left to be paid: no rail is asked.
  const isFree = isPriced.value && total === 0 && lines.value.length > 0;

  // Parts are taken by the server: none without it, and none in training.
  const isTraining = desk.value?.is_training ?? false;
  const isWhole = isAway.value || isFree || isTraining;
  function split(): void {
    if (isAway.value) {
      beep("bad");
      say(t("register-rail_away"), "bad");
    } else if (!isWhole) whenPriced(() => desk.value && openHeld(desk.value.register_id));
  }
  // A slip for all of it needs no server; one in training is only practised by asking it.
  const isSlip = takesSlips() && !isFree && !(isTraining && isAway.value);
  const askSlip = () => isSlip && setWay("slip");

  useLayer({
    scan: takeScan,
    field: () => document.querySelector<HTMLInputElement>("main form input"),
    keys: {
      Escape: () => back(),
      F3: showBest,
      "?": help,
      ...(way === "choose" ? { "1": askCode, "2": askQr, "3": () => setWay("cash"), "4": split, "5": askSlip } : {}),
      ...(way === "qr" ? Object.fromEntries(byQr.map((rail, n) => [`${n + 1}`, () => pay("qr", rail)])) : {}),
    },
  });
  const isEmpty = !lines.value.length;
  useLayoutEffect(() => {
    if (isEmpty) go("sale");
  }, [isEmpty]);

  return (
    <main class="screen p-4 sm:p-8" aria-labelledby="pay-title" data-moment={way === "code" && codeInHand.value ? "ready" : way}>
      <div class="mx-auto grid max-w-2xl grid-cols-1 gap-4 sm:gap-6">
        <header class="grid gap-1 text-center">
          <h1 id="pay-title" class="quiet text-lg">
            {t("register-to_pay")}
          </h1>
          {isPriced.value ? (
            <output class="figures huge">{money(total - cashPart, price?.currency ?? "EUR")}</output>
          ) : quoteProblem.value ? (
            <p class="text-error" role="alert">
              {quoteProblem.value.detail}
            </p>
          ) : (
            <Skeleton class="mx-auto h-18 w-64" />
          )}
          {cashPart > 0 && price && <p class="quiet">{t("register-cash_part", { amount: money(cashPart, price.currency) })}</p>}
        </header>
        <Words />
        {way === "choose" && (
          <div class="grid gap-2 sm:grid-cols-3 sm:gap-3">
            <Rail icon="scan" keyName="1" label={t("register-rail_code")} more={t(isAway.value ? "register-rail_away" : byCode.length ? "register-rail_code.more" : "register-rail_nobody")} isOff={!isPriced.value || isFree || isAway.value || !byCode.length} onClick={askCode} />
            <Rail icon="qr" keyName="2" label={t("register-rail_qr")} more={t(isAway.value ? "register-rail_away" : byQr.length ? "register-rail_qr.more" : "register-rail_nobody")} isOff={!isPriced.value || isFree || isAway.value || !byQr.length} onClick={askQr} />
            <Rail icon="cash" keyName="3" label={isFree ? t("register-rail_free") : t("register-rail_cash")} more={t("register-rail_cash.more")} isOff={!isPriced.value} onClick={() => setWay("cash")} />
            <WideRail icon="coins" keyName="4" label={t("register-parts_several")} more={isAway.value ? "" : t("register-parts_several.more")} isOff={!isPriced.value || isWhole} onClick={split} />
            <WideRail icon="receipt" keyName="5" label={t("register-rail_slip")} more={t(takesSlips() ? "register-rail_slip.more" : "register-rail_slip_off")} isOff={!isPriced.value || !isSlip} onClick={askSlip} />
          </div>
        )}
        {way === "code" && <ByCode total={total - cashPart} onCode={(code) => pay("code", providerOf(code), code)} />}
        {way === "qr" && (
          <div class="grid gap-3 sm:grid-cols-3">
            {byQr.map((rail, n) => (
              <Rail key={rail} icon="qr" keyName={`${n + 1}`} label={railName(rail)} more="" isOff={!isPriced.value || isAway.value} onClick={() => pay("qr", rail)} />
            ))}
          </div>
        )}
        {way === "slip" && <BySlip total={total} text={slip} onText={setSlip} onSlip={(slip) => whenPriced(() => desk.value && begin(desk.value.register_id, "slip", { slip }))} />}
        {way === "cash" && price && (
          <ByCash
            total={total}
            currency={price.currency}
            whenPriced={whenPriced}
            onGiven={(given) => desk.value && begin(desk.value.register_id, "cash", { given })}
            onRest={(given) => {
              setCashPart(given);
              setWay("code");
            }}
          />
        )}
        <Button kind="plain" icon="arrow-left" class="justify-self-center" onClick={() => back()}>
          {way === "choose" ? t("register-back_to_basket") : t("register-back_to_rails")} <kbd class="key">Esc</kbd>
        </Button>
      </div>
    </main>
  );
}

interface RailProps {
  icon: IconName;
  keyName: string;
  label: string;
  more: string;
  isOff: boolean;
  onClick: () => void;
}

/** A line of its own below the three that are chosen most. */
function WideRail({ icon, keyName, label, more, isOff, onClick }: RailProps) {
  return (
    <button type="button" class="surface grid grid-cols-[auto_1fr_auto] items-center gap-x-4 px-5 py-3 text-left shadow-card transition-colors hover:border-primary disabled:opacity-50 sm:col-span-3 sm:py-4" disabled={isOff} aria-keyshortcuts={keyName} onClick={onClick}>
      <span class="grid size-12 place-content-center rounded-2xl bg-secondary text-secondary-content">
        <Icon name={icon} />
      </span>
      <span>
        <span class="block text-lg font-semibold">{label}</span>
        <span class="quiet block text-sm">{more}</span>
      </span>
      <kbd class="key">{keyName}</kbd>
    </button>
  );
}

function Rail({ icon, keyName, label, more, isOff, onClick }: RailProps) {
  return (
    <button type="button" class="surface grid content-start grid-cols-[auto_1fr_auto] items-center gap-x-4 px-5 py-3 text-left shadow-card transition-colors hover:border-primary disabled:opacity-50 sm:grid-cols-[1fr_auto] sm:gap-y-6 sm:py-5" disabled={isOff} aria-keyshortcuts={keyName} onClick={onClick}>
      <span class="grid size-12 place-content-center rounded-2xl bg-secondary text-secondary-content">
        <Icon name={icon} />
      </span>
      <kbd class="key order-last sm:order-none">{keyName}</kbd>
      <span class="sm:col-span-2">
        <span class="block text-lg font-semibold">{label}</span>
        <span class="quiet block text-sm">{more}</span>
      </span>
    </button>
  );
}

function ByCode({ total, onCode }: { total: number; onCode: (code: string) => void }) {
  const [text, setText] = useState(codeInHand.value);
  const [error, setError] = useState("");
  const [hasCamera, setCamera] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const currency = quote.value?.currency ?? "EUR";
  useLayoutEffect(() => {
    if (hasKeyboard) field.current?.focus();
  }, []);
  const inHand = codeInHand.value;
  useLayoutEffect(() => setText(inHand), [inHand]);
  function enter(): void {
    const code = text.trim();
    if (!/^[\x21-\x7e]{8,64}$/.test(code)) {
      setError(t("register-code_short"));
      return;
    }
    onCode(code);
  }
  return (
    <form
      class="surface grid gap-4 p-6 text-center"
      aria-labelledby="code-title"
      onSubmit={(event) => {
        event.preventDefault();
        enter();
      }}
    >
      <Icon name="phone" class="mx-auto size-14! text-primary" />
      <h2 id="code-title" class="text-xl font-semibold">
        {codeInHand.value ? t("register-code_ready", { amount: money(total, currency) }) : t("register-code_scan")}
      </h2>
      <input
        ref={field}
        class={`input figures h-14 w-full text-center text-xl ${error ? "input-error" : ""}`}
        inputMode="numeric"
        autocomplete="off"
        value={text}
        aria-label={t("register-code_field")}
        placeholder="28 0000 0000 0000 0000"
        aria-invalid={error ? "true" : undefined}
        aria-describedby="code-more"
        onInput={(event) => {
          setText(event.currentTarget.value.replace(/\s/g, ""));
          setError("");
        }}
      />
      <p id="code-more" class={`text-sm ${error ? "text-error" : "quiet"}`} role={error ? "alert" : undefined}>
        {error || t("register-code_hint")}
      </p>
      <div class="grid gap-2 sm:grid-cols-2">
        <Button kind="soft" icon="camera" onClick={() => setCamera(true)}>
          {t("register-camera")}
        </Button>
        <Button type="submit" disabled={!text}>
          {t("register-charge")} <kbd class="key">Enter</kbd>
        </Button>
      </div>
      <Camera isOpen={hasCamera} title={t("register-code_scan")} onCode={(scanned) => onCode(scanned)} onClose={() => setCamera(false)} />
    </form>
  );
}

interface CashProps {
  total: number;
  currency: string;
  whenPriced: (act: () => void) => void;
  onGiven: (minor: number) => void;
  onRest: (minor: number) => void;
}

function ByCash({ total, currency, whenPriced, onGiven, onRest }: CashProps) {
  const [text, setText] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (hasKeyboard) field.current?.focus();
  }, []);
  const given = text.trim() === "" ? total : minorOf(text, currency);
  const isShort = given !== undefined && given < total;
  const error = given === undefined ? t("register-cash_malformed") : "";
  function enter(): void {
    whenPriced(() => {
      const due = quote.value?.total_minor ?? 0;
      const handed = text.trim() === "" ? due : minorOf(text, currency);
      if (handed === undefined) return;
      if (handed >= due) onGiven(handed);
      else if (handed > 0) onRest(handed);
    });
  }
  /** The hand chose what it was given; it is taken by Enter or the big button, after the change was seen. */
  function fill(amount: number): void {
    setText(amountText(amount, currency));
    if (hasKeyboard) field.current?.focus();
  }
  return (
    <form
      class="surface grid gap-5 p-6"
      onSubmit={(event) => {
        event.preventDefault();
        enter();
      }}
    >
      <label class="grid gap-2">
        <span class="font-medium">{t("register-cash_given")}</span>
        <input
          ref={field}
          class={`input figures h-16 w-full text-center text-3xl font-semibold ${error ? "input-error" : ""}`}
          inputMode="decimal"
          autocomplete="off"
          value={text}
          placeholder={money(total, currency)}
          aria-invalid={error ? "true" : undefined}
          aria-describedby="cash-more"
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <div class="flex flex-wrap gap-2" role="group" aria-label={t("register-cash_quick")}>
        {quickAmounts(total, currency).map((amount) => (
          <Button key={amount} kind="soft" class={`figures flex-auto px-3 ${amount === given ? "btn-active" : ""}`} aria-pressed={amount === given} onClick={() => fill(amount)} disabled={!isPriced.value}>
            {money(amount, currency)}
          </Button>
        ))}
      </div>
      <p id="cash-more" class={`grid grid-cols-[1fr_auto] items-baseline gap-4 rounded-2xl px-4 py-3 ${error || isShort ? "bg-warning text-warning-content" : "bg-base-200"}`} aria-live="polite">
        <span>{error || t(isShort ? "register-cash_short" : "register-change")}</span>
        {!error && given !== undefined && <span class="figures text-3xl font-semibold">{money(Math.abs(given - total), currency)}</span>}
      </p>
      <Button type="submit" class="h-16 text-xl" isWide disabled={given === undefined || (isShort && given === 0)}>
        {t(isShort ? "register-cash_rest" : "register-cash_take")} <kbd class="key">Enter</kbd>
      </Button>
    </form>
  );
}
