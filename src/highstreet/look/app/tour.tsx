/** The guided tour of the demo: six steps of the loop, followed across the pages of all doors.
 *
 * A small panel tells what to do and opens the right page as the right person. It looks itself whether that was
 * done: by the address, or by asking the API as the person who did it.
 */
import { render } from "preact";
import { signal } from "@preact/signals";
import tourEn from "../../locale/en/page_tour.ftl?raw";
import tourZh from "../../locale/zh/page_tour.ftl?raw";
import type { Told } from "./api";
import { Icon } from "./components/Icon";
import { enter, type Person } from "./enter";
import { addTexts, locale, named, t } from "./texts";
import { keepTouring, type Touring, touring } from "./touring";

type Facts = Told["TourTold"];
const LAST = 6;
const LOOK_MS = 2_000;

const kept = signal<Touring | undefined>(undefined);
const facts = signal<Facts | undefined>(undefined);
/** Which step was seen to be done, on this page. */
const done = signal(0);
const said = signal("");
const isBusy = signal(false);

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
      const isMember = memberships?.some((one) => one.brand.brand_id === here.brand_id) ?? false;
      return isMember && (coupons?.some((one) => one.brand.brand_id === here.brand_id) ?? false);
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
  kept.value = touring();
  if (document.querySelector("#tour")) return;
  addTexts(tourEn, tourZh);
  const place = document.createElement("aside");
  place.id = "tour";
  document.body.append(place);
  render(<Panel />, place);
  void learn();
  setInterval(() => void look(), LOOK_MS);
}

async function learn(): Promise<void> {
  facts.value = await ask<Facts>("/door/v1/tour");
  if (!facts.value) keep(undefined);
  await look();
}

async function look(): Promise<void> {
  const [now, here] = [kept.value, facts.value];
  const step = now && STEPS[now.step - 1];
  if (!step || !here || document.hidden || done.value === now.step) return;
  if (await step.isDone(here)) done.value = now.step;
}

function keep(next: Touring | undefined): void {
  kept.value = next;
  keepTouring(next);
  said.value = "";
}

function turn(by: number): void {
  const now = kept.value;
  if (!now) return;
  done.value = 0;
  const step = now.step + by;
  keep(step > LAST ? undefined : { ...now, step: Math.max(1, step), isFolded: false });
}

async function go(person: Person, path: Promise<string>): Promise<void> {
  isBusy.value = true;
  said.value = "";
  try {
    const target = await path;
    // On a phone the panel would lie on what one is to look at.
    if (kept.value && innerWidth < 640) keep({ ...kept.value, isFolded: true });
    await enter(person, target);
  } catch {
    said.value = t("tour-failed");
  } finally {
    isBusy.value = false;
  }
}

/** The newest sale of the brand to this shopper since the tour began. */
async function newSale(here: Facts): Promise<string | undefined> {
  const told = await ask<Told["ReceiptsTold"]>("/shop/v1/receipts");
  const since = kept.value?.since ?? "";
  return told?.receipts.find((one) => one.brand_id === here.brand_id && one.paid_at >= since)?.sale_id;
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

function isAt(path: string): boolean {
  return location.pathname.startsWith(path);
}

function placePath(here: Facts): string {
  return `/shop/places/${here.brand_id}/${here.place_id}`;
}

/** As a scanner types it: a burst of keys that ends with Enter. */
function scan(text: string): void {
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

/** From 640 px on: where the page itself has least to say. */
function corner(): string {
  if (isAt("/shop/")) return "sm:inset-x-auto sm:top-4 sm:right-4 sm:bottom-auto";
  if (isAt("/register/")) return "sm:inset-x-auto sm:top-auto sm:bottom-4 sm:left-4";
  return "sm:inset-x-auto sm:top-auto sm:right-4 sm:bottom-4";
}

function Panel() {
  const [now, here] = [kept.value, facts.value];
  if (!now || !here) return null;
  return now.isFolded ? <Folded now={now} /> : <Open now={now} here={here} />;
}

function Folded({ now }: { now: Touring }) {
  const isDone = done.value === now.step;
  return (
    <button
      type="button"
      class={`fixed left-2 top-[42dvh] z-50 grid size-14 place-items-center rounded-full shadow-float ${corner()} ${isDone ? "bg-accent text-accent-content" : "bg-primary text-primary-content"}`}
      aria-label={t("tour-unfold", { step: now.step })}
      onClick={() => keep({ ...now, isFolded: false })}
    >
      <span class="figures text-sm leading-tight font-semibold" aria-hidden="true">
        {isDone ? <Icon name="check" /> : `${now.step}/${LAST}`}
      </span>
    </button>
  );
}

function Open({ now, here }: { now: Touring; here: Facts }) {
  const step = STEPS[now.step - 1]!;
  const isDone = done.value === now.step;
  const isThere = now.step === 3 && isAt("/register/");
  const names = { brand: named(here.brand_en, here.brand_zh), place: named(here.place_en, here.place_zh) };
  return (
    <section
      class={`surface fixed inset-x-2 top-2 z-50 animate-arrive p-4 shadow-float sm:w-96 ${corner()}`}
      aria-label={t("tour-name")}
    >
      <header class="-mt-2 -mr-2 flex items-center gap-1">
        <p class="quiet flex-1 text-sm font-medium">{t("tour-step", { step: now.step })}</p>
        <button type="button" class="btn btn-ghost btn-circle tap" aria-label={t("tour-fold")} onClick={() => keep({ ...now, isFolded: true })}>
          <Icon name="minus" class="icon-sm" />
        </button>
        <button type="button" class="btn btn-ghost btn-circle tap" aria-label={t("tour-end")} onClick={() => keep(undefined)}>
          <Icon name="x" class="icon-sm" />
        </button>
      </header>
      <div class="mb-3 flex gap-1" aria-hidden="true">
        {NUMBERS.map((step) => (
          <span
            key={step}
            class={`h-1 flex-1 rounded-full ${step < now.step || (isDone && step === now.step) ? "bg-primary" : step === now.step ? "bg-accent" : "bg-base-300"}`}
          />
        ))}
      </div>
      <h2 class="text-lg font-semibold">{t(`tour-title_${now.step as 1}`)}</h2>
      <p class="mt-1 text-sm">{t(`tour-text_${now.step as 1}`, names)}</p>
      <p class="mt-1 text-sm text-error empty:hidden" role="alert">{said.value}</p>
      <div class="mt-3 flex flex-wrap gap-2">
        {isThere ? (
          <>
            <button type="button" class="btn btn-soft btn-primary tap" onClick={() => scan(here.gtin)}>
              <Icon name="barcode" class="icon-sm" />
              {t("tour-scan_article")}
            </button>
            <button type="button" class="btn btn-soft btn-primary tap" onClick={() => void scanMember(here)}>
              <Icon name="phone" class="icon-sm" />
              {t("tour-scan_member")}
            </button>
          </>
        ) : (
          <button type="button" class={`btn tap ${isDone ? "btn-ghost" : "btn-primary"}`} disabled={isBusy.value} onClick={() => void go(step.person, step.path(here))}>
            {t(`tour-go_${now.step as 1}`)}
            <Icon name="arrow-right" class="icon-sm" />
          </button>
        )}
        {now.step === 2 && !isDone && (
          <button type="button" class="btn btn-soft btn-primary tap" disabled={isBusy.value} onClick={() => void go("shopper", Promise.resolve("/shop/wallet"))}>
            {t("tour-go_wallet")}
          </button>
        )}
        {now.step === LAST && (
          <button type="button" class="btn btn-ghost tap" disabled={isBusy.value} onClick={() => void go("dealer", Promise.resolve("/dealer/"))}>
            {t("tour-go_dealer")}
          </button>
        )}
      </div>
      <footer class="mt-3 flex items-center gap-2 border-t border-base-300 pt-2">
        <button type="button" class="btn btn-ghost btn-circle tap" aria-label={t("tour-back")} disabled={now.step === 1} onClick={() => turn(-1)}>
          <Icon name="chevron-left" class="icon-sm" />
        </button>
        <p class="flex flex-1 items-center gap-1 text-sm font-medium text-success" role="status">
          {isDone && (
            <>
              <Icon name="check-circle" class="icon-sm" />
              {t("tour-done")}
            </>
          )}
        </p>
        <button type="button" class={`btn tap ${isDone ? "btn-primary" : "btn-ghost"}`} onClick={() => turn(1)}>
          {now.step === LAST ? t("tour-finish") : isDone ? t("tour-next") : t("tour-skip")}
          <Icon name="chevron-right" class="icon-sm" />
        </button>
      </footer>
    </section>
  );
}
