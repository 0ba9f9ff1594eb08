/** A manager is asked: what for, how much, and by whose PIN. */
import { api, told } from "@look/api";
import { useAsk } from "@look/ask";
import { Button, Dialog, Failed, Skeleton } from "@look/components";
import { money } from "@look/format";
import { t, type TextKey } from "@look/texts";
import { approve, cancelApproval, wanted, type ApprovalFacts } from "../approve";
import { useLayer } from "../keys";
import { beep } from "../sound";
import { WhoAndPin } from "./WhoAndPin";

const ACTS = new Set(["return", "give_up", "allowance", "price"]);

export function ApprovalDialog() {
  const now = wanted.value;
  return (
    <Dialog title={t("register-approve")} isOpen={now !== undefined} onClose={cancelApproval}>
      {now && <Ask facts={now.facts} before={now.before?.detail} />}
    </Dialog>
  );
}

function Ask({ facts, before }: { facts: ApprovalFacts; before: string | undefined }) {
  const people = useAsk(() => told(api.GET("/register/v1/clerks")), []);
  // Also while the list is on its way: what is scanned now is for nothing behind this.
  useLayer({ scan: () => beep("bad") });
  const approvers = people.data?.filter((one) => one.is_approver) ?? [];
  return (
    <div class="grid gap-4">
      {before && (
        <p class="rounded-xl bg-warning px-4 py-3 text-warning-content" role="alert">
          {before}
        </p>
      )}
      <div class="grid gap-1 rounded-2xl bg-base-200 px-5 py-4 text-center">
        <p>{t((ACTS.has(facts.act) ? `register-approve_${facts.act}` : "register-approve_else") as TextKey)}</p>
        <p class="figures text-3xl font-semibold">{money(facts.amount_minor, facts.currency)}</p>
      </div>
      {people.problem && !people.data && <Failed problem={people.problem} onRetry={people.again} />}
      {!people.data && !people.problem && <Skeleton lines={2} class="h-14 w-full" />}
      {people.data && !approvers.length && <p role="alert">{t("register-approve_nobody")}</p>}
      {approvers.length > 0 && <WhoAndPin people={approvers} label={t("register-approve_who")} submit={t("register-approve_do")} onPin={approve} />}
      <Button kind="plain" onClick={cancelApproval}>
        {t("register-approve_cancel")} <kbd class="key">Esc</kbd>
      </Button>
    </div>
  );
}
