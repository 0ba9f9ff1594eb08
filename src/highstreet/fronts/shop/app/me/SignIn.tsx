import { useLocation } from "preact-iso";
import { useEffect, useRef, useState } from "preact/hooks";
import { api, asProblem, told } from "@look/api";
import { Button, Field, Icon } from "@look/components";
import { t } from "@look/texts";
import { deviceId } from "../shell/device";
import { learnMe, me } from "../shell/who";
import { Page } from "./Page";
import "./texts";

const PAUSE_S = 30;
const DIGITS = 6;

/** In by phone and a one-time code; then back to where one came from. */
export function SignIn() {
  const { query, route } = useLocation();
  const next = /^\/shop\/(?!\/)/.test(query["next"] ?? "") ? query["next"]! : "/shop/";
  const [phone, setPhone] = useState("");
  const [sentAt, setSentAt] = useState<number>();
  const isIn = Boolean(me.value);
  useEffect(() => {
    if (isIn) route(next, true);
  }, [isIn, next, route]);
  return (
    <Page title={t("look-sign_in")} back={next.startsWith("/shop/sign-in") ? "/shop/" : backOf(next)}>
      <div class="mx-auto grid w-full max-w-sm gap-6 pt-4">
        {sentAt === undefined ? (
          <AskPhone phone={phone} onPhone={setPhone} onSent={() => setSentAt(Date.now())} />
        ) : (
          <AskCode
            phone={phone}
            sentAt={sentAt}
            onSentAgain={() => setSentAt(Date.now())}
            onOther={() => setSentAt(undefined)}
            onDone={learnMe}
          />
        )}
        <DemoNote isCodeSent={sentAt !== undefined} onEntered={() => void learnMe()} />
      </div>
    </Page>
  );
}

/** The arrow must not lead to a page that sends one back here. */
function backOf(next: string): string {
  return next.startsWith("/shop/places/") || next === "/shop/" ? next : "/shop/";
}

async function sendCode(phone: string): Promise<void> {
  await told(api.POST("/shop/v1/sign-in/codes", { body: { phone } }));
}

function AskPhone({ phone, onPhone, onSent }: { phone: string; onPhone: (phone: string) => void; onSent: () => void }) {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (phone.replace(/\D/g, "").length < 5) {
      setError(t("shop-me-phone_short"));
      return;
    }
    setBusy(true);
    setError(undefined);
    try {
      await sendCode(phone);
      onSent();
    } catch (failed) {
      const problem = asProblem(failed);
      // A code that was sent a moment ago is still good: go on to where it is typed.
      if (problem.code === "identity.code_too_soon" && (problem.retryAfterS ?? PAUSE_S) <= PAUSE_S) onSent();
      else setError(problem.detail || problem.title);
    } finally {
      setBusy(false);
    }
  }
  return (
    <form class="grid gap-5" onSubmit={(event) => void submit(event)} noValidate>
      <p class="quiet">{t("shop-me-sign_in_lead")}</p>
      <Field
        label={t("shop-me-phone")}
        type="tel"
        inputMode="tel"
        autocomplete="tel"
        name="phone"
        placeholder="+358 40 123 4567"
        value={phone}
        error={error}
        hint={t("shop-me-phone_hint")}
        onInput={(event: InputEvent) => onPhone((event.currentTarget as HTMLInputElement).value)}
      />
      <Button type="submit" isWide isBusy={isBusy} icon="send">
        {t("shop-me-send_code")}
      </Button>
    </form>
  );
}

interface CodeProps {
  phone: string;
  sentAt: number;
  onSentAgain: () => void;
  onOther: () => void;
  onDone: () => Promise<void>;
}

/** One field, drawn as six boxes: the phone's own keyboard offers the code that came. */
function AskCode({ phone, sentAt, onSentAgain, onOther, onDone }: CodeProps) {
  const [code, setCode] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), [sentAt]);

  async function open(whole: string): Promise<void> {
    setBusy(true);
    setError(undefined);
    try {
      await told(api.POST("/shop/v1/sign-in", { body: { phone, code: whole, device_id: deviceId() } }));
      await onDone();
    } catch (failed) {
      const problem = asProblem(failed);
      setError(problem.detail || problem.title);
      setCode("");
      setBusy(false);
      requestAnimationFrame(() => field.current?.focus());
    }
  }

  function type(text: string): void {
    const digits = text.replace(/\D/g, "").slice(0, DIGITS);
    setCode(digits);
    if (digits.length === DIGITS) void open(digits);
  }

  return (
    <form class="grid gap-5" onSubmit={(event) => event.preventDefault()}>
      <p class="quiet">
        {t("shop-me-code_sent")} <strong class="figures font-semibold text-base-content">{phone}</strong>
      </p>
      <div class="grid gap-2">
        <label for="one-time-code" class="text-sm font-medium">
          {t("shop-me-code")}
        </label>
        <div class="relative">
          <div class="grid grid-cols-6 gap-2" aria-hidden="true">
            {Array.from({ length: DIGITS }, (_, at) => (
              <span key={at} class={`figures grid h-14 place-items-center rounded-field border text-2xl font-semibold ${error ? "border-error" : at === Math.min(code.length, DIGITS - 1) ? "border-primary outline-2 outline-primary" : "border-base-300"} bg-base-100`}>
                {code[at] ?? ""}
              </span>
            ))}
          </div>
          <input
            ref={field}
            id="one-time-code"
            class="absolute inset-0 size-full cursor-text rounded-field bg-transparent text-base text-transparent caret-transparent outline-none"
            type="text"
            inputMode="numeric"
            autocomplete="one-time-code"
            maxLength={DIGITS}
            value={code}
            disabled={isBusy}
            aria-invalid={error ? "true" : undefined}
            aria-describedby="one-time-code-more"
            onInput={(event) => type(event.currentTarget.value)}
          />
        </div>
        <p id="one-time-code-more" class={`min-h-6 text-sm ${error ? "text-error" : "quiet"}`} role={error ? "alert" : undefined}>
          {error ?? (isBusy ? t("look-loading") : t("shop-me-code_hint"))}
        </p>
      </div>
      <div class="flex flex-wrap items-center justify-between gap-2">
        <Again phone={phone} sentAt={sentAt} onSentAgain={onSentAgain} onError={setError} />
        <Button kind="plain" onClick={onOther}>
          {t("shop-me-other_phone")}
        </Button>
      </div>
    </form>
  );
}

function Again({ phone, sentAt, onSentAgain, onError }: { phone: string; sentAt: number; onSentAgain: () => void; onError: (text: string | undefined) => void }) {
  const [now, setNow] = useState(() => Date.now());
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [sentAt]);
  const wait = Math.ceil((sentAt - now) / 1000) + PAUSE_S;
  async function again(): Promise<void> {
    setBusy(true);
    onError(undefined);
    try {
      await sendCode(phone);
      onSentAgain();
    } catch (failed) {
      const problem = asProblem(failed);
      onError(problem.detail || problem.title);
    } finally {
      setBusy(false);
    }
  }
  return (
    <Button kind="soft" disabled={wait > 0} isBusy={isBusy} onClick={() => void again()}>
      <span class="figures">{wait > 0 ? t("shop-me-again_in", { seconds: wait }) : t("shop-me-again")}</span>
    </Button>
  );
}

/** Only in the demo: where the code is to be read, and a person to be in one tap. */
function DemoNote({ isCodeSent, onEntered }: { isCodeSent: boolean; onEntered: () => void }) {
  const [isDemo, setDemo] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  useEffect(() => {
    // The front door knows whether this is the demo; it says so without refusing anything.
    told(api.GET("/door/v1/about"))
      .then((about) => setDemo(about.is_demo))
      .catch(() => undefined);
  }, []);
  if (!isDemo) return null;
  async function enter(): Promise<void> {
    setBusy(true);
    try {
      await told(api.POST("/door/v1/enter", { body: { person: "shopper", device_id: deviceId() } }));
      onEntered();
    } catch (failed) {
      setError(asProblem(failed).detail);
    } finally {
      setBusy(false);
    }
  }
  return (
    <aside class="grid gap-3 rounded-box border border-dashed border-base-300 p-4 text-sm">
      <p class="flex gap-3">
        <Icon name="about" class="icon-sm quiet mt-0.5" />
        <span>{t(isCodeSent ? "shop-me-demo_code" : "shop-me-demo")}</span>
      </p>
      {!isCodeSent && (
        <Button kind="soft" isBusy={isBusy} onClick={() => void enter()}>
          {t("shop-me-demo_enter")}
        </Button>
      )}
      {error && <p class="text-error">{error}</p>}
    </aside>
  );
}

