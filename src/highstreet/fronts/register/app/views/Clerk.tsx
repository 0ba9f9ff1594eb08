/** Who is signed in at this register: another one, or nobody. */
import { api, told } from "@look/api";
import { useAsk } from "@look/ask";
import { Button, Dialog, Failed, Icon, Skeleton } from "@look/components";
import { clock } from "@look/format";
import { t } from "@look/texts";
import { askClerk, clerk, closeClerk, isAsked, signIn, signOut, waiting } from "../clerk";
import { desk } from "../desk";
import { WhoAndPin } from "./WhoAndPin";

export function ClerkDialog() {
  return (
    <Dialog title={t("register-clerk")} isOpen={isAsked.value} onClose={close}>
      <Choose />
    </Dialog>
  );
}

const close = () => closeClerk();

function out(): void {
  signOut();
  close();
}

function Choose() {
  const people = useAsk(() => told(api.GET("/register/v1/clerks")), []);
  const act = waiting.value;
  const now = act ? undefined : clerk.value;
  const others = people.data?.filter((one) => one.staff_id !== now?.staff_id) ?? [];
  const zero = act ? close : now ? out : undefined;
  return (
    <div class="grid gap-4">
      {act && (
        <p class="rounded-xl bg-warning px-4 py-3 text-warning-content" role="alert">
          {act.name ? t("register-clerk_gone", { name: act.name }) : t("register-clerk_gone_somebody")}
        </p>
      )}
      {now && (
        <p class="flex items-center gap-3">
          <Icon name="user" /> <span>{t("register-clerk_is", { name: now.name, until: clock(new Date(now.until).toISOString(), desk.value?.time_zone) })}</span>
        </p>
      )}
      {people.problem && !people.data && <Failed problem={people.problem} onRetry={people.again} />}
      {!people.data && !people.problem && <Skeleton lines={3} class="h-14 w-full" />}
      {people.data && !people.data.length && <p>{t("register-clerk_none")}</p>}
      {others.length > 0 && <WhoAndPin people={others} label={t("register-clerk_who")} submit={t("register-clerk_sign_in")} onPin={signIn} onZero={zero} />}
      {zero && (
        <Button kind="soft" icon={act ? "arrow-right" : "log-out"} autofocus={!others.length} onClick={zero}>
          {t(act ? "register-clerk_nobody" : "register-clerk_sign_out")} <kbd class="key">{others.length ? "0" : "Enter"}</kbd>
        </Button>
      )}
    </div>
  );
}

/** Who it is, in the top bar. */
export function ClerkButton() {
  const name = clerk.value?.name;
  if (desk.value?.is_training) return null;
  return (
    <button type="button" class={`btn tap px-2 sm:px-3 ${name ? "bg-secondary text-secondary-content" : "btn-ghost"}`} aria-keyshortcuts="F9" onClick={askClerk}>
      <Icon name="user" class="icon-sm" />
      <span class={name ? "sr-only max-w-40 truncate sm:not-sr-only" : "sr-only lg:not-sr-only"}>{name ?? t("register-clerk_signed_in_nobody")}</span>
      <kbd class="key hidden lg:inline-grid">F9</kbd>
    </button>
  );
}
