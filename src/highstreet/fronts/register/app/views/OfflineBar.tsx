/** What was sold without a network and is not sent yet, and what came of the rest. */
import { useState } from "preact/hooks";
import { Badge, Button, Dialog, Icon } from "@look/components";
import { clock, money } from "@look/format";
import { t, type TextKey } from "@look/texts";
import { isAway } from "../desk";
import { entries, sendSoon, stuck, toSee, unsent } from "../offline/journal";
import type { Entry } from "../offline/store";

export function OfflineBar() {
  const [isOpen, setOpen] = useState(false);
  const isCalm = !isAway.value && !unsent.value && !stuck.value && !toSee.value.length;
  const words = stuck.value ? t("register-offline_stuck") : unsent.value ? t(isAway.value ? "register-offline_unsent" : "register-offline_sending", { count: unsent.value }) : isAway.value ? t("register-offline") : t("register-offline_to_see", { count: toSee.value.length });
  return (
    <>
      {!isCalm && (
        <div class={`flex flex-wrap items-center justify-center gap-x-4 gap-y-1 px-4 py-1.5 text-center font-medium ${stuck.value ? "bg-error text-error-content" : "bg-warning text-warning-content"}`} role="status">
          <span class="flex items-center gap-2">
            <Icon name={isAway.value ? "wifi-off" : "alert"} class="icon-sm" /> {words}
          </span>
          {entries.value.length > 0 && (
            <button type="button" class="tap underline" onClick={() => setOpen(true)}>
              {t("register-show")}
            </button>
          )}
        </div>
      )}
      <Dialog title={t("register-offline_list")} isOpen={isOpen} onClose={() => setOpen(false)} actions={<Button icon="loop" disabled={!unsent.value} onClick={() => sendSoon(0)}>{t("register-offline_send")}</Button>}>
        {stuck.value && <p class="mb-3 text-error" role="alert">{`${stuck.value.title}. ${stuck.value.detail}`}</p>}
        <ul class="grid max-h-[50dvh] gap-2 overflow-auto">
          {entries.value.filter((one) => one.sent.kind === "sale").map((one) => (
            <Written key={one.seq} entry={one} />
          ))}
        </ul>
      </Dialog>
    </>
  );
}

const TONES = { done: "good", done_with_difference: "warn", refused: "bad", unsent: "plain" } as const;

function Written({ entry }: { entry: Entry }) {
  const state = entry.state ?? "unsent";
  const body = entry.sent.body as { charged_minor?: number; currency?: string };
  return (
    <li class="grid grid-cols-[auto_1fr_auto] items-center gap-3 border-b border-base-300 pb-2">
      <span class="figures quiet">{entry.seq}</span>
      <span>
        <span class="figures block font-medium">{money(body.charged_minor ?? 0, body.currency ?? "EUR")}</span>
        <span class="quiet block text-sm">{clock(entry.sent.at)}</span>
      </span>
      <Badge tone={TONES[state]}>{t(`register-offline_state_${state}` as TextKey)}</Badge>
    </li>
  );
}
