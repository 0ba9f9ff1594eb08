import { useEffect, useRef, useState } from "preact/hooks";
import type { Told } from "@look/api";
import { Badge, Button, Failed, Icon, IconButton, Picture, QrCode } from "@look/components";
import { named, t } from "@look/texts";
import { copyText } from "../shell/copy";
import { JoinSheet } from "./JoinSheet";
import { useMemberCode, type ShownCode } from "./memberCode";

type Look = "qr" | "barcode";

/** The card that is held under the scanner: white in either theme, the screen stays awake. */
export function MemberCard({ membership }: { membership: Told["MembershipTold"] }) {
  const { brand } = membership;
  const { shown, problem, again } = useMemberCode(brand.brand_id);
  const [large, setLarge] = useState<Look>();
  const [isJoining, setJoining] = useState(false);
  useAwake();
  const name = named(brand.name_en, brand.name_zh);
  const label = t("shop-me-code_of", { brand: name });
  if (problem?.code === "shop.service_needed") {
    return (
      <div class="surface grid justify-items-center gap-3 p-6 text-center">
        <h2 class="text-lg font-semibold">{name}</h2>
        <p class="quiet max-w-[40ch]">{t("shop-me-service_off")}</p>
        <Button icon="member" onClick={() => setJoining(true)}>
          {t("shop-me-service_on")}
        </Button>
        <JoinSheet brand={brand} isOpen={isJoining} onClose={() => setJoining(false)} onDone={again} />
      </div>
    );
  }
  return (
    <section class="member-card" aria-label={label} data-code={shown?.code}>
      <header class="flex items-center gap-3">
        <Picture of="places" category={brand.category} seed={brand.brand_id} class="size-11 rounded-full" />
        <div class="min-w-0 flex-1">
          <h2 class="truncate text-lg font-semibold">{name}</h2>
          <p class="text-sm text-black/70">{t("shop-me-card_lead")}</p>
        </div>
        <Badge tone="lead" icon="member">
          {t(membership.tier === "gold" ? "shop-me-tier_gold" : "shop-me-tier_member")}
        </Badge>
      </header>
      <div class="grid min-h-64 place-items-center">
        {shown ? (
          <button type="button" class="cursor-zoom-in rounded-xl" aria-label={t("shop-me-larger")} onClick={() => setLarge("qr")}>
            <QrCode text={shown.code} label={label} class="w-64" />
          </button>
        ) : problem ? (
          <div class="text-base-content">
            <Failed problem={problem} onRetry={again} />
          </div>
        ) : (
          <div class="size-56 animate-pulse rounded-xl bg-black/8" />
        )}
      </div>
      <footer class="flex min-h-11 items-center justify-between gap-3">
        {shown ? <Turning shown={shown} /> : <span />}
        <div class="flex gap-2">
          <button type="button" class="btn btn-sm tap border-black/15 bg-white text-black" disabled={!shown} aria-label={t("shop-me-copy_code")} title={t("shop-me-copy_code")} onClick={() => shown && void copyText(shown.code, t("shop-me-code_copied"))}>
            <Icon name="copy" class="icon-sm" />
          </button>
          <button type="button" class="btn btn-sm tap border-black/15 bg-white text-black" disabled={!shown} onClick={() => setLarge("barcode")}>
            {t("shop-me-barcode")}
          </button>
        </div>
      </footer>
      {shown && <Large look={large} shown={shown} name={name} label={label} onLook={setLarge} />}
    </section>
  );
}

/** A ring that empties until the code turns, and the seconds. */
function Turning({ shown }: { shown: ShownCode }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [shown]);
  const left = Math.min(1, Math.max(0, (shown.turnsAt - now) / shown.stepMs));
  const seconds = Math.max(0, Math.ceil((shown.turnsAt - now) / 1000));
  return (
    <p class="flex items-center gap-2 text-sm text-black/70" role="timer" aria-live="off">
      <svg class="size-6 -rotate-90" viewBox="0 0 24 24" aria-hidden="true">
        <circle cx="12" cy="12" r="9" fill="none" stroke="rgb(0 0 0 / 12%)" stroke-width="3" />
        <circle class="ring-left" cx="12" cy="12" r="9" fill="none" stroke="#0f766e" stroke-width="3" stroke-linecap="round" pathLength={100} stroke-dasharray="100" stroke-dashoffset={100 - left * 100} />
      </svg>
      <span class="figures">{t("shop-me-turns_in", { seconds })}</span>
    </p>
  );
}

/** The whole screen for the code; a laser needs the barcode along the long side. */
function Large({ look, shown, name, label, onLook }: { look: Look | undefined; shown: ShownCode; name: string; label: string; onLook: (look: Look | undefined) => void }) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (look && !box.current?.open) box.current?.showModal();
    if (!look && box.current?.open) box.current.close();
  }, [look]);
  return (
    <dialog ref={box} class="code-screen" aria-label={label} onClose={() => onLook(undefined)}>
      {look && (
        <div class="grid h-full grid-rows-[auto_minmax(0,1fr)_auto] gap-3 p-4">
          <header class="flex items-center justify-between gap-3">
            <h2 class="text-lg font-semibold">{name}</h2>
            <IconButton icon="x" label={t("look-close")} class="text-black hover:bg-black/10" onClick={() => onLook(undefined)} />
          </header>
          <div class="grid min-h-0 place-items-center">
            {look === "qr" ? <QrCode text={shown.code} label={label} class="w-full max-w-[min(26rem,70vh)]" /> : <LongBarcode text={shown.code} label={label} />}
          </div>
          <footer class="flex items-center justify-between gap-3">
            <Turning shown={shown} />
            <button type="button" class="btn tap border-black/15 bg-white text-black" onClick={() => onLook(look === "qr" ? "barcode" : "qr")}>
              {t(look === "qr" ? "shop-me-barcode" : "shop-me-qr")}
            </button>
          </footer>
        </div>
      )}
    </dialog>
  );
}

/** Code 128 in whole pixels of the screen, so that no bar is wider than another of its kind; upright on a phone. */
function LongBarcode({ text, label }: { text: string; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let isCurrent = true;
    void (async () => {
      const { bars128 } = await import("@look/barcode");
      if (isCurrent && canvas.current) draw(canvas.current, bars128(text));
    })();
    return () => {
      isCurrent = false;
    };
  }, [text]);
  return (
    <div class="grid h-full w-full place-items-center overflow-hidden">
      <canvas ref={canvas} role="img" aria-label={label} />
    </div>
  );
}

function draw(canvas: HTMLCanvasElement, bars: number[]): void {
  const room = canvas.parentElement?.getBoundingClientRect();
  if (!room) return;
  const density = devicePixelRatio || 1;
  const isUpright = room.height > room.width;
  const modules = bars.reduce((sum, width) => sum + width, 20);
  const module = Math.max(1, Math.floor((Math.max(room.width, room.height) * density) / modules));
  const long = module * modules;
  const wide = Math.round(Math.min(room.width, room.height, 180) * density);
  canvas.width = isUpright ? wide : long;
  canvas.height = isUpright ? long : wide;
  canvas.style.width = `${canvas.width / density}px`;
  canvas.style.height = `${canvas.height / density}px`;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#000";
  let at = 10 * module;
  bars.forEach((width, index) => {
    if (index % 2 === 0) {
      if (isUpright) pen.fillRect(0, at, wide, width * module);
      else pen.fillRect(at, 0, width * module, wide);
    }
    at += width * module;
  });
}

/** The screen does not go dark while a code is shown. */
function useAwake(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | undefined;
    let isGone = false;
    const ask = async () => {
      if (document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
      try {
        lock = await navigator.wakeLock.request("screen");
        if (isGone) void lock.release();
      } catch {
        // The battery is low, or the browser does not want to.
      }
    };
    const again = () => void ask();
    document.addEventListener("visibilitychange", again);
    void ask();
    return () => {
      isGone = true;
      document.removeEventListener("visibilitychange", again);
      void lock?.release();
    };
  }, []);
}
