import { t } from "@look/texts";

/** TODO(half B). */
export function Scan() {
  return (
    <main class="p-6">
      <h1 class="text-2xl font-semibold">{t("shop-title")}</h1>
    </main>
  );
}
