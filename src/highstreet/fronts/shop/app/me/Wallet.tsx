import { useEffect, useState } from "preact/hooks";
import { api, told, type Told } from "@look/api";
import { useAsk } from "@look/ask";
import { Empty, Failed, Icon, Picture, Skeleton } from "@look/components";
import { ago, number } from "@look/format";
import { isOnline } from "@look/online";
import { named, t } from "@look/texts";
import { SignInGate } from "../shell/SignInGate";
import { me } from "../shell/who";
import { Coupons } from "./Coupons";
import { JoinSheet } from "./JoinSheet";
import { askKept } from "./keep";
import { changes, listen } from "./live";
import { MemberCard } from "./MemberCard";
import { keysFor } from "./memberCode";
import { Page, Part, Row, Rows } from "./Page";
import { PointsSheet } from "./PointsSheet";
import "./texts";

/** What one shows at the register: the member's code, coupons, points. */
export function Wallet() {
  return (
    <Page title={t("shop-me-wallet")}>
      <SignInGate title={t("shop-me-wallet_gate")} why={t("shop-me-wallet_gate.why")}>
        <Held />
      </SignInGate>
    </Page>
  );
}

async function held() {
  const [memberships, coupons] = await Promise.all([
    told(api.GET("/shop/v1/memberships")),
    told(api.GET("/shop/v1/coupons", { params: { query: { limit: 200 } } })),
  ]);
  return { memberships, coupons };
}

function Held() {
  listen();
  const { data, problem, again } = useAsk(() => askKept("wallet", held), [changes.value, isOnline.value]);
  const [chosenId, setChosenId] = useState(() => sessionStorage.getItem("hs-card") ?? "");
  const memberships = data?.data.memberships;
  useEffect(() => {
    // Keys for every card are laid in while there is a network.
    for (const one of memberships ?? []) keysFor(one.brand.brand_id).catch(() => undefined);
  }, [memberships]);
  if (!data || !memberships) return problem ? <Failed problem={problem} onRetry={again} /> : <Waiting />;
  const chosen = memberships.find((one) => one.brand.brand_id === chosenId) ?? memberships[0];
  const { coupons } = data.data;
  const joined = new Set(memberships.map((one) => one.brand.brand_id));
  const open = (me.value?.follows ?? []).filter((one) => !joined.has(one.brand.brand_id)).map((one) => one.brand);
  if (!chosen && open.length === 0 && coupons.length === 0) {
    return (
      <Empty
        scene="coupon"
        title={t("shop-me-wallet_empty")}
        action={
          <a class="btn btn-primary tap" href="/shop/">
            {t("shop-to_map")}
          </a>
        }
      >
        {t("shop-me-wallet_empty.what")}
      </Empty>
    );
  }
  return (
    <>
      {data.keptAt && <p class="quiet -mb-3 text-sm">{t("shop-me-kept_at", { ago: ago(new Date(data.keptAt)) })}</p>}
      {memberships.length > 1 && chosen && (
        <Choice
          memberships={memberships}
          chosenId={chosen.brand.brand_id}
          onChoose={(brandId) => {
            sessionStorage.setItem("hs-card", brandId);
            setChosenId(brandId);
          }}
        />
      )}
      {chosen && <MemberCard key={chosen.brand.brand_id} membership={chosen} />}
      {chosen && <Points key={`points ${chosen.brand.brand_id}`} membership={chosen} />}
      <Coupons coupons={coupons} firstBrandId={chosen?.brand.brand_id} />
      {open.length > 0 && <Joinable brands={open} />}
    </>
  );
}

function Waiting() {
  return (
    <>
      <Skeleton class="h-[27rem] w-full" />
      <Skeleton lines={2} class="h-20 w-full" />
    </>
  );
}

/** Which brand's card lies on top. */
function Choice({ memberships, chosenId, onChoose }: { memberships: Told["MembershipTold"][]; chosenId: string; onChoose: (brandId: string) => void }) {
  return (
    <div class="-mx-4 flex gap-2 overflow-x-auto px-4 py-1" role="radiogroup" aria-label={t("shop-me-cards")}>
      {memberships.map(({ brand }) => {
        const isChosen = brand.brand_id === chosenId;
        return (
          <label key={brand.brand_id} class={`tap flex flex-none cursor-pointer items-center gap-2 rounded-full border py-1 pl-1 pr-4 has-focus-visible:outline-3 has-focus-visible:outline-primary ${isChosen ? "border-primary bg-secondary font-medium text-secondary-content" : "border-base-300 bg-base-100"}`}>
            <input type="radio" name="card" class="sr-only" checked={isChosen} onChange={() => onChoose(brand.brand_id)} />
            <Picture of="places" category={brand.category} seed={brand.brand_id} class="size-9 rounded-full" />
            {named(brand.name_en, brand.name_zh)}
          </label>
        );
      })}
    </div>
  );
}

function Points({ membership }: { membership: Told["MembershipTold"] }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="surface flex w-full items-center gap-4 p-4 text-left hover:bg-base-200" onClick={() => setOpen(true)}>
        <Icon name="coins" class="quiet" />
        <span class="grid flex-1">
          <span class="figures text-2xl font-semibold">{t("shop-me-points", { points: membership.points_available, shown: number(membership.points_available) })}</span>
          <span class="quiet text-sm">
            {membership.points_pending > 0 ? t("shop-me-points_pending", { points: membership.points_pending, shown: number(membership.points_pending) }) : t("shop-me-points_none_pending")}
          </span>
        </span>
        <Icon name="chevron-right" class="icon-sm quiet" label={t("shop-me-points_history")} />
      </button>
      <PointsSheet membership={membership} isOpen={isOpen} onClose={() => setOpen(false)} />
    </>
  );
}

/** Brands one follows without being a member. */
function Joinable({ brands }: { brands: Told["BrandTold"][] }) {
  const [joining, setJoining] = useState<Told["BrandTold"]>();
  return (
    <Part title={t("shop-me-joinable")}>
      <Rows>
        {brands.map((brand) => (
          <Row
            key={brand.brand_id}
            icon="member"
            title={named(brand.name_en, brand.name_zh)}
            more={t("shop-me-joinable_why")}
            onClick={() => setJoining(brand)}
            end={<span class="btn btn-sm btn-primary pointer-events-none">{t("shop-me-join")}</span>}
          />
        ))}
      </Rows>
      {joining && <JoinSheet brand={joining} isOpen onClose={() => setJoining(undefined)} />}
    </Part>
  );
}

