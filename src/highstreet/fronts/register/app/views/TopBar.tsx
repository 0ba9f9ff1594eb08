/** Where we are, whether the server is reached, and the way to everything else. */
import { useState } from "preact/hooks";
import { api, told } from "@look/api";
import { Button, Dialog, Icon, IconButton, LanguageSwitch, ThemeSwitch, toastProblem, type IconName } from "@look/components";
import { named, t } from "@look/texts";
import { clerk, signOut } from "../clerk";
import { desk, hasShortcuts, registerName, view, type View } from "../desk";
import { append, entries, sendNow, unsent } from "../offline/journal";
import { stage } from "../pay/charge";
import { chooseSound, hasSound } from "../sound";
import { clear } from "../till/basket";
import { ClerkButton } from "./Clerk";
import { OfflineBar } from "./OfflineBar";

export function TopBar() {
  const [isOpen, setOpen] = useState(false);
  const here = desk.value;
  if (!here) return null;
  return (
    <header class="sticky top-0 z-30 border-b border-base-300 bg-base-100">
      <div class="flex min-h-14 items-center gap-1 px-3 sm:gap-2 sm:px-4">
        <span class="hidden size-9 place-content-center rounded-xl bg-primary text-primary-content sm:grid">
          <Icon name="register" class="icon-sm" />
        </span>
        <div class="min-w-0 flex-1 leading-tight">
          {/* On a phone the place is read whole, on two lines if need be; the brand and the end of the clerk's name give way. */}
          <p class={`text-sm font-semibold wrap-anywhere sm:text-base ${clerk.value ? "line-clamp-1" : "line-clamp-2"}`}>
            {registerName()}
            {clerk.value && <span class="sm:hidden"> · {clerk.value.name}</span>}
          </p>
          <p class="quiet line-clamp-2 text-xs wrap-anywhere sm:line-clamp-1 sm:text-sm">
            {named(here.place.name_en, here.place.name_zh)}
            <span class="hidden sm:inline"> · {named(here.brand_name_en, here.brand_name_zh)}</span>
          </p>
        </div>
        <nav aria-label={t("look-menu")} class="flex items-center gap-1">
          <ClerkButton />
          <Way to="refund" icon="refund" keyName="F6" label={t("register-refund")} />
          <Way to="shift" icon="chart" keyName="F7" label={t("register-shift")} />
          <IconButton icon="keyboard" label={t("register-keys")} class="hidden sm:inline-flex" onClick={() => (hasShortcuts.value = true)} />
          <IconButton icon="settings" label={t("register-settings")} onClick={() => setOpen(true)} />
        </nav>
      </div>
      {here.is_training && (
        <p class="bg-info px-4 py-2 text-center font-semibold text-info-content" role="status">
          {t("register-training")}
        </p>
      )}
      <OfflineBar />
      <Dialog title={t("register-settings")} isOpen={isOpen} onClose={() => setOpen(false)}>
        <Settings onDone={() => setOpen(false)} />
      </Dialog>
    </header>
  );
}

function Way({ to, icon, keyName, label }: { to: View; icon: IconName; keyName: string; label: string }) {
  const isHere = view.value === to;
  return (
    <button
      type="button"
      class={`btn tap px-3 ${isHere ? "bg-secondary text-secondary-content" : "btn-ghost"}`}
      aria-current={isHere ? "page" : undefined}
      aria-keyshortcuts={keyName}
      disabled={stage.value.at !== "none"}
      onClick={() => (view.value = isHere ? "sale" : to)}
    >
      <Icon name={icon} class="icon-sm" /> <span class="sr-only lg:not-sr-only">{label}</span> <kbd class="key hidden lg:inline-grid">{keyName}</kbd>
    </button>
  );
}

async function unpair(): Promise<void> {
  try {
    // A journal that ends by its own word is not missed by the office.
    if (entries.value.length) await append("note", { closes: true });
    await sendNow();
    await told(api.POST("/register/v1/sign-out"));
    clear();
    signOut();
    location.reload();
  } catch (error) {
    toastProblem(error);
  }
}

function Settings({ onDone }: { onDone: () => void }) {
  const [isSure, setSure] = useState(false);
  return (
    <div class="grid gap-5">
      <Row label={t("look-language")}>
        <LanguageSwitch />
      </Row>
      <Row label={t("look-theme")}>
        <ThemeSwitch />
      </Row>
      <Row label={t("register-sound")}>
        <input type="checkbox" class="toggle toggle-primary" checked={hasSound.value} aria-label={t("register-sound")} onChange={(event) => chooseSound(event.currentTarget.checked)} />
      </Row>
      <Row label={t("register-keys")}>
        <Button
          kind="plain"
          icon="keyboard"
          onClick={() => {
            onDone();
            hasShortcuts.value = true;
          }}
        >
          {t("register-show")} <kbd class="key">F1</kbd>
        </Button>
      </Row>
      <hr class="border-base-300" />
      {isSure ? (
        <div class="grid gap-3" role="alert">
          <p>{unsent.value ? t("register-offline_unpair", { count: unsent.value }) : t("register-unpair_sure")}</p>
          <div class="flex flex-wrap gap-2">
            <Button kind="danger" disabled={unsent.value > 0} onClick={() => void unpair()}>
              {t("register-unpair")}
            </Button>
            <Button kind="plain" onClick={() => setSure(false)}>
              {t("look-cancel")}
            </Button>
          </div>
        </div>
      ) : (
        <Button kind="plain" icon="log-out" class="justify-self-start text-error" onClick={() => setSure(true)}>
          {t("register-unpair")}
        </Button>
      )}
    </div>
  );
}

function Row({ label, children }: { label: string; children: preact.ComponentChildren }) {
  return (
    <div class="flex items-center justify-between gap-4">
      <span>{label}</span>
      {children}
    </div>
  );
}
