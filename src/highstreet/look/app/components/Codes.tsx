import { useEffect, useState } from "preact/hooks";

interface Props {
  text: string;
  /** What it is, for who cannot see it. */
  label: string;
  class?: string;
}

/** A QR code, black on white in either theme, so that every scanner reads it. */
export function QrCode({ text, label, class: more = "w-56" }: Props) {
  const [path, size] = useDrawn(text, drawQr);
  return (
    <svg class={`aspect-square rounded-xl bg-white ${more}`} viewBox={`-3 -3 ${size + 6} ${size + 6}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <path d={path} fill="#000" />
    </svg>
  );
}

/** The same as a Code 128 barcode, for scanners with a laser. */
export function Barcode({ text, label, class: more = "h-20 w-full max-w-80" }: Props) {
  const [path, size] = useDrawn(text, draw128);
  return (
    <svg class={`rounded-xl bg-white ${more}`} viewBox={`-12 -6 ${size + 24} 62`} preserveAspectRatio="none" role="img" aria-label={label} shape-rendering="crispEdges">
      <path d={path} fill="#000" />
    </svg>
  );
}

type Drawn = [path: string, size: number];

function useDrawn(text: string, draw: (text: string) => Promise<Drawn>): Drawn {
  const [drawn, setDrawn] = useState<Drawn>(["", 33]);
  useEffect(() => {
    let isCurrent = true;
    void draw(text).then((made) => isCurrent && setDrawn(made));
    return () => {
      isCurrent = false;
    };
  }, [text, draw]);
  return drawn;
}

async function drawQr(text: string): Promise<Drawn> {
  const { encode } = await import("uqr");
  const code = encode(text, { ecc: "M", border: 0 });
  const path = code.data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return [path, code.size];
}

async function draw128(text: string): Promise<Drawn> {
  const { bars128 } = await import("../barcode");
  let x = 0;
  let path = "";
  bars128(text).forEach((width, at) => {
    if (at % 2 === 0) path += `M${x} 0h${width}v50h-${width}z`;
    x += width;
  });
  return [path, x];
}
