import { useEffect, useState } from "preact/hooks";
import { api, told, type Told } from "@look/api";
import { useAsk } from "@look/ask";
import { Badge, Button, Failed, Icon, Money, Picture, Skeleton, toast } from "@look/components";
import { distance, onFoot, openWords } from "@look/format";
import { named, t } from "@look/texts";
import { here } from "../map/position";
import { about, search } from "../map/state";
import { showWay, way } from "../map/way";
import { categoryName, stockWords } from "../map/words";
import { Coming } from "./Coming";
import { FollowButton } from "./FollowButton";
import { Offers } from "./Offers";

const FEW = 12;
const MANY = 200;
type Place = Told["PlacePageTold"];

/** A place's page: when it is open, the way there, its offers, what it has. */
export function PlaceSheet({ brandId, placeId }: { brandId: string; placeId: string }) {
  const [limit, setLimit] = useState(FEW);
  const { gtin, text } = search.value ?? {};
  const wanted = gtin ? { gtin } : text ? { text } : {}; // comes first
  const asked = useAsk(
    () => told(api.GET("/shop/v1/places/{brand_id}/{place_id}", { params: { path: { brand_id: brandId, place_id: placeId }, query: { goods_limit: limit, ...wanted } } })),
    [brandId, placeId, limit, gtin, text],
  );
  const place = asked.data;
  useEffect(() => {
    if (place) document.title = `${named(place.place.name_en, place.place.name_zh)} · Highstreet`;
  }, [place]);
  if (asked.problem && !place) return <Missing problem={asked.problem} onRetry={asked.again} />;
  if (!place) return <Coming placeId={placeId} />;
  return (
    <article class="grid gap-6 px-4 pb-8">
      <Head place={place} />
      <Way place={place} />
      <Offers brand={place.brand} offers={place.offers} />
      <Goods place={place} isLoading={asked.isLoading} onMore={() => setLimit(MANY)} />
      <Week place={place} />
    </article>
  );
}

function Head({ place }: { place: Place }) {
  const name = named(place.place.name_en, place.place.name_zh);
  return (
    <header class="grid gap-4">
      <div class="flex items-start gap-3">
        <Picture of="places" category={place.brand.category} seed={place.place.place_id} class="size-16" />
        <div class="min-w-0 flex-1">
          <h2 class="text-lg font-semibold leading-tight">{name}</h2>
          <p class="quiet text-sm">
            {named(place.brand.name_en, place.brand.name_zh)} · {categoryName(place.brand.category)}
          </p>
          <p class={`mt-1 text-sm ${place.is_open ? "font-medium text-success" : "quiet"}`}>{openWords(place.is_open, place.changes_at, place.time_zone)}</p>
        </div>
        <a class="btn btn-ghost btn-circle tap -mr-2 -mt-1" href="/shop/" aria-label={t("shop-place_close")} title={t("shop-place_close")}>
          <Icon name="x" />
        </a>
      </div>
      <div class="flex flex-wrap gap-2">
        <FollowButton brand={place.brand} />
        <Button kind="soft" icon="link" onClick={() => void share(name)}>
          {t("shop-share")}
        </Button>
      </div>
    </header>
  );
}

async function share(title: string): Promise<void> {
  const url = location.origin + location.pathname;
  if ("share" in navigator && matchMedia("(pointer: coarse)").matches) {
    await navigator.share({ title, url }).catch(() => undefined);
    return;
  }
  try {
    await navigator.clipboard.writeText(url);
    toast(t("shop-share_copied"), "copy");
  } catch {
    toast(url, "link");
  }
}

/** From where the shopper is, or else from where the list is about. */
function Way({ place }: { place: Place }) {
  const from = here.value ?? about.value;
  const isHere = here.value !== undefined;
  const brandId = place.brand.brand_id;
  const placeId = place.place.place_id;
  const asked = useAsk(
    () => (place.position ? told(api.GET("/shop/v1/places/{brand_id}/{place_id}/way", { params: { path: { brand_id: brandId, place_id: placeId }, query: { lat: from.lat, lon: from.lon } } })) : Promise.resolve(undefined)),
    [brandId, placeId, Math.round(from.lat * 2000), Math.round(from.lon * 1000)],
  );
  const found = asked.data;
  useEffect(() => {
    way.value = found;
  }, [found]);
  useEffect(() => () => void (way.value = undefined), []);
  return (
    <section class="surface grid gap-3 p-4" aria-label={t("shop-way")}>
      {place.address && (
        <p class="flex items-start gap-3">
          <Icon name="map-pin" class="icon-sm quiet mt-0.5" />
          {place.address}
        </p>
      )}
      {asked.isLoading && !found ? (
        <Skeleton class="h-5 w-2/3" />
      ) : found ? (
        <div class="flex items-center gap-3">
          <Icon name="walk" class="icon-sm quiet" />
          <p class="flex-1">
            <span class="font-medium">{onFoot(found.minutes)}</span> <span class="quiet whitespace-nowrap">· {distance(found.distance_m)}</span>
            <span class="quiet block text-sm">
              {t(isHere ? "shop-way_from_here" : about.value.is === "middle" ? "shop-way_from_middle" : "shop-way_from_map")}
              {found.is_straight && ` ${t("shop-way_straight")}`}
            </span>
          </p>
          <Button kind="soft" onClick={() => showWay.value++}>
            {t("shop-way_show")}
          </Button>
        </div>
      ) : (
        <p class="quiet text-sm">{t(place.position ? "shop-way_unknown" : "shop-not_on_map")}</p>
      )}
    </section>
  );
}

function Goods({ place, isLoading, onMore }: { place: Place; isLoading: boolean; onMore: () => void }) {
  const [words, setWords] = useState("");
  const wanted = words.trim().toLowerCase();
  const shown = place.goods.filter(({ goods }) => !wanted || `${goods.name_en} ${goods.name_zh} ${goods.sku}`.toLowerCase().includes(wanted));
  return (
    <section aria-labelledby="place-goods">
      <div class="flex items-center justify-between gap-3">
        <h3 id="place-goods" class="text-lg font-semibold">
          {t("shop-has")}
        </h3>
        {(place.has_more_goods || place.goods.length > FEW) && (
          <label class="input h-11 w-40 min-w-0">
            <Icon name="search" class="icon-sm quiet" />
            <input type="search" class="min-w-0" placeholder={t("look-search")} aria-label={t("shop-has_search")} value={words} onFocus={() => place.has_more_goods && onMore()} onInput={(event) => setWords(event.currentTarget.value)} />
          </label>
        )}
      </div>
      {place.goods.length === 0 ? (
        <p class="quiet mt-2">{t("shop-has_nothing")}</p>
      ) : shown.length === 0 ? (
        <p class="quiet mt-3" role="status">
          {t("shop-has_no_such")}
        </p>
      ) : (
        <ul class="mt-2">
          {shown.map(({ goods, stock }) => {
            const words = stockWords(stock);
            return (
              <li key={goods.variant_id} class="goods-line">
                <Picture of="goods" category={goods.category} seed={goods.product_id} class="size-14" />
                <div class="min-w-0 flex-1">
                  <p class="leading-snug">{named(goods.name_en, goods.name_zh)}</p>
                  <Badge tone={words.tone}>{words.text}</Badge>
                </div>
                <div class="grid flex-none justify-items-end gap-1">
                  <p class="text-right">
                    <Money minor={goods.list_minor} currency={goods.currency} class="font-medium" />
                    {goods.member_minor !== null && goods.member_minor < goods.list_minor && (
                      <span class="block text-sm text-primary">
                        <Money minor={goods.member_minor} currency={goods.currency} /> {t("shop-members")}
                      </span>
                    )}
                  </p>
                  {place.takes_orders && goods.gtin && (
                    <a class="btn tap border-transparent bg-secondary text-secondary-content" href={`/shop/order/${place.brand.brand_id}/${place.place.place_id}/${goods.gtin}`} aria-label={t("shop-order_goods", { goods: named(goods.name_en, goods.name_zh) })}>
                      {t("shop-order_it")}
                    </a>
                  )}
                </div>
              </li>
            );
          })}
        </ul>
      )}
      {place.has_more_goods && !wanted && (
        <Button kind="soft" isWide class="mt-2" isBusy={isLoading} onClick={onMore}>
          {t("shop-has_more")}
        </Button>
      )}
    </section>
  );
}

function Week({ place }: { place: Place }) {
  return (
    <section aria-labelledby="place-week">
      <h3 id="place-week" class="text-lg font-semibold">
        {t("shop-week")}
      </h3>
      {place.week ? (
        <table class="mt-2 w-full">
          <tbody>
            {place.week.map((day, at) => (
              <tr key={day.day} class={at === 0 ? "week-today" : ""} aria-current={at === 0 ? "date" : undefined}>
                <th scope="row" class="py-2 pl-3 text-left font-normal">
                  {day.weekday}
                  {at === 0 && <span class="quiet font-normal"> · {t("shop-today")}</span>}
                </th>
                <td class="figures py-2 pr-3 text-right">{day.words}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p class="quiet mt-2">{t("look-hours_unknown")}</p>
      )}
    </section>
  );
}

function Missing({ problem, onRetry }: { problem: Parameters<typeof Failed>[0]["problem"]; onRetry: () => void }) {
  return (
    <div>
      <Failed problem={problem} {...(problem.status === 404 ? {} : { onRetry })} />
      <p class="pb-6 text-center">
        <a class="btn btn-ghost tap" href="/shop/">
          {t("shop-to_map")}
        </a>
      </p>
    </div>
  );
}
