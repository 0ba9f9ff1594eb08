"""Every route of the whole application: nobody, the wrong kind, without the permission, a stranger, the right one.

The valid requests stand in `asked_routes.py`; a refusal must leave every table as it was.
"""

# ruff: noqa: F811, F401

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from highstreet.flows.pair_register import OfferPairing, offer_pairing
from highstreet.flows.price_sale import BasketItem
from highstreet.flows.resolve_actor import resolve_actor
from highstreet.flows.return_sale import FinishRefund, finish_refund
from highstreet.flows.sell_at_register import SellAtRegister, sell
from highstreet.kernel.ids import new_id
from highstreet.kernel.time import utc_now
from highstreet.kernel.tx import Tx
from highstreet.rooms import identity
from highstreet.rooms.identity import TokenKind, make_token, token_hash
from highstreet.rooms.identity.tables import person, session
from highstreet.rooms.sales import OrderRule, set_order_rule
from highstreet.rooms.tenders import RailAnswer, SettleTender
from highstreet.rooms.tenders.model import BILL_ZONE
from highstreet.rooms.tenders.rails.book import Rails
from highstreet.rooms.tenders.rails.wallet import WalletRail
from highstreet_simulator.wallet import ThreadedWallet
from highstreet_simulator.wallet.peers import Inbox, Merchant, Payer
from tests.fronts.asked import STRANGERS, Asked
from tests.fronts.asked_contracts import seed_contracts
from tests.fronts.asked_routes import ROUTES
from tests.fronts.office_town import CODE, CONTRACT, OFFER, Town, open_session, open_town, staff_of
from tests.wallets import FAST, inbox, merchant, payer, raw_key, shared_inbox

# The framework's own pages about the API, for everybody.
OUTSIDE = {"/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc", "/static-offline-docs"}
UNKNOWN = make_token(TokenKind.SESSION, bytes(32))
PHONE = "+358405556677"
METRICS = "a token for the monitor"


@pytest.fixture(scope="module")
def wallet_http() -> Iterator[httpx.Client]:
    """A wallet that holds the brand's currency."""
    settings = replace(FAST, currency="EUR")
    with ThreadedWallet(settings) as running, httpx.Client(base_url=running.url, trust_env=False) as http:
        yield http


@pytest.fixture
def town(migrated_url: str, merchant: Merchant, inbox: Inbox, payer: Payer) -> Iterator[Town]:
    """The two brands, their shoppers, and everything the requests need."""
    rail = WalletRail(str(merchant.http.base_url), merchant.merchant_id, merchant.key, raw_key(merchant))
    with open_town(migrated_url, rail, start=utc_now(), metrics_token=METRICS) as opened:
        opened.tokens["metrics"] = METRICS
        _seed_shoppers(opened)
        _seed_keys(opened)
        _seed_sales(opened, merchant, inbox, payer)
        yield opened


def _seed_shoppers(town: Town) -> None:
    seed, now = town.seed, town.clock.now()
    erased = new_id("psn")
    whose = {"shopper": seed.person_id, "other-shopper": town.other.person_id, "erased-shopper": erased}
    town.known["spare_session"] = new_id("ses")
    rows = [(new_id("ses"), name, person_id) for name, person_id in whose.items()]
    rows.append((town.known["spare_session"], "spare", seed.person_id))

    def add(tx: Tx, _command: None) -> None:
        tx.insert_many(person, [{"id": erased, "phone": "+358401", "locale": "en", "created_at": now}])
        for n, (session_id, name, person_id) in enumerate(rows, 100):
            token = town.tokens[name] = make_token(TokenKind.SESSION, bytes([n]) * 32)
            row = {"token_hash": token_hash(token), "id": session_id, "person_id": person_id}
            tx.insert_many(
                session, [{**row, "created_at": now, "seen_at": now, "expires_at": now + timedelta(hours=1)}]
            )

    town.program.db.write_now(add, None)
    asked = identity.RequestCode(PHONE, "424242", "en", town.program.pepper, now)
    town.program.db.write_now(identity.request_code, asked)
    town.known["code_of_phone"] = {"phone": PHONE, "code": "424242"}


def _seed_keys(town: Town) -> None:
    town.known["spare_key"] = new_id("rky")
    for n, name, key_id, seed in (
        (201, "other-register", new_id("rky"), town.other),
        (202, "spare-register", town.known["spare_key"], town.seed),
        (203, "leaving-register", new_id("rky"), town.seed),
    ):
        key = town.tokens[name] = make_token(TokenKind.REGISTER_KEY, bytes([n]) * 32)
        command = identity.IssueRegisterKey(
            seed.brand_id, key_id, seed.place_id, seed.register_id, token_hash(key), town.clock.now()
        )
        town.program.db.write_now(identity.issue_register_key, command)
    town.known["pairing"] = "7KQ2-M9XB"
    pairing = OfferPairing(
        brand_id=town.seed.brand_id,
        register_id=town.seed.register_id,
        pairing_id=new_id("pai"),
        code_hash=identity.pairing_hash(town.program.pepper, town.known["pairing"]),
        staff_id=staff_of("office"),
        now=town.clock.now(),
    )
    town.program.db.write_now(offer_pairing, pairing)
    for n, login in ((90, "office"), (91, "dealer")):
        open_session(town, login, town.seed.brand_id, n)
        found = town.program.db.read_now(
            identity.sessions_of_staff, town.seed.brand_id, staff_of(login), town.clock.now()
        )
        spare = {s.id for s in found} - {own_session(town, login)}
        town.known[f"spare_{login}"] = spare.pop()


def own_session(town: Town, who: str) -> str:
    """The id of the session that somebody's token opens."""
    actor = town.program.db.read_now(resolve_actor, town.tokens[who], town.clock.now())
    assert actor is not None
    return str(actor.session_id)


def _seed_sales(town: Town, merchant: Merchant, inbox: Inbox, payer: Payer) -> None:
    seed_contracts(town)
    town.known["sale"] = town.sell(2)
    town.known["receipt"] = town.sell(1, member=town.seed.member_id)
    cards = town.ask("office", "POST", "/office/v1/gift-cards", 201, json={"amount_minor": 500})
    town.known["gift_card"] = cards[0]["id"]
    town.known["day"] = datetime.now(BILL_ZONE).date().isoformat()
    merchant.next_fault("pay", "timeout_after_effect", seconds=0)
    asked = {
        "id": new_id("sal"),
        "currency": "EUR",
        "items": [{"gtin": town.seed.gtins[2]}],
        "tenders": [{"id": new_id("tnd"), "rail": "wallet", "auth_code": payer.code()}],
    }
    town.known["open_sale"] = town.ask("register", "POST", "/register/v1/sales", 202, json=asked)["sale_id"]
    in_parts = {**asked, "id": new_id("sal"), "tenders": [], "hold_minutes": 60}
    town.known["sale_in_parts"] = town.ask("register", "POST", "/register/v1/sales", 202, json=in_parts)[
        "sale_id"
    ]
    town.known["part"] = new_id("tnd")
    waiting = {"id": town.known["part"], "rail": "wallet", "amount_minor": 1}
    town.ask("register", "POST", f"/register/v1/sales/{town.known['sale_in_parts']}/tenders", json=waiting)
    _seed_money_back(town, payer)
    _seed_order(town)
    linked = {"id": new_id("tnd"), "rail": "link", "amount_minor": 1}
    path = f"/register/v1/sales/{town.known['sale_in_parts']}/tenders"
    town.known["pay_link"] = town.ask("register", "POST", path, json=linked)["link"]
    order = {**merchant.order(payer), "amount": {"total": 100, "currency": "EUR"}}
    merchant.call("POST", "/v1/pay/code", order)
    refund = {"out_refund_no": "r-1", "out_trade_no": order["out_trade_no"], "reason": "returned"}
    merchant.call("POST", "/v1/refunds", {**refund, "amount": {"total": 100, "currency": "EUR"}})
    headers, body = inbox.wait(1)[0]
    signed = {name: value for name, value in headers.items() if name.lower().startswith("wallet-")}
    town.known["notice"] = {"headers": signed, "content": body}


def _seed_order(town: Town) -> None:
    """An order of the shopper's that waits for its deposit."""
    seed, now = town.seed, town.clock.now()
    rule = OrderRule(seed.brand_id, 10_000, 0, 3)
    town.program.db.write_now(set_order_rule, rule)
    town.known["order"] = new_id("sal")
    command = SellAtRegister(
        brand_id=seed.brand_id,
        register_id="",
        sale_id=town.known["order"],
        items=(BasketItem(seed.gtins[2], 1),),
        member_id=seed.member_id,
        coupons=(),
        currency="EUR",
        expected_total_minor=None,
        tenders=(),
        fingerprint="print",
        at=now,
        return_days=14,
        held_until=now + timedelta(minutes=30),
        place_id=seed.place_id,
        order_rule=rule,
    )
    town.program.db.write_now(sell, command)
    town.known["order_link"] = new_id("tnd")
    path = f"/shop/v1/orders/{seed.brand_id}/{town.known['order']}/links"
    town.ask("shopper", "POST", path, 201, json={"id": town.known["order_link"], "amount_minor": 1})


def _seed_money_back(town: Town, payer: Payer) -> None:
    """A refund that its provider refused for good, and a sale that owes its shopper cash."""
    amount = {"amount_minor": 1, "reason": "Scratch"}
    town.known["owing"] = town.sell(1)
    paths = [f"/office/v1/sales/{town.known['owing']}/allowances"]
    town.ask("office", "POST", paths[0], 201, json={"id": new_id("rtn"), **amount})
    paid = {
        "id": new_id("sal"),
        "currency": "EUR",
        "items": [{"gtin": town.seed.gtins[2]}],
        "tenders": [{"id": new_id("tnd"), "rail": "wallet", "auth_code": payer.code()}],
    }
    town.ask("register", "POST", "/register/v1/sales", json=paid)
    rails, town.program.rails = town.program.rails, Rails([])  # nobody asks the provider now
    back = town.ask(
        "office",
        "POST",
        f"/office/v1/sales/{paid['id']}/allowances",
        201,
        json={"id": new_id("rtn"), **amount},
    )
    town.program.rails = rails
    refund_id = town.known["refused_refund"] = back["refunds"][0]["tender_id"]
    no = RailAnswer("declined", None, "refund_window_passed")
    settle = SettleTender(town.seed.brand_id, refund_id, no, "answered", town.clock.now())
    assert town.program.db.write_now(finish_refund, FinishRefund(settle)) == "failed"


def test_every_route_is_asked_by_everybody(town: Town) -> None:
    listed = {
        f"{method} {context.path}"
        for context in iter_route_contexts(town.app.routes)
        if context.path not in OUTSIDE
        for method in context.methods or ()
        if method != "HEAD"
    }
    assert sorted(listed ^ {asked.name for asked in ROUTES}) == []
    failures: list[str] = []
    for asked in ROUTES:
        failures += _ask_as_everybody(town, asked)
    assert failures == [], "\n".join(failures)


def _ask_as_everybody(town: Town, asked: Asked) -> list[str]:
    failures = []
    before = town.row_counts()
    if asked.who is not None:
        town.tokens["unknown"] = UNKNOWN
        refusals = [(None, 401), ("unknown", 401)]
        refusals += [(who, 403) for who in (*asked.wrong_kinds, *asked.lacking)]
        for who, status in refusals:
            failures += _expect(town, asked, who, status)
        if asked.who in STRANGERS:
            failures += _expect(town, asked, STRANGERS[asked.who], asked.stranger, is_stranger=True)
            if asked.stranger < 400:  # allowed, for themselves: that may have added something
                before = town.row_counts()
    if asked.path.startswith("/hooks"):
        forged = {"headers": town.known["notice"]["headers"], "content": b"{}"}
        failures += _expect(town, replace(asked, sent=lambda _: forged), None, 401)
    if town.row_counts() != before:
        failures.append(f"{asked.name}: a refusal changed something")
    return failures + _expect(town, asked, asked.who, asked.status)


def _expect(
    town: Town, asked: Asked, who: str | None, status: int, *, is_stranger: bool = False
) -> list[str]:
    path = asked.path.format(**asked.ids(town))
    with town.client(who) as http:
        if asked.is_stream and status == 200:
            with http.stream(asked.method, path) as answer:
                text = next(answer.iter_lines())
        else:
            answer = http.request(asked.method, path, **asked.sent(town))
            text = answer.text
    failures = []
    if answer.status_code != status:
        failures.append(f"{asked.name} as {who}: {answer.status_code}, not {status}: {text[:200]}")
    leaked = [word for word in _secrets(town, asked) if is_stranger and word in text]
    if leaked and not failures:
        failures.append(f"{asked.name} as {who}: told of {leaked}")
    return failures


def _secrets(town: Town, asked: Asked) -> list[Any]:
    """What a stranger must never read: what belongs to the first brand, or to its shopper."""
    seed, known = town.seed, town.known
    shoppers = [seed.person_id, seed.member_id, known["receipt"], known["spare_session"]]
    if asked.path.startswith("/shop"):
        return shoppers
    parties = [seed.brand_party, seed.dealer, seed.landlord]
    places = [seed.place_id, seed.register_id, town.own_place, town.own_register]
    return [*shoppers, seed.brand_id, *parties, *places, known["sale"], OFFER, CODE, CONTRACT]


def test_a_key_that_was_revoked_opens_nothing(town: Town) -> None:
    command = identity.RevokeRegisterKey(town.seed.brand_id, town.known["spare_key"], town.clock.now())
    town.ask("spare-register", "GET", "/register/v1/me")
    town.program.db.write_now(identity.revoke_register_key, command)
    for asked in ROUTES:
        if asked.path.startswith("/register") and asked.who is not None:
            assert _expect(town, asked, "spare-register", 401) == []
