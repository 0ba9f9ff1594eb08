"""Around a sale at the register: goods at hand, coupons not shown, shifts, receipts to take back; on both databases."""

# ruff: noqa: F811, F401

from datetime import timedelta
from typing import Any

from highstreet.fronts.register.member_hold import seal_member
from highstreet.kernel.ids import new_id, stable_id
from highstreet.kernel.time import format_utc
from highstreet.rooms.members import member_code
from highstreet.rooms.offers import ClaimCoupon, claim_coupon
from tests.fronts.office_town import COUPON, OFFER, Town, town


def test_a_register_knows_itself(town: Town) -> None:
    told = town.ask("register", "GET", "/register/v1/me")
    assert told["register_id"] == town.seed.register_id
    assert told["name"]
    assert told["brand_name_en"]
    assert told["currency"] == "EUR"


def test_goods_are_found_by_barcode_and_words_with_what_is_left_here(town: Town) -> None:
    gtin = town.seed.gtins[0]
    [by_code] = town.ask("register", "GET", "/register/v1/goods", params={"text": gtin})
    assert by_code["gtin"] == gtin
    town.sell(2)
    [after] = town.ask("register", "GET", "/register/v1/goods", params={"text": gtin.lstrip("0")})
    assert after["available"] == by_code["available"] - 2
    found = town.ask("register", "GET", "/register/v1/goods", params={"text": by_code["name_en"][:4]})
    assert gtin in {g["gtin"] for g in found}
    left = [g["available"] > 0 for g in found]
    assert left == sorted(left, reverse=True)
    assert town.ask("register", "GET", "/register/v1/goods", params={"text": "no such thing"}) == []


def test_a_quote_tells_which_of_the_members_coupons_would_help(town: Town) -> None:
    seed = town.seed
    coupon = new_id("cpn")
    claim = ClaimCoupon(seed.brand_id, OFFER, coupon, seed.person_id, town.clock.now())
    town.program.db.write_now(claim_coupon, claim)
    code = member_code(town.program.member_secret, seed.brand_id, seed.member_id, town.clock.now())

    def quote(quantity: int, *coupons: str, member: str | None = code) -> dict[str, object]:
        asked = {"items": [{"gtin": seed.gtins[0], "quantity": quantity}], "coupons": list(coupons)}
        told: dict[str, object] = town.ask(
            "register", "POST", "/register/v1/quotes", json={**asked, "member_code": member}
        )
        return told

    full = quote(1)
    [hint] = full["coupons"]  # type: ignore[misc]
    assert hint["coupon_id"] == coupon
    shown = quote(1, coupon)
    assert hint["saves_minor"] == full["total_minor"] - shown["total_minor"] == 1000  # type: ignore[operator]
    assert hint["reason"] is None
    assert shown["coupons"] == []
    assert quote(1, member=None)["coupons"] == []
    cheap = quote_cheap(town, code)
    [hint] = cheap["coupons"]  # type: ignore[misc]
    assert (hint["saves_minor"], hint["reason"]) == (0, "threshold_not_met")
    assert hint["missing_minor"] == 5000 - cheap["total_minor"]  # type: ignore[operator]


def quote_cheap(town: Town, code: str) -> dict[str, object]:
    asked = {"items": [{"gtin": town.seed.gtins[2], "quantity": 1}], "member_code": code}
    told: dict[str, object] = town.ask("register", "POST", "/register/v1/quotes", json=asked)
    return told


def test_a_shift_adds_up_what_was_taken_and_given_back_here(town: Town) -> None:
    def shift(**params: str) -> dict[str, int]:
        told: dict[str, int] = town.ask("register", "GET", "/register/v1/shift", params=params)
        return told

    assert (shift()["sales"], shift()["cash_minor"]) == (0, 0)
    first = town.sell(2)
    town.clock.advance(timedelta(minutes=5))
    second = town.sell(1)
    town.sell(0, 0, 1, at=town.own_register)  # another register
    town.take_back(first, (1, 1))
    price = town.ask("register", "GET", "/register/v1/receipt", params={"code": second})["total_minor"]
    assert (shift()["sales"], shift()["is_blind"], shift()["cash_minor"]) == (2, True, None)
    counted = {"id": new_id("cnt"), "counted_minor": 2 * price}
    assert town.ask("register", "POST", "/register/v1/day/count", json=counted)["over_minor"] == 0
    told = shift()
    assert (told["sales"], told["total_minor"]) == (2, 3 * price)
    assert (told["returns"], told["refunded_minor"], told["cash_minor"]) == (1, price, 2 * price)
    assert told["rails"] == [
        {
            "rail": "cash",
            "tenders": 2,
            "captured_minor": 3 * price,
            "refunds": 1,
            "refunded_minor": price,
            "pending_minor": 0,
        }
    ]
    since = format_utc(town.clock.now() - timedelta(minutes=1))
    assert (shift(since=since)["sales"], shift(since=since)["cash_minor"]) == (1, 0)
    late = format_utc(town.clock.now() + timedelta(minutes=1))
    town.ask("register", "GET", "/register/v1/shift", 422, params={"since": late})


def test_a_receipt_is_found_however_its_code_was_read(town: Town) -> None:
    sale = town.sell(2, 1, member=town.seed.member_id)
    town.take_back(sale, (1, 1))
    told = town.ask("register", "GET", "/register/v1/receipt", params={"code": sale})
    assert [(n["line_no"], n["returnable_quantity"]) for n in told["lines"]] == [(1, 1), (2, 1)]
    assert (told["is_returnable"], told["is_in_time"]) == (True, True)
    assert [(t["direction"], t["rail"]) for t in told["tenders"]] == [("in", "cash"), ("out", "cash")]
    assert town.seed.member_id not in str(told)
    assert town.seed.person_id not in str(told)
    for code in (sale.upper(), sale[4:], sale[4:].upper(), f"https://shop.example/r#{sale}"):
        assert town.ask("register", "GET", "/register/v1/receipt", params={"code": code})["sale_id"] == sale
    town.ask("register", "GET", "/register/v1/receipt", 422, params={"code": "nothing"})
    town.ask("register", "GET", "/register/v1/receipt", 404, params={"code": new_id("sal")})
    town.clock.advance(timedelta(days=60))
    late = town.ask("register", "GET", "/register/v1/receipt", params={"code": sale})
    assert (late["is_returnable"], late["is_in_time"]) == (False, False)


def test_goods_tell_their_category(town: Town) -> None:
    [found] = town.ask("register", "GET", "/register/v1/goods", params={"text": town.seed.gtins[0]})
    assert found["category"]


def test_a_scanned_member_stays_with_the_basket_for_a_quarter_of_an_hour(town: Town) -> None:
    seed, secret = town.seed, town.program.member_secret
    code = member_code(secret, seed.brand_id, seed.member_id, town.clock.now())

    def quote(member: str, status: int = 200) -> dict[str, Any]:
        asked = {"items": [{"gtin": seed.gtins[0]}], "member_code": member}
        told: dict[str, Any] = town.ask("register", "POST", "/register/v1/quotes", status, json=asked)
        return told

    first = quote(code)
    assert first["member"]["tier"]
    seal = first["member"]["seal"]
    alone = town.ask("register", "POST", "/register/v1/members", json={"member_code": code})
    assert alone["tier"] == first["member"]["tier"]
    town.clock.advance(timedelta(minutes=10))
    assert quote(code, status=409)["code"] == "members.code_stale"
    again = quote(seal)
    assert again["member"]["seal"] == seal  # not prolonged
    assert again["total_minor"] == first["total_minor"]
    assert quote(seal[:-1] + ("0" if seal[-1] != "0" else "1"), status=409)["code"] == "members.code_stale"
    assert quote("HB1" + "!" * 78, status=422)["code"] == "members.code_malformed"
    elsewhere = seal_member(secret, town.own_register, seed.brand_id, seed.member_id, town.clock.now())
    assert quote(elsewhere, status=409)["code"] == "members.code_stale"
    sale = {
        "id": new_id("sal"),
        "currency": "EUR",
        "items": [{"gtin": seed.gtins[0]}],
        "member_code": seal,
        "tenders": [{"id": new_id("tnd"), "rail": "cash"}],
    }
    paid = town.ask("register", "POST", "/register/v1/sales", json=sale)
    town.clock.advance(timedelta(minutes=6))
    assert quote(seal, status=409)["code"] == "members.code_stale"
    # Asked again after the seal's end, the sale is told, not refused.
    assert town.ask("register", "POST", "/register/v1/sales", json=sale) == paid


def test_a_register_lists_its_last_sales(town: Town) -> None:
    first = town.sell(2)
    town.clock.advance(timedelta(minutes=1))
    second = town.sell(1)
    town.sell(0, 0, 1, at=town.own_register)
    told = town.ask("register", "GET", "/register/v1/sales", params={"limit": 2})["sales"]
    assert [sale["sale_id"] for sale in told] == [second, first]
    assert {sale["state"] for sale in told} == {"paid"}
    assert told[0]["pieces"] == 1
    assert told[0]["first_name_en"]
