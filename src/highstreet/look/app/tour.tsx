/** The guided tour of the demo: six steps of the loop, followed across the pages of all doors, and a closing word.
 *
 * A bar above the page says what is next and does it; unfolded, a panel says why. It looks itself whether a step
 * was done: by the address, or by asking the API as the person who did it.
 */
import { render } from "preact";
import { signal } from "@preact/signals";
import tourEn from "../../locale/en/page_tour.ftl?raw";
import tourZh from "../../locale/zh/page_tour.ftl?raw";
import "./tour.css";
import type { Told } from "./api";
import { Icon, type IconName } from "./components/Icon";
import { enter, type Person } from "./enter";
import { addTexts, locale, named, t, type TextKey } from "./texts";
import { keepTouring, type Touring, touring } from "./touring";

type Facts = Told["TourTold"];
const LAST = 6;
const CLOSING = LAST + 1;
const LOOK_MS = 2_000;

const kept = signal<Touring | undefined>(undefined);
const facts = signal<Facts | undefined>(undefined);
/** Which step was seen to be done, on this page. */
const done = signal(0);
const said = signal("");
const isBusy = signal(false);
/** What goes on at the register, as its page says it in `data-moment`. */
const moment = signal("");
/** Whether this shopper was a member before this tour: its offers may be used up. */
const isAgain = signal(false);
/** Whether the tour's sale took a coupon. */
const hasCoupon = signal(false);
/** Where one is: pages go on without being loaded anew. */
const path = signal(location.pathname);

interface Step {
  person: Person;
  path: (here: Facts) => Promise<string>;
  isDone: (here: Facts) => Promise<boolean>;
}

const STEPS: readonly Step[] = [
  {
    person: "shopper",
    path: async (here) => `/shop/c/${here.slug}`,
    isDone: async () => location.pathname.startsWith("/shop/places/"),
  },
  {
    person: "shopper",
    path: async (here) => placePath(here),
    isDone: async (here) => {
      if (!isAt("/shop/")) return false;
      const [memberships, coupons] = await Promise.all([
        ask<Told["MembershipTold"][]>("/shop/v1/memberships"),
        ask<{ brand: { brand_id: string } }[]>("/shop/v1/coupons"),
      ]);
      const membership = memberships?.find((one) => one.brand.brand_id === here.brand_id);
      isAgain.value = membership !== undefined && membership.joined_at < (kept.value?.since ?? "");
      const hasCoupon = coupons?.some((one) => one.brand.brand_id === here.brand_id) ?? false;
      return isAgain.value || (membership !== undefined && hasCoupon);
    },
  },
  { person: "register", path: async () => "/register/", isDone: async (here) => (await newSale(here)) !== undefined },
  {
    person: "shopper",
    path: async () => "/shop/orders",
    isDone: async () => /^\/shop\/orders\/[^/]+\/sal_/.test(location.pathname),
  },
  {
    person: "office",
    path: async (here) => {
      const sale = await newSale(here);
      return sale ? `/office/sales/${sale}` : "/office/sales";
    },
    isDone: async () => location.pathname.startsWith("/office/sales/sal_"),
  },
  { person: "office", path: async () => "/office/loop", isDone: async () => isAt("/office/loop") },
];
const NUMBERS = STEPS.map((_, at) => at + 1);

/** Draw the panel on this page, once. */
export function showTour(): void {
  keep(touring());
  if (document.querySelector("#tour")) return;
  addTexts(tourEn, tourZh);
  const place = document.createElement("aside");
  place.id = "tour";
  document.body.prepend(place);
  render(<Tour />, place);
  void learn();
  setInterval(() => void look(), LOOK_MS);
  new MutationObserver(seeMoment).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-moment"] });
}

function seeMoment(): void {
  const seen = document.querySelector<HTMLElement>("[data-moment]")?.dataset["moment"] ?? "";
  const next = seen === "member" && helping() ? "coupon" : seen;
  // What failed before is no longer what to do.
  if (next !== moment.value) said.value = "";
  moment.value = next;
  path.value = location.pathname;
  // The receipt of the sale is there in a moment: no need to wait for the next look.
  if (moment.value === "paid") void look();
}

/** The register's button for the held coupon that helps most and is not in the sale yet. */
function helping(): HTMLElement | null {
  return document.querySelector<HTMLElement>('button[aria-keyshortcuts="F3"]');
}

async function learn(): Promise<void> {
  facts.value = await ask<Facts>("/door/v1/tour");
  if (!facts.value) keep(undefined);
  await look();
}

async function look(): Promise<void> {
  path.value = location.pathname;
  const [now, here] = [kept.value, facts.value];
  if (now?.step === CLOSING && here) hasCoupon.value = (await newReceipt(here))?.discounts.some((one) => one.coupon_id) ?? false;
  const step = now && STEPS[now.step - 1];
  if (!step || !here || document.hidden || done.value === now.step) return;
  if (await step.isDone(here)) done.value = now.step;
}

function keep(next: Touring | undefined): void {
  kept.value = next;
  keepTouring(next);
  said.value = "";
  if (next) document.documentElement.dataset["tour"] = "";
  else delete document.documentElement.dataset["tour"];
}

function turn(by: number): void {
  const now = kept.value;
  if (!now) return;
  const isDone = done.value === now.step || (isAtTill(now) && moment.value === "paid");
  const finished = [...(now.finished ?? []), ...(isDone ? [now.step] : [])];
  done.value = 0;
  const step = now.step + by;
  keep(step > CLOSING ? undefined : { ...now, finished, step: Math.max(1, step), isFolded: false });
  void look();
}

async function go(person: Person, to: Promise<string>): Promise<void> {
  isBusy.value = true;
  said.value = "";
  try {
    const target = await to;
    // The panel would lie on what one is to look at; the bar says what to do there.
    if (kept.value && (innerWidth < 640 || person === "register")) keep({ ...kept.value, isFolded: true });
    await enter(person, target);
  } catch {
    said.value = t("tour-failed");
  } finally {
    isBusy.value = false;
  }
}

/** The newest sale of the brand to this shopper since the tour began. */
async function newReceipt(here: Facts): Promise<Told["BrandReceiptTold"] | undefined> {
  const told = await ask<Told["ReceiptsTold"]>("/shop/v1/receipts");
  const since = kept.value?.since ?? "";
  return told?.receipts.find((one) => one.brand_id === here.brand_id && one.paid_at >= since);
}

async function newSale(here: Facts): Promise<string | undefined> {
  return (await newReceipt(here))?.sale_id;
}

/** An answer of the API, or nothing: whoever is not signed in is no mistake here. */
async function ask<T>(path: string): Promise<T | undefined> {
  if (path.startsWith("/shop/v1/") && !hasShopper()) return undefined;
  try {
    const answer = await fetch(path, { headers: { "Accept-Language": locale.value } });
    return answer.ok ? ((await answer.json()) as T) : undefined;
  } catch {
    return undefined;
  }
}

// Elsewhere the cookie that says so cannot be seen: by step 3 the shopper has been there.
function hasShopper(): boolean {
  return isAt("/shop/") ? document.cookie.includes("hs_shop_in=1") : (kept.value?.step ?? 0) >= 3;
}

function isAt(start: string): boolean {
  return path.value.startsWith(start);
}

function placePath(here: Facts): string {
  return `/shop/places/${here.brand_id}/${here.place_id}`;
}

/** As a scanner types it: a burst of keys that ends with Enter. */
function scan(text: string): void {
  // A later Enter is for the register, not for the tour's button.
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  for (const key of [...text, "Enter"]) {
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  }
}

async function scanMember(here: Facts): Promise<void> {
  const memberships = await ask<Told["MembershipTold"][]>("/shop/v1/memberships");
  const isMember = memberships?.some((one) => one.brand.brand_id === here.brand_id);
  const told = isMember && (await ask<Told["MemberCodeTold"]>(`/shop/v1/memberships/${here.brand_id}/code`));
  if (told) scan(told.code);
  else said.value = t("tour-no_member");
}

async function scanWallet(): Promise<void> {
  const told = await ask<Told["WalletCodeTold"]>("/door/v1/tour/wallet-code");
  if (told) scan(told.code);
  else said.value = t("tour-no_wallet");
}

interface Deed {
  name: "article" | "member" | "coupon" | "wallet";
  icon: IconName;
  /** The register's moments in which it can be done, and those in which it is the next thing. */
  may: readonly string[];
  next: readonly string[];
  act: (here: Facts) => void;
}

const DEEDS: readonly Deed[] = [
  { name: "article", icon: "barcode", may: ["empty", "goods", "member", "coupon"], next: ["empty"], act: (here) => scan(here.gtin) },
  { name: "member", icon: "phone", may: ["goods", "empty"], next: ["goods"], act: (here) => void scanMember(here) },
  { name: "coupon", icon: "coupon", may: ["coupon"], next: ["coupon"], act: () => helping()?.click() },
  { name: "wallet", icon: "wallet", may: ["choose", "code"], next: ["choose", "code"], act: () => void scanWallet() },
];
const MOMENTS = new Set(["empty", "goods", "member", "coupon", "choose", "code", "ready", "cash", "asking", "waiting", "qr", "paid"]);

function isAtTill(now: Touring): boolean {
  return now.step === 3 && isAt("/register/");
}

/** What to do on this page, in a few words; nothing when a button does it. */
function word(now: Touring): string {
  if (said.value) return said.value;
  if (now.step === CLOSING) return t("tour-title_7");
  if (done.value === now.step) return t(now.step === 2 && isAgain.value ? "tour-again" : "tour-done");
  if (isAtTill(now)) return t((MOMENTS.has(moment.value) ? `tour-till_${moment.value}` : "tour-till_else") as TextKey);
  if (now.step === 1 && isAt("/shop/")) return t("tour-word_1");
  if (now.step === 2 && isAt("/shop/wallet")) return t("tour-word_wallet");
  if (now.step === 2 && isAt("/shop/places/")) return t("tour-word_2");
  if (now.step === 4 && isAt("/shop/")) return t("tour-word_4");
  return t(`tour-title_${now.step as 1}`);
}

function Tour() {
  const [now, here] = [kept.value, facts.value];
  if (!now || !here) return null;
  return (
    <>
      <Bar now={now} here={here} />
      {!now.isFolded && (now.step === CLOSING ? <Closing here={here} /> : <Panel now={now} here={here} />)}
    </>
  );
}

/** Always there: where one is, what to do, and one button that does it. */
function Bar({ now, here }: { now: Touring; here: Facts }) {
  const isDone = done.value === now.step || now.step === CLOSING;
  return (
    <div class="fixed inset-x-0 top-0 z-50 flex h-15 items-center gap-2 border-b border-base-300 bg-base-100 px-2 sm:px-4 print:hidden" role="region" aria-label={t("tour-bar")}>
      <span class={`figures grid size-10 shrink-0 place-items-center rounded-full text-sm font-semibold ${isDone ? "bg-success text-success-content" : "bg-secondary text-secondary-content"}`} aria-hidden="true">
        {isDone ? <Icon name="check" class="icon-sm" /> : `${now.step}/${LAST}`}
      </span>
      <p class="line-clamp-3 min-w-0 flex-1 text-sm leading-tight font-medium" role="status">{word(now)}</p>
      <BarButton now={now} here={here} isDone={isDone} />
      <button type="button" class="btn btn-ghost btn-circle tap shrink-0" aria-expanded={!now.isFolded} aria-label={t(now.isFolded ? "tour-unfold" : "tour-fold", { step: Math.min(now.step, LAST) })} onClick={() => keep({ ...now, isFolded: !now.isFolded })}>
        <Icon name={now.isFolded ? "chevron-down" : "chevron-up"} class="icon-sm" />
      </button>
    </div>
  );
}

function BarButton({ now, here, isDone }: { now: Touring; here: Facts; isDone: boolean }) {
  const look = "btn btn-primary tap max-w-32 shrink-0 sm:max-w-none px-3 text-sm leading-tight";
  if (!now.isFolded) return null;
  // Without a member there is no receipt on the phone to wait for.
  if (isDone || (isAtTill(now) && moment.value === "paid")) {
    return (
      <button type="button" class={look} onClick={() => turn(1)}>
        {t(now.step === CLOSING ? "tour-finish" : "tour-next")}
      </button>
    );
  }
  if (isAtTill(now)) {
    const deed = DEEDS.find((one) => one.next.includes(moment.value));
    return deed ? (
      <button type="button" class={look} onClick={() => deed.act(here)}>
        {t(deed.name === "coupon" ? "tour-add_coupon" : `tour-scan_${deed.name}`)}
      </button>
    ) : moment.value === "qr" && here.wallet_url ? (
      <WalletLink url={here.wallet_url} look={look} />
    ) : null;
  }
  if (now.step === 2 && isAt("/shop/places/")) {
    return (
      <button type="button" class={look} disabled={isBusy.value} onClick={() => void go("shopper", Promise.resolve("/shop/wallet"))}>
        {t("tour-go_wallet")}
      </button>
    );
  }
  const step = STEPS[now.step - 1]!;
  if ((now.step === 1 || now.step === 4) && isAt("/shop/") ? true : now.step === 2 && isAt("/shop/wallet")) return null;
  return (
    <button type="button" class={look} disabled={isBusy.value} onClick={() => void go(step.person, step.path(here))}>
      {t(`tour-go_${now.step as 1}`)}
    </button>
  );
}

function WalletLink({ url, look }: { url: string; look: string }) {
  return (
    <a class={look} href={`${url}/payer/aino?lang=${locale.value}`} target="_blank" rel="noopener">
      {t("tour-open_wallet")}
    </a>
  );
}

const PANEL = "surface fixed inset-x-2 top-16 z-50 max-h-[calc(100dvh-5rem)] animate-arrive overflow-auto p-4 shadow-float sm:right-4 sm:left-auto sm:w-96 print:hidden";

function Panel({ now, here }: { now: Touring; here: Facts }) {
  const isDone = done.value === now.step;
  // It speaks of the place's sheet, which a phone shows below: the panel stays above it, and does not lead to where one is.
  const isAtPlace = now.step <= 2 && isAt("/shop/places/");
  const names = { brand: named(here.brand_en, here.brand_zh), place: named(here.place_en, here.place_zh) };
  return (
    <section class={`${PANEL} ${isAtPlace ? "max-sm:max-h-[calc(42dvh-4rem)]" : ""}`} aria-label={t("tour-name")}>
      <Head step={now.step} finished={isDone ? [...(now.finished ?? []), now.step] : (now.finished ?? [])} />
      <h2 class="text-lg font-semibold">{t(`tour-title_${now.step as 1}`)}</h2>
      <p class="mt-1 text-sm">{t(`tour-text_${now.step as 1}`, names)}</p>
      {now.step === 2 && isAgain.value && <p class="mt-2 text-sm font-medium">{t("tour-again_text")}</p>}
      <p class="mt-1 text-sm text-error empty:hidden" role="alert">{said.value}</p>
      {!isAtPlace && (
        <div class="mt-3 flex flex-wrap gap-2">
          {isAtTill(now) ? <Deeds here={here} /> : <Ways now={now} here={here} isDone={isDone} />}
        </div>
      )}
      <footer class="mt-3 flex items-center gap-2 border-t border-base-300 pt-2">
        <button type="button" class="btn btn-ghost btn-circle tap" aria-label={t("tour-back")} disabled={now.step === 1} onClick={() => turn(-1)}>
          <Icon name="chevron-left" class="icon-sm" />
        </button>
        <span class="flex flex-1 justify-center">{isAtPlace && now.step === 2 && !isDone && <ToWallet />}</span>
        <button type="button" class={`btn tap px-3 ${isDone ? "btn-primary" : "btn-ghost"}`} onClick={() => turn(1)}>
          {isDone ? t("tour-next") : t("tour-skip")}
          <Icon name="chevron-right" class="icon-sm" />
        </button>
      </footer>
    </section>
  );
}

function Head({ step, finished }: { step: number; finished: number[] }) {
  return (
    <>
      <header class="-mt-2 -mr-2 flex items-center gap-1">
        <p class="quiet flex-1 text-sm font-medium">{t("tour-step", { step })}</p>
        <EndButton />
      </header>
      <div class="mb-3 flex gap-1" aria-hidden="true">
        {NUMBERS.map((number) => (
          <span key={number} class={`h-1 flex-1 rounded-full ${finished.includes(number) ? "bg-primary" : number === step ? "bg-accent" : "bg-base-300"}`} />
        ))}
      </div>
    </>
  );
}

function EndButton() {
  return (
    <button type="button" class="btn btn-ghost btn-circle tap" aria-label={t("tour-end")} onClick={() => keep(undefined)}>
      <Icon name="x" class="icon-sm" />
    </button>
  );
}

/** The hands at the register: what cannot be done now stands still, and the bar says why. */
function Deeds({ here }: { here: Facts }) {
  return (
    <>
      {DEEDS.map((deed) => (
        <button key={deed.name} type="button" class={`btn tap ${deed.next.includes(moment.value) ? "btn-primary" : "btn-soft btn-primary"}`} disabled={!deed.may.includes(moment.value)} aria-describedby="tour-why" onClick={() => deed.act(here)}>
          <Icon name={deed.icon} class="icon-sm" />
          {t(deed.name === "coupon" ? "tour-add_coupon" : `tour-scan_${deed.name}`)}
        </button>
      ))}
      <p id="tour-why" class="quiet w-full text-sm">{t((MOMENTS.has(moment.value) ? `tour-till_${moment.value}` : "tour-till_else") as TextKey)}</p>
      {here.wallet_url && <WalletLink url={here.wallet_url} look="link tap inline-flex items-center" />}
    </>
  );
}

function Ways({ now, here, isDone }: { now: Touring; here: Facts; isDone: boolean }) {
  const step = STEPS[now.step - 1]!;
  return (
    <>
      <button type="button" class={`btn tap ${isDone ? "btn-ghost" : "btn-primary"}`} disabled={isBusy.value} onClick={() => void go(step.person, step.path(here))}>
        {t(`tour-go_${now.step as 1}`)}
        <Icon name="arrow-right" class="icon-sm" />
      </button>
      {now.step === 2 && !isDone && <ToWallet />}
      {now.step === LAST && (
        <button type="button" class="btn btn-ghost tap" disabled={isBusy.value} onClick={() => void go("dealer", Promise.resolve("/dealer/"))}>
          {t("tour-go_dealer")}
        </button>
      )}
    </>
  );
}

function ToWallet() {
  return (
    <button type="button" class="btn btn-soft btn-primary tap px-3" disabled={isBusy.value} onClick={() => void go("shopper", Promise.resolve("/shop/wallet"))}>
      {t("tour-go_wallet")}
    </button>
  );
}

/** After the last step: what was seen, and where to go on. */
function Closing({ here }: { here: Facts }) {
  return (
    <section class={PANEL} aria-label={t("tour-name")}>
      <header class="-mt-2 -mr-2 flex items-center justify-between gap-1">
        <h2 class="text-lg font-semibold">{t("tour-title_7")}</h2>
        <EndButton />
      </header>
      <p class="mt-1 text-sm">{t(hasCoupon.value ? "tour-text_7" : "tour-text_7_none")}</p>
      <p class="mt-2 text-sm">{t("tour-on")}</p>
      <div class="mt-3 grid gap-2">
        <a class="btn btn-primary tap" href="/#people" onClick={() => keep(undefined)}>{t("tour-on_doors")}</a>
        {here.wallet_url && <WalletLink url={here.wallet_url} look="btn btn-soft btn-primary tap" />}
        <a class="btn btn-soft btn-primary tap" href="/docs" onClick={() => keep(undefined)}>{t("tour-on_docs")}</a>
      </div>
      <footer class="mt-3 flex justify-between border-t border-base-300 pt-2">
        <button type="button" class="btn btn-ghost btn-circle tap" aria-label={t("tour-back")} onClick={() => turn(-1)}>
          <Icon name="chevron-left" class="icon-sm" />
        </button>
        <button type="button" class="btn btn-ghost tap" onClick={() => keep(undefined)}>{t("tour-finish")}</button>
      </footer>
    </section>
  );
}
