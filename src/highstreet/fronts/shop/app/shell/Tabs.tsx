import { useLocation } from "preact-iso";
import { Icon, type IconName } from "@look/components";
import { t, type TextKey } from "@look/texts";

const TABS: [path: string, icon: IconName, label: TextKey][] = [
  ["/shop", "map", "shop-tab_map"],
  ["/shop/feed", "feed", "shop-tab_feed"],
  ["/shop/scan", "scan", "shop-tab_scan"],
  ["/shop/wallet", "wallet", "shop-tab_wallet"],
  ["/shop/orders", "receipt", "shop-tab_orders"],
];

/** Which tab an address belongs to: places and what is ordered there are found on the map, receipts among the orders. */
function tabOf(path: string): string {
  if (/^\/shop\/(places|order)\//.test(path)) return "/shop";
  return TABS.findLast(([tab]) => path === tab || (tab !== "/shop" && path.startsWith(`${tab}/`)))?.[0] ?? "";
}

/** The five pages under the thumb; on a desk a column at the side. */
export function Tabs() {
  const current = tabOf(useLocation().path);
  return (
    <nav class="tabs-bar" aria-label={t("look-menu")}>
      {TABS.map(([path, icon, label]) => (
        <a key={path} class="tab-link" href={path === "/shop" ? "/shop/" : path} aria-current={path === current ? "page" : undefined}>
          <Icon name={icon} />
          <span>{t(label)}</span>
        </a>
      ))}
    </nav>
  );
}
