"""Orders that are brought, over HTTP on both databases: served from where contracts allow, packed, missed, sent, settled."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from highstreet.flows import order_goods
from highstreet.kernel import geo
from highstreet.kernel.geo import Datum
from highstreet.kernel.ids import new_id, stable_id
from highstreet.rooms.parcels import forget_old_addresses
from highstreet.rooms.places import PutSites, SiteRow, put_sites
from highstreet.rooms.routing import decisions_of, facts_of
from highstreet.rooms.stock import CountRow, CountStock, count_stock
from highstreet_recompute import recompute
from tests.stories.acts import ledger_is_balanced, one, rows
from tests.stories.conftest import Stage
from tests.stories.contract_acts import Deal, follow, open_deal, run_place, sign
from tests.stories.test_loop import ok, wallet_app

TO = {"name": "Aino Virtanen", "phone": "+358401", "street": "Mannerheimintie 1", "city": "Helsinki"}
TO |= {"lat": 60.17, "lon": 24.94}
NEAR, NEARER, FAR = (60.175, 24.945), (60.1705, 24.9405), (60.25, 25.05)


def terms(agrees: bool = True, owners_bp: int = 8000) -> dict[str, Any]:
    shares = [{"role": "brand", "bp": 1000}]
    shares += [{"role": "stock_owner", "bp": owners_bp}] if owners_bp else []
    stock = {"operator_for": ["shop"] if agrees else [], "brand_for": ["register", "shop"]}
    return {"collector": "brand", "shares": shares, "leftover_to": "operator", "stock": stock}


def shop(deal: Deal, who: str, name: str, at: tuple[float, float], *pieces: int) -> str:
    """A store that never closes, with so many pieces of each article, all its operator's."""
    place_id, brand_id = stable_id("plc", deal.brand_id, name), deal.brand_id
    run_place(deal, who, place_id, name)
    row = SiteRow(place_id, *at, Datum.WGS84, "Europe/Helsinki", "FI", "24/7")
    db, now = deal.stage.program.db, deal.stage.clock.now()
    db.write_now(put_sites, PutSites(brand_id, now, [row]))
    cell = geo.cell(geo.Point(*at))
    counted = [
        CountRow(variant, cell, place_id, deal.parties[who], n)
        for variant, n in zip(deal.stage.seed.variants, pieces, strict=False)
    ]
    db.write_now(count_stock, CountStock(brand_id, now, new_id("cnt"), counted))
    return place_id


@pytest.fixture
def deal(stage: Stage) -> Deal:
    """A seller with nothing left, two dealers who agreed that their goods are sold online, and one who did not."""
    deal = open_deal(stage, "north", "south", "west")
    policy = {"deposit_bp": 2000, "minimum_minor": 100, "hold_days": 14, "delivery_hours": 48}
    ok(deal.office().put("/office/v1/order-policy", json=policy))
    for who in ("dealer", "north", "south"):
        sign(deal, terms(), who, who)
    sign(deal, terms(agrees=False), "west", "west")
    seed, now = stage.seed, stage.clock.now()
    none = [CountRow(v, seed.cell, seed.place_id, seed.dealer, 0) for v in seed.variants]
    stage.program.db.write_now(count_stock, CountStock(seed.brand_id, now, new_id("cnt"), none))
    follow(deal)
    return deal


def asked_for(deal: Deal, *pieces: int) -> dict[str, Any]:
    seed = deal.stage.seed
    items = [{"gtin": gtin, "quantity": n} for gtin, n in zip(seed.gtins, pieces, strict=False) if n]
    asked = {"brand_id": deal.brand_id, "place_id": seed.place_id, "items": items, "way": "delivery"}
    priced = ok(deal.phone.post("/shop/v1/orders/prices", json=asked))
    assert priced["deposit_minor"] == priced["total_minor"]
    more = {"id": new_id("sal"), "currency": "EUR", "expected_total_minor": priced["total_minor"], "to": TO}
    return asked | more


def order(deal: Deal, *pieces: int) -> dict[str, Any]:
    return dict(ok(deal.phone.post("/shop/v1/orders", json=asked_for(deal, *pieces)), 201))


def pay(deal: Deal, told: dict[str, Any]) -> dict[str, Any]:
    """All of it by wallet, on the phone."""
    stage, at = deal.stage, path_of(deal, told)
    shown = ok(deal.phone.post(f"{at}/tenders", json={"id": new_id("tnd"), "rail": "wallet"}))["qr"]
    app, account = wallet_app(stage)
    ok(app.post(f"/app/accounts/{account}/scan", json={"code_url": shown}))
    stage.advance(timedelta(seconds=6))
    stage.drain()
    return read(deal, told)


def path_of(deal: Deal, told: dict[str, Any]) -> str:
    return f"/shop/v1/orders/{deal.brand_id}/{told['sale_id']}"


def read(deal: Deal, told: dict[str, Any]) -> dict[str, Any]:
    return dict(ok(deal.phone.get(path_of(deal, told))))


def to_pack(deal: Deal, who: str) -> list[dict[str, Any]]:
    return list(ok(deal.staff(who).get("/dealer/v1/parcels")))


def pick(deal: Deal, who: str, parcel: dict[str, Any], **missing: Any) -> dict[str, Any]:
    return dict(ok(deal.staff(who).post(f"/dealer/v1/parcels/{parcel['parcel_id']}/pick", json=missing)))


def send(deal: Deal, who: str, parcel: dict[str, Any], expect: int = 200) -> dict[str, Any]:
    asked = {"carrier": "Posti", "tracking": "JJFI1"}
    return dict(
        ok(deal.staff(who).post(f"/dealer/v1/parcels/{parcel['parcel_id']}/send", json=asked), expect)
    )


def shelf(deal: Deal, place_id: str, no: int = 0) -> tuple[int, int, int]:
    """On hand, reserved, missed since the count."""
    query = "SELECT on_hand, reserved, missed_since FROM stock_item WHERE place_id = :p AND variant_id = :v"
    [found] = rows(deal.stage, query, p=place_id, v=deal.stage.seed.variants[no])
    return tuple(found)


def earned(deal: Deal, sale_id: str) -> dict[str, int]:
    """What each party has of a sale by the ledger of shares and their reversals."""
    found = ok(deal.office().get(f"/office/v1/sales/{sale_id}"))
    names = {party_id: who for who, party_id in deal.parties.items()}
    sums: Counter[str] = Counter()
    for sign_, sheet in [(1, found["sheet"]["lines"]), *((-1, back["shares"]) for back in found["returns"])]:
        for line in sheet:
            for share in line["shares"]:
                sums[names[share["party_id"]]] += sign_ * share["amount_minor"]
    return dict(sums)


def test_it_is_served_from_where_its_owner_agreed_and_paid_to_all(deal: Deal) -> None:
    near = shop(deal, "north", "North", NEAR, 3)
    nearer = shop(deal, "west", "West", NEARER, 9)
    far = shop(deal, "south", "South", FAR, 3)
    told = order(deal, 1)
    assert (told["state"], told["delivery"]["state"]) == ("open", "waiting")
    assert shelf(deal, near) == (3, 1, 0)
    assert shelf(deal, nearer) == (9, 0, 0)
    assert shelf(deal, far) == (3, 0, 0)
    [decided] = deal.stage.program.db.read_now(decisions_of, deal.brand_id, told["sale_id"])
    assert decided.routed.place_ids == (near,)
    why = {(e.place_id, e.owner_party_id): e.reason.value for e in decided.routed.eliminated}
    assert why[nearer, deal.parties["west"]] == "not_for_channel"
    assert [n.place_id for n in decided.routed.not_chosen] == [far]
    assert to_pack(deal, "north") == []  # not before it is paid
    told = pay(deal, told)
    assert (told["state"], told["held_minor"], told["due_minor"]) == ("open", 9000, 0)
    assert told["delivery"]["state"] == "packing"
    assert to_pack(deal, "south") == []
    assert to_pack(deal, "west") == []
    [parcel] = to_pack(deal, "north")
    assert parcel["address"]["street"] == TO["street"]
    foreign = deal.staff("west").get(f"/dealer/v1/parcels/{parcel['parcel_id']}")
    assert ok(foreign, 404)["code"] == "parcels.unknown"
    assert send(deal, "north", parcel, 409)["code"] == "parcels.moved_on"  # it is not packed yet
    pick(deal, "north", parcel)
    sent = send(deal, "north", parcel)
    assert (sent["state"], sent["address"]) == ("sent", None)
    deal.stage.drain()
    told = read(deal, told)
    assert (told["state"], told["delivery"]["state"]) == ("paid", "sent")
    assert told["delivery"]["parcels"][0]["tracking"] == "JJFI1"
    assert shelf(deal, near) == (2, 0, 0)
    assert earned(deal, told["sale_id"]) == {"brand": 900, "north": 7200, "dealer": 900}
    assert ledger_is_balanced(deal.stage)
    assert ok(deal.staff("north").post(f"/dealer/v1/parcels/{parcel['parcel_id']}/pick", json={}), 409)


def test_who_packs_it_gets_what_the_contract_names(deal: Deal) -> None:
    """The brand's own pieces lie at a dealer's store, which packs them for another's order; statements agree."""
    store, seed = shop(deal, "north", "North", NEAR, 0), deal.stage.seed
    cell, now = geo.cell(geo.Point(*NEAR)), deal.stage.clock.now()
    held = [CountRow(seed.variants[0], cell, store, seed.brand_party, 4)]
    deal.stage.program.db.write_now(count_stock, CountStock(seed.brand_id, now, new_id("cnt"), held))
    packs = terms() | {"shares": [{"role": "stock_owner", "bp": 7000}, {"role": "fulfiller", "bp": 500}]}
    sign(deal, packs, "dealer", "dealer", of=_contract_of(deal, "dealer"))
    told = pay(deal, order(deal, 1))
    [parcel] = to_pack(deal, "north")
    pick(deal, "north", parcel)
    send(deal, "north", parcel)
    assert earned(deal, told["sale_id"]) == {"brand": 6300, "north": 450, "dealer": 2250}
    deal.stage.advance(timedelta(seconds=1))
    for who in ("north", "dealer"):
        agreed = recompute(ok(deal.staff(who).get("/dealer/v1/statement.json")))
        assert (deal.parties[who], "EUR", earned(deal, told["sale_id"])[who]) in agreed.sums


def test_what_is_missing_comes_from_elsewhere(deal: Deal) -> None:
    near, far = shop(deal, "north", "North", NEAR, 5), shop(deal, "south", "South", FAR, 3)
    told = pay(deal, order(deal, 2))
    [parcel] = to_pack(deal, "north")
    asked = {"missing": [{"line_no": 1, "pieces": 1}]}
    refused = deal.staff("north").post(f"/dealer/v1/parcels/{parcel['parcel_id']}/pick", json=asked)
    assert ok(refused, 422)["code"] == "parcels.pick_malformed"  # it says no reason
    picked = pick(deal, "north", parcel, **asked, reason="not on the shelf")
    assert (picked["state"], picked["lines"][0]["is_moved"]) == ("ended", True)
    assert shelf(deal, near) == (5, 0, 1)
    assert shelf(deal, far) == (3, 2, 0)
    decided = deal.stage.program.db.read_now(decisions_of, deal.brand_id, told["sale_id"])
    assert [one.routed.place_ids for one in decided] == [(near,), (far,)]
    assert "not_found" in {e.reason.value for e in decided[1].routed.eliminated}
    [parcel] = to_pack(deal, "south")
    pick(deal, "south", parcel)
    send(deal, "south", parcel)
    assert read(deal, told)["state"] == "paid"
    assert shelf(deal, far) == (1, 0, 0)
    assert earned(deal, told["sale_id"]) == {"brand": 1800, "south": 14400, "dealer": 1800}
    assert ledger_is_balanced(deal.stage)


def test_what_nobody_has_is_paid_back_and_nobody_earns_by_it(deal: Deal) -> None:
    near = shop(deal, "north", "North", NEAR, 3, 3)
    told = pay(deal, order(deal, 1, 2))
    [parcel] = to_pack(deal, "north")
    pick(deal, "north", parcel, missing=[{"line_no": 2, "pieces": 1}], reason="torn")
    assert read(deal, told)["delivery"]["missing"] == 1
    assert shelf(deal, near, 1) == (3, 2, 0)  # until it is settled nobody else is promised them
    send(deal, "north", parcel)
    deal.stage.drain()
    assert read(deal, told)["state"] == "paid"
    assert shelf(deal, near, 0) == (2, 0, 0)
    assert shelf(deal, near, 1) == (2, 0, 1)
    back = "SELECT refund_minor, place_id, reason FROM sale_return WHERE sale_id = :s"
    assert [tuple(r) for r in rows(deal.stage, back, s=told["sale_id"])] == [(4990, near, "not_found")]
    out = [p for p in read(deal, told)["parts"] if p["direction"] == "out"]
    assert [(p["rail"], p["state"], p["amount_minor"]) for p in out] == [("wallet", "captured", 4990)]
    assert earned(deal, told["sale_id"]) == {"brand": 1399, "north": 11192, "dealer": 1399}
    assert ledger_is_balanced(deal.stage)


def test_all_of_it_missing_is_paid_back_whole(deal: Deal) -> None:
    near = shop(deal, "north", "North", NEAR, 1)
    told = pay(deal, order(deal, 1))
    [parcel] = to_pack(deal, "north")
    picked = pick(deal, "north", parcel, missing=[{"line_no": 1, "pieces": 1}], reason="gone")
    deal.stage.drain()
    assert picked["state"] == "ended"
    told = read(deal, told)
    assert (told["state"], told["held_minor"], told["delivery"]["state"]) == ("abandoned", 0, "ended")
    assert shelf(deal, near) == (1, 0, 1)
    assert ledger_is_balanced(deal.stage)


def test_it_can_be_given_up_until_something_of_it_is_sent(deal: Deal) -> None:
    near, far = shop(deal, "north", "North", NEAR, 2), shop(deal, "south", "South", FAR, 0, 2)
    told = pay(deal, order(deal, 1))
    [parcel] = to_pack(deal, "north")
    pick(deal, "north", parcel)
    ok(deal.phone.post(f"{path_of(deal, told)}/cancel"))
    deal.stage.drain()
    assert (read(deal, told)["state"], shelf(deal, near)) == ("abandoned", (2, 0, 0))
    assert send(deal, "north", parcel, 409)["code"] == "parcels.moved_on"
    told = pay(deal, order(deal, 1, 1))  # from two places
    [first], [second] = to_pack(deal, "north"), to_pack(deal, "south")
    pick(deal, "north", first)
    send(deal, "north", first)
    refused = deal.phone.post(f"{path_of(deal, told)}/cancel")
    assert ok(refused, 409)["code"] == "parcels.on_its_way"
    deal.stage.advance(timedelta(days=40))
    deal.stage.drain()  # nor does it end by itself
    deal.stage.program.db.read_now(decisions_of, deal.brand_id, told["sale_id"])
    pick(deal, "south", second)
    send(deal, "south", second)
    assert one(deal.stage, "SELECT state FROM sale WHERE id = :s", s=told["sale_id"]) == "paid"
    assert shelf(deal, near) == (1, 0, 0)
    assert shelf(deal, far, 1) == (1, 0, 0)
    assert ledger_is_balanced(deal.stage)


def test_nobody_is_made_to_serve(deal: Deal) -> None:
    """Who did not agree, whom the seller's contract would give nothing, who has too few of a line."""
    seed = deal.stage.seed
    west = shop(deal, "west", "West", NEARER, 9)
    few = shop(deal, "north", "North", NEAR, 1)
    asked = asked_for(deal, 2)
    refused = ok(deal.phone.post("/shop/v1/orders", json=asked), 409)
    assert refused["code"] == "parcels.nobody_serves"
    assert seed.gtins[0] in refused["detail"]
    sign(deal, terms(owners_bp=0), "dealer", "dealer", of=_contract_of(deal, "dealer"))
    assert (
        ok(deal.phone.post("/shop/v1/orders", json=asked_for(deal, 1)), 409)["code"]
        == "parcels.nobody_serves"
    )
    assert shelf(deal, west) == (9, 0, 0)
    assert shelf(deal, few) == (1, 0, 0)
    policy = {"deposit_bp": 2000, "minimum_minor": 100, "hold_days": 14}
    ok(deal.office().put("/office/v1/order-policy", json=policy))
    assert ok(deal.phone.post("/shop/v1/orders", json=asked), 409)["code"] == "parcels.no_delivery"
    assert ok(deal.phone.post("/shop/v1/orders", json={**asked, "to": None}), 422)
    assert one(deal.stage, "SELECT count(*) FROM delivery") == 0


def _contract_of(deal: Deal, who: str) -> str:
    found = ok(deal.office().get("/office/v1/contracts"))
    return str(next(c["id"] for c in reversed(found) if c["operator_party_id"] == deal.parties[who]))


@pytest.mark.parametrize("rival", ["buys", "leaves"])
def test_between_the_choice_and_the_reservation(
    deal: Deal, rival: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rival takes the last piece, or its owner's contract ends: another place is chosen, and never against a contract."""
    near, far = shop(deal, "north", "North", NEAR, 3), shop(deal, "south", "South", FAR, 3)
    seed, plan, left = deal.stage.seed, order_goods._plan, ["once"]

    def then_a_rival(*args: Any) -> Any:
        planned = plan(*args)
        if left:
            left.pop()
            assert planned[1] == ((near, deal.parties["north"]),)
            _in_between()
        return planned

    def _in_between() -> None:
        now, cell = deal.stage.clock.now(), geo.cell(geo.Point(*NEAR))
        if rival == "buys":
            gone = [CountRow(seed.variants[0], cell, near, deal.parties["north"], 0)]
            deal.stage.program.db.write_now(count_stock, CountStock(seed.brand_id, now, new_id("cnt"), gone))
        else:
            contract_id = _contract_of(deal, "north")
            ok(deal.office().post(f"/office/v1/contracts/{contract_id}/1/end", json={}), 204)
            deal.stage.advance(timedelta(seconds=1))

    monkeypatch.setattr(order_goods, "_plan", then_a_rival)
    told = order(deal, 1)
    assert shelf(deal, far) == (3, 1, 0)
    assert shelf(deal, near)[1] == 0
    [decided] = deal.stage.program.db.read_now(decisions_of, deal.brand_id, told["sale_id"])
    assert decided.routed.place_ids == (far,)


def test_the_same_order_twice_is_one(deal: Deal) -> None:
    near = shop(deal, "north", "North", NEAR, 1)
    asked = asked_for(deal, 1)
    first = ok(deal.phone.post("/shop/v1/orders", json=asked), 201)
    again = ok(deal.phone.post("/shop/v1/orders", json=asked), 201)  # though nobody has another piece
    assert first == again
    assert shelf(deal, near) == (1, 1, 0)
    other = ok(deal.phone.post("/shop/v1/orders", json={**asked, "to": {**TO, "city": "Espoo"}}), 409)
    assert other["code"] == "idempotency.mismatch"


def test_who_is_forgotten_leaves_no_address(deal: Deal) -> None:
    shop(deal, "north", "North", NEAR, 1)
    told = pay(deal, order(deal, 1))
    assert TO["street"] in deal.phone.get("/shop/v1/me/export").text
    [parcel] = to_pack(deal, "north")
    pick(deal, "north", parcel)
    send(deal, "north", parcel)
    ok(deal.phone.delete("/shop/v1/me"), 204)
    assert one(deal.stage, "SELECT count(*) FROM delivery_address") == 0
    assert deal.stage.program.db.read_now(facts_of, deal.brand_id, told["sale_id"], 1) is None
    assert len(deal.stage.program.db.read_now(decisions_of, deal.brand_id, told["sale_id"])) == 1


def test_addresses_are_taken_away_a_month_after(deal: Deal) -> None:
    shop(deal, "north", "North", NEAR, 2)
    told, waits = pay(deal, order(deal, 1)), order(deal, 1)
    [parcel] = to_pack(deal, "north")
    pick(deal, "north", parcel)
    send(deal, "north", parcel)
    ended = deal.stage.clock.now()
    db = deal.stage.program.db
    assert db.write_now(forget_old_addresses, ended + timedelta(days=29)) == 0
    assert db.write_now(forget_old_addresses, ended + timedelta(days=31)) == 1
    left = rows(deal.stage, "SELECT sale_id FROM delivery_address")
    assert (left, told["sale_id"] != waits["sale_id"]) == ([(waits["sale_id"],)], True)
