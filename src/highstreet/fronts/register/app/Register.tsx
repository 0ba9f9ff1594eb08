import { LanguageSwitch, ThemeSwitch, Toasts } from "@look/components";
import { t } from "@look/texts";

/** The frame of the register. */
export function Register() {
  return (
    <main class="grid min-h-dvh place-content-center gap-6 p-6 text-center">
      <h1 class="text-3xl font-semibold">{t("register-title")}</h1>
      <p class="quiet">{t("register-lead")}</p>
      <div class="flex flex-wrap justify-center gap-2">
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
      <Toasts />
    </main>
  );
}
