import { Icon } from "@look/components";
import { named, t } from "@look/texts";
import { categoryName } from "./words";
import { brandOf, categories, filters, setFilters } from "./state";

const SHOWN = 12;

/** What the list and the map leave out: closed places, other categories, other brands. */
export function Chips() {
  const { openOnly, category, brandId } = filters.value;
  const brand = brandId ? brandOf.value.get(brandId) : undefined;
  return (
    <div class="chips" role="group" aria-label={t("shop-filters")}>
      <button type="button" class="chip" aria-pressed={openOnly} onClick={() => setFilters({ openOnly: !openOnly })}>
        <Icon name="clock" class="icon-sm" />
        {t("shop-open_now")}
      </button>
      {brandId && (
        <button type="button" class="chip" aria-pressed="true" aria-label={t("shop-filter_off", { name: brand ? named(brand.name_en, brand.name_zh) : "" })} onClick={() => setFilters({ brandId: undefined })}>
          {brand ? named(brand.name_en, brand.name_zh) : t("shop-one_brand")}
          <Icon name="x" class="icon-sm" />
        </button>
      )}
      {categories.value.slice(0, SHOWN).map((one) => (
        <button key={one} type="button" class="chip" aria-pressed={one === category} onClick={() => setFilters({ category: one === category ? undefined : one, brandId: undefined })}>
          {categoryName(one)}
        </button>
      ))}
    </div>
  );
}
