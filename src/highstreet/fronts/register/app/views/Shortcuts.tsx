/** Every key there is: F1, or ? while nothing is typed. */
import { useEffect } from "preact/hooks";
import { Dialog } from "@look/components";
import { t, type TextKey } from "@look/texts";
import { hasShortcuts } from "../desk";

const GROUPS: [TextKey, [string[], TextKey][]][] = [
  [
    "register-keys_sale",
    [
      [["register-key_scan"], "register-keys_scan"],
      [["3", "Enter"], "register-keys_quantity"],
      [["3", "*", "register-key_scan"], "register-keys_times"],
      [["+", "−"], "register-keys_more"],
      [["/"], "register-keys_price"],
      [["↑", "↓", "Home", "End"], "register-keys_choose"],
      [["Delete"], "register-keys_delete"],
      [["F2"], "register-keys_find"],
      [["F3"], "register-keys_coupon"],
      [["F4"], "register-keys_camera"],
      [["F8"], "register-keys_clear"],
      [["F10"], "register-keys_park"],
      [["Enter"], "register-keys_pay"],
    ],
  ],
  [
    "register-keys_paying",
    [
      [["1"], "register-keys_wallet"],
      [["2"], "register-keys_qr"],
      [["3"], "register-keys_cash"],
      [["4"], "register-parts_several"],
      [["5"], "register-rail_slip"],
      [["Enter"], "register-keys_next"],
      [["P"], "register-keys_print"],
      [["N"], "register-set_aside"],
      [["O"], "register-offline_take"],
      [["Esc"], "register-keys_back"],
    ],
  ],
  [
    "register-parts",
    [
      [["1", "…", "9"], "register-keys_way"],
      [["A", "B", "C"], "register-keys_split"],
      [["Enter"], "register-keys_shown"],
      [["C"], "register-parts_copy"],
      [["R"], "register-parts_call_back"],
      [["G"], "register-parts_give_up"],
    ],
  ],
  [
    "register-refund",
    [
      [["3"], "register-keys_back_pieces"],
      [["A"], "register-keys_back_all"],
      [["M"], "register-amount_back"],
    ],
  ],
  [
    "register-shift",
    [
      [["1"], "register-shift_opened"],
      [["2"], "register-shift_today"],
      [["I"], "register-drawer_in"],
      [["O"], "register-drawer_out"],
      [["C"], "register-drawer_count"],
    ],
  ],
  [
    "register-keys_else",
    [
      [["F6"], "register-keys_refund"],
      [["F7"], "register-keys_shift"],
      [["F9"], "register-keys_clerk"],
      [["F1", "?"], "register-keys_help"],
    ],
  ],
];

addEventListener("keydown", (event) => {
  if (event.key !== "F1") return;
  event.preventDefault();
  hasShortcuts.value = !hasShortcuts.value;
});

export function Shortcuts() {
  useEffect(() => () => void (hasShortcuts.value = false), []);
  return (
    <Dialog title={t("register-keys")} isOpen={hasShortcuts.value} onClose={() => (hasShortcuts.value = false)}>
      <div class="grid gap-5">
        {GROUPS.map(([title, keys]) => (
          <section key={title}>
            <h3 class="quiet mb-1 text-sm font-medium">{t(title)}</h3>
            <dl class="grid gap-1">
              {keys.map(([names, meaning]) => (
                <div key={meaning} class="flex min-h-9 items-center justify-between gap-4 border-b border-base-300/60">
                  <dd>{t(meaning)}</dd>
                  <dt class="flex gap-1">
                    {names.map((name) => (
                      <kbd key={name} class="key">
                        {name.startsWith("register-") ? t(name as TextKey) : name}
                      </kbd>
                    ))}
                  </dt>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
