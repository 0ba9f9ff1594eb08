import { useState } from "preact/hooks";
import { api, send, told } from "@look/api";
import { useAsk } from "@look/ask";
import { Badge, Button, Dialog, Failed, Field, Icon, LanguageSwitch, Skeleton, ThemeSwitch, toast, toastProblem } from "@look/components";
import { ago, day } from "@look/format";
import { t } from "@look/texts";
import { canInstall, install } from "../shell/Install";
import { hasSession, me, signInAddress } from "../shell/who";
import { forget } from "./keep";
import { Page, Part, Row, Rows } from "./Page";
import "./texts";

/** Who one is here, and what one can do about it. */
export function Account() {
  const isSomebody = Boolean(me.value) || (me.value === undefined && hasSession());
  return (
    <Page title={t("shop-me-account")} back="/shop/">
      {isSomebody ? <Who /> : <Nobody />}
      <Part title={t("shop-me-looks")}>
        <div class="surface grid gap-3 p-4">
          <div class="flex items-center justify-between gap-3">
            <span>{t("look-language")}</span>
            <LanguageSwitch />
          </div>
          <div class="flex items-center justify-between gap-3">
            <span>{t("look-theme")}</span>
            <ThemeSwitch />
          </div>
        </div>
      </Part>
      {canInstall() && (
        <Rows>
          <Row icon="phone" title={t("shop-install")} more={t("shop-install.why")} onClick={() => void install()} />
        </Rows>
      )}
      {isSomebody && (
        <>
          <Part title={t("shop-me-private")}>
            <Rows>
              <Row icon="shield" href="/shop/consents" title={t("shop-me-consents")} more={t("shop-me-consents_row")} />
              <Download />
              <Erase />
            </Rows>
          </Part>
          <Part title={t("shop-me-sessions")}>
            <Sessions />
          </Part>
          <SignOut />
        </>
      )}
    </Page>
  );
}

function Nobody() {
  return (
    <div class="surface grid gap-3 p-5">
      <h2 class="text-lg font-semibold">{t("shop-me-nobody")}</h2>
      <p class="quiet">{t("shop-me-nobody.why")}</p>
      <a class="btn btn-primary tap" href={signInAddress("/shop/account")}>
        <Icon name="log-in" class="icon-sm" />
        {t("look-sign_in")}
      </a>
    </div>
  );
}

function Who() {
  if (!me.value) return <Skeleton class="h-20 w-full" />;
  return (
    <div class="flex items-center gap-4">
      <span class="grid size-14 place-items-center rounded-full bg-secondary text-secondary-content">
        <Icon name="user" class="icon-lg" />
      </span>
      <div>
        <p class="figures text-lg font-semibold">{me.value.phone}</p>
        <p class="quiet text-sm">{t("shop-me-since", { day: day(me.value.created_at) })}</p>
      </div>
    </div>
  );
}

function Sessions() {
  const { data, problem, again } = useAsk(() => told(api.GET("/shop/v1/me/sessions")), []);
  const [endingId, setEndingId] = useState<string>();
  if (!data) return problem ? <Failed problem={problem} onRetry={again} /> : <Skeleton lines={2} class="h-14 w-full" />;

  async function end(sessionId: string): Promise<void> {
    setEndingId(sessionId);
    try {
      await told(api.DELETE("/shop/v1/me/sessions/{session_id}", { params: { path: { session_id: sessionId } } }));
      toast(t("shop-me-session_ended"));
      again();
    } catch (error) {
      toastProblem(error);
    } finally {
      setEndingId(undefined);
    }
  }

  return (
    <ul class="surface divide-y divide-base-300 overflow-hidden">
      {[...data].sort((a, b) => Number(b.is_this) - Number(a.is_this)).map((session) => (
        <li key={session.session_id} class="flex min-h-14 items-center gap-4 px-4 py-2">
          <Icon name="phone" class="quiet" />
          <span class="grid min-w-0 flex-1">
            <span>{session.device_name ?? t("shop-me-some_device")}</span>
            <span class="quiet text-sm">{session.is_this ? t("shop-me-since", { day: day(session.created_at) }) : t("shop-me-seen", { ago: ago(session.seen_at) })}</span>
          </span>
          {session.is_this ? (
            <Badge tone="good">{t("shop-me-this_device")}</Badge>
          ) : (
            <Button kind="plain" isBusy={endingId === session.session_id} onClick={() => void end(session.session_id)} class="btn-sm">
              {t("shop-me-end_session")}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

function Download() {
  const [isBusy, setBusy] = useState(false);
  async function run(): Promise<void> {
    setBusy(true);
    try {
      const answer = await send("/shop/v1/me/export");
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await answer.blob());
      link.download = "highstreet-export.json";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      toast(t("shop-me-exported"), "download");
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  }
  return <Row icon="download" title={t("shop-me-export")} more={t("shop-me-export.what")} onClick={() => void run()} end={isBusy ? <span class="loading loading-spinner loading-sm" /> : undefined} />;
}

/** Typed, so that no thumb does it by chance. */
function Erase() {
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const [isBusy, setBusy] = useState(false);
  const word = t("shop-me-erase_word");
  const isSure = typed.trim().toLocaleLowerCase() === word.toLocaleLowerCase();

  async function erase(): Promise<void> {
    setBusy(true);
    try {
      await told(api.DELETE("/shop/v1/me"));
      await gone();
      toast(t("shop-me-erased"));
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <Row icon="trash" title={t("shop-me-erase")} more={t("shop-me-erase.what")} isDanger onClick={() => setOpen(true)} />
      <Dialog
        title={t("shop-me-erase")}
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        actions={
          <>
            <Button kind="plain" onClick={() => setOpen(false)}>
              {t("look-cancel")}
            </Button>
            <Button kind="danger" icon="trash" disabled={!isSure} isBusy={isBusy} onClick={() => void erase()}>
              {t("shop-me-erase_now")}
            </Button>
          </>
        }
      >
        <div class="grid gap-4">
          <div>
            <h3 class="font-semibold">{t("shop-me-erase_goes")}</h3>
            <p>{t("shop-me-erase_goes.what")}</p>
          </div>
          <div>
            <h3 class="font-semibold">{t("shop-me-erase_stays")}</h3>
            <p>{t("shop-me-erase_stays.what")}</p>
          </div>
          <p class="quiet text-sm">{t("shop-me-erase_hint")}</p>
          <Field label={t("shop-me-erase_type", { word })} value={typed} autocomplete="off" autocapitalize="off" spellcheck={false} onInput={(event: InputEvent) => setTyped((event.currentTarget as HTMLInputElement).value)} />
        </div>
      </Dialog>
    </>
  );
}

function SignOut() {
  const [isBusy, setBusy] = useState(false);
  async function run(): Promise<void> {
    setBusy(true);
    try {
      await told(api.POST("/shop/v1/sign-out"));
      await gone();
      toast(t("shop-me-signed_out"), "log-out");
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  }
  return (
    <Button kind="soft" icon="log-out" isWide isBusy={isBusy} onClick={() => void run()}>
      {t("look-sign_out")}
    </Button>
  );
}

/** Nobody is signed in any more: nothing of the person stays on the phone. */
async function gone(): Promise<void> {
  await forget();
  me.value = null;
}
