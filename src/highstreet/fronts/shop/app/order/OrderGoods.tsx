import { useLocation, useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { api, asProblem, told, type Told } from "@look/api";
import { useAsk } from "@look/ask";
import { Button, Empty, Failed, Icon, IconButton, Money, Picture, Skeleton, toastProblem, type IconName } from "@look/components";
import { newId } from "@look/device";
import { day } from "@look/format";
import { named, t } from "@look/texts";
import { JoinSheet } from "../me/JoinSheet";
import { Page } from "../me/Page";
import { SignInGate } from "../shell/SignInGate";
import { me } from "../shell/who";
import { AddressForm, addressOf, WayChoice, type Way } from "./Delivery";
import { orderPath } from "./order";
import "./texts";

const COUPONS = 8;
const DAY_MS = 86_400_000;
const MANY = 20;
type Price = Told["OrderPriceTold"];

/** Ordering an article at a place: what it costs, what is paid now and later, how long it is kept. */
export function OrderGoods() {
  const { params } = useRoute();
  const brandId = params["brand"] ?? "";
  const placeId = params["place"] ?? "";
  return (
    <Page title={t("shop-order_it")} back={`/shop/places/${brandId}/${placeId}`}>
      <SignInGate title={t("shop-order-gate")} why={t("shop-order-gate.why")}>
        <Ask key={params["gtin"]} brandId={brandId} placeId={placeId} gtin={params["gtin"] ?? ""} />
      </SignInGate>
    </Page>
  );
}

interface Wish {
  brandId: string;
  placeId: string;
  gtin: string;
}

interface Priced extends Price {
  coupons: string[];
  keptUntil: Date;
}

/** The price with all coupons that this person can use there. */
async function ask({ brandId, placeId, gtin }: Wish, quantity: number, way: Way): Promise<Priced> {
  const held = await told(api.GET("/shop/v1/coupons", { params: { query: { limit: 200 } } }));
  const coupons = held.filter((one) => one.brand.brand_id === brandId && one.state === "usable").map((one) => one.coupon_id);
  const few = coupons.slice(0, COUPONS);
  const priced = await told(api.POST("/shop/v1/orders/prices", { body: { brand_id: brandId, place_id: placeId, items: [{ gtin, quantity }], coupons: few, way } }));
  return { ...priced, coupons: few.filter((one) => !priced.unusable.includes(one)), keptUntil: new Date(Date.now() + priced.hold_days * DAY_MS) };
}

function Ask(wish: Wish) {
  const [quantity, setQuantity] = useState(1);
  const [way, setWay] = useState<Way>("pickup");
  const { data, problem, again, isLoading } = useAsk(() => ask(wish, quantity, way), [wish.brandId, wish.placeId, wish.gtin, quantity, way, me.value?.person_id]);
  if (problem && !data) {
    if (problem.isOffline || problem.status >= 500 || problem.status < 0) return <Failed problem={problem} onRetry={again} />;
    return (
      <Empty
        scene="bag"
        title={t("shop-order-none")}
        action={
          <a class="btn btn-primary tap" href={`/shop/places/${wish.brandId}/${wish.placeId}`}>
            {t("shop-order-to_place")}
          </a>
        }
      >
        {t("shop-order-none.what")}
      </Empty>
    );
  }
  if (!data) return <Skeleton lines={3} class="h-32 w-full" />;
  return <Sheet wish={wish} priced={data} quantity={quantity} onQuantity={setQuantity} way={way} onWay={setWay} isLoading={isLoading} onStale={again} />;
}

interface SheetProps {
  wish: Wish;
  priced: Priced;
  quantity: number;
  onQuantity: (to: number) => void;
  way: Way;
  onWay: (to: Way) => void;
  isLoading: boolean;
  onStale: () => void;
}

function Sheet({ wish, priced, quantity, onQuantity, way, onWay, isLoading, onStale }: SheetProps) {
  const { route } = useLocation();
  const [isJoining, setJoining] = useState(false);
  const [isBusy, setBusy] = useState(false);
  // The same for every try: a tap after a lost answer orders nothing twice.
  const [saleId, setSaleId] = useState(() => newId("sal"));
  const brand = named(priced.brand.name_en, priced.brand.name_zh);

  async function order(event?: Event): Promise<void> {
    event?.preventDefault();
    const to = way === "delivery" ? addressOf(event?.currentTarget as HTMLFormElement) : null;
    setBusy(true);
    try {
      await told(
        api.POST("/shop/v1/orders", {
          body: {
            id: saleId,
            brand_id: wish.brandId,
            place_id: wish.placeId,
            items: [{ gtin: wish.gtin, quantity }],
            coupons: priced.coupons,
            currency: priced.currency,
            expected_total_minor: priced.total_minor,
            way,
            to,
          },
        }),
      );
      route(orderPath(wish.brandId, saleId), true);
    } catch (error) {
      toastProblem(error);
      if (!asProblem(error).isOffline) {
        setSaleId(newId("sal"));
        onStale();
      }
    } finally {
      setBusy(false);
    }
  }

  return (
    <div class="grid gap-6" aria-busy={isLoading}>
      <Goods priced={priced} quantity={quantity} onQuantity={onQuantity} />
      {priced.delivery_hours !== null && <WayChoice way={way} onWay={onWay} />}
      <Sums priced={priced} way={way} />
      {way === "delivery" && priced.is_member ? (
        <AddressForm isBusy={isBusy} isLoading={isLoading} hours={priced.delivery_hours ?? 0} onSubmit={order} />
      ) : (
        <Pickup priced={priced} brand={brand} />
      )}
      {!priced.is_member && (
        <div class="grid gap-2">
          <Button isWide icon="member" onClick={() => setJoining(true)}>
            {t("shop-order-join", { brand })}
          </Button>
          <p class="quiet text-sm">{t("shop-order-join.why")}</p>
          <JoinSheet brand={priced.brand} isOpen={isJoining} onClose={() => setJoining(false)} onDone={onStale} />
        </div>
      )}
      {priced.is_member && way === "pickup" && (
        <Button isWide isBusy={isBusy} disabled={isLoading} onClick={() => void order()}>
          {t("shop-order-place_order")}
        </Button>
      )}
    </div>
  );
}

function Pickup({ priced, brand }: { priced: Priced; brand: string }) {
  return (
      <ul class="grid gap-3">
        <Fact icon="store">{t("shop-order-pickup_at", { place: named(priced.place.name_en, priced.place.name_zh) })}</Fact>
        <Fact icon="clock">{t("shop-order-kept", { day: day(priced.keptUntil) })}</Fact>
        <Fact icon="card">{t("shop-order-balance", { brand })}</Fact>
        <Fact icon="refund">{t("shop-order-back")}</Fact>
      </ul>
  );
}

function Goods({ priced, quantity, onQuantity }: { priced: Priced; quantity: number; onQuantity: (to: number) => void }) {
  return (
    <section class="surface grid gap-3 p-4">
      {priced.lines.map((line) => (
        <div key={line.line_no} class="flex items-center gap-4">
          {priced.goods.slice(0, 1).map((goods) => (
            <Picture key={goods.variant_id} of="goods" category={goods.category} seed={goods.product_id} class="size-20" />
          ))}
          <div class="min-w-0 flex-1">
            <h2 class="text-lg font-semibold leading-snug">{named(line.name_en, line.name_zh)}</h2>
            <Money minor={line.unit_list_minor} currency={priced.currency} class="quiet" />
          </div>
        </div>
      ))}
      <div class="flex items-center justify-between gap-3">
        <span id="pieces">{t("shop-order-quantity")}</span>
        <div class="flex items-center gap-1" role="group" aria-labelledby="pieces">
          <IconButton icon="minus" label={t("shop-order-fewer")} disabled={quantity <= 1} onClick={() => onQuantity(quantity - 1)} />
          <output class="figures min-w-8 text-center font-semibold" aria-live="polite">
            {quantity}
          </output>
          <IconButton icon="plus" label={t("shop-order-more")} disabled={quantity >= MANY} onClick={() => onQuantity(quantity + 1)} />
        </div>
      </div>
    </section>
  );
}

function Sums({ priced, way }: { priced: Priced; way: Way }) {
  const list = priced.lines.reduce((sum, line) => sum + line.net_minor + line.discount_minor, 0);
  const { currency, total_minor: total, deposit_minor: deposit } = priced;
  return (
    <dl class="surface grid gap-2 p-4">
      {list > total && (
        <>
          <Sum label={t("shop-order-list")} minor={list} currency={currency} look="quiet" />
          <Sum label={t("shop-order-off")} minor={total - list} currency={currency} look="text-success" />
        </>
      )}
      <Sum label={t("shop-order-total")} minor={total} currency={currency} look="text-lg font-semibold" />
      {way === "pickup" && <Sum label={t("shop-order-deposit_now")} minor={deposit} currency={currency} look="mt-1 border-t border-base-300 pt-3 font-semibold" />}
      {way === "pickup" && <Sum label={t("shop-order-due_later")} minor={total - deposit} currency={currency} look="" />}
    </dl>
  );
}

function Sum({ label, minor, currency, look }: { label: string; minor: number; currency: string; look: string }) {
  return (
    <div class={`flex items-baseline justify-between gap-4 ${look}`}>
      <dt>{label}</dt>
      <dd>
        <Money minor={minor} currency={currency} class="whitespace-nowrap" />
      </dd>
    </div>
  );
}

function Fact({ icon, children }: { icon: IconName; children: string }) {
  return (
    <li class="flex items-start gap-3">
      <Icon name={icon} class="icon-sm quiet mt-0.5" />
      <span>{children}</span>
    </li>
  );
}
