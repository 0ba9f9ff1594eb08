"""Closing days over HTTP: the drawer's cash, the blind count, uploaded bills, differences, close and reopen."""

# ruff: noqa: F811, F401

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from highstreet.kernel.ids import new_id
from highstreet.kernel.time import utc_now
from highstreet.rooms.ledger import balances
from highstreet.rooms.tenders.model import BILL_ZONE
from highstreet.rooms.tenders.rails.book import Rails
from highstreet.rooms.tenders.rails.wallet import WalletRail
from highstreet_simulator.wallet import ThreadedWallet
from highstreet_simulator.wallet.peers import Merchant, Payer
from tests.fronts.office_town import Town, open_session, open_town
from tests.wallets import FAST, inbox, merchant, payer, raw_key, run, shared_inbox

NOON = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)  # 12:00 in Helsinki
DAY, NEXT = "2026-11-20", "2026-11-21"


@pytest.fixture
def town(migrated_url: str) -> Iterator[Town]:
    """The two brands at noon, with no rail but cash."""
    with open_town(migrated_url, start=NOON) as opened:
        yield opened


def move(town: Town, direction: str, reason: str, amount: int, status: int = 200, **more: Any) -> Any:
    asked = {"id": new_id("drm"), "direction": direction, "reason": reason, "amount_minor": amount} | more
    return town.ask("register", "POST", "/register/v1/drawer/moves", status, json=asked)


def count(town: Town, minor: int | None = None, status: int = 200, **more: Any) -> Any:
    asked: dict[str, Any] = {"id": new_id("cnt"), "counted_minor": minor} | more
    return town.ask("register", "POST", "/register/v1/day/count", status, json=asked)


def close(town: Town, day: str, status: int = 200, entry_id: str | None = None, place: str = "") -> Any:
    path = f"/office/v1/days/{place or town.seed.place_id}/{day}/close"
    return town.ask("office", "POST", path, status, json={"id": entry_id or new_id("cls")})


def reopen(town: Town, day: str, status: int = 200, register: str | None = None) -> Any:
    path = f"/office/v1/days/{town.seed.place_id}/{day}/reopen"
    asked = {"id": new_id("cls"), "reason": "a note was found under the drawer", "register_id": register}
    return town.ask("office", "POST", path, status, json=asked)


def seen(town: Town, day: str | None = None) -> Any:
    params = {"day": day} if day else {}
    return town.ask("office", "GET", f"/office/v1/days/{town.seed.place_id}", params=params)


def ledger(town: Town) -> dict[str, int]:
    """Balances that are not empty, of whoever owns them, by kind; the sum is zero."""
    assert town.ask("office", "GET", "/office/v1/ledger/check")["is_balanced"] is True
    found: dict[str, int] = {}
    for one in town.program.db.read_now(balances, town.seed.brand_id):
        found[one.kind] = found.get(one.kind, 0) + one.amount_minor
    return {kind: amount for kind, amount in found.items() if amount}


def test_a_drawer_is_counted_blindly_and_its_place_closes(town: Town) -> None:
    assert town.ask("register", "GET", "/register/v1/day")["state"] == "open"
    move(town, "in", "float", 20000)
    sale = town.sell(1)  # 100.00 in cash
    town.take_back(town.sell(0, 1), (1, 1))  # 49.90, and back
    move(town, "out", "expense", 1500, note="window cleaner")
    asked = move(town, "out", "pickup", 5000)
    assert asked["day"] == DAY
    assert ledger(town)["safe"] == 20000 - 5000
    assert ledger(town)["expenses"] == -1500

    day = town.ask("register", "GET", "/register/v1/day")
    assert (day["day"], day["state"], day["counted"]) == (DAY, "open", None)
    assert [m["reason"] for m in day["moves"]] == ["float", "expense", "pickup"]
    assert "expected" not in str(day)  # blind

    refused = close(town, DAY, 409)
    assert (refused["code"], refused["facts"]["count"], refused["facts"]["blockers"]) == (
        "days.not_clear",
        1,
        "register_open 1",
    )
    told = count(town, 23450)
    assert (told["day"], told["over_minor"]) == (DAY, 23450 - (20000 + 10000 - 1500 - 5000))
    assert ledger(town)["over_short"] == -50  # short: a cost
    assert seen(town)["registers"] == [
        {
            "register_id": town.seed.register_id,
            "name": "1",
            "is_counted": True,
            "counted_minor": 23450,
            "over_minor": -50,
            "slips_counted_minor": None,
            "slips_over_minor": None,
            "has_business": False,
        }
    ]
    entry_id = new_id("cls")
    closed = close(town, DAY, entry_id=entry_id)
    assert (closed["counted_minor"], closed["over_minor"]) == (23450, -50)
    assert close(town, DAY, entry_id=entry_id) == closed  # asked again: the effect of once
    assert close(town, DAY, 409)["code"] == "days.day_closed"
    assert seen(town, DAY)["state"] == "closed"
    assert sale


def test_the_same_move_and_the_same_count_twice_have_the_effect_of_once(town: Town) -> None:
    asked = {"id": new_id("drm"), "direction": "in", "reason": "float", "amount_minor": 700}
    path = "/register/v1/drawer/moves"
    first = town.ask("register", "POST", path, json=asked)
    town.clock.advance(timedelta(minutes=5))
    assert town.ask("register", "POST", path, json=asked) == first
    other = {**asked, "amount_minor": 701}
    assert town.ask("register", "POST", path, 409, json=other)["code"] == "idempotency.mismatch"
    assert ledger(town) == {"safe": 700, "clearing_cash": -700}
    counted = {"id": new_id("cnt"), "pieces": {"500": 1, "100": 2}}
    told = town.ask("register", "POST", "/register/v1/day/count", json=counted)
    assert (told["counted_minor"], told["over_minor"]) == (700, 0)
    assert town.ask("register", "POST", "/register/v1/day/count", json=counted) == told


def test_what_comes_after_the_count_belongs_to_the_next_day(town: Town) -> None:
    town.sell(0, 1)
    assert count(town, 4990)["over_minor"] == 0
    town.clock.advance(timedelta(hours=1))
    day = town.ask("register", "GET", "/register/v1/day")
    assert (day["day"], day["today"], day["state"]) == (NEXT, DAY, "counted")
    late = town.sell(0, 0, 1)  # a late sale, 2.50, and a late return
    assert move(town, "in", "change", 100)["day"] == NEXT
    assert move(town, "in", "change", 100, 409, day=DAY)["code"] == "days.day_closed"
    assert count(town, 5000, 409)["code"] == "days.day_ahead"
    close(town, DAY)
    town.take_back(late, (1, 1))
    town.clock.advance(timedelta(hours=20))
    town.tokens["office"] = open_session(town, "office", town.seed.brand_id, 99)
    town.sell(0, 1)
    told = count(town, 4990 + 100 + 4990)
    assert (told["day"], told["over_minor"]) == (NEXT, 0)
    assert close(town, NEXT)["day"] == NEXT


def test_a_count_loses_nothing_that_is_written_late(town: Town) -> None:
    """A sale that carries an earlier time than the count, but is written after it, is of the next count."""
    assert count(town, 0)["over_minor"] == 0
    town.clock.set(NOON - timedelta(minutes=1))
    town.sell(1)
    town.clock.set(NOON + timedelta(days=1))
    assert count(town, 10000)["over_minor"] == 0


def test_a_day_is_opened_again_with_a_trace(town: Town) -> None:
    town.sell(1)
    count(town, 9000)
    close(town, DAY)
    assert ledger(town)["over_short"] == -1000
    # First the place's, then the register's.
    assert reopen(town, DAY, 409, register=town.seed.register_id)["code"] == "days.not_reopenable"
    reopen(town, DAY)
    reopen(town, DAY, register=town.seed.register_id)
    assert "over_short" not in ledger(town)
    assert reopen(town, DAY, 409)["code"] == "days.not_reopenable"
    assert seen(town)["open_registers"] == [town.seed.register_id]
    town.clock.advance(timedelta(minutes=1))
    again = count(town, 10000)
    assert (again["day"], again["over_minor"]) == (DAY, 0)
    close(town, DAY)
    trail = [(e["kind"], e["subject_id"] == town.seed.place_id, e["note"]) for e in seen(town, DAY)["trail"]]
    why = "a note was found under the drawer"
    assert sorted(trail) == sorted(
        [
            ("closed", False, ""),
            ("closed", True, ""),
            ("reopened", True, why),
            ("reopened", False, why),
            ("closed", False, ""),
            ("closed", True, ""),
        ]
    )


def test_a_first_day_opened_again_later_is_counted_whole(town: Town) -> None:
    """Nothing was counted before it: what was sold that day is still in the drawer the day after."""
    move(town, "in", "float", 20000)
    town.sell(1)
    count(town, 29000)
    town.clock.advance(timedelta(days=1))
    town.tokens["office"] = open_session(town, "office", town.seed.brand_id, 98)
    reopen(town, DAY, register=town.seed.register_id)
    assert ledger(town).get("over_short") is None
    assert seen(town, NEXT)["open_registers"] == [
        town.seed.register_id
    ]  # nor does the day after close over it
    town.sell(0, 1)
    day = town.ask("register", "GET", "/register/v1/day")
    assert (day["day"], day["today"]) == (DAY, NEXT)
    told = count(town, 20000 + 10000 + 4990)
    assert (told["day"], told["over_minor"]) == (DAY, 0)


def test_a_drawer_that_was_never_counted_is_counted_since_its_float(town: Town) -> None:
    move(town, "in", "float", 20000)
    town.sell(1)
    town.clock.advance(timedelta(days=1))
    town.sell(0, 1)
    told = count(town, 20000 + 10000 + 4990)
    assert (told["day"], told["over_minor"]) == (DAY, 0)


def test_what_is_not_so_is_refused_and_leaves_nothing(town: Town) -> None:
    before = town.row_counts()
    assert move(town, "in", "pickup", 100, 422)["code"] == "days.reason_unknown"
    assert move(town, "in", "float", 0, 422)["code"] == "request.malformed"
    assert count(town, 100, 422, pieces={"50": 1})["code"] == "days.count_differs"
    assert count(town, None, 422)["code"] == "days.count_differs"
    assert count(town, 0, 409, day=NEXT)["code"] == "days.day_ahead"
    assert close(town, NEXT, 409)["code"] == "days.day_ahead"
    assert reopen(town, DAY, 409)["code"] == "days.not_reopenable"
    strange = f"/office/v1/differences/{new_id('dif')}"
    assert town.ask("office", "POST", strange, 404, json={"reason": "loss"})["code"] == "request.not_found"
    assert town.row_counts() == before


def test_only_who_may_opens_a_day_again(town: Town) -> None:
    path = f"/office/v1/days/{town.seed.place_id}/{DAY}/reopen"
    asked = {"id": new_id("cls"), "reason": "why not"}
    assert town.ask("store", "POST", path, 403, json=asked)["code"] == "auth.forbidden"


# Bills ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wallet_http() -> Iterator[httpx.Client]:
    """A wallet that holds the brand's currency."""
    with (
        ThreadedWallet(replace(FAST, currency="EUR")) as running,
        httpx.Client(base_url=running.url, trust_env=False) as http,
    ):
        yield http


@pytest.fixture
def paid(migrated_url: str, merchant: Merchant) -> Iterator[Town]:
    """The two brands at the machine's own time, with the merchant's wallet."""
    rail = WalletRail(str(merchant.http.base_url), merchant.merchant_id, merchant.key, raw_key(merchant))
    with open_town(migrated_url, rail, start=utc_now()) as opened:
        yield opened


def charge(town: Town, payer: Payer) -> str:
    """Charge the second article by wallet; the tender's id."""
    tender = {"id": new_id("tnd"), "rail": "wallet", "auth_code": payer.code()}
    asked = {
        "id": new_id("sal"),
        "currency": "EUR",
        "items": [{"gtin": town.seed.gtins[1], "quantity": 1}],
        "tenders": [tender],
    }
    assert town.ask("register", "POST", "/register/v1/sales", json=asked)["state"] == "paid"
    return str(tender["id"])


def bill_of(merchant: Merchant) -> bytes:
    """The wallet's bill of today, as somebody downloads it."""
    today = datetime.now(BILL_ZONE).date()
    content: bytes = run(merchant, lambda rail: rail.fetch_bill(today, is_early=True))
    return content


def test_a_difference_keeps_the_day_open_until_a_person_clears_it(
    paid: Town, merchant: Merchant, payer: Payer
) -> None:
    town = paid
    charge(town, payer)
    stray = {**merchant.order(payer, 777, "stray-1"), "amount": {"total": 777, "currency": "EUR"}}
    merchant.call("POST", "/v1/pay/code", stray)
    content = bill_of(merchant)
    town.program.rails = Rails()  # the account is gone; its bills can still be read
    bill_day = datetime.now(BILL_ZONE).date().isoformat()
    day = seen(town)["day"]
    count(town, 0)
    assert close(town, day, 409)["facts"]["blockers"] == f"bill_missing wallet {bill_day}"

    told = town.ask("office", "POST", "/office/v1/bill-files?rail=wallet", content=content)
    assert (told["day"], told["matched"], told["is_fetched"]) == (bill_day, 1, True)
    again = town.ask("office", "POST", "/office/v1/bill-files?rail=wallet", content=content)
    assert again == told
    refused = close(town, day, 409)
    assert (refused["facts"]["count"], refused["facts"]["blockers"]) == (1, "missing_here wallet stray-1")
    (difference,) = town.ask("office", "GET", "/office/v1/differences")
    assert (difference["kind"], difference["our_ref"], difference["cure"]) == (
        "missing_here",
        "stray-1",
        "clear",
    )
    assert difference["place_id"] is None

    path = f"/office/v1/differences/{difference['id']}"
    word = {"reason": "other_system", "note": "the old till"}
    town.ask("office", "POST", path, 204, json=word)
    assert town.ask("office", "POST", path, 409, json=word)["code"] == "tenders.cleared_already"
    assert town.ask("office", "GET", "/office/v1/differences") == []
    town.ask("office", "POST", path, 204, json={**word, "is_cleared": False})
    assert close(town, day, 409)["facts"]["count"] == 1
    town.ask("office", "POST", path, 204, json=word)
    # The same bill once more: the same difference, still cleared.
    town.ask("office", "POST", "/office/v1/bill-files?rail=wallet", content=content)
    close(town, day)
    (kept,) = town.ask("office", "GET", "/office/v1/differences", params={"with_cleared": True})
    assert (kept["word"]["reason"], kept["word"]["note"], kept["is_cleared"]) == (
        "other_system",
        "the old till",
        True,
    )


def test_a_payment_nobody_can_say_anything_of_keeps_the_day_open(
    paid: Town, merchant: Merchant, payer: Payer
) -> None:
    town = paid
    merchant.next_fault("pay", "timeout_after_effect", seconds=0)
    tender = {"id": new_id("tnd"), "rail": "wallet", "auth_code": payer.code()}
    asked = {
        "id": new_id("sal"),
        "currency": "EUR",
        "items": [{"gtin": town.seed.gtins[1], "quantity": 1}],
        "tenders": [tender],
    }
    told = town.ask("register", "POST", "/register/v1/sales", 202, json=asked)
    assert told["tender_state"] == "unknown"
    day = seen(town)
    assert [one["id"] for one in day["open_tenders"]] == [tender["id"]]
    assert close(town, day["day"], 409)["facts"]["blockers"] == f"tender_unknown {tender['id']}"


def test_files_that_are_no_bills_change_nothing(paid: Town, merchant: Merchant, payer: Payer) -> None:
    town = paid
    charge(town, payer)
    content = bill_of(merchant)
    before = town.row_counts()
    path = "/office/v1/bill-files"

    def upload(rail: str, sent: bytes, **params: str) -> str:
        answer = town.ask("office", "POST", path, 422, params={"rail": rail, **params}, content=sent)
        return str(answer["code"])

    assert upload("wallet", content[:-40]) == "tenders.bill_malformed"
    assert upload("alipay", content) == "tenders.bill_malformed"
    assert upload("wechat", content) == "tenders.bill_malformed"
    assert upload("stripe", b"\xff") == "tenders.bill_malformed"
    assert upload("cash", content) == "tenders.bill_file_unknown"
    assert upload("wallet", content, day="2026-01-01") == "tenders.bill_other_day"
    assert town.row_counts() == before
