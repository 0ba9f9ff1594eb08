/** The pins' pictures, drawn when the map first asks for one: `pin-open`, `pin-offer-chosen`, … at twice their size. */
const FILLS: Record<string, string> = { open: "#0f766e", closed: "#7d746a", unknown: "#7d746a", offer: "#d9860b", bad: "#b3261e" };
const SCALE = 2;

export function isPinImage(id: string): boolean {
  return id.startsWith("pin-");
}

export function drawPin(id: string): ImageData {
  const [, tone = "open", chosen] = id.split("-");
  const size = chosen ? 46 : 34;
  const canvas = document.createElement("canvas");
  canvas.width = size * SCALE;
  canvas.height = (size + 4) * SCALE;
  const pen = canvas.getContext("2d");
  if (!pen) return new ImageData(1, 1);
  pen.scale((SCALE * size) / 34, (SCALE * size) / 34);
  pen.shadowColor = "rgb(30 20 10 / 35%)";
  pen.shadowBlur = 4;
  pen.shadowOffsetY = 2;
  pen.fillStyle = FILLS[tone] ?? "#0f766e";
  pen.strokeStyle = "#fffefc";
  pen.lineWidth = 2;
  const drop = new Path2D("M17 34S4.5 24 4.5 14.5a12.5 12.5 0 0 1 25 0C29.5 24 17 34 17 34Z");
  pen.fill(drop);
  pen.shadowColor = "transparent";
  pen.stroke(drop);
  pen.lineWidth = 1.8;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  if (tone === "closed" || tone === "unknown") {
    pen.stroke(new Path2D("M17 9v5.5l3.5 2"));
    pen.stroke(new Path2D("M23.5 14.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0Z"));
  } else if (tone === "offer") {
    pen.stroke(new Path2D("m13 18.5 8-8M13.5 11h.01M20.5 18h.01"));
  } else if (tone === "bad") {
    pen.stroke(new Path2D("M17 8.5v7M17 19.5h.01"));
  } else {
    pen.stroke(new Path2D("M11.5 13.5v6h11v-6M10.5 12l1.5-3h10l1.5 3a2.1 2.1 0 0 1-4.33 0 2.1 2.1 0 0 1-4.34 0 2.1 2.1 0 0 1-4.33 0Z"));
  }
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}
