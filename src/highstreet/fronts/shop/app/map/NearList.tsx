import { Badge, Button, CloseButton, Empty, Failed, Icon, Money, Picture } from "@look/components";
import { openWords } from "@look/format";
import { named, t } from "@look/texts";
import { arrival } from "./arrive";
import { locate, where } from "./position";
import { about, askMore, askNear, brandOf, filters, list, search, setFilters, setSearch, type Near } from "./state";
import { stockWords } from "./words";

/** The nearest places: what the map shows, for everyone to read. */
export function NearList() {
  const { places, problem, isLoading, hasMore } = list.value;
  return (
    <>
      <header class="px-4 pb-2">
        <h2 class="text-lg font-semibold">{title()}</h2>
        <p class="quiet text-sm" role="status">
          {isLoading && !places ? t("look-loading") : subtitle(places)}
        </p>
      </header>
      <Arrived />
      <AskPosition />
      {problem ? (
        <Failed problem={problem} onRetry={() => void askNear()} />
      ) : !places ? (
        <Waiting />
      ) : places.length === 0 ? (
        <Nothing />
      ) : (
        <ul class="near-list" aria-busy={isLoading}>
          {places.map((near) => (
            <Line key={near.place.place_id} near={near} />
          ))}
        </ul>
      )}
      {places && places.length > 0 && hasMore && !problem && (
        <div class="p-4">
          <Button kind="soft" isWide isBusy={isLoading} onClick={() => void askMore()}>
            {t("shop-more_places")}
          </Button>
        </div>
      )}
    </>
  );
}

function title(): string {
  if (search.value) return t("shop-has_it", { what: search.value.label });
  return t("shop-title");
}

function subtitle(places: Near[] | undefined): string {
  if (search.value && places) return t("shop-has_count", { count: places.length });
  return t(`shop-about_${about.value.is}`);
}

function Line({ near }: { near: Near }) {
  const name = named(near.place.name_en, near.place.name_zh);
  const offers = brandOf.value.get(near.brand.brand_id)?.offers ?? 0;
  const stock = near.stock ? stockWords(near.stock) : undefined;
  const [goods, ...others] = near.goods;
  return (
    <li>
      <a class="near-line" href={`/shop/places/${near.brand.brand_id}/${near.place.place_id}`}>
        <Picture of="places" category={near.brand.category} seed={near.place.place_id} class="size-16" />
        <span class="grid min-w-0 flex-1 content-start gap-0.5">
          <span class="font-semibold leading-snug">{name}</span>
          <span class="text-sm">
            <span class={near.is_open ? "font-medium text-success" : "quiet"}>{openWords(near.is_open, near.changes_at, near.time_zone)}</span>
          </span>
          <span class="quiet flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
            <span class="inline-flex items-center gap-1">
              <Icon name="walk" class="size-4" />
              {t("shop-about_on_foot", { minutes: Math.max(1, near.walking_minutes) })}
            </span>
            {stock && <Badge tone={stock.tone}>{stock.text}</Badge>}
            {offers > 0 && (
              <Badge tone="offer" icon="tag">
                {t("shop-offers", { count: offers })}
              </Badge>
            )}
          </span>
          {goods && (
            <span class="text-sm">
              {named(goods.name_en, goods.name_zh)} · <Money minor={goods.list_minor} currency={goods.currency} class="font-medium" />
              {others.length > 0 && <span class="quiet"> {t("shop-more_goods", { count: others.length })}</span>}
            </span>
          )}
        </span>
      </a>
    </li>
  );
}

/** Lines of the size of what will come. */
function Waiting() {
  return (
    <div class="near-list" aria-hidden="true">
      {[0, 1, 2, 3].map((at) => (
        <div key={at} class="near-line">
          <div class="skeleton size-16" />
          <div class="grid flex-1 content-center gap-2">
            <div class="skeleton h-4 w-3/5" />
            <div class="skeleton h-3 w-2/5" />
            <div class="skeleton h-3 w-1/3" />
          </div>
        </div>
      ))}
    </div>
  );
}

function Nothing() {
  const { openOnly, category, brandId } = filters.value;
  const isFiltered = openOnly || category !== undefined || brandId !== undefined;
  const clear = () => (isFiltered ? setFilters({ openOnly: false, category: undefined, brandId: undefined }) : setSearch(undefined));
  return (
    <Empty
      scene="search"
      title={t(search.value ? "shop-nobody_has_it" : "shop-nothing_near")}
      action={
        (isFiltered || search.value) && (
          <Button kind="soft" onClick={clear}>
            {t(isFiltered ? "shop-clear_filters" : "shop-clear_search")}
          </Button>
        )
      }
    >
      {t(isFiltered ? "shop-nothing_near.filtered" : "shop-nothing_near.why")}
    </Empty>
  );
}

/** Why the position would help, before the device asks. */
function AskPosition() {
  if (where.value === "there" || where.value === "asking" || search.value) return null;
  if (where.value === "refused" || where.value === "far") {
    return (
      <p class="position-line">
        <Icon name="locate" class="icon-sm" />
        {t(where.value === "far" ? "shop-where_far" : "shop-where_refused")}
      </p>
    );
  }
  return (
    <div class="position-line">
      <Icon name="locate" class="icon-sm" />
      <p class="flex-1">{t("shop-where_why")}</p>
      <Button kind="plain" class="text-primary" onClick={() => void locate()}>
        {t("shop-where_use")}
      </Button>
    </div>
  );
}

function forget(): void {
  arrival.value = undefined;
}

/** What the code says that led here. */
function Arrived() {
  const here = arrival.value;
  if (!here) return null;
  if (here === "unknown") {
    return (
      <aside class="arrived">
        <p class="flex-1">{t("shop-code_unknown")}</p>
        <CloseButton onClick={forget} />
      </aside>
    );
  }
  const { brand, offer } = here.leads;
  return (
    <aside class="arrived">
      <Picture of="places" category={brand.category} seed={brand.brand_id} class="size-12" />
      <div class="min-w-0 flex-1">
        <p class="font-semibold">{t("shop-welcome", { brand: named(brand.name_en, brand.name_zh) })}</p>
        <p class="text-sm">{offer ? t("shop-welcome.offer", { offer: named(offer.title_en, offer.title_zh) }) : t("shop-welcome.places")}</p>
      </div>
      <CloseButton onClick={forget} />
    </aside>
  );
}
