/** Park the basket, or take one back. */
import { useLayoutEffect, useState } from "preact/hooks";
import { Button, Dialog, Field, IconButton } from "@look/components";
import { clock, money } from "@look/format";
import { named, t } from "@look/texts";
import { desk } from "../desk";
import { inParts, takeUp } from "../pay/setAside";
import type { SeenTold } from "../told";
import { lines } from "./basket";
import { dropParked, isParking, openParking, park, parked, takeBack, type Parked } from "./parked";

const close = () => void (isParking.value = false);

export function Parking() {
  const [name, setName] = useState("");
  const isFull = lines.value.length > 0;
  const isOpen = isParking.value;
  useLayoutEffect(() => {
    if (isOpen) setName(t("register-parked_customer", { number: parked.value.length + 1 }));
  }, [isOpen]);
  function take(one: Parked): void {
    takeBack(one.id);
    close();
  }
  // Digits take one back; while a name is typed they are part of it.
  function onKeyDown(event: KeyboardEvent): void {
    const one = /^[1-9]$/.test(event.key) && !isFull ? parked.value[Number(event.key) - 1] : undefined;
    if (!one) return;
    event.preventDefault();
    take(one);
  }
  return (
    <Dialog title={t(isFull ? "register-park" : "register-parked")} isOpen={isOpen} onClose={close}>
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div class="grid gap-5" onKeyDown={onKeyDown}>
        {isFull && (
          <form
            class="grid gap-3"
            onSubmit={(event) => {
              event.preventDefault();
              if (park(name.trim() || t("register-parked_customer", { number: parked.value.length + 1 }))) close();
            }}
          >
            <Field label={t("register-park_name")} autofocus maxLength={40} autoComplete="off" value={name} onFocus={(event) => event.currentTarget.select()} onInput={(event) => setName(event.currentTarget.value)} />
            <Button type="submit" icon="pause">
              {t("register-park_do")} <kbd class="key">Enter</kbd>
            </Button>
          </form>
        )}
        {!isFull && !parked.value.length && !inParts.value.length && <p class="quiet">{t("register-parked_none")}</p>}
        {parked.value.length > 0 && (
          <section class="grid gap-2" aria-label={t("register-parked")}>
            {isFull && <p class="quiet text-sm">{t("register-parked_full")}</p>}
            <ul class="surface divide-y divide-base-300 overflow-hidden">
              {parked.value.map((one, n) => (
                <li key={one.id} class="flex items-center">
                  <button type="button" autofocus={!isFull && n === 0} class="flex min-h-14 min-w-0 flex-1 items-center gap-3 px-4 py-2 text-left hover:bg-base-200 disabled:opacity-60" disabled={isFull} onClick={() => take(one)}>
                    <span class="min-w-0 flex-1">
                      <span class="block truncate font-medium">{one.name}</span>
                      <span class="quiet block text-sm">
                        {t("register-pieces", { pieces: one.lines.reduce((sum, line) => sum + line.quantity, 0) })} · {clock(one.at, desk.value?.time_zone)}
                      </span>
                    </span>
                    {!isFull && n < 9 && <kbd class="key">{n + 1}</kbd>}
                  </button>
                  <IconButton icon="trash" label={t("register-parked_drop", { name: one.name })} onClick={() => dropParked(one.id)} />
                </li>
              ))}
            </ul>
          </section>
        )}
        {inParts.value.length > 0 && <InParts hasFocus={!isFull && !parked.value.length} />}
      </div>
    </Dialog>
  );
}

function open(sale: SeenTold): void {
  close();
  takeUp(sale);
}

function InParts({ hasFocus }: { hasFocus: boolean }) {
  return (
    <section class="grid gap-2" aria-labelledby="in-parts-title">
      <h3 id="in-parts-title" class="font-semibold">
        {t("register-in_parts")}
      </h3>
      <ul class="surface divide-y divide-base-300 overflow-hidden">
        {inParts.value.map((sale, n) => (
          <li key={sale.sale_id}>
            <button type="button" autofocus={hasFocus && n === 0} class="flex min-h-14 w-full items-center gap-3 px-4 py-2 text-left hover:bg-base-200" onClick={() => open(sale)}>
              <span class="min-w-0 flex-1">
                <span class="block truncate font-medium">{named(sale.first_name_en, sale.first_name_zh)}</span>
                <span class="quiet block text-sm">
                  {t("register-pieces", { pieces: sale.pieces })} · {clock(sale.opened_at, desk.value?.time_zone)}
                </span>
              </span>
              <span class="text-sm font-semibold">{t("register-open_parts", { amount: money(sale.due_minor ?? 0, sale.currency) })}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What is still due of sales that were set aside half-paid; one opens at once, several are listed. */
export function InPartsButton() {
  const sales = inParts.value;
  const [first] = sales;
  if (!first) return null;
  const due = sales.reduce((sum, sale) => sum + (sale.due_minor ?? 0), 0);
  return (
    <Button kind="soft" icon="clock" class="w-full" onClick={() => (sales.length === 1 ? takeUp(first) : openParking())}>
      {t("register-in_parts_count", { count: sales.length, amount: money(due, first.currency) })}
    </Button>
  );
}

/** How many wait; a tap opens them. */
export function ParkedButton() {
  const count = parked.value.length;
  if (!count && !lines.value.length) return null;
  return (
    <Button kind="soft" icon="pause" class="w-full" aria-keyshortcuts="F10" onClick={openParking}>
      {count ? t("register-parked_count", { count }) : t("register-park")} <kbd class="key">F10</kbd>
    </Button>
  );
}
