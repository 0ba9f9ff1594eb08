import { chooseLocale, locale, t } from "../texts";
import { chooseTheme, theme, type Theme } from "../theme";
import { Icon, type IconName } from "./Icon";

const THEMES: [Theme, IconName][] = [
  ["system", "contrast"],
  ["light", "sun"],
  ["dark", "moon"],
];

/** One tap changes to the other language; it is named in that language. */
export function LanguageSwitch({ class: more = "" }: { class?: string }) {
  const other = locale.value === "zh" ? "en" : "zh";
  return (
    <button type="button" lang={other} class={`btn btn-ghost tap ${more}`} onClick={() => chooseLocale(other)}>
      <Icon name="language" class="icon-sm" /> {other === "zh" ? "中文" : "English"}
    </button>
  );
}

/** System, light or dark. */
export function ThemeSwitch() {
  return (
    <div class="join" role="radiogroup" aria-label={t("look-theme")}>
      {THEMES.map(([name, icon]) => (
        <label key={name} class={`btn join-item tap ${theme.value === name ? "btn-primary" : ""}`} title={t(`look-theme_${name}`)}>
          <input class="sr-only" type="radio" name="theme" checked={theme.value === name} onChange={() => chooseTheme(name)} aria-label={t(`look-theme_${name}`)} />
          <Icon name={icon} class="icon-sm" />
        </label>
      ))}
    </div>
  );
}
