/** A chart over time. Its numbers stand in a table for who cannot see it; the box has its height before it comes. */
import "uplot/dist/uPlot.min.css";
import { effect } from "@preact/signals";
import UPlot from "uplot";
import { clock, day, money, number } from "../format";
import { isDark } from "../theme";
import type { Island } from "./index";

interface Line {
  label: string;
  values: (number | null)[];
  kind: "bars" | "line" | "dashes";
}
interface Shown {
  /** Seconds since 1970. */
  at: number[];
  lines: Line[];
  /** Minor units of it; plain numbers without. */
  currency?: string;
  zone: string;
  step: "hour" | "day";
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function axis(): Pick<UPlot.Axis, "stroke" | "grid" | "ticks" | "font"> {
  return {
    stroke: colour("--color-base-content"),
    grid: { stroke: colour("--color-base-300"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
  };
}

/** Draw it. */
export function make(element: HTMLElement, first: unknown): Island {
  let shown = first as Shown;
  let plot: UPlot | undefined;

  const words = (value: number | null): string => {
    if (value === null || value === undefined) return "–";
    return shown.currency ? money(value, shown.currency) : number(value);
  };
  const short = (value: number): string => {
    const whole = shown.currency ? value / 100 : value;
    return new Intl.NumberFormat(document.documentElement.lang, { notation: "compact", maximumFractionDigits: 1 }).format(whole);
  };
  const when = (at: number): string => {
    const moment = new Date(at * 1000);
    return shown.step === "hour" ? clock(moment, shown.zone) : day(moment, shown.zone);
  };
  const value = (_: UPlot, raw: number | null): string => words(raw);
  const series = (line: Line): UPlot.Series => {
    const lead = colour("--color-primary");
    if (line.kind === "bars") {
      const paths = UPlot.paths.bars?.({ size: [0.7, 48], radius: 0.15 });
      return { label: line.label, value, stroke: lead, fill: lead, width: 0, points: { show: false }, ...(paths ? { paths } : {}) };
    }
    const stroke = line.kind === "line" ? lead : colour("--color-accent");
    const paths = UPlot.paths.spline?.();
    return { label: line.label, value, stroke, width: 2, points: { show: false }, ...(line.kind === "dashes" ? { dash: [5, 4] } : {}), ...(paths ? { paths } : {}) };
  };

  function draw(): void {
    plot?.destroy();
    const data: UPlot.AlignedData = [shown.at, ...shown.lines.map((line) => line.values)] as UPlot.AlignedData;
    plot = new UPlot(
      {
        width: element.clientWidth,
        height: element.clientHeight - 34,
        padding: [8, shown.step === "hour" ? 8 : 36, 0, 0],
        cursor: { y: false, points: { size: 8 } },
        legend: { live: true },
        scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(most * 1.08, shown.currency ? 1000 : 4)] } },
        axes: [
          { ...axis(), grid: { show: false }, values: (_, splits) => splits.map(when), incrs: shown.step === "hour" ? [1, 2, 3, 4, 6, 12].map((n) => n * 3_600) : [1, 2, 7, 14, 28].map((n) => n * 86_400), space: shown.step === "hour" ? 56 : 96 },
          { ...axis(), size: 52, values: (_, splits) => splits.map(short), space: 36 },
        ],
        series: [{ label: "\u00a0", value: (_, at) => (at === null ? "" : when(at)) }, ...shown.lines.map(series)],
      },
      data,
      element,
    );
  }

  const stop = effect(() => {
    void isDark.value;
    // The new colours are there after the theme has been written to the page.
    requestAnimationFrame(draw);
  });
  const sizes = new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height: element.clientHeight - 34 }));
  sizes.observe(element);
  return {
    update: (next) => {
      shown = next as Shown;
      draw();
    },
    remove: () => {
      stop();
      sizes.disconnect();
      plot?.destroy();
    },
  };
}
