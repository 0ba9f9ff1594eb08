import { useState } from "preact/hooks";
import { api, told, type Told } from "@look/api";
import { useAsk } from "@look/ask";
import { Button, Dialog, Empty, Failed, Icon, Picture, Skeleton, toast, toastProblem } from "@look/components";
import { day } from "@look/format";
import { named, t, type TextKey } from "@look/texts";
import { SignInGate } from "../shell/SignInGate";
import { me } from "../shell/who";
import { followBrand, PURPOSES, withdraw, type Purpose } from "./follow";
import { changes } from "./live";
import { Page } from "./Page";
import "./texts";

type Receipt = Told["ConsentTold"];
type Brand = Told["BrandTold"];

/** What is kept, for whom, since when; taken back at once. */
export function Consents() {
  return (
    <Page title={t("shop-me-consents")} back="/shop/account">
      <SignInGate title={t("shop-me-consents_gate")} why={t("shop-me-consents_gate.why")}>
        <All />
      </SignInGate>
    </Page>
  );
}

async function ask(): Promise<{ receipts: Receipt[]; brands: Map<string, Brand>; joined: Set<string> }> {
  const [receipts, memberships] = await Promise.all([told(api.GET("/shop/v1/consents")), told(api.GET("/shop/v1/memberships"))]);
  const brands = new Map<string, Brand>();
  for (const { brand } of [...(me.value?.follows ?? []), ...memberships]) brands.set(brand.brand_id, brand);
  const unknown = new Set(receipts.map((one) => one.brand_id).filter((id) => !brands.has(id)));
  const more = await Promise.all([...unknown].map((brand_id) => told(api.GET("/shop/v1/brands/{brand_id}", { params: { path: { brand_id } } }))));
  for (const brand of more) brands.set(brand.brand_id, brand);
  return { receipts, brands, joined: new Set(memberships.map((one) => one.brand.brand_id)) };
}

function All() {
  const { data, problem, again } = useAsk(ask, [changes.value, me.value]);
  if (!data) return problem ? <Failed problem={problem} onRetry={again} /> : <Skeleton lines={2} class="h-64 w-full" />;
  const past = data.receipts.filter((one) => one.withdrawn_at !== null);
  return (
    <>
      <p class="quiet">{t("shop-me-consents_lead")}</p>
      {data.brands.size === 0 && (
        <Empty
          title={t("shop-me-consents_none")}
          action={
            <a class="btn btn-primary tap" href="/shop/">
              {t("shop-to_map")}
            </a>
          }
        >
          {t("shop-me-consents_none.what")}
        </Empty>
      )}
      {[...data.brands.values()].map((brand) => (
        <OfBrand key={brand.brand_id} brand={brand} receipts={data.receipts.filter((one) => one.brand_id === brand.brand_id && one.withdrawn_at === null)} isMember={data.joined.has(brand.brand_id)} />
      ))}
      {past.length > 0 && <Past receipts={past} brands={data.brands} />}
    </>
  );
}

function OfBrand({ brand, receipts, isMember }: { brand: Brand; receipts: Receipt[]; isMember: boolean }) {
  const follow = me.value?.follows.find((one) => one.brand.brand_id === brand.brand_id);
  const name = named(brand.name_en, brand.name_zh);
  // Open at first where something is allowed; it stays as the reader leaves it.
  const [isOpenAtFirst] = useState(receipts.length > 0);
  return (
    <details class="surface group overflow-hidden" open={isOpenAtFirst}>
      <summary class="flex cursor-pointer list-none items-center gap-3 p-4">
        <Picture of="places" category={brand.category} seed={brand.brand_id} class="size-11 rounded-full" />
        <div class="min-w-0 flex-1">
          <h2 class="font-semibold">{name}</h2>
          <p class="quiet text-sm">{receipts.length > 0 ? t("shop-me-allowed", { count: receipts.length }) : t("shop-me-allowed_nothing")}</p>
        </div>
        <Icon name="chevron-down" class="icon-sm quiet transition-transform group-open:rotate-180" />
      </summary>
      <ul class="divide-y divide-base-300 border-t border-base-300">
        {PURPOSES.map((purpose) => (
          <li key={purpose}>
            <Choice brand={brand} purpose={purpose} receipt={receipts.find((one) => one.purpose === purpose)} isMember={isMember} />
          </li>
        ))}
      </ul>
      <footer class="flex items-center justify-between gap-3 border-t border-base-300 py-2 pl-4 pr-2">
        <p class="quiet text-sm">{follow ? t("shop-me-following_since", { day: day(follow.since) }) : t("shop-me-not_following")}</p>
        {follow && <Unfollow brand={brand} name={name} />}
      </footer>
    </details>
  );
}

function Unfollow({ brand, name }: { brand: Brand; name: string }) {
  const [isBusy, setBusy] = useState(false);
  async function run(): Promise<void> {
    setBusy(true);
    try {
      await told(api.DELETE("/shop/v1/brands/{brand_id}/follow", { params: { path: { brand_id: brand.brand_id } } }));
      me.value = me.value && { ...me.value, follows: me.value.follows.filter((one) => one.brand.brand_id !== brand.brand_id) };
      toast(t("shop-me-unfollowed", { brand: name }));
      changes.value++;
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  }
  return (
    <Button kind="plain" isBusy={isBusy} class="btn-sm" onClick={() => void run()} aria-label={t("shop-me-unfollow_brand", { brand: name })}>
      {t("shop-me-unfollow")}
    </Button>
  );
}

/** One purpose: in plain words, and a switch that works at once. */
function Choice({ brand, purpose, receipt, isMember }: { brand: Brand; purpose: Purpose; receipt: Receipt | undefined; isMember: boolean }) {
  const [isBusy, setBusy] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const isOn = receipt !== undefined;
  const title = t(`shop-me-purpose_${purpose}`);

  async function change(): Promise<void> {
    setAsking(false);
    setBusy(true);
    try {
      if (isOn) await withdraw(brand.brand_id, purpose);
      else await followBrand(brand.brand_id, [purpose], false);
      toast(t(isOn ? "shop-me-withdrawn" : "shop-me-given", { purpose: title }), "shield");
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <div class="grid gap-1 p-4">
      <label class="flex cursor-pointer items-center justify-between gap-4">
        <span class="font-medium">{title}</span>
        <input
          type="checkbox"
          role="switch"
          aria-checked={isOn}
          class="toggle toggle-primary"
          checked={isOn}
          disabled={isBusy}
          aria-label={`${title}, ${named(brand.name_en, brand.name_zh)}`}
          onClick={(event) => {
            // It shows what holds, which only the server says.
            event.preventDefault();
            if (isOn && purpose === "service" && isMember) setAsking(true);
            else void change();
          }}
        />
      </label>
      <p class="quiet text-sm">{t(`shop-me-purpose_${purpose}.kept`)}</p>
      {receipt && (
        <p class="quiet flex items-center gap-1.5 text-sm">
          <Icon name="check" class="size-4 text-success" />
          {t("shop-me-consent_since", { recipient: receipt.recipient === brand.name_en ? named(brand.name_en, brand.name_zh) : receipt.recipient, day: day(receipt.given_at), entry: entryWord(receipt.entry) })}
        </p>
      )}
      <Dialog
        title={t("shop-me-service_end")}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        actions={
          <>
            <Button kind="plain" onClick={() => setAsking(false)}>
              {t("look-cancel")}
            </Button>
            <Button kind="danger" onClick={() => void change()}>
              {t("shop-me-withdraw")}
            </Button>
          </>
        }
      >
        <p>{t("shop-me-service_end.what")}</p>
      </Dialog>
    </div>
  );
}

const ENTRIES: Record<string, TextKey> = { shop: "shop-me-entry_shop", poster: "shop-me-entry_poster", register: "shop-me-entry_register" };

function entryWord(entry: string): string {
  const key = ENTRIES[entry];
  return key ? t(key) : entry;
}

/** What held once: the receipts stay, so that one can see what was agreed to. */
function Past({ receipts, brands }: { receipts: Receipt[]; brands: Map<string, Brand> }) {
  return (
    <details>
      <summary class="quiet tap flex cursor-pointer items-center gap-1 px-1 text-sm">
        <Icon name="chevron-down" class="icon-sm" />
        {t("shop-me-consents_past", { count: receipts.length })}
      </summary>
      <ul class="surface mt-2 divide-y divide-base-300">
        {[...receipts].reverse().map((one) => {
          const brand = brands.get(one.brand_id);
          return (
            <li key={one.consent_id} class="grid px-4 py-3">
              <span>
                {t(`shop-me-purpose_${one.purpose}`)} · {brand ? named(brand.name_en, brand.name_zh) : one.recipient}
              </span>
              <span class="quiet text-sm">{t("shop-me-consent_was", { from: day(one.given_at), until: day(one.withdrawn_at ?? one.given_at) })}</span>
            </li>
          );
        })}
      </ul>
    </details>
  );
}
