/** The one field: scan anything, or search by words. It has the focus unless something else needs it. */
import { useEffect, useId, useImperativeHandle, useRef, useState } from "preact/hooks";
import { Badge, Icon, IconButton, Money, Picture } from "@look/components";
import { named, t } from "@look/texts";
import { hush, said } from "../desk";
import { read } from "../scan";
import type { GoodsTold } from "../told";
import { put, search, take } from "./take";

export interface ScanFieldHandle {
  input: () => HTMLInputElement | null;
  focus: () => void;
  take: (text: string) => void;
}

/** A finger's keyboard would cover half the screen: there the field waits for a tap. */
export const hasKeyboard = !matchMedia("(pointer: coarse)").matches;

export function ScanField({ onCamera, handleRef }: { onCamera: () => void; handleRef: { current: ScanFieldHandle | null } }) {
  const [text, setText] = useState("");
  const [found, setFound] = useState<GoodsTold[] | undefined>();
  const [chosen, setChosen] = useState(0);
  const [isSearching, setSearching] = useState(false);
  const inputRef = useRef<HTMLInputElement>(null);
  const list = useId();
  const turnRef = useRef(0);
  const isOpen = found !== undefined && text.trim() !== "";

  function reset(): void {
    turnRef.current++;
    setText("");
    setFound(undefined);
    setSearching(false);
    setChosen(0);
  }

  async function takeNow(given: string): Promise<void> {
    reset();
    const mine = turnRef.current;
    const several = await take(given);
    if (several.length && mine === turnRef.current) {
      setText(given);
      setFound(several);
    }
  }

  useImperativeHandle(handleRef, () => ({
    input: () => inputRef.current,
    focus: () => {
      if (hasKeyboard) inputRef.current?.focus();
    },
    take: (given: string) => void takeNow(given),
  }));

  async function look(words: string, mine: number, signal: AbortSignal): Promise<void> {
    try {
      const goods = await search(words, signal);
      if (mine !== turnRef.current) return;
      setFound(goods);
      setChosen(0);
    } catch {
      // Enter asks again, and says what is wrong.
    }
    if (mine === turnRef.current) setSearching(false);
  }

  // Words are searched while they are typed; the newest question's answer counts.
  useEffect(() => {
    const words = text.trim();
    if (words.length < 2 || read(words).is !== "words") {
      setFound(undefined);
      setSearching(false);
      return;
    }
    const mine = ++turnRef.current;
    const stop = new AbortController();
    setSearching(true);
    const timer = setTimeout(() => {
      void look(words, mine, stop.signal);
    }, 120);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);

  function enter(): void {
    const goods = isOpen ? found[chosen] : undefined;
    if (goods) {
      reset();
      put(goods);
    } else if (text.trim()) void takeNow(text);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const count = found?.length ?? 0;
    if (isOpen && count && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      setChosen((chosen + (event.key === "ArrowDown" ? 1 : count - 1)) % count);
    } else if (event.key === "Enter" && text.trim()) enter();
    else if (event.key === "Escape" && text) reset();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  const isQuantity = read(text).is === "quantity";
  const message = said.value;
  return (
    <div class="relative" style={{ gridArea: "field" }}>
      <div class="surface flex h-14 items-center gap-2 pl-4 pr-1 shadow-card focus-within:border-primary focus-within:ring-2 focus-within:ring-primary/30">
        {isSearching ? <span class="loading loading-spinner loading-sm quiet" aria-hidden="true" /> : <Icon name="scan" class="quiet" />}
        <input
          ref={inputRef}
          class="h-full min-w-0 flex-1 bg-transparent text-lg outline-none"
          value={text}
          placeholder={t("register-field")}
          aria-label={t("register-field.name")}
          role="combobox"
          aria-expanded={isOpen}
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={isOpen && found[chosen] ? `${list}-${chosen}` : undefined}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          enterkeyhint="enter"
          onInput={(event) => {
            hush();
            setText(event.currentTarget.value);
          }}
          onKeyDown={onKeyDown}
        />
        {isQuantity && (
          <span class="quiet hidden items-center gap-2 text-sm sm:flex">
            <kbd class="key">Enter</kbd> {t("register-quantity_of_line")}
          </span>
        )}
        <IconButton icon="camera" label={t("register-camera")} onClick={onCamera} />
      </div>
      {isOpen && (
        <div id={list} role="listbox" aria-label={t("register-found")} class="surface absolute inset-x-0 top-16 z-20 max-h-[60dvh] overflow-auto p-1 shadow-float">
          {found.map((goods, n) => (
            <Found
              key={goods.sku}
              id={`${list}-${n}`}
              goods={goods}
              isChosen={n === chosen}
              onChoose={() => {
                reset();
                put(goods);
                inputRef.current?.focus();
              }}
            />
          ))}
          {!found.length && (
            <div class="quiet flex items-center gap-3 p-4" role="option" tabIndex={-1} aria-selected="false">
              <Icon name="search" /> {t("register-found_nothing", { text: text.trim() })}
            </div>
          )}
        </div>
      )}
      <p role="status" aria-live="assertive" class={message ? `mt-2 flex items-center gap-2 rounded-xl px-4 py-2.5 font-medium ${message.tone === "bad" ? "bg-error text-error-content" : "bg-secondary text-secondary-content"}` : "sr-only"}>
        {message && <Icon name={message.tone === "bad" ? "alert" : "check-circle"} class="icon-sm" />}
        {message?.text}
      </p>
    </div>
  );
}

function Found({ id, goods, isChosen, onChoose }: { id: string; goods: GoodsTold; isChosen: boolean; onChoose: () => void }) {
  const item = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isChosen) item.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  return (
    // The field hears the keys for the whole list (combobox).
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div ref={item} id={id} role="option" tabIndex={-1} aria-selected={isChosen} class={`flex min-h-16 cursor-pointer items-center gap-3 rounded-xl p-2 border-l-4 ${isChosen ? "border-l-primary bg-base-200" : "border-l-transparent hover:bg-base-200"}`} onClick={onChoose}>
      <Picture of="goods" category={goods.category} seed={goods.sku} class="size-12 shrink-0" />
      <span class="min-w-0 flex-1">
        <span class="line-clamp-2 font-medium">{named(goods.name_en, goods.name_zh)}</span>
        <span class="quiet block text-sm">{goods.sku}</span>
      </span>
      <span class="grid shrink-0 justify-items-end gap-1">
        <Money minor={goods.list_minor} currency={goods.currency} class="font-semibold" />
        {goods.available !== null && <Badge tone={goods.available > 0 ? "good" : "warn"}>{goods.available > 0 ? t("register-left_here", { pieces: goods.available }) : t("register-none_here")}</Badge>}
      </span>
    </div>
  );
}
