import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Icon, type IconName } from "@look/components";
import { t } from "@look/texts";
import { isUsable } from "../shell/calm";
import { learnMe, me } from "../shell/who";

interface Props {
  title: string;
  /** The address that the arrow leads to; without one there is no arrow, and the way to the account stands at the right. */
  back?: string;
  actions?: ComponentChildren;
  children: ComponentChildren;
}

/** The frame of one's own pages: a heading that stays, a column that is not too wide. */
export function Page({ title, back, actions, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Highstreet`;
  }, [title]);
  useEffect(() => {
    isUsable();
    // The frame scrolls, not the page: what one left does not say where to begin here.
    document.querySelector(".app-page")?.scrollTo(0, 0);
    if (me.value === undefined) void learnMe();
  }, []);
  return (
    <main class="mx-auto w-full max-w-2xl pb-8">
      <header class="sticky top-0 z-20 flex min-h-14 items-center gap-1 bg-base-200/95 px-4 py-1 backdrop-blur-sm">
        {back && (
          <a class="btn btn-ghost btn-circle tap -ml-3" href={back} aria-label={t("look-back")}>
            <Icon name="arrow-left" />
          </a>
        )}
        <h1 class="flex-1 text-xl font-semibold">{title}</h1>
        {actions}
        {!back && (
          <a class="btn btn-ghost btn-circle tap -mr-3" href="/shop/account" aria-label={t("shop-me-account")}>
            <Icon name="user" />
          </a>
        )}
      </header>
      <div class="grid gap-6 px-4 pt-1">{children}</div>
    </main>
  );
}

/** A part of a page with its heading. */
export function Part({ title, more, children }: { title: string; more?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="grid min-w-0 gap-2">
      <header class="flex items-center justify-between gap-3 px-1">
        <h2 class="font-semibold">{title}</h2>
        {more}
      </header>
      {children}
    </section>
  );
}

/** One line of a list that leads somewhere. */
export function Row({ href, onClick, icon, title, more, end, isDanger }: { href?: string; onClick?: () => void; icon: IconName; title: string; more?: string; end?: ComponentChildren; isDanger?: boolean }) {
  const inner = (
    <>
      <Icon name={icon} class="quiet" />
      <span class="grid min-w-0 flex-1 text-left">
        <span class={isDanger ? "text-error" : ""}>{title}</span>
        {more && <span class="quiet text-sm">{more}</span>}
      </span>
      {end ?? <Icon name="chevron-right" class="icon-sm quiet" />}
    </>
  );
  const look = "flex min-h-14 w-full items-center gap-4 px-4 py-2 hover:bg-base-200";
  return href ? (
    <a class={look} href={href}>
      {inner}
    </a>
  ) : (
    <button type="button" class={look} onClick={onClick}>
      {inner}
    </button>
  );
}

/** Lines of a list on one surface. */
export function Rows({ children }: { children: ComponentChildren }) {
  return <div class="surface divide-y divide-base-300 overflow-hidden">{children}</div>;
}
