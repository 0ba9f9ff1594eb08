/** What goes back of the cash that was given, big. */
import { money } from "@look/format";
import { t } from "@look/texts";

export function Change({ minor, given, currency }: { minor: number; given: number | null | undefined; currency: string }) {
  return (
    <p class="surface grid grid-cols-[1fr_auto] items-baseline gap-4 px-5 py-4" role="status">
      <span class="text-lg">
        {t("register-change")}
        {typeof given === "number" && <span class="quiet block text-sm">{t("register-of_given", { amount: money(given, currency) })}</span>}
      </span>
      <span class="figures text-4xl font-semibold sm:text-5xl">{money(minor, currency)}</span>
    </p>
  );
}
