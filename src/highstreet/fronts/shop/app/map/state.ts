/** What the map and its list show, kept while the shopper looks at other pages. */
import { batch, computed, signal } from "@preact/signals";
import { api, asProblem, told, type Problem, type Told } from "@look/api";
import type { Position } from "@look/map/types";
import { whenCalm } from "../shell/calm";
import { first, firstView } from "./first";
import { metresBetween } from "./project";

export type Near = Told["NearbyTold"];
export type Pin = Told["PinTold"];
export type PinBrand = Told["PinBrandTold"];

/** Around which point the list is: where the shopper is, the town's middle, or a part of the map they chose. */
export interface About extends Position {
  is: "here" | "middle" | "map";
}

export interface Search {
  /** What stands in the box. */
  label: string;
  text?: string;
  gtin?: string;
}

interface Filters {
  openOnly: boolean;
  category: string | undefined;
  brandId: string | undefined;
}

const HELSINKI: Position = { lat: 60.1716, lon: 24.9443 };
const FEW = 20;
const MANY = 50;
export const FAR_M = 30_000;

export const middle = signal<Position>(first ?? HELSINKI);
export const view = signal<Position & { zoom: number }>(firstView ?? { ...middle.value, zoom: 15.4 });
export const about = signal<About>({ lat: middle.value.lat, lon: middle.value.lon, is: "middle" });
export const filters = signal<Filters>({ openOnly: false, category: undefined, brandId: undefined });
export const search = signal<Search | undefined>(undefined);

export const pins = signal<Pin[]>(first?.pins.pins ?? []);
/** Whether more pins came than those in sight at first. */
const hasAll = signal(!first);
export const brands = signal<PinBrand[]>(first?.pins.brands ?? []);
export const brandOf = computed(() => new Map(brands.value.map((brand) => [brand.brand_id, brand])));
/** Each with how many places it has here, most first. */
export const categories = computed(() => {
  if (first && !hasAll.value) return first.categories;
  const counts = new Map<string, number>();
  for (const pin of pins.value) {
    const category = brandOf.value.get(pin.brand_id)?.category;
    if (category) counts.set(category, (counts.get(category) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([category]) => category);
});

interface List {
  places: Near[] | undefined;
  problem: Problem | undefined;
  isLoading: boolean;
  hasMore: boolean;
}
export const list = signal<List>({ places: first?.near, problem: undefined, isLoading: !first, hasMore: true });

/** The pins that the search and the filters leave. */
export const shownPins = computed(() => {
  const { openOnly, category, brandId } = filters.value;
  if (search.value) {
    return (list.value.places ?? []).map(({ brand, place, position, is_open }): Pin => ({ brand_id: brand.brand_id, place_id: place.place_id, name_en: place.name_en, name_zh: place.name_zh, lat: position.lat, lon: position.lon, is_open }));
  }
  return pins.value.filter((pin) => (!openOnly || pin.is_open) && (!brandId || pin.brand_id === brandId) && (!category || brandOf.value.get(pin.brand_id)?.category === category));
});

let turn = 0;
let askedAt = first ? Date.now() : 0;

/** Ask for the list anew: after another point, search or filter. */
export async function askNear(limit: number = FEW): Promise<void> {
  const mine = ++turn;
  list.value = { ...list.value, isLoading: true, problem: undefined };
  const { lat, lon } = about.value;
  const { openOnly, category, brandId } = filters.value;
  const wanted = search.value;
  const of = brandId ? [brandId] : category ? brands.value.filter((one) => one.category === category).map((one) => one.brand_id) : [undefined];
  const query = { lat, lon, open_only: openOnly, limit, ...(wanted?.gtin ? { gtin: wanted.gtin } : wanted?.text ? { text: wanted.text } : {}) };
  try {
    const answers = await Promise.all(of.map((id) => told(api.GET("/shop/v1/nearest", { params: { query: id ? { ...query, brand_id: id } : query } }))));
    if (mine !== turn) return;
    askedAt = Date.now();
    const found = answers.flat().sort((a, b) => a.distance_m - b.distance_m);
    list.value = { places: found.slice(0, limit), problem: undefined, isLoading: false, hasMore: limit < MANY && found.length >= limit };
  } catch (error) {
    if (mine === turn) list.value = { ...list.value, problem: asProblem(error), isLoading: false };
  }
}

export const askMore = (): Promise<void> => askNear(MANY);

/** Ask for the pins around a point; what is there stays when it fails. */
export async function askPins(at: Position): Promise<void> {
  try {
    const found = await told(api.GET("/shop/v1/pins", { params: { query: { lat: at.lat, lon: at.lon } } }));
    batch(() => {
      pins.value = found.pins;
      brands.value = found.brands;
      hasAll.value = true;
    });
  } catch {
    // The list says what is wrong; the next look asks again.
  }
}

/** Look at another place of the world. */
export function lookAt(at: Position, is: About["is"]): void {
  const isFar = metresBetween(at, about.value) > 3_000;
  about.value = { lat: at.lat, lon: at.lon, is };
  if (isFar || pins.value.length === 0) void askPins(at);
  void askNear();
}

export function setFilters(changed: Partial<Filters>): void {
  filters.value = { ...filters.value, ...changed };
  void askNear();
}

export function setSearch(wanted: Search | undefined): void {
  search.value = wanted;
  list.value = { ...list.value, places: undefined };
  void askNear();
}

/** On opening the map: what is older than a minute, or did not come with the page. */
export function refresh(): void {
  if (!hasAll.value) void whenCalm().then(() => askPins(about.value));
  if (Date.now() - askedAt < 60_000) return;
  void askPins(about.value);
  void askNear();
}
