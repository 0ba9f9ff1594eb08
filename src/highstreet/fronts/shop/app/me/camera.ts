/** The camera as a reader of codes: the browser's own detector, else ours in WebAssembly, from our own files. */
import { useEffect, useRef, useState } from "preact/hooks";

export type CameraState = "asking" | "on" | "denied" | "none" | "failed";

interface Detector {
  detect: (source: HTMLVideoElement) => Promise<{ rawValue: string }[]>;
}

const FORMATS = ["qr_code", "ean_13", "ean_8", "upc_a", "upc_e", "code_128", "data_matrix"] as const;
const EVERY_MS = 120;

async function makeDetector(): Promise<Detector> {
  const own = (globalThis as { BarcodeDetector?: { new (options: object): Detector; getSupportedFormats: () => Promise<string[]> } }).BarcodeDetector;
  if (own) {
    const can = await own.getSupportedFormats().catch((): string[] => []);
    if (can.includes("qr_code") && can.includes("ean_13")) return new own({ formats: FORMATS.filter((one) => can.includes(one)) });
  }
  const [{ BarcodeDetector, prepareZXingModule }, { default: wasmUrl }] = await Promise.all([import("barcode-detector/ponyfill"), import("zxing-wasm/reader/zxing_reader.wasm?url")]);
  prepareZXingModule({ overrides: { locateFile: (path: string, prefix: string) => (path.endsWith(".wasm") ? wasmUrl : prefix + path) } });
  return new BarcodeDetector({ formats: [...FORMATS] });
}

/** A video that shows the camera; `onRead` hears each text once, until another is seen. `attempt` starts anew. */
export function useCamera(onRead: (text: string) => void, attempt: number) {
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const [state, setState] = useState<CameraState>("asking");
  const [track, setTrack] = useState<MediaStreamTrack>();
  const hearRef = useRef(onRead);
  useEffect(() => {
    hearRef.current = onRead;
  });
  useEffect(() => {
    if (!video) return undefined;
    const shown = video;
    let isOver = false;
    let stream: MediaStream | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = "";

    async function run(): Promise<void> {
      setState("asking");
      if (!navigator.mediaDevices?.getUserMedia) return setState("none");
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false });
      } catch (error) {
        const name = error instanceof DOMException ? error.name : "";
        return setState(name === "NotAllowedError" || name === "SecurityError" ? "denied" : name === "NotFoundError" || name === "OverconstrainedError" ? "none" : "failed");
      }
      if (isOver) return stop();
      show(shown, stream);
      await shown.play().catch(() => undefined);
      setTrack(stream.getVideoTracks()[0]);
      setState("on");
      try {
        await look(await makeDetector(), shown);
      } catch {
        if (!isOver) setState("failed");
        stop();
      }
    }

    async function look(detector: Detector, shown: HTMLVideoElement): Promise<void> {
      if (isOver) return;
      if (document.visibilityState === "visible" && shown.readyState >= 2) {
        const found = await detector.detect(shown);
        const text = found[0]?.rawValue ?? "";
        if (text && text !== last && !isOver) {
          last = text;
          hearRef.current(text);
        }
      }
      await new Promise((resolve) => (timer = setTimeout(resolve, EVERY_MS)));
      return look(detector, shown);
    }

    function stop(): void {
      for (const one of stream?.getTracks() ?? []) one.stop();
      setTrack(undefined);
    }

    void run();
    return () => {
      isOver = true;
      clearTimeout(timer);
      stop();
    };
  }, [attempt, video]);
  return { setVideo, state, track };
}

function show(video: HTMLVideoElement, stream: MediaStream): void {
  video.srcObject = stream;
}

/** Whether the camera has a light, and switching it. */
export function useTorch(track: MediaStreamTrack | undefined): { canLight: boolean; isLit: boolean; light: () => void } {
  const [isLit, setLit] = useState(false);
  const canLight = Boolean(track && "getCapabilities" in track && (track.getCapabilities() as { torch?: boolean }).torch);
  const light = () => {
    track
      ?.applyConstraints({ advanced: [{ torch: !isLit } as MediaTrackConstraintSet] })
      .then(() => setLit(!isLit))
      .catch(() => undefined);
  };
  return { canLight, isLit, light };
}
