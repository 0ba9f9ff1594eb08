import { useLocation } from "preact-iso";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { api, told, type Told } from "@look/api";
import { Icon, IconButton, Money, Picture, type IconName } from "@look/components";
import { named, t } from "@look/texts";
import { forgetRecent, readRecent, recent, remember } from "./recent";
import { about, search, setFilters, setSearch, type Search } from "./state";
import { categoryName } from "./words";

const PAUSE_MS = 220;
// Its list is ours, not a datalist.
const COMBOBOX = { role: "combobox", list: undefined } as const;

interface Option {
  key: string;
  icon?: IconName;
  picture?: { of: "goods" | "places"; category: string; seed: string };
  title: string;
  more: string;
  price?: { minor: number; currency: string };
  run: () => void;
}

/** Goods and places by a few words: suggestions while typing, what was searched before when nothing is typed. */
export function SearchBox() {
  const { route } = useLocation();
  const [text, setText] = useState(search.value?.label ?? "");
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const inputRef = useRef<HTMLInputElement>(null);
  const id = useId();
  const wanted = search.value?.label ?? "";
  useEffect(() => setText(wanted), [wanted]);
  const found = useFound(isOpen ? text.trim() : "");

  const go = (one: Search | undefined) => {
    if (one) remember(one);
    setSearch(one);
    setOpen(false);
  };
  const options = isOpen ? optionsOf(text.trim(), found, go, (address) => route(address)) : [];
  const clear = () => {
    setText("");
    if (search.value) go(undefined);
    inputRef.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      setAt(options.length === 0 ? -1 : (at + step + options.length + 1) % (options.length + 1) === options.length ? -1 : (at + step + options.length + 1) % (options.length + 1));
    } else if (event.key === "Escape") {
      setOpen(false);
    }
  };
  const submit = (event: Event) => {
    event.preventDefault();
    // The keys on the screen of a phone make room for what was found.
    if (matchMedia("(pointer: coarse)").matches) (document.activeElement as HTMLElement | null)?.blur();
    const option = options[at];
    const words = text.trim();
    if (option) {
      setOpen(false);
      option.run();
    } else if (words) go({ label: words, text: words });
    else go(undefined);
  };

  return (
    // Leaving the box as a whole closes its list.
    <form
      class="search-box"
      role="search"
      onSubmit={submit}
      onFocusOut={(event) => !event.currentTarget.contains(event.relatedTarget as Node | null) && setOpen(false)}
    >
      <Icon name="search" class="icon-sm quiet" />
      <input
        ref={inputRef}
        class="search-input"
        type="search"
        enterKeyHint="search"
        autocomplete="off"
        maxLength={80}
        placeholder={t("shop-search_hint")}
        aria-label={t("shop-search_label")}
        {...COMBOBOX}
        // oxlint-disable-next-line jsx-a11y/role-supports-aria-props
        aria-expanded={isOpen && options.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
        value={text}
        onFocus={() => {
          readRecent();
          setOpen(true);
        }}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(-1);
          setOpen(true);
        }}
        onKeyDown={onKeyDown}
      />
      {text && <IconButton icon="x" label={t("shop-clear_search")} onClick={clear} />}
      <div class="search-found" hidden={!isOpen || options.length === 0}>
        <div id={`${id}-list`} role="listbox" aria-label={t("shop-search_found")}>
          {options.map((option, index) => (
            // Keys are heard by the input, which keeps the focus.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
            <div
              key={option.key}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === at}
              class="search-option"
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => {
                setOpen(false);
                option.run();
              }}
            >
              {option.picture ? <Picture {...option.picture} class="size-10" /> : <Icon name={option.icon ?? "search"} class="icon-sm quiet mx-2.5" />}
              <span class="min-w-0 flex-1">
                <span class="block truncate">{option.title}</span>
                {option.more && <span class="quiet block truncate text-sm">{option.more}</span>}
              </span>
              {option.price && <Money {...option.price} class="text-sm font-medium" />}
            </div>
          ))}
        </div>
        {!text.trim() && (
          <button type="button" class="btn btn-ghost tap w-full" onMouseDown={(event) => event.preventDefault()} onClick={forgetRecent}>
            {t("shop-forget_recent")}
          </button>
        )}
      </div>
    </form>
  );
}

/** What has these words, asked for once typing pauses. */
function useFound(words: string): Told["FoundTold"] | undefined {
  const [found, setFound] = useState<{ words: string; told: Told["FoundTold"] }>();
  useEffect(() => {
    if (!isSearchable(words)) return undefined;
    let isCurrent = true;
    const { lat, lon } = about.value;
    const timer = setTimeout(() => {
      told(api.GET("/shop/v1/search", { params: { query: { text: words, lat, lon, limit: 20 } } })).then(
        (answer) => isCurrent && setFound({ words, told: answer }),
        // Enter still searches, and then says what is wrong.
        () => undefined,
      );
    }, PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [words]);
  return words && found && words.startsWith(found.words.slice(0, 2)) ? found.told : undefined;
}

/** As the server has it: at most four words, each of two letters or an ideograph. */
function isSearchable(words: string): boolean {
  const each = words.split(/\s+/).filter(Boolean);
  return each.length > 0 && each.length <= 4 && each.every((word) => word.length > 1 || word >= "\u2e80");
}

type Found = Told["FoundTold"]["goods"][number];

/** Sizes and colours of one product are one line, called by what their names share. */
function products(goods: Found[]): (Found & { title: string; isOne: boolean })[] {
  const groups = new Map<string, Found[]>();
  for (const one of goods) groups.set(one.goods.product_id, [...(groups.get(one.goods.product_id) ?? []), one]);
  return [...groups.values()].flatMap(([first, ...more]) => {
    if (!first) return [];
    const names = [first, ...more].map(({ goods: one }) => named(one.name_en, one.name_zh));
    const title = names.reduce((shared, name) => {
      let at = 0;
      while (at < shared.length && shared[at] === name[at]) at++;
      return shared.slice(0, at);
    });
    return [{ brand: first.brand, goods: first.goods, title: title.replace(/[\s,，]+$/, "") || names[0]!, isOne: more.length === 0 }];
  });
}

/** At most four words that the server takes. */
function searchWords(title: string): string {
  return title.split(/[\s,，]+/).filter((word) => word.length > 1 || word >= "\u2e80").slice(0, 4).join(" ");
}

function optionsOf(words: string, found: Told["FoundTold"] | undefined, go: (one: Search) => void, route: (address: string) => void): Option[] {
  if (!words) return recent.value.map((one) => ({ key: `r ${one.label}`, icon: "clock", title: one.label, more: "", run: () => go(one) }));
  if (!found) return [];
  const goods = products(found.goods).map(({ brand, goods: one, title, isOne }): Option => {
    return {
      key: one.product_id,
      picture: { of: "goods", category: one.category, seed: one.product_id },
      title,
      more: named(brand.name_en, brand.name_zh),
      price: { minor: one.list_minor, currency: one.currency },
      run: () => go(isOne && one.gtin ? { label: title, gtin: one.gtin } : { label: title, text: searchWords(title) }),
    };
  });
  const brands = found.brands.map((brand): Option => ({
    key: brand.brand_id,
    icon: "store",
    title: named(brand.name_en, brand.name_zh),
    more: categoryName(brand.category),
    run: () => {
      setSearch(undefined);
      setFilters({ brandId: brand.brand_id, category: undefined });
    },
  }));
  const places = found.places.map(
    (place): Option => ({
      key: place.place.place_id,
      icon: "map-pin",
      title: named(place.place.name_en, place.place.name_zh),
      more: place.address ?? "",
      run: () => route(`/shop/places/${place.brand.brand_id}/${place.place.place_id}`),
    }),
  );
  return [...brands.slice(0, 2), ...goods.slice(0, 6), ...places.slice(0, 4)];
}
