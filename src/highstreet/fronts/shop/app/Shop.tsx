/** The frame of all of the shopper's pages: which page an address shows, the tabs, what is said to all of them. */
import { ErrorBoundary, lazy, LocationProvider, Route, Router } from "preact-iso";
import { Empty, OfflineLine, Toasts } from "@look/components";
import { isOnline } from "@look/online";
import { t } from "@look/texts";
import { MapPage } from "./map/MapPage";
import { InstallLine } from "./shell/Install";
import { Tabs } from "./shell/Tabs";

// The map is what people come for, so it is here at once; the rest comes when it is asked for, under the names of ./me.
const Feed = lazy(async () => (await import("./me/Feed")).Feed);
const Scan = lazy(async () => (await import("./me/Scan")).Scan);
const Wallet = lazy(async () => (await import("./me/Wallet")).Wallet);
const Orders = lazy(async () => (await import("./me/Orders")).Orders);
const OrderGoods = lazy(async () => (await import("./order/OrderGoods")).OrderGoods);
const OpenOrder = lazy(async () => (await import("./order/OpenOrder")).OpenOrder);
const Receipt = lazy(async () => (await import("./me/Receipt")).Receipt);
const Account = lazy(async () => (await import("./me/Account")).Account);
const Consents = lazy(async () => (await import("./me/Consents")).Consents);
const SignIn = lazy(async () => (await import("./me/SignIn")).SignIn);

export function Shop() {
  return (
    <LocationProvider scope={/^\/shop\/(?!v1\/|static\/)/}>
      <Frame />
      <Toasts />
    </LocationProvider>
  );
}

function Frame() {
  return (
    <div class="app-frame">
      <Tabs />
      <div class="app-page">
        {!isOnline.value && <OfflineLine />}
        <InstallLine />
        <ErrorBoundary>
          <Router>
            <Route path="/shop/" component={MapPage} />
            <Route path="/shop/places/:brand/:place" component={MapPage} />
            <Route path="/shop/c/:slug" component={MapPage} />
            <Route path="/shop/feed" component={Feed} />
            <Route path="/shop/scan" component={Scan} />
            <Route path="/shop/wallet" component={Wallet} />
            <Route path="/shop/orders" component={Orders} />
            <Route path="/shop/orders/:brand/:sale" component={Receipt} />
            <Route path="/shop/orders/:brand/:sale/order" component={OpenOrder} />
            <Route path="/shop/order/:brand/:place/:gtin" component={OrderGoods} />
            <Route path="/shop/account" component={Account} />
            <Route path="/shop/consents" component={Consents} />
            <Route path="/shop/sign-in" component={SignIn} />
            <Route default component={Lost} />
          </Router>
        </ErrorBoundary>
      </div>
    </div>
  );
}

function Lost() {
  return (
    <main class="p-6">
      <Empty scene="search" title={t("look-not_found")} action={<a class="btn btn-primary tap" href="/shop/">{t("shop-to_map")}</a>}>
        {t("look-not_found.detail")}
      </Empty>
    </main>
  );
}
