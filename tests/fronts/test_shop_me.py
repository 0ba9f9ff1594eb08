"""Receipts, points, export and erasure, over HTTP on both databases."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from highstreet.kernel.ids import new_id
from highstreet.kernel.tx import Reader
from tests.fronts.shop_town import SLUG, SPEND_GET, Shopper, Town, follow_asked

PHONE = "+358401234567"


def join(town: Town, who: Shopper) -> str:
    """Follow with every consent and join; the member's id."""
    asked = follow_asked("service", "offers", "measurement", joins=True)
    told = who.ask("PUT", f"/brands/{town.seed.brand_id}/follow", 200, json=asked)
    member_id: str = told["member_id"]
    return member_id


def coupon(town: Town, who: Shopper) -> str:
    """Claim the first offer."""
    asked = {"coupon_id": new_id("cpn")}
    path = f"/brands/{town.seed.brand_id}/offers/{SPEND_GET}/claims"
    coupon_id: str = who.ask("POST", path, 200, json=asked)["coupon_id"]
    return coupon_id


def test_a_receipt_shows_every_line_and_reason_and_only_to_its_person(
    town: Town,
    anna: Shopper,
    bo: Shopper,
) -> None:
    coupon_id = coupon(town, anna)
    sale_id = town.sell_to(join(town, anna), coupon_id, quantity=2)
    told = anna.ask("GET", "/receipts", 200)
    assert told["next_before"] is None
    [receipt] = told["receipts"]
    assert (receipt["sale_id"], receipt["paid_at"]) == (sale_id, "2026-11-20T10:00:00Z")
    assert (receipt["list_minor"], receipt["discount_minor"], receipt["total_minor"]) == (20000, 1000, 19000)
    assert receipt["points"] == 190
    assert receipt["brand"]["name_en"] == "nordlys"
    assert receipt["place"]["place_id"] == town.seed.place_id
    assert [(line["quantity"], line["net_minor"], line["name_en"]) for line in receipt["lines"]] == [
        (2, 19000, "Shell, S")
    ]
    assert [(d["coupon_id"], d["title_zh"], d["amount_minor"]) for d in receipt["discounts"]] == [
        (coupon_id, "满50减10", 1000)
    ]
    assert receipt["tenders"] == [
        {"rail": "cash", "amount_minor": 19000, "given_minor": 100000, "change_minor": 81000}
    ]
    for hidden in (town.seed.dealer, town.seed.brand_party, town.seed.landlord, "proof", "owner", "register"):
        assert hidden not in str(told)

    path = f"/receipts/{town.seed.brand_id}/{sale_id}"
    assert anna.ask("GET", path, 200) == receipt
    assert bo.ask("GET", path, 404)["code"] == "sales.sale_unknown"
    assert bo.ask("GET", "/receipts", 200) == {"receipts": [], "next_before": None, "next_before_id": None}
    anna.ask("GET", f"/receipts/{town.seed.brand_id}/{new_id('sal')}", 404)
    anna.ask("GET", f"/receipts/{town.other.brand_id}/{sale_id}", 404)
    anna.ask("GET", f"/receipts/{town.seed.brand_id}/x", 422)

    [membership] = anna.ask("GET", "/memberships", 200)
    assert (membership["points_pending"], membership["points_available"]) == (190, 0)
    [held] = anna.ask("GET", "/coupons", 200)
    assert held["state"] == "used_up"
    return_id = town.take_back(sale_id)
    after = anna.ask("GET", path, 200)
    assert (after["returned_minor"], after["lines"][0]["returned_quantity"]) == (9500, 1)
    assert after["returns"] == [
        {
            "return_id": return_id,
            "refund_minor": 9500,
            "at": "2026-11-20T10:00:00Z",
            "lines": [{"line_no": 1, "quantity": 1, "refund_minor": 9500}],
            "refunds": [{"rail": "cash", "amount_minor": 9500, "is_there": True}],
        }
    ]
    assert anna.ask("GET", "/memberships", 200)[0]["points_pending"] == 95


def test_receipts_come_a_page_at_a_time(town: Town, anna: Shopper) -> None:
    member_id = join(town, anna)
    sales = []
    for _ in range(3):
        sales.append(town.sell_to(member_id))
        town.clock.advance(timedelta(minutes=1))
    first = anna.ask("GET", "/receipts", 200, params={"limit": 2})
    assert [r["sale_id"] for r in first["receipts"]] == [sales[2], sales[1]]
    second = anna.ask("GET", "/receipts", 200, params={"limit": 2, "before": first["next_before"]})
    assert [r["sale_id"] for r in second["receipts"]] == [sales[0]]
    assert second["next_before"] is None
    for params in (
        {"limit": 0},
        {"limit": 101},
        {"before": "yesterday"},
        {"before": "2026-11-20T10:00:00"},
        {"before": "9999-12-31T23:59:59-23:59"},
        {"before": "0001-01-01T00:00:00+23:59"},
    ):
        anna.ask("GET", "/receipts", 422, params=params)


def test_me_is_masked(town: Town, anna: Shopper) -> None:
    assert anna.ask("GET", "/me", 200) == {
        "person_id": anna.person_id,
        "phone": "+35•••••••567",
        "locale": "en",
        "created_at": "2026-11-20T10:00:00Z",
        "follows": [],
    }


def test_the_export_has_everything_of_the_person_and_nothing_of_others(
    town: Town,
    anna: Shopper,
    bo: Shopper,
) -> None:
    member_id = join(town, anna)
    anna.ask("POST", "/touches", 200, json={"id": new_id("tch"), "slug": SLUG, "device_id": anna.device_id})
    used, unused = coupon(town, anna), new_id("cpn")
    sale_id = town.sell_to(member_id, used)
    town.take_back(sale_id)
    town.clock.advance(timedelta(days=8))  # the coupon has expired
    told = anna.ask("GET", "/me/export", 200)
    assert (told["person"]["phone"], told["person"]["person_id"]) == (PHONE, anna.person_id)
    assert [d["device_id"] for d in told["devices"]] == [anna.device_id]
    assert [s["session_id"] for s in told["sessions"]] == [anna.session_id]
    assert [m["member_id"] for m in told["memberships"]] == [member_id]
    assert [f["brand_id"] for f in told["follows"]] == [town.seed.brand_id]
    assert sorted(c["purpose"] for c in told["consents"]) == ["measurement", "offers", "service"]
    assert sorted((p["kind"], p["points"]) for p in told["points"]) == [("earn", 90), ("reverse", 90)]
    assert len(told["touches"]) == 1
    assert [c["coupon_id"] for c in told["coupons"]] == [used] != [unused]
    [sale] = told["sales"]
    assert (sale["sale_id"], sale["total_minor"], sale["returned_minor"]) == (sale_id, 9000, 9000)
    assert [r["coupon_id"] for r in sale["coupons_used"]] == [used]
    assert [t["direction"] for t in sale["tenders"]] == ["in", "out"]
    assert [r["refund_minor"] for r in sale["returns"]] == [9000]
    assert sale["proof"]["total_minor"] == 9000
    assert {"sales.sale_paid.v1", "members.joined.v1"} <= {e["name"] for e in told["events"]}
    for hidden in (
        town.seed.dealer,
        town.seed.brand_party,
        bo.person_id,
        "funder",
        "owner_party",
        "provider_ref",
    ):
        assert hidden not in str(told)
    with town.client() as http:
        assert http.get("/shop/v1/me/export").status_code == 401
    assert bo.ask("GET", "/me/export", 200)["sales"] == []


def kept(reader: Reader, words: str) -> list[tuple[str, str]]:
    """Tables and columns that hold these words anywhere."""
    from highstreet.kernel.tables import metadata

    found = []
    for table in metadata.sorted_tables:
        for column in table.columns:
            query = f'SELECT count(*) FROM "{table.name}" WHERE CAST("{column.name}" AS TEXT) LIKE :words'
            if reader.value(text(query), {"words": f"%{words}%"}):
                found.append((table.name, column.name))
    return found


def test_erasure_leaves_the_books_and_nobody_in_them(town: Town, anna: Shopper, bo: Shopper) -> None:
    read = town.program.db.read_now
    member_id = join(town, anna)
    anna.ask("POST", "/touches", 200, json={"id": new_id("tch"), "slug": SLUG, "device_id": anna.device_id})
    coupon(town, anna)
    sale_id = town.sell_to(member_id, quantity=2)
    assert read(kept, PHONE) == [("person", "phone"), ("sign_in_code", "phone")]
    other_phone = town.sign_in("+358409876543")
    anna.ask("DELETE", "/me", 204)
    for method, path in (("GET", "/me"), ("DELETE", "/me"), ("GET", "/receipts")):
        anna.ask(method, path, 401)

    assert read(kept, PHONE) == []
    assert ("touch", "person_id") not in read(kept, anna.person_id)
    assert read(kept, anna.device_id) == [("outbox", "body"), ("touch", "device_id")]
    # What names the id that names nobody any more: docs/privacy.md lists the same.
    assert {table for table, _ in read(kept, anna.person_id)} == {
        "claim_count",
        "consent",
        "coupon",
        "member",
        "outbox",
        "person",
        "session",
    }
    # The books are whole, and a return still takes back what the sale gave.
    town.take_back(sale_id, 2)
    pending = text("SELECT points_pending, tier FROM member WHERE id = :id")
    assert tuple(read(Reader.rows, pending, {"id": member_id})[0]) == (0, "erased")
    bo.ask("GET", "/me", 200)
    other_phone.ask("GET", "/me", 200)

    town.clock.advance(timedelta(seconds=31))
    again = town.sign_in(PHONE)
    assert again.person_id != anna.person_id
    assert again.ask("GET", "/receipts", 200)["receipts"] == []
    assert again.ask("GET", "/memberships", 200) == []
    assert again.ask("GET", "/coupons", 200) == []
    assert join(town, again) != member_id


def test_no_file_holds_the_phone_of_who_was_erased(town: Town) -> None:
    phone = "+358409998877"
    gone = town.sign_in(phone)
    gone.ask("DELETE", "/me", 204)
    if town.program.db.is_sqlite:
        path = Path(str(town.program.db.url.database))
        for file in (path, path.with_name(f"{path.name}-wal")):
            assert phone.encode() not in file.read_bytes()
