/** Money, distance, time and hours in the reader's language. All read `locale`, so what shows them is drawn anew with it. */
import { locale, t } from "./texts";

const known = new Map<string, unknown>();

function kept<T>(key: string, make: () => T): T {
  const whole = `${locale.value} ${key}`;
  if (!known.has(whole)) known.set(whole, make());
  return known.get(whole) as T;
}

function tag(): string {
  return locale.value === "zh" ? "zh-CN" : "en-GB";
}

/** Minor units of a currency as text: money(123450, "EUR") is €1,234.50; less than nothing has a minus sign, no hyphen. */
export function money(minor: number, currency: string): string {
  const format = kept(`money ${currency}`, () => new Intl.NumberFormat(tag(), { style: "currency", currency, currencyDisplay: "narrowSymbol" }));
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2)).replace("-", "−");
}

export function number(value: number): string {
  return kept("number", () => new Intl.NumberFormat(tag())).format(value);
}

/** Basis points as percent: percent(1250) is 12.5%. */
export function percent(bp: number): string {
  return kept("percent", () => new Intl.NumberFormat(tag(), { style: "percent", maximumFractionDigits: 1 })).format(bp / 10_000);
}

/** Metres as people say them: 80 m, 450 m, 1.2 km. */
export function distance(metres: number): string {
  const isFar = metres >= 950;
  const unit = isFar ? "kilometer" : "meter";
  const value = isFar ? metres / 1000 : Math.max(10, Math.round(metres / 10) * 10);
  return kept(unit, () => new Intl.NumberFormat(tag(), { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: isFar ? 1 : 0 })).format(value);
}

/** Minutes on foot in words: 4 min on foot. */
export function onFoot(minutes: number): string {
  return t("look-minutes_on_foot", { minutes: Math.max(1, Math.round(minutes)) });
}

type Moment = string | Date;
const asDate = (at: Moment): Date => (typeof at === "string" ? new Date(at) : at);

/** 14:05, in the given zone or the reader's. */
export function clock(at: Moment, timeZone?: string): string {
  return kept(`clock ${timeZone}`, () => new Intl.DateTimeFormat(tag(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone })).format(asDate(at));
}

/** 22 Nov 2026. */
export function day(at: Moment, timeZone?: string): string {
  return kept(`day ${timeZone}`, () => new Intl.DateTimeFormat(tag(), { day: "numeric", month: "short", year: "numeric", timeZone })).format(asDate(at));
}

/** 22 Nov 2026, 14:05. */
export function dayAndClock(at: Moment, timeZone?: string): string {
  return kept(`both ${timeZone}`, () => new Intl.DateTimeFormat(tag(), { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone })).format(asDate(at));
}

/** The name of a place's zone, to stand behind a time there; empty where the reader's clock shows the same. */
export function zoneBeside(at: Moment, timeZone?: string): string {
  if (!timeZone || dayAndClock(at, timeZone) === dayAndClock(at)) return "";
  const format = kept(`zone ${timeZone}`, () => new Intl.DateTimeFormat(tag(), { timeZone, timeZoneName: "longGeneric" }));
  const name = format.formatToParts(asDate(at)).find((part) => part.type === "timeZoneName")?.value;
  return name ? ` ${name}` : "";
}

/** 3 minutes ago, in 2 days. */
export function ago(at: Moment, now: Date = new Date()): string {
  const seconds = (asDate(at).getTime() - now.getTime()) / 1000;
  const format = kept("ago", () => new Intl.RelativeTimeFormat(tag(), { numeric: "auto" }));
  const steps: [number, Intl.RelativeTimeFormatUnit][] = [[86_400, "day"], [3_600, "hour"], [60, "minute"]];
  for (const [size, unit] of steps) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return t("look-just_now");
}

/** Whether it is open, and until or from when: Open until 20:00 · Closed, opens Mon 10:00 · Hours not known. */
export function openWords(isOpen: boolean | null | undefined, changesAt: string | null | undefined, timeZone: string | null | undefined): string {
  if (isOpen === null || isOpen === undefined) return t("look-hours_unknown");
  if (!changesAt) return t(isOpen ? "look-open_always" : "look-closed");
  return t(isOpen ? "look-open_until" : "look-opens_at", { time: nearTime(changesAt, timeZone ?? undefined) });
}

/** The clock today; with the weekday within a week; else with the day. */
function nearTime(at: string, timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone): string {
  const when = new Date(at);
  const time = clock(when, timeZone);
  if (day(when, timeZone) === day(new Date(), timeZone)) return time;
  const isSoon = when.getTime() - Date.now() < 6 * 86_400_000;
  const weekday = kept(`weekday ${timeZone}`, () => new Intl.DateTimeFormat(tag(), { weekday: "short", timeZone }));
  return `${isSoon ? weekday.format(when) : day(when, timeZone)} ${time}`;
}
