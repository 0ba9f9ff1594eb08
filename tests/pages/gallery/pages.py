"""Every page of the gallery as data: who looks at it, where it is, what to do until it shows its state, and its caption.

A path names the town's things as `{brand}`. What is done before the picture is the same in both languages.
"""

from collections.abc import Callable
from dataclasses import dataclass

import httpx
from playwright.sync_api import Page

from tests.pages.gallery.town import GalleryTown, told
from tests.pages.hands import scan

Act = Callable[[Page, GalleryTown], None]


@dataclass(frozen=True, slots=True)
class Shot:
    """One page in one state."""

    name: str
    person: str | None  # None: nobody is signed in
    path: str
    caption: str
    act: Act | None = None
    # What the page may complain of in the console: it is the state that is shown.
    allowed: str = ""


def clicks(selector: str, then: str | None = None) -> Act:
    """Click the first of these, and wait for what comes."""

    def act(page: Page, town: GalleryTown) -> None:
        page.locator(selector).first.click()
        if then:
            page.locator(then).first.wait_for()

    return act


def scrolls_to(selector: str) -> Act:
    def act(page: Page, town: GalleryTown) -> None:
        page.locator(selector).first.scroll_into_view_if_needed()

    return act


def shows_link(page: Page, town: GalleryTown) -> None:
    page.locator("main li button").first.click()
    page.locator("dialog[open] img, dialog[open] svg path").first.wait_for(state="attached")
    page.wait_for_timeout(400)


def searches(page: Page, town: GalleryTown) -> None:
    page.get_by_role("combobox").fill(
        "coat" if page.evaluate("document.documentElement.lang") == "en" else "大衣"
    )
    page.get_by_role("option").first.wait_for()


def shows_way(page: Page, town: GalleryTown) -> None:
    page.locator("article section.surface button.btn").first.click()
    page.wait_for_timeout(1200)


def shows_trial(page: Page, _town: GalleryTown) -> None:
    page.locator("#trial progress").first.wait_for()


def has_it_brought(page: Page, _town: GalleryTown) -> None:
    page.locator("input[type=radio][value=delivery]").check()
    page.locator("form fieldset").wait_for()


def opens_till(page: Page, town: GalleryTown) -> None:
    page.get_by_role("combobox").first.wait_for()


def fills_basket(page: Page, town: GalleryTown) -> None:
    opens_till(page, town)
    gtins = town.facts["gtins"].split()
    for number, gtin in enumerate(gtins[:3], start=1):
        scan(page, gtin)
        page.locator("li").nth(number - 1).wait_for()


def fills_members_basket(page: Page, town: GalleryTown) -> None:
    opens_till(page, town)
    scan(page, town.member_code())
    fills_basket(page, town)
    page.keyboard.press("F3")
    page.wait_for_timeout(900)


def goes_to_pay(page: Page, town: GalleryTown) -> None:
    fills_basket(page, town)
    page.wait_for_timeout(600)
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)


def pays_cash(page: Page, town: GalleryTown) -> None:
    goes_to_pay(page, town)
    page.keyboard.press("3")
    page.wait_for_timeout(300)
    page.keyboard.type("700", delay=70)
    page.wait_for_timeout(200)


def is_paid_in_cash(page: Page, town: GalleryTown) -> None:
    pays_cash(page, town)
    page.keyboard.press("Enter")
    page.locator("[data-outcome], h1, h2").first.wait_for()
    page.wait_for_timeout(1200)


def scans_wallet(page: Page, town: GalleryTown) -> None:
    goes_to_pay(page, town)
    page.keyboard.press("1")
    page.wait_for_timeout(400)


def is_paid_by_wallet(page: Page, town: GalleryTown) -> None:
    scans_wallet(page, town)
    scan(page, town.auth_code())
    page.wait_for_timeout(1800)


def is_declined(page: Page, town: GalleryTown) -> None:
    scans_wallet(page, town)
    wish = {"operation": "pay", "fault": "decline_risk"}
    told(httpx.post(f"{town.wallet_url}/sim/faults/next", json=wish, trust_env=False))
    scan(page, town.auth_code())
    page.wait_for_timeout(1800)


def is_unknown(page: Page, town: GalleryTown) -> None:
    """The provider charged, and its answer was lost on the way."""
    scans_wallet(page, town)
    wish = {"operation": "pay", "fault": "timeout_after_effect", "seconds": 8}
    told(httpx.post(f"{town.wallet_url}/sim/faults/next", json=wish, trust_env=False))
    scan(page, town.auth_code())
    page.wait_for_timeout(7000)


def shows_qr(page: Page, town: GalleryTown) -> None:
    goes_to_pay(page, town)
    page.keyboard.press("2")
    page.wait_for_timeout(1800)


def pays_in_parts(page: Page, town: GalleryTown) -> None:
    """A first part in cash; what is due is left on the list. Given up afterwards by nobody: its time ends it."""
    goes_to_pay(page, town)
    page.keyboard.press("4")
    page.locator("ol button").first.wait_for()
    page.locator("ol button:has(use[href$='#cash'])").first.click()
    page.locator("input[name=amount]").fill("20")
    page.keyboard.press("Enter")
    page.locator("aside li .badge-good").first.wait_for()
    page.locator("ol button").first.wait_for()


def counts_drawer(page: Page, town: GalleryTown) -> None:
    opens_till(page, town)
    page.keyboard.press("F7")
    page.locator("#drawer-title").wait_for()
    page.keyboard.press("c")
    page.locator("dialog[open] input.figures").first.fill("2")


def parks(page: Page, town: GalleryTown) -> None:
    fills_basket(page, town)
    page.keyboard.press("F10")
    page.locator("dialog[open] input").first.wait_for()


def refunds(page: Page, town: GalleryTown) -> None:
    opens_till(page, town)
    page.keyboard.press("F6")
    page.wait_for_timeout(300)
    scan(page, town.facts["returned"])
    page.get_by_role("listitem").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("1")


def signs_in(page: Page, town: GalleryTown) -> None:
    opens_till(page, town)
    page.keyboard.press("F9")
    page.locator("dialog[open] ol button").first.wait_for()


def asks_manager(page: Page, town: GalleryTown) -> None:
    """A return that needs an approval; the brand wants none afterwards."""
    refunds(page, town)
    office = town.http(cookies=town.cookies["office"])
    told(office.put("/office/v1/approval-policy", json={"return_from_minor": 0}))
    page.keyboard.press("Enter")
    page.locator("dialog[open] .figures").first.wait_for()
    told(office.put("/office/v1/approval-policy", json={}))
    page.locator("dialog[open] ol button, dialog[open] input").first.wait_for()
    if page.locator("dialog[open] ol button").count():
        page.locator("dialog[open] ol button").first.click()
    page.locator("dialog[open] input").fill("47")


def prices_by_hand(page: Page, town: GalleryTown) -> None:
    fills_basket(page, town)
    page.wait_for_timeout(600)
    page.keyboard.press("/")
    page.locator("dialog[open] input").fill("10")
    page.keyboard.press("Enter")
    page.wait_for_timeout(600)
    page.keyboard.press("/")
    page.locator("dialog[open] input").wait_for()


def presses(key: str) -> Act:
    def act(page: Page, town: GalleryTown) -> None:
        opens_till(page, town)
        page.keyboard.press(key)
        page.wait_for_timeout(900)

    return act


def imports_bad_rows(page: Page, town: GalleryTown) -> None:
    rows = (
        "sku,gtin,name_en,name_zh,category,list_minor\n"
        "A-1,2901000010007,Wool hat,羊毛帽,Accessories,2990\n"
        "A-2,123,Scarf,围巾,Accessories,much\n"
    )
    page.locator("input[type=file]").set_input_files(
        [{"name": "goods.csv", "mimeType": "text/csv", "buffer": rows.encode()}]
    )
    page.locator("form button[type=submit], form .btn-primary").first.click()
    page.locator("#run table").wait_for()


def begins_tour(page: Page, town: GalleryTown) -> None:
    page.locator("[data-tours]").first.click()
    page.locator("#tour button").first.wait_for()
    page.wait_for_timeout(600)


SHOP = "/shop/places/{brand}/{place}"

SHOTS: tuple[Shot, ...] = (
    Shot("door", None, "/", "The front door: what this is, and who one can be in one tap"),
    Shot("door-lost", None, "/no/such/page", "An address that leads nowhere", allowed="404"),
    Shot("tour", None, "/", "The guided tour goes along over the pages", begins_tour),
    # Shopper
    Shot("shop-map", "shopper", "/shop/", "The map: who is near, open, and how far on foot"),
    Shot("shop-search", "shopper", "/shop/", "Search: goods, brands and places by their words", searches),
    Shot("shop-place", "shopper", SHOP, "A place: its day, its goods with stock in words, its offers"),
    Shot("shop-place-week", "shopper", SHOP, "The hours of the week", scrolls_to("#place-week")),
    Shot("shop-way", "shopper", SHOP, "The way there, drawn on the map", shows_way),
    Shot("shop-poster", None, "/shop/c/{slug}", "A poster was scanned: its brand's places, its offer"),
    Shot("shop-feed", "shopper", "/shop/feed", "Offers of the brands that one follows"),
    Shot(
        "shop-wallet",
        "shopper",
        "/shop/wallet",
        "The wallet: member's code as QR and barcode, coupons, points",
    ),
    Shot(
        "shop-order",
        "shopper",
        "/shop/order/{sofa_brand}/{sofa_place}/{sofa}",
        "A sofa is ordered: its deposit, what is due later, until when it is kept",
    ),
    Shot(
        "shop-open-order",
        "shopper",
        "/shop/orders/{sofa_brand}/{order}/order",
        "An order: what is paid, what is left and where",
    ),
    Shot(
        "shop-order-delivery",
        "shopper",
        "/shop/order/{sofa_brand}/{sofa_place}/{sofa}",
        "Or it is brought: to where, and by when it leaves",
        has_it_brought,
    ),
    Shot(
        "shop-order-packing",
        "shopper",
        "/shop/orders/{brand}/{delivery}/order",
        "Paid, and being packed by the place that serves it best",
    ),
    Shot(
        "shop-order-payments",
        "shopper",
        "/shop/orders/{sofa_brand}/{order}/order",
        "Its payments, a part for somebody else, and its code for the register",
        scrolls_to("main section:nth-of-type(3)"),
    ),
    Shot(
        "shop-order-link",
        "shopper",
        "/shop/orders/{sofa_brand}/{order}/order",
        "The link of a part that somebody else pays",
        shows_link,
    ),
    Shot(
        "shop-order-cancel",
        "shopper",
        "/shop/orders/{sofa_brand}/{order}/order",
        "Before an order is cancelled: what comes back, and to where",
        clicks("button.text-error", "dialog[open]"),
    ),
    Shot("shop-pay-link", None, "/pay/{pay_link}", "Whoever was sent the link chooses how they pay"),
    Shot("shop-orders", "shopper", "/shop/orders", "Open orders, and receipts, the newest first"),
    Shot("shop-receipt", "shopper", "/shop/orders/{brand}/{sale}", "A receipt that came by itself"),
    Shot(
        "shop-proof",
        "shopper",
        "/shop/orders/{brand}/{sale}",
        "How its price came about, computed again on the spot",
        clicks("details > summary.tap.px-4"),
    ),
    Shot(
        "shop-returned", "shopper", "/shop/orders/{brand}/{returned}", "A receipt of which a piece came back"
    ),
    Shot(
        "shop-consents", "shopper", "/shop/consents", "What is kept, for whom and why; taken back by a switch"
    ),
    Shot(
        "shop-account",
        "shopper",
        "/shop/account",
        "The account: language, devices, everything as a file, erase",
    ),
    Shot("shop-sign-in", None, "/shop/sign-in", "Signing in by one-time code"),
    Shot("shop-nobody", None, "/shop/wallet", "Nobody is signed in: what is here and how to come in"),
    # Office
    Shot("office-sign-in", None, "/office/sign-in", "The head office signs in"),
    Shot(
        "office-today",
        "office",
        "/office/",
        "Today as it comes: sales, places, registers, what needs a person",
    ),
    Shot("office-sales", "office", "/office/sales", "Sales, searched and filtered"),
    Shot("office-sale", "office", "/office/sales/{sale}", "A sale with all that was computed and why"),
    Shot("office-loop", "office", "/office/loop", "Which poster, door and assistant led to sales"),
    Shot("office-code", "office", "/office/loop/{code}", "One code: touches, visits, sales"),
    Shot("office-members", "office", "/office/members", "Members, their phones masked"),
    Shot("office-member", "office", "/office/members/{member}", "One member, as far as they agreed"),
    Shot("office-offers", "office", "/office/offers", "Offers with their budgets"),
    Shot("office-offer", "office", "/office/offers/{offer}", "One offer"),
    Shot("office-offer-new", "office", "/office/offers/new", "A new offer"),
    Shot("office-goods", "office", "/office/goods", "Goods and prices"),
    Shot("office-article", "office", "/office/goods/{variant}", "One article, its prices and where it lies"),
    Shot("office-stock", "office", "/office/stock", "Stock by place"),
    Shot("office-shelf", "office", "/office/stock/{place}", "What lies at one place"),
    Shot("office-import", "office", "/office/import", "Importing a file"),
    Shot(
        "office-import-bad",
        "office",
        "/office/import?kind=goods",
        "Its report: each bad row and why",
        imports_bad_rows,
    ),
    Shot("office-contracts", "office", "/office/contracts", "Contracts: who gets which share"),
    Shot("office-contract-new", "office", "/office/contracts/new", "A new contract"),
    Shot(
        "office-contract-changes",
        "office",
        "/office/contracts/{contract}/{contract_version}/changes",
        "What a new version changes",
    ),
    Shot(
        "office-contract-trial",
        "office",
        "/office/contracts/{contract}/{contract_version}/trial",
        "A version tried on past sales: who would get what",
        shows_trial,
    ),
    Shot("office-routing", "office", "/office/routing", "From where orders are served, and what counts"),
    Shot("office-route", "office", "/office/sales/{delivery}", "An order, and why it is served from there"),
    Shot("office-earnings", "office", "/office/earnings", "What each party earned"),
    Shot(
        "office-conflicts", "office", "/office/conflicts", "Prices against contracts, by dealer and by money"
    ),
    Shot("office-disputes", "office", "/office/disputes", "What dealers say is wrong"),
    Shot("office-takings", "office", "/office/takings", "What landlords took and report"),
    Shot("office-accounts", "office", "/office/settlements/accounts", "Where each party is paid"),
    Shot("office-settlements", "office", "/office/settlements", "Periods to settle, and settled"),
    Shot(
        "office-settlement", "office", "/office/settlements/{settlement}", "A settled week and its payments"
    ),
    Shot(
        "office-settlement-party",
        "office",
        "/office/settlements/{settlement}/{dealer_party}",
        "One party's statement",
    ),
    Shot("office-rules", "office", "/office/rules", "What needs a manager, returns, orders"),
    Shot("office-closing", "office", "/office/closing", "The money day: what is not explained"),
    Shot("office-place-day", "office", "/office/closing/{place}", "A place's day, and what keeps it open"),
    Shot("office-places", "office", "/office/places", "Places"),
    Shot("office-place", "office", "/office/places/{place}", "One place"),
    Shot("office-registers", "office", "/office/registers", "Registers and when they were seen"),
    Shot("office-register", "office", "/office/registers/{register}", "One register and its keys"),
    Shot("office-staff", "office", "/office/staff", "Staff and roles"),
    Shot("office-colleague", "office", "/office/staff/{colleague}", "One colleague: roles, devices"),
    Shot("office-audit", "office", "/office/audit", "The trail: who did what, when"),
    Shot("office-account", "office", "/office/account", "One's own password and devices"),
    # Dealer and landlord
    Shot("dealer-sign-in", None, "/dealer/sign-in", "Dealers and landlords sign in"),
    Shot("dealer-today", "dealer", "/dealer/", "A dealer's own places today"),
    Shot("dealer-sales", "dealer", "/dealer/sales", "Their sales"),
    Shot("dealer-sale", "dealer", "/dealer/sales/{dealer_sale}", "Why a share is what it is"),
    Shot(
        "dealer-contract-trial",
        "dealer",
        "/dealer/contracts/{contract}/{contract_version}/trial",
        "What a dealer would have got under a version",
        shows_trial,
    ),
    Shot("dealer-parcels", "dealer", "/dealer/parcels", "What is to be packed, the oldest first"),
    Shot("dealer-parcel", "dealer", "/dealer/parcels/{parcel}", "A parcel: what to take, and for whom"),
    Shot("dealer-transfers", "dealer", "/dealer/transfers", "Goods on their way between own stores"),
    Shot(
        "dealer-transfer", "dealer", "/dealer/transfers/{transfer}", "A transfer: what came, and what did not"
    ),
    Shot("dealer-transfer-new", "dealer", "/dealer/transfers/new", "Goods leave for another store"),
    Shot("dealer-stock", "dealer", "/dealer/stock", "Their stock"),
    Shot("dealer-earnings", "dealer", "/dealer/earnings", "What they earned"),
    Shot("dealer-statement", "dealer", "/dealer/statement", "The statement, with its CSV"),
    Shot("dealer-disputes", "dealer", "/dealer/disputes", "What they say is wrong"),
    Shot(
        "dealer-settlement",
        "dealer",
        "/dealer/settlements/{settlement}/{dealer_party}",
        "What a dealer was told of a week",
    ),
    Shot("dealer-conflicts", "dealer", "/dealer/conflicts", "Prices that wait for the dealer's word"),
    Shot("dealer-settlements", "dealer", "/dealer/settlements", "Statements that stay"),
    Shot("dealer-account", "dealer", "/dealer/account", "Password and devices"),
    Shot("landlord-today", "landlord", "/dealer/", "A landlord: sales in their building, their commission"),
    Shot("landlord-statement", "landlord", "/dealer/statement", "A landlord's statement"),
    # Register; last, because it sells
    Shot("register-pairing", None, "/register/", "A browser becomes a register", allowed="401"),
    Shot("register-ready", "register", "/register/", "Ready for the next customer", opens_till),
    Shot(
        "register-basket",
        "register",
        "/register/",
        "Basket with member and coupon, each line with its reason",
        fills_members_basket,
    ),
    Shot("register-pay", "register", "/register/", "How it is paid", goes_to_pay),
    Shot("register-cash", "register", "/register/", "Cash, with the change", pays_cash),
    Shot("register-scan", "register", "/register/", "The customer's wallet code is scanned", scans_wallet),
    Shot("register-qr", "register", "/register/", "Or the customer scans the register's code", shows_qr),
    Shot("register-paid", "register", "/register/", "Paid by wallet", is_paid_by_wallet),
    Shot("register-change", "register", "/register/", "Paid in cash: the change", is_paid_in_cash),
    Shot("register-declined", "register", "/register/", "Declined: nothing was charged", is_declined),
    Shot("register-unknown", "register", "/register/", "Not known yet, and what to do", is_unknown),
    Shot(
        "register-parts",
        "register",
        "/register/",
        "In parts: the ways, best first, and why not",
        pays_in_parts,
    ),
    Shot("register-park", "register", "/register/", "A basket is parked under a name", parks),
    Shot("register-count", "register", "/register/", "The drawer is counted blind", counts_drawer),
    Shot("register-refund", "register", "/register/", "A refund by the receipt's code", refunds),
    Shot("register-clerk", "register", "/register/", "Who is at the register, by PIN", signs_in),
    Shot(
        "register-approve",
        "register",
        "/register/",
        "A manager approves a return by PIN",
        asks_manager,
        allowed="409",
    ),
    Shot("register-price", "register", "/register/", "A price by hand", prices_by_hand),
    Shot("register-shift", "register", "/register/", "The shift adds up by rail", presses("F7")),
    Shot("register-keys", "register", "/register/", "Everything has a key", presses("F1")),
)
