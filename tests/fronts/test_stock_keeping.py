"""Staff count and adjust their own shelves, over HTTP and on their page: with a reason, once, and with an audit line."""

import re
from typing import Any

from highstreet.kernel.ids import new_id
from highstreet.rooms.stock import TakeStock, reserve_stock, stock_at_place
from tests.fronts.office_town import Town, staff_of, town

__all__ = ["town"]


def adjustment(town: Town, reason: str, quantity: int, **more: Any) -> dict[str, Any]:
    usual = {
        "id": new_id("adj"),
        "place_id": town.seed.place_id,
        "variant_id": town.seed.variants[0],
        "owner_party_id": town.seed.dealer,
        "reason": reason,
        "quantity": quantity,
    }
    return {"json": usual | more}


def count(town: Town, on_hand: int, **more: Any) -> dict[str, Any]:
    row = {
        "variant_id": town.seed.variants[0],
        "owner_party_id": town.seed.dealer,
        "on_hand": on_hand,
    } | more
    return {"json": {"place_id": town.seed.place_id, "rows": [row]}}


def told(town: Town, who: str = "store") -> dict[str, Any]:
    path = f"/dealer/v1/stock/{town.seed.variants[0]}"
    (one,) = town.ask(who, "GET", path, params={"place_id": town.seed.place_id})["owners"]
    return dict(one)


def promise(town: Town, quantity: int) -> None:
    seed = town.seed
    items = town.program.db.read_now(stock_at_place, seed.brand_id, seed.place_id)
    cell = items[0].cell
    one = TakeStock(
        seed.brand_id,
        seed.variants[0],
        cell,
        seed.place_id,
        seed.dealer,
        quantity,
        "sal_1",
        1,
        town.clock.now(),
    )
    town.program.db.write_now(reserve_stock, [one])


def test_counts_and_adjustments_say_why_and_by_whom(town: Town) -> None:
    before = told(town)["on_hand"]
    assert town.ask("store", "POST", "/dealer/v1/stock/counts", **count(town, 8)) == {"changed": 1}
    assert town.ask("store", "POST", "/dealer/v1/stock/counts", **count(town, 8)) == {"changed": 0}
    damaged = adjustment(town, "damaged", -2)
    for _ in range(2):  # the same id again changes nothing, nor is it written down again
        answer = town.ask("dealer", "POST", "/dealer/v1/stock/adjustments", **damaged)
    town.ask("dealer", "POST", "/dealer/v1/stock/adjustments", 409, json=damaged["json"] | {"quantity": -3})
    town.ask("office", "POST", "/office/v1/stock/adjustments", **adjustment(town, "display", 1))
    town.ask("office", "POST", "/office/v1/stock/adjustments", **adjustment(town, "safety", 2))
    assert [(m["reason"], m["quantity"], m["ref_id"]) for m in answer["moves"]][:2] == [
        ("damaged", -2, staff_of("dealer")),
        ("counted", 8 - before, staff_of("store")),
    ]
    one = told(town)
    assert (one["on_hand"], one["display"], one["safety"]) == (6, 1, 2)
    assert (one["available"], one["available_online"]) == (6, 3)
    listed = town.ask("dealer", "GET", "/dealer/v1/stock", params={"place_id": town.seed.place_id})
    mine = next(s for s in listed if s["variant_id"] == town.seed.variants[0])
    assert (mine["available"], mine["available_online"], mine["display"]) == (6, 3, 1)
    entries = town.ask("office", "GET", "/office/v1/audit")
    mended = [(e["action"], e["facts"].get("reason"), e["facts"].get("quantity")) for e in entries][:5]
    assert mended == [
        ("office.adjust_stock", "safety", 2),
        ("office.adjust_stock", "display", 1),
        ("dealer.adjust_stock", "damaged", -2),
        ("dealer.count_stock", None, None),
        ("dealer.count_stock", None, None),
    ]


def test_what_is_refused_changes_nothing(town: Town) -> None:
    promise(town, 4)
    before = told(town)
    below = town.ask("store", "POST", "/dealer/v1/stock/counts", 409, **count(town, 3))
    assert below["code"] == "stock.count_below_reserved"
    for reason, quantity, status, code in (
        ("lost", -before["on_hand"], 409, "stock.below_reserved"),
        ("display", before["on_hand"], 409, "stock.level_impossible"),
        ("found", -1, 422, "stock.reason_unfit"),
    ):
        refused = town.ask(
            "store",
            "POST",
            "/dealer/v1/stock/adjustments",
            status,
            **adjustment(town, reason, quantity),
        )
        assert refused["code"] == code
    stranger = {"owner_party_id": town.other.dealer}
    town.ask("store", "POST", "/dealer/v1/stock/counts", 404, **count(town, 9, **stranger))
    town.ask("store", "POST", "/dealer/v1/stock/counts", 404, **count(town, 9, variant_id=new_id("var")))
    elsewhere = adjustment(town, "found", 1, place_id=town.own_place)
    for who in ("dealer", "store"):
        town.ask(who, "POST", "/dealer/v1/stock/adjustments", 404, **elsewhere)
    for who in ("assistant", "landlord", "new"):
        town.ask(who, "POST", "/dealer/v1/stock/adjustments", 403, **adjustment(town, "found", 1))
    town.ask("dealer", "POST", "/office/v1/stock/counts", 403, **count(town, 9))
    town.ask("other-office", "POST", "/office/v1/stock/counts", 404, **count(town, 9))
    assert told(town) == before


def ask_page(
    town: Town,
    method: str,
    path: str,
    status: int = 200,
    who: str = "store",
    locale: str = "en",
    **sent: Any,
) -> str:
    """A page as store staff get it."""
    headers = {
        "Cookie": f"hs_dealer={town.tokens[who]}; locale={locale}",
        "X-Highstreet": "page",
        "Accept-Language": locale,
    }
    with town.client(None) as http:
        answer = http.request(method, path, headers=headers, **sent)
    assert answer.status_code == status, answer.text
    return answer.text


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_store_staff_find_count_and_adjust_on_a_page(town: Town) -> None:
    seed = town.seed
    found = ask_page(
        town, "GET", "/dealer/stock/count", params={"place": seed.place_id, "text": seed.gtins[0]}
    )
    path = f"/dealer/stock/count/{seed.variants[0]}"
    assert path in found
    assert seed.variants[1] not in found
    nothing = ask_page(town, "GET", "/dealer/stock/count", params={"place": seed.place_id, "text": "zzz"})
    assert "Nothing found" in nothing
    whose = {"place": seed.place_id, "owner": seed.dealer}
    assert "Saved" in words(ask_page(town, "POST", path, data=whose | {"on_hand": "7"}))
    form = {**whose, "id": new_id("adj"), "why": "stolen", "pieces": "2"}
    for _ in range(2):
        ask_page(town, "POST", f"{path}/adjust", data=form)
    ask_page(
        town,
        "POST",
        f"{path}/adjust",
        data=form | {"id": new_id("adj"), "why": "display_more", "pieces": "1"},
    )
    assert (told(town)["on_hand"], told(town)["display"]) == (5, 1)
    page = words(ask_page(town, "GET", path, params={"place": seed.place_id}))
    assert "On hand 5 Reserved 0 On display 1 Kept back 0 For the register 5 For online orders 4" in page
    assert re.search(r"On display .* \+1 Stolen .* −2 Counted", page)
    chinese = words(ask_page(town, "GET", path, locale="zh", params={"place": seed.place_id}))
    assert "收银台可售" in chinese
    assert "被盗" in chinese
    promise(town, 4)
    refused = words(ask_page(town, "POST", path, 409, data=whose | {"on_hand": "3"}))
    assert "The count is below what is reserved" in refused
    for typed in ("", "-1", "many", "1000001"):
        assert "whole number" in words(ask_page(town, "POST", path, 422, data=whose | {"on_hand": typed}))
    wrong = form | {"id": new_id("adj"), "pieces": "0"}
    assert "whole number" in words(ask_page(town, "POST", f"{path}/adjust", 422, data=wrong))
    assert told(town)["on_hand"] == 5


def test_who_may_only_look_gets_no_forms(town: Town) -> None:
    path = f"/dealer/stock/count/{town.seed.variants[0]}"
    looked = ask_page(town, "GET", path, who="assistant", params={"place": town.seed.place_id})
    assert '<form class="mt-' not in looked
    assert "You may look" in looked
    ask_page(town, "GET", path, 404, params={"place": town.own_place})
    # An article that nobody has had here: the place's own company may begin.
    new = ask_page(town, "GET", path, who="office", params={"place": town.own_place})
    assert 'name="on_hand"' in new
