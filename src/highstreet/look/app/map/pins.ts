/** The pins' pictures, drawn when the map first asks for one: `pin-open`, `pin-offer-chosen`, `pin-open-cup`, … at twice their size. */
const FILLS: Record<string, string> = { open: "#0f766e", closed: "#7d746a", unknown: "#7d746a", offer: "#d9860b", bad: "#b3261e" };
/** Signs of what a place sells, around 17, 14.5. */
const SIGNS: Record<string, string> = {
  cup: "M12 11h8v4a3.5 3.5 0 0 1-3.5 3.5h-1A3.5 3.5 0 0 1 12 15ZM20 12h1.3a1.7 1.7 0 0 1 0 3.4H20",
  clothes: "m14 9.5-3.6 2.2 1.5 2.6 1.3-.6V19.5h7.6v-5.8l1.3.6 1.5-2.6L20 9.5a3 3 0 0 1-6 0Z",
  shoe: "M10.5 11.5v7h13v-2c0-1.5-3-1.8-4.5-2.5s-2.5-2.8-4-3c-.5 1.2-2.5 1.5-4.5.5Z",
  basket: "M10.8 13.5h12.4L22 19.5H12ZM14 13.5l2-4.3M20 13.5l-2-4.3",
  book: "M17 11c-1.5-1-4-1.2-6-.8v8.3c2-.4 4.5-.2 6 .8 1.5-1 4-1.2 6-.8v-8.3c-2-.4-4.5-.2-6 .8Zm0 0v8.3",
  gem: "M13.5 10.2h7l2.7 3.3-6.2 6.2-6.2-6.2ZM10.8 13.5h12.4",
  phone: "M13.3 8.8h7.4v11.6h-7.4ZM16.5 18.2h1",
  leaf: "M12 19.5c0-6.3 3-9.3 10-9.3 0 7.2-4 9-8.2 8M12 19.5c1-3 3-5 5-6",
  sofa: "M12.6 13.6v-3.3h8.8v3.3M10.4 15a1.6 1.6 0 0 1 3.2 0v1.4h6.8V15a1.6 1.6 0 0 1 3.2 0v4H10.4Z",
  glasses: "M10.2 15.3a2.8 2.8 0 1 0 5.6 0 2.8 2.8 0 0 0-5.6 0ZM18.2 15.3a2.8 2.8 0 1 0 5.6 0 2.8 2.8 0 0 0-5.6 0ZM15.8 14.8h2.4",
  lipstick: "M13.8 20v-6h6.4v6ZM15.3 14v-3l3.4-2.2V14",
  peak: "m10.3 19.3 4.7-8.6 2.5 4.2 1.5-2.1 4.7 6.5Z",
  blocks: "M11 14.6h6v5h-6ZM17 14.6h6v5h-6ZM14 9.6h6v5h-6Z",
};
const SCALE = 2;

export function isPinImage(id: string): boolean {
  return id.startsWith("pin-");
}

export function drawPin(id: string): ImageData {
  const [, tone = "open", sign = ""] = id.split("-");
  const chosen = id.endsWith("-chosen");
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
  } else if (SIGNS[sign]) {
    pen.stroke(new Path2D(SIGNS[sign]));
  } else if (tone === "bad") {
    pen.stroke(new Path2D("M17 8.5v7M17 19.5h.01"));
  } else {
    pen.stroke(new Path2D("M11.5 13.5v6h11v-6M10.5 12l1.5-3h10l1.5 3a2.1 2.1 0 0 1-4.33 0 2.1 2.1 0 0 1-4.34 0 2.1 2.1 0 0 1-4.33 0Z"));
  }
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}
