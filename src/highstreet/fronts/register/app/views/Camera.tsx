/** The camera reads a code. The reader is ours (WebAssembly) where the browser has none. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button, Dialog, Icon } from "@look/components";
import { t } from "@look/texts";

type Detector = { detect: (from: HTMLVideoElement) => Promise<{ rawValue: string }[]> };
const FORMATS = ["qr_code", "code_128", "ean_13", "ean_8", "upc_a", "upc_e", "data_matrix", "itf"] as const;
let made: Promise<Detector> | undefined;

async function make(): Promise<Detector> {
  const native = (globalThis as { BarcodeDetector?: { new (options: object): Detector; getSupportedFormats: () => Promise<string[]> } }).BarcodeDetector;
  const can = native ? await native.getSupportedFormats() : [];
  if (native && can.includes("qr_code") && can.includes("ean_13")) return new native({ formats: FORMATS.filter((one) => can.includes(one)) });
  const [{ BarcodeDetector, prepareZXingModule }, { default: wasm }] = await Promise.all([import("barcode-detector/ponyfill"), import("zxing-wasm/reader/zxing_reader.wasm?url")]);
  prepareZXingModule({ overrides: { locateFile: (path: string) => (path.endsWith(".wasm") ? wasm : path) } });
  return new BarcodeDetector({ formats: [...FORMATS] });
}

/** Opens the camera; tells the first code that it reads. */
export function Camera({ isOpen, title, onCode, onClose }: { isOpen: boolean; title: string; onCode: (text: string) => void; onClose: () => void }) {
  return (
    <Dialog title={title} isOpen={isOpen} onClose={onClose}>
      <Eye
        onCode={(text) => {
          onClose();
          onCode(text);
        }}
      />
    </Dialog>
  );
}

function Eye({ onCode }: { onCode: (text: string) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const tellRef = useRef(onCode);
  useLayoutEffect(() => {
    tellRef.current = onCode;
  });
  const [state, setState] = useState<"starting" | "seeing" | "denied" | "missing">("starting");
  const [tries, setTries] = useState(0);
  useEffect(() => {
    let isOver = false;
    let stream: MediaStream | undefined;
    setState("starting");
    async function run(): Promise<void> {
      try {
        if (!navigator.mediaDevices) throw new DOMException("", "NotFoundError");
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } } });
        const screen = video.current;
        if (isOver || !screen) return stream.getTracks().forEach((track) => track.stop());
        screen.srcObject = stream;
        await screen.play();
        setState("seeing");
        const detector = await (made ??= make());
        while (!isOver) {
          const found = await detector.detect(screen).catch(() => []);
          const text = found.find((code) => code.rawValue)?.rawValue;
          if (text && !isOver) {
            isOver = true;
            tellRef.current(text);
            return;
          }
          await new Promise((then) => setTimeout(then, 80));
        }
      } catch (error) {
        made = undefined;
        if (!isOver) setState((error as DOMException).name === "NotAllowedError" ? "denied" : "missing");
      }
    }
    void run();
    return () => {
      isOver = true;
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, [tries]);
  const isBroken = state === "denied" || state === "missing";
  return (
    <div class="grid gap-4">
      <div class="relative aspect-[4/3] overflow-hidden rounded-2xl bg-neutral">
        <video ref={video} class="size-full object-cover" muted playsInline aria-label={t("register-camera_picture")} />
        {!isBroken && <div class="pointer-events-none absolute inset-[14%] rounded-2xl border-2 border-white/80" />}
        {isBroken && (
          <div class="absolute inset-0 grid place-content-center justify-items-center gap-2 p-6 text-center text-neutral-content" role="alert">
            <Icon name="camera" class="icon-lg" />
            <p class="font-semibold">{t(state === "denied" ? "register-camera_denied" : "register-camera_missing")}</p>
            <p class="text-sm">{t("register-camera_else")}</p>
          </div>
        )}
      </div>
      {isBroken ? (
        <Button kind="soft" icon="loop" onClick={() => setTries(tries + 1)}>
          {t("look-try_again")}
        </Button>
      ) : (
        <p class="quiet text-center text-sm">{t("register-camera_hint")}</p>
      )}
    </div>
  );
}
