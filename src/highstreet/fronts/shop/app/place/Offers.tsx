import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { api, asProblem, told, type Told } from "@look/api";
import { Badge, Button, Icon, toast, toastProblem } from "@look/components";
import { number } from "@look/format";
import { named, t } from "@look/texts";
import { beforeTaking, termsOf } from "../me/terms";
import "../me/texts";
import { newId } from "../shell/device";
import { me, signInAddress } from "../shell/who";

const FEW_LEFT = 50;
type Offer = Told["PlacePageTold"]["offers"][number];

/** What the brand offers now, each to be claimed with one tap. */
export function Offers({ brand, offers }: { brand: Told["BrandTold"]; offers: Offer[] }) {
  if (offers.length === 0) return null;
  return (
    <section aria-labelledby="place-offers" class="grid gap-3">
      <h3 id="place-offers" class="text-lg font-semibold">
        {t("shop-offers_title")}
      </h3>
      <ul class="grid gap-3">
        {offers.map((offer) => (
          <Line key={offer.offer_id} brand={brand} offer={offer} />
        ))}
      </ul>
    </section>
  );
}

function Line({ brand, offer }: { brand: Told["BrandTold"]; offer: Offer }) {
  const { route } = useLocation();
  const [state, setState] = useState<"open" | "busy" | "claimed">("open");
  // The same id for every try, so that a tap after a lost answer claims nothing twice.
  const [couponId] = useState(() => newId("cpn"));
  const claim = async () => {
    if (!me.value) {
      route(signInAddress());
      return;
    }
    setState("busy");
    try {
      await told(api.POST("/shop/v1/brands/{brand_id}/offers/{offer_id}/claims", { params: { path: { brand_id: brand.brand_id, offer_id: offer.offer_id } }, body: { coupon_id: couponId } }));
      setState("claimed");
      toast(t("shop-claimed"), "coupon", { label: t("shop-claimed_show"), run: () => route("/shop/wallet") });
    } catch (error) {
      // Theirs already: as good as claimed.
      setState(asProblem(error).code === "offers.person_limit" ? "claimed" : "open");
      toastProblem(error);
    }
  };
  const isGone = offer.left === 0;
  return (
    <li class="offer-line">
      <span class="offer-stub">
        <Icon name={offer.needs_coupon ? "coupon" : "member"} />
      </span>
      <div class="flex min-w-0 flex-1 flex-wrap items-center gap-x-3 py-3 pr-4">
        <div class="min-w-0 flex-[1_1_9rem]">
          <p class="font-semibold leading-snug">{named(offer.title_en, offer.title_zh)}</p>
          <p class="quiet text-sm">{termsOf(offer, brand.currency)}</p>
          {!offer.needs_coupon && <Badge>{t("shop-offer_by_itself")}</Badge>}
          <p class="quiet text-sm">
            {beforeTaking(offer)}
            {offer.left !== null && offer.left > 0 && offer.left <= FEW_LEFT && ` · ${t("shop-offer_left", { count: number(offer.left) })}`}
          </p>
        </div>
        <div class="ml-auto empty:hidden">
          {!offer.needs_coupon ? null : state === "claimed" ? (
            <a class="btn btn-ghost tap" href="/shop/wallet">
              <Icon name="check" class="icon-sm" /> {t("shop-claimed_have")}
            </a>
          ) : isGone ? (
            <Badge>{t("shop-offer_gone")}</Badge>
          ) : (
            <Button kind="offer" isBusy={state === "busy"} onClick={() => void claim()}>
              {t("shop-claim")}
            </Button>
          )}
        </div>
      </div>
    </li>
  );
}
