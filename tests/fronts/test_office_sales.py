"""The office's day and each sale's story, over HTTP on both databases; every number is worked out here by hand."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from highstreet.lake import export_events
from highstreet.rooms.channel import parse_terms
from tests.fronts.office_town import CODE, CONTRACT, COUPON, OFFER, TERMS, TOUCH, Town, scan_and_follow, town  # noqa: F401


def story(town: Town) -> tuple[str, str]:  # noqa: F811
    """A member buys 1 x 100.00 and 2 x 49.90 with 10 off; one of the second comes back."""
    scan_and_follow(town)
    town.clock.advance(timedelta(minutes=5))
    sale_id = town.sell(1, 2, member=town.seed.member_id, coupon=COUPON)
    town.clock.advance(timedelta(minutes=5))
    return sale_id, town.take_back(sale_id, (2, 1))


def test_a_sale_is_explained_whole(town: Town) -> None:  # noqa: F811
    seed = town.seed
    sale_id, return_id = story(town)
    told = town.ask("office", "GET", f"/office/v1/sales/{sale_id}")

    assert (told["list_minor"], told["discount_minor"], told["total_minor"]) == (19980, 1000, 18980)
    assert (told["state"], told["place_name_en"]) == ("paid", "Nordlys Centre")
    assert told["member_id"] == seed.member_id
    assert "person_id" not in told
    assert told["proof_holds"] is True
    assert told["proof"]["total_minor"] == 18980
    assert [(line["net_minor"], line["returned_quantity"]) for line in told["lines"]] == [
        (9499, 0),
        (9481, 1),
    ]
    assert [(t["direction"], t["rail"], t["state"], t["amount_minor"]) for t in told["tenders"]] == [
        ("in", "cash", "captured", 18980),
        ("out", "cash", "captured", 4740),
    ]
    assert [(c["coupon_id"], c["offer_id"], c["state"], c["discount_minor"]) for c in told["coupons"]] == [
        (COUPON, OFFER, "redeemed", 1000)
    ]
    assert [(m["line_no"], m["owner_party_id"], m["quantity"]) for m in told["stock_moves"]] == [
        (1, seed.dealer, -1),
        (2, seed.dealer, -2),
    ]
    assert [(p["line_no"], p["kind"], p["points"], p["reversed"]) for p in told["points"]] == [
        (1, "earn", 94, 0),
        (2, "earn", 94, 46),
        (2, "reverse", 46, 0),
    ]
    _check_shares(town, told)
    _check_credit(town, told)
    _check_return(town, told["returns"], return_id)


def _check_shares(town: Town, told: dict[str, Any]) -> None:  # noqa: F811
    seed = town.seed
    sheet = told["sheet"]
    assert (sheet["contract_id"], sheet["contract_version"]) == (CONTRACT, 1)
    assert sheet["collector_party_id"] == seed.dealer
    assert parse_terms(sheet["terms"]) == TERMS
    # 30 % and 10 % cut down, the rest to the operator.
    expected = [(9499, [2849, 949, 5701]), (9481, [2844, 948, 5689])]
    assert [
        (line["base_minor"], [share["amount_minor"] for share in line["shares"]]) for line in sheet["lines"]
    ] == expected
    moves = [
        (t["code"], t["debit_kind"], t["credit_kind"], t["credit_owner_id"], t["amount_minor"])
        for t in told["transfers"]
    ]
    assert moves == [
        ("tender", "clearing_cash", "sales", seed.dealer, 18980),
        ("share", "sales", "earned", seed.brand_party, 5693),
        ("share", "sales", "earned", seed.landlord, 1897),
        ("share", "sales", "earned", seed.dealer, 11390),
    ]


def _check_credit(town: Town, told: dict[str, Any]) -> None:  # noqa: F811
    credit = told["credit"]
    assert (credit["code_id"], credit["rule"]) == (CODE, "last_touch")
    assert (credit["amount_minor"], credit["returned_minor"]) == (18980, 4740)
    assert (credit["touch"]["touch_id"], credit["touch"]["slug"]) == (TOUCH, "bus-7")


def _check_return(town: Town, returns: list[Any], return_id: str) -> None:  # noqa: F811
    (back,) = returns
    assert (back["id"], back["refund_minor"], back["reason"]) == (return_id, 4740, "unwanted")
    assert back["lines"] == [{"line_no": 2, "quantity": 1, "refund_minor": 4740}]
    # floor(2844 x 4740 / 9481), floor(948 x 4740 / 9481), the rest
    assert [s["amount_minor"] for s in back["shares"][0]["shares"]] == [1421, 473, 2846]
    assert [(m["line_no"], m["quantity"]) for m in back["stock_moves"]] == [(2, 1)]
    assert [(t["code"], t["amount_minor"]) for t in back["transfers"]] == [
        ("share_reversed", 1421),
        ("share_reversed", 473),
        ("share_reversed", 2846),
        ("refund", 4740),
    ]


def test_the_day_and_the_funnel_add_up(town: Town) -> None:  # noqa: F811
    seed = town.seed
    sale_id, return_id = story(town)
    town.clock.advance(timedelta(minutes=1))
    other = town.sell(0, 0, 4, at=town.own_register)

    day = town.ask("office", "GET", "/office/v1/today")
    assert (day["since"], day["time_zone"]) == ("2026-11-20T02:00:00Z", "Europe/Helsinki")
    assert (day["currency"], day["sales"], day["total_minor"], day["returned_minor"]) == (
        "EUR",
        2,
        19980,
        4740,
    )
    assert [
        (r["register_id"], r["place_name_en"], r["sales"], r["total_minor"]) for r in day["by_register"]
    ] == [
        (seed.register_id, "Nordlys Centre", 1, 18980),
        (town.own_register, "Own store", 1, 1000),
    ]
    assert day["by_rail"] == [
        {
            "rail": "cash",
            "currency": "EUR",
            "tenders": 2,
            "captured_minor": 19980,
            "refunded_minor": 4740,
        }
    ]
    assert day["open_tenders"] == []
    names = [event["name"] for event in day["events"]]
    assert names[0] == "sales.sale_paid.v1"
    assert sorted(set(names)) == [
        "loop.credit_given.v1",
        "loop.credit_reversed.v1",
        "loop.touched.v1",
        "members.followed.v1",
        "sales.sale_paid.v1",
        "sales.sale_returned.v1",
    ]
    assert seed.person_id not in str(day)

    (code,) = town.ask("office", "GET", "/office/v1/funnel")["codes"]
    counts = ("touches", "devices", "visits", "follows", "sales", "amount_minor", "returned_minor")
    assert [code[name] for name in counts] == [1, 1, 1, 1, 1, 18980, 4740]
    none = town.ask(
        "office", "GET", "/office/v1/funnel?since=2026-01-01T00:00:00Z&until=2026-02-01T00:00:00Z"
    )
    assert [none["codes"][0][name] for name in counts] == [0] * 7

    sales = town.ask("office", "GET", "/office/v1/sales")
    assert [(s["id"], s["lines"], s["is_member"]) for s in sales] == [(other, 1, False), (sale_id, 2, True)]
    (older,) = town.ask("office", "GET", "/office/v1/sales", params={"before": sales[0]["paid_at"]})
    assert older["id"] == sale_id
    (one,) = town.ask("office", "GET", "/office/v1/sales", params={"place_id": town.own_place, "limit": 1})
    assert one["id"] == other
    assert return_id


def test_registers_tell_when_they_sold_last(town: Town) -> None:  # noqa: F811
    town.sell(1)
    registers = town.ask("office", "GET", "/office/v1/registers")
    assert [(r["place_name_en"], r["last_sale_at"], len(r["keys"])) for r in registers] == [
        ("Nordlys Centre", "2026-11-20T10:00:00Z", 1),
        ("Own store", None, 0),
    ]
    assert "hash" not in str(registers)


def test_earnings_and_the_ledger(town: Town) -> None:  # noqa: F811
    seed = town.seed
    story(town)
    told = town.ask("office", "GET", "/office/v1/earnings")
    assert {(b["owner_id"], b["counterparty_id"]): b["amount_minor"] for b in told["earned"]} == {
        (seed.brand_party, seed.dealer): 5693 - 1421,
        (seed.landlord, seed.dealer): 1897 - 473,
        (seed.dealer, seed.dealer): 11390 - 2846,
    }
    assert [(b["owner_id"], b["kind"], b["amount_minor"]) for b in told["clearing"]] == [
        (seed.dealer, "clearing_cash", 4740 - 18980)
    ]
    assert told["claims"] == []
    assert town.ask("office", "GET", "/office/v1/ledger/check") == {
        "sums": [{"currency": "EUR", "sum_minor": 0}],
        "transfers": 8,
        "is_balanced": True,
    }
    assert town.ask("other-office", "GET", "/office/v1/ledger/check") == {
        "sums": [],
        "transfers": 0,
        "is_balanced": True,
    }


def test_the_lakes_first_answer(town: Town) -> None:  # noqa: F811
    path = "/office/v1/questions/sales-by-code-and-day"
    assert town.ask("office", "GET", path) == []
    story(town)
    town.sell(0, 0, 1, at=town.own_register)
    program = town.program
    asyncio.run(export_events(program.db, Path(program.settings.lake_path), town.clock.now()))
    day = {"business_day": "2026-11-20", "currency": "EUR"}
    told = town.ask("office", "GET", path)
    assert sorted(told, key=lambda row: row["sales"] * row["amount_minor"]) == [
        {"code_id": None, "sales": 1, "amount_minor": 250, "returned_minor": 0, **day},
        {"code_id": CODE, "sales": 1, "amount_minor": 18980, "returned_minor": 4740, **day},
    ]
    assert town.ask("other-office", "GET", path) == []


def test_another_brands_office_sees_nothing_of_it(town: Town) -> None:  # noqa: F811
    sale_id, _ = story(town)
    town.ask("other-office", "GET", f"/office/v1/sales/{sale_id}", 404)
    assert town.ask("other-office", "GET", "/office/v1/sales") == []
    day = town.ask("other-office", "GET", "/office/v1/today")
    assert (day["sales"], day["by_register"], day["events"]) == (0, [], [])
    members = town.ask("other-office", "GET", "/office/v1/members")
    assert (members["followers"], members["consents_by_purpose"]) == (0, {})


def test_members_are_counted_not_named(town: Town) -> None:  # noqa: F811
    story(town)
    told = town.ask("office", "GET", "/office/v1/members")
    assert told == {
        "members": 1,
        "tiers": [{"tier": "member", "members": 1, "points_pending": 142, "points_available": 0}],
        "followers": 1,
        "followers_by_entry": {"shop": 1},
        "consents_by_purpose": {"measurement": 1},
    }
    assert town.seed.person_id not in str(told)


def test_the_stream_tells_the_brand_and_resumes(town: Town) -> None:  # noqa: F811
    first = town.sell(1)
    seen = _listen(town, "office", "/office/v1/stream", after="0", count=1)
    assert seen[0]["event"] == "sales.sale_paid.v1"
    assert f'"sale_id":"{first}"' in seen[0]["data"].replace(" ", "")
    assert town.seed.person_id not in str(seen)
    second = town.sell(1)
    again = _listen(town, "office", "/office/v1/stream", after=seen[0]["id"], count=1)
    assert second in again[0]["data"]


def _listen(town: Town, who: str, path: str, after: str, count: int) -> list[dict[str, str]]:  # noqa: F811
    events: list[dict[str, str]] = []
    with town.client(who) as http, http.stream("GET", path, headers={"Last-Event-ID": after}) as answer:
        assert answer.status_code == 200
        now: dict[str, str] = {}
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if line == "" and "data" in now:
                events.append(now)
                now = {}
                if len(events) == count:
                    break
            elif line:
                now[name] = value
    return events
