/** Light or dark: what the system says, or what the reader chose (cookie `theme`, which the server reads too). */
import { signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";
const NAMES = { light: "highstreet", dark: "highstreet-dark" } as const;
const wantsDark = matchMedia("(prefers-color-scheme: dark)");

export const theme = signal<Theme>((/(?:^|; )theme=(light|dark)\b/.exec(document.cookie)?.[1] as Theme) ?? "system");
/** Whether the page is dark now; the map asks. */
export const isDark = signal(isDarkNow());

export function chooseTheme(wanted: Theme): void {
  const age = wanted === "system" ? 0 : 31536000;
  document.cookie = `theme=${wanted}; Path=/; Max-Age=${age}; SameSite=Lax`;
  theme.value = wanted;
  show();
}

function isDarkNow(): boolean {
  return theme.value === "system" ? wantsDark.matches : theme.value === "dark";
}

function show(): void {
  isDark.value = isDarkNow();
  document.documentElement.dataset["theme"] = NAMES[isDark.value ? "dark" : "light"];
}

wantsDark.addEventListener("change", show);
show();
