import { useLocation } from "preact-iso";
import { useRef, useState } from "preact/hooks";
import { api, asProblem, told, type Told } from "@look/api";
import { Badge, Button, Empty, Field, Icon, Sheet, toast } from "@look/components";
import { named, t } from "@look/texts";
import { setFilters, setSearch } from "../map/state";
import { touch } from "../shell/device";
import { me } from "../shell/who";
import { useCamera, useTorch, type CameraState } from "./camera";
import { JoinSheet } from "./JoinSheet";
import { receiptPath } from "./live";
import { Page } from "./Page";
import { meaningOf } from "./readers";
import { termsOf } from "./terms";
import "./texts";

/** Any code one meets: a poster, a door, an assistant, goods, a receipt. */
export function Scan() {
  const { route } = useLocation();
  const [attempt, setAttempt] = useState(0);
  const [error, setError] = useState<string>();
  const [leads, setLeads] = useState<Told["CodeLeadsTold"]>();
  const isBusyRef = useRef(false);

  async function read(text: string): Promise<void> {
    if (isBusyRef.current) return;
    isBusyRef.current = true;
    setError(undefined);
    try {
      const found = await follow(text, route);
      if (found) {
        navigator.vibrate?.(40);
        setLeads(found);
      }
    } catch (failed) {
      const problem = asProblem(failed);
      setError(problem.status === 404 ? t("shop-me-scan_unknown") : problem.detail || problem.title);
    } finally {
      isBusyRef.current = false;
    }
  }

  const { setVideo, state, track } = useCamera((text) => void read(text), attempt);
  const { canLight, isLit, light } = useTorch(track);
  return (
    <Page title={t("shop-me-scan")}>
      <div class={`scan-window ${state === "on" || state === "asking" ? "aspect-square max-h-[60dvh] w-full" : ""}`}>
        {/* The picture of the camera has nothing to be heard or read. */}
        {/* oxlint-disable-next-line jsx-a11y/media-has-caption */}
        <video ref={setVideo} muted playsInline aria-label={t("shop-me-scan_picture")} class={state === "on" ? "" : "hidden"} />
        {state === "on" && <div class="scan-frame" aria-hidden="true" />}
        {state === "on" && <p class="absolute inset-x-0 bottom-4 px-6 text-center text-sm text-white">{t("shop-me-scan_lead")}</p>}
        {state === "asking" && <p class="absolute inset-0 grid place-items-center p-6 text-center text-white">{t("shop-me-scan_asking")}</p>}
        {canLight && (
          <button type="button" class="btn btn-circle tap absolute right-3 top-3 border-0 bg-black/50 text-white" aria-pressed={isLit} aria-label={t("shop-me-torch")} onClick={light}>
            <Icon name="torch" />
          </button>
        )}
        {state !== "on" && state !== "asking" && <NoCamera state={state} onRetry={() => setAttempt((was) => was + 1)} />}
      </div>
      {error && (
        <p class="flex items-start gap-2 rounded-box bg-base-100 p-4" role="alert">
          <Icon name="alert" class="icon-sm mt-0.5 text-error" />
          {error}
        </p>
      )}
      <ByHand onRead={read} />
      {leads && (
        <Sheet title={named(leads.brand.name_en, leads.brand.name_zh)} isOpen onClose={() => setLeads(undefined)}>
          <Leads leads={leads} />
        </Sheet>
      )}
    </Page>
  );
}

/** Go where the text leads; for a code that was touched, where that leads. Errors: Problem. */
async function follow(text: string, route: (url: string) => void): Promise<Told["CodeLeadsTold"] | undefined> {
  const meaning = meaningOf(text, location.origin);
  switch (meaning.kind) {
    case "touch":
      return touch(meaning.slug);
    case "goods":
      setSearch({ label: meaning.gtin.replace(/^0/, ""), gtin: meaning.gtin });
      route("/shop/");
      return undefined;
    case "page":
      route(meaning.path);
      return undefined;
    case "coupon":
      route("/shop/wallet");
      return undefined;
    case "receipt": {
      const path = await pathOfReceipt(meaning.saleId);
      if (path) route(path);
      else toast(t("shop-me-scan_not_yours"), "receipt");
      return undefined;
    }
    case "member":
      toast(t("shop-me-scan_member"), "member");
      return undefined;
    default:
      toast(t("shop-me-scan_unknown"), "unknown");
      return undefined;
  }
}

/** One's own receipt of this number, among the newest hundred. Errors: Problem. */
async function pathOfReceipt(saleId: string): Promise<string | undefined> {
  if (!me.value) return undefined;
  const { receipts } = await told(api.GET("/shop/v1/receipts", { params: { query: { limit: 100 } } }));
  const found = receipts.find((one) => one.sale_id === saleId);
  return found && receiptPath(found.brand_id, found.sale_id);
}

function NoCamera({ state, onRetry }: { state: CameraState; onRetry: () => void }) {
  return (
    <div class="surface">
      <Empty
        scene="search"
        title={t(state === "denied" ? "shop-me-camera_denied" : state === "none" ? "shop-me-camera_none" : "shop-me-camera_failed")}
        action={
          <Button kind="soft" icon="camera" onClick={onRetry}>
            {t("look-try_again")}
          </Button>
        }
      >
        {t(state === "denied" ? "shop-me-camera_denied.what" : "shop-me-camera_none.what")}
      </Empty>
    </div>
  );
}

function ByHand({ onRead }: { onRead: (text: string) => Promise<void> }) {
  const [text, setText] = useState("");
  const [isBusy, setBusy] = useState(false);
  return (
    <form
      class="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (!text.trim()) return;
        setBusy(true);
        void onRead(text).finally(() => setBusy(false));
      }}
    >
      <div class="flex items-start gap-2">
        <Field class="flex-1" label={t("shop-me-by_hand")} hint={t("shop-me-by_hand_hint")} value={text} autocapitalize="off" autocomplete="off" spellcheck={false} enterKeyHint="go" onInput={(event: InputEvent) => setText((event.currentTarget as HTMLInputElement).value)} />
        <Button type="submit" kind="soft" isBusy={isBusy} class="mt-6">
          {t("shop-me-go")}
        </Button>
      </div>
    </form>
  );
}

/** What was met and what one can do now. */
function Leads({ leads }: { leads: Told["CodeLeadsTold"] }) {
  const [isJoining, setJoining] = useState(false);
  const { brand, place, offer } = leads;
  const isFollowed = me.value?.follows.some((one) => one.brand.brand_id === brand.brand_id) ?? false;
  return (
    <div class="grid gap-4">
      <p class="flex items-center gap-2">
        <Badge tone="good" icon="check">
          {t("shop-me-met")}
        </Badge>
        <span class="quiet">{named(leads.label_en, leads.label_zh)}</span>
      </p>
      {offer && (
        <div class="overflow-hidden rounded-box">
          <div class="offer-face">
            <p class="text-xl font-semibold">{named(offer.title_en, offer.title_zh)}</p>
            <p>{termsOf(offer, brand.currency)}</p>
          </div>
        </div>
      )}
      <div class="grid gap-2">
        {place && (
          <a class="btn btn-primary tap" href={`/shop/places/${brand.brand_id}/${place.place_id}`}>
            <Icon name="store" class="icon-sm" />
            {t("shop-me-to_place", { place: named(place.name_en, place.name_zh) })}
          </a>
        )}
        {!place && (
          <a class="btn btn-primary tap" href="/shop/" onClick={() => setFilters({ brandId: brand.brand_id })}>
            <Icon name="map" class="icon-sm" />
            {t("shop-me-to_places", { brand: named(brand.name_en, brand.name_zh) })}
          </a>
        )}
        {isFollowed ? (
          <a class="btn tap border-transparent bg-secondary text-secondary-content" href="/shop/feed">
            <Icon name="feed" class="icon-sm" />
            {t("shop-me-to_offers")}
          </a>
        ) : me.value ? (
          <Button kind="soft" icon="member" onClick={() => setJoining(true)}>
            {t("shop-me-join_brand", { brand: named(brand.name_en, brand.name_zh) })}
          </Button>
        ) : (
          <a class="btn tap border-transparent bg-secondary text-secondary-content" href="/shop/sign-in?next=%2Fshop%2Fscan">
            <Icon name="log-in" class="icon-sm" />
            {t("shop-me-sign_in_join")}
          </a>
        )}
      </div>
      <JoinSheet brand={brand} isOpen={isJoining} onClose={() => setJoining(false)} />
    </div>
  );
}
