/** The sale: the field, the basket, for whom, how much. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button, CLOSED, Dialog } from "@look/components";
import { t } from "@look/texts";
import { go, help, hush } from "../desk";
import { useLayer } from "../keys";
import { pay } from "../pay/start";
import { Camera } from "../views/Camera";
import { at, choose, clear, coupons, lines, member, setQuantity, showCoupon } from "./basket";
import { Basket } from "./Basket";
import { openParking } from "./parked";
import { Parking } from "./Parking";
import { askPrice, PriceByHand } from "./Price";
import { ScanField, type ScanFieldHandle } from "./ScanField";
import { bestHint, PayBar, Side } from "./Side";

function change(by: number): void {
  const line = lines.value[at.value];
  if (line) setQuantity(at.value, line.quantity + by);
}

function does(act: () => void): (event: KeyboardEvent) => void {
  return (event) => {
    event.preventDefault();
    hush();
    act();
  };
}

function showBest(): void {
  const hint = bestHint();
  if (hint) showCoupon(hint.coupon_id);
}

export function Till() {
  const fieldRef = useRef<ScanFieldHandle | null>(null);
  const [hasCamera, setCamera] = useState(false);
  const [isClearing, setClearing] = useState(false);

  function askToClear(): void {
    if (lines.value.length || member.value || coupons.value.length) setClearing(true);
  }
  const drop = does(() => setQuantity(at.value, 0));

  // Only read when a key is pressed.
  // oxlint-disable-next-line react/refs
  useLayer({
    scan: (text) => fieldRef.current?.take(text),
    field: () => fieldRef.current?.input() ?? null,
    keys: {
      ArrowUp: does(() => choose(at.value - 1)),
      ArrowDown: does(() => choose(at.value + 1)),
      Home: does(() => choose(0)),
      End: does(() => choose(lines.value.length)),
      "+": does(() => change(1)),
      "-": does(() => change(-1)),
      "/": does(askPrice),
      Delete: drop,
      Enter: does(pay),
      // oxlint-disable-next-line react/refs
      F2: does(() => fieldRef.current?.input()?.focus()),
      F3: does(showBest),
      F4: does(() => setCamera(true)),
      F6: does(() => go("refund")),
      F7: does(() => go("shift")),
      F8: does(askToClear),
      F10: does(openParking),
      "?": does(help),
    },
  });
  // A tap on a button must not take the focus away from the field for good, nor a dialog that it opened.
  useLayoutEffect(() => {
    const focus = () => fieldRef.current?.focus();
    focus();
    document.addEventListener(CLOSED, focus);
    return () => document.removeEventListener(CLOSED, focus);
  }, []);
  function giveBack(event: Event): void {
    const on = event.target as HTMLElement;
    if (on.closest("button") && !on.closest("dialog")) fieldRef.current?.focus();
  }

  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <main class="till" data-moment={!lines.value.length ? "empty" : member.value ? "member" : "goods"} onClick={giveBack}>
      <h1 class="sr-only">{t("register-sale")}</h1>
      <ScanField handleRef={fieldRef} onCamera={() => setCamera(true)} />
      <Basket />
      <Side />
      <PayBar />
      <Camera isOpen={hasCamera} title={t("register-camera")} onCode={(text) => fieldRef.current?.take(text)} onClose={() => setCamera(false)} />
      <Parking />
      <PriceByHand />
      <Dialog
        title={t("register-clear")}
        isOpen={isClearing}
        onClose={() => setClearing(false)}
        actions={
          <>
            <Button kind="plain" onClick={() => setClearing(false)}>
              {t("look-cancel")}
            </Button>
            <Button
              kind="danger"
              autofocus
              onClick={() => {
                setClearing(false);
                clear();
              }}
            >
              {t("register-clear_do")}
            </Button>
          </>
        }
      >
        {t("register-clear_sure")}
      </Dialog>
    </main>
  );
}
