import { useState } from "preact/hooks";
import { api, told, type Told } from "@look/api";
import { useAsk } from "@look/ask";
import { Badge, Button, Empty, Failed, Icon, Picture, Skeleton, toast, toastProblem } from "@look/components";
import { day } from "@look/format";
import { isOnline } from "@look/online";
import { named, t } from "@look/texts";
import { newId } from "../shell/device";
import { SignInGate } from "../shell/SignInGate";
import { me } from "../shell/who";
import { JoinSheet } from "./JoinSheet";
import { askKept } from "./keep";
import { changes, listen } from "./live";
import { Page } from "./Page";
import { beforeTaking, leftOf, leftWords } from "./terms";
import { TermsBeside } from "./TermsBeside";
import "./texts";

type Item = Told["FeedItemTold"];

/** What the brands one follows offer now. */
export function Feed() {
  return (
    <Page title={t("shop-me-feed")}>
      <SignInGate title={t("shop-me-feed_gate")} why={t("shop-me-feed_gate.why")}>
        <Items />
      </SignInGate>
    </Page>
  );
}

async function ask() {
  const [items, memberships] = await Promise.all([told(api.GET("/shop/v1/feed", { params: { query: { limit: 100 } } })), told(api.GET("/shop/v1/memberships"))]);
  return { items, joined: memberships.map((one) => one.brand.brand_id) };
}

function Items() {
  listen();
  const { data, problem, again } = useAsk(() => askKept("feed", ask), [changes.value, isOnline.value]);
  if (!data) return problem ? <Failed problem={problem} onRetry={again} /> : <Skeleton lines={3} class="h-52 w-full" />;
  const follows = me.value?.follows ?? [];
  const { items, joined } = data.data;
  if (items.length === 0) {
    const isNobody = follows.length === 0;
    return (
      <Empty
        scene={isNobody ? "map" : "coupon"}
        title={t(isNobody ? "shop-me-feed_nobody" : "shop-me-feed_quiet")}
        action={
          <a class="btn btn-primary tap" href="/shop/">
            {t("shop-to_map")}
          </a>
        }
      >
        {t(isNobody ? "shop-me-feed_nobody.what" : "shop-me-feed_quiet.what")}
      </Empty>
    );
  }
  return (
    <>
      {follows.length > 0 && <Followed follows={follows} />}
      <ul class="grid gap-4">
        {items.map((item) => (
          <li key={item.offer.offer_id}>
            <Card item={item} isMember={joined.includes(item.brand.brand_id)} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** Whom one follows, in one line that scrolls. */
function Followed({ follows }: { follows: Told["FollowTold"][] }) {
  return (
    // Keys scroll it when it is wider than the phone.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <ul tabIndex={0} class="-mx-4 flex gap-3 overflow-x-auto px-4 pb-1" aria-label={t("shop-me-followed")}>
      {follows.map(({ brand }) => (
        <li key={brand.brand_id} class="grid w-16 flex-none justify-items-center gap-1">
          <Picture of="places" category={brand.category} seed={brand.brand_id} class="size-14 rounded-full" />
          <span class="w-full truncate text-center text-xs">{named(brand.name_en, brand.name_zh)}</span>
        </li>
      ))}
    </ul>
  );
}

function Card({ item, isMember }: { item: Item; isMember: boolean }) {
  const { brand, offer } = item;
  const name = named(brand.name_en, brand.name_zh);
  const few = leftWords(offer.left, offer.limit_total);
  const ends = leftOf(offer.ends_at);
  return (
    <article class="surface overflow-hidden">
      <header class="flex items-center gap-3 p-4 pb-3">
        <Picture of="places" category={brand.category} seed={brand.brand_id} class="size-10 rounded-full" />
        <div class="min-w-0 flex-1">
          <p class="truncate font-medium">{name}</p>
          <p class="quiet text-sm">{t("shop-me-offer_since", { day: day(offer.starts_at) })}</p>
        </div>
        {few ? <Badge tone="warn">{few}</Badge> : ends.isSoon && <Badge tone="warn">{ends.text}</Badge>}
      </header>
      <div class="offer-face">
        <h2 class="text-xl font-semibold">{named(offer.title_en, offer.title_zh)}</h2>
        <TermsBeside title={named(offer.title_en, offer.title_zh)} terms={offer} currency={brand.currency} />
      </div>
      <div class="flex flex-wrap items-center justify-between gap-3 p-4">
        <p class="quiet text-sm">{beforeTaking(offer)}</p>
        <Claim item={item} isMember={isMember} />
      </div>
    </article>
  );
}

/** One tap: the offer becomes a coupon. */
function Claim({ item: { brand, offer, coupon, can_claim }, isMember }: { item: Item; isMember: boolean }) {
  const [isBusy, setBusy] = useState(false);
  const [isJoining, setJoining] = useState(false);
  // The same id for every try of one wish, so that it is granted once.
  const [couponId] = useState(() => newId("cpn"));

  async function claim(): Promise<void> {
    setBusy(true);
    try {
      await told(
        api.POST("/shop/v1/brands/{brand_id}/offers/{offer_id}/claims", {
          params: { path: { brand_id: brand.brand_id, offer_id: offer.offer_id } },
          body: { coupon_id: couponId },
        }),
      );
      toast(t("shop-me-claimed"), "coupon");
      changes.value++;
    } catch (error) {
      toastProblem(error);
      changes.value++;
    } finally {
      setBusy(false);
    }
  }

  if (!offer.needs_coupon && isMember) {
    return (
      <Badge tone="good" icon="check">
        {t("shop-me-yours_already")}
      </Badge>
    );
  }
  if (!offer.needs_coupon) {
    return (
      <>
        <Button kind="soft" icon="member" onClick={() => setJoining(true)}>
          {t("shop-me-for_members")}
        </Button>
        <JoinSheet brand={brand} isOpen={isJoining} onClose={() => setJoining(false)} />
      </>
    );
  }
  if (can_claim) {
    return (
      <Button kind="offer" icon="coupon" isBusy={isBusy} onClick={() => void claim()}>
        {t(coupon ? "shop-me-claim_again" : "shop-me-claim")}
      </Button>
    );
  }
  if (coupon) {
    return (
      <a class="btn tap border-transparent bg-secondary text-secondary-content" href="/shop/wallet">
        <Icon name="check" class="icon-sm" />
        {t(coupon.state === "used_up" ? "shop-me-used" : "shop-me-in_wallet")}
      </a>
    );
  }
  return <Badge>{t("shop-me-all_gone")}</Badge>;
}
