import { t } from "@look/texts";

/** The map, the search over it and the sheet of what is near. */
export function MapPage() {
  return (
    <main class="p-6">
      <h1 class="text-2xl font-semibold">{t("shop-title")}</h1>
    </main>
  );
}
