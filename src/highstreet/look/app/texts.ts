/** Words in the reader's language: Fluent, the same files that the server reads (src/highstreet/locale). */
import { FluentBundle, FluentResource, type FluentVariable } from "@fluent/bundle";
import { computed, signal } from "@preact/signals";
import lookEn from "../../locale/en/page_look.ftl?raw";
import lookZh from "../../locale/zh/page_look.ftl?raw";
import type { TextKey } from "./generated/texts";

export type Locale = "en" | "zh";
export type { TextKey };
export const LOCALES: readonly Locale[] = ["en", "zh"];

const sources: Record<Locale, string[]> = { en: [lookEn], zh: [lookZh] };

/** The language of the page; setting it draws every text anew. Use `chooseLocale`, which also remembers. */
export const locale = signal<Locale>(firstLocale());

const added = signal(0);
const bundle = computed(() => {
  void added.value;
  const made = new FluentBundle(locale.value, { useIsolating: false });
  for (const source of sources[locale.value]) made.addResource(new FluentResource(source));
  return made;
});

/** Add a page's own texts, once, before it is drawn; what comes later in parts brings its own. */
export function addTexts(en: string, zh: string): void {
  sources.en.push(en);
  sources.zh.push(zh);
  added.value++;
}

/** The text of `key` (or `key.attribute`) with its arguments. A text that is missing shows its key and fails the tests. */
export function t(key: TextKey, args?: Record<string, FluentVariable>): string {
  const [name = "", attribute] = key.split(".");
  const message = bundle.value.getMessage(name);
  const pattern = attribute ? message?.attributes[attribute] : message?.value;
  if (!pattern) return key;
  return bundle.value.formatPattern(pattern, args, []);
}

/** Of a name in two languages, the reader's; the other when it is empty. */
export function named(en: string | null | undefined, zh: string | null | undefined): string {
  return (locale.value === "zh" ? zh || en : en || zh) ?? "";
}

/** Switch the language and remember it for a year; the server reads the same cookie. */
export function chooseLocale(wanted: Locale): void {
  document.cookie = `lang=${wanted}; Path=/; Max-Age=31536000; SameSite=Lax`;
  document.documentElement.lang = wanted;
  locale.value = wanted;
}

function firstLocale(): Locale {
  const kept = /(?:^|; )lang=(en|zh)\b/.exec(document.cookie)?.[1] as Locale | undefined;
  const first = kept ?? (navigator.languages.map((one) => one.slice(0, 2)).find((one) => one === "en" || one === "zh"));
  const found: Locale = first === "zh" ? "zh" : "en";
  document.documentElement.lang = found;
  return found;
}
