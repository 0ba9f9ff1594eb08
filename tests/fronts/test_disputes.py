"""Disputes over HTTP: opened by a party, talked about, granted into the ledger and paid; on both databases."""

import re
from typing import Any

from highstreet.kernel.ids import new_id
from highstreet.rooms.ledger import balances, ledger_sum
from highstreet.rooms.settlements import settlements_of
from tests.flows.test_make_statements import settle
from tests.flows.test_pay_parties import pay
from tests.fronts.office_town import Town, town

__all__ = ["town"]
DEALER, OFFICE = "/dealer/v1/disputes", "/office/v1/disputes"


def settled(town: Town) -> tuple[str, str]:
    """A settled period with a sale of the dealer's in it: (settlement, sale)."""
    since = town.clock.now()
    sale = town.sell(1)
    settle(town, since)
    return town.program.db.read_now(settlements_of, town.seed.brand_id)[0].id, sale


def opened(town: Town, status: int = 201, who: str = "dealer", **more: Any) -> Any:
    asked = {"party_id": town.seed.dealer, "text": "The coupon was yours, not ours.", **more}
    return town.ask(who, "POST", DEALER, status, json=asked)


def owed(town: Town, party_id: str) -> int:
    found = town.program.db.read_now(balances, town.seed.brand_id)
    key = (town.seed.brand_party, "payable", party_id)
    return sum(b.amount_minor for b in found if (b.owner_id, b.kind, b.counterparty_id) == key)


def test_what_is_granted_is_owed_and_paid_with_the_next_statements(town: Town) -> None:
    settlement, sale = settled(town)
    told = opened(town, settlement_id=settlement, sale_id=sale, asked_minor=1500)
    assert (told["state"], told["currency"], told["asked_minor"]) == ("open", "EUR", 1500)
    path = f"{OFFICE}/{told['id']}"
    answer = {"id": new_id("dsw"), "text": "Which coupon?\r\nWe see none."}
    town.ask("office", "POST", f"{path}/words", json=answer)
    town.ask("office", "POST", f"{path}/words", json=answer)  # once
    town.ask("dealer", "POST", f"{DEALER}/{told['id']}/words", json={"text": "The one of the 19th."})
    (seen,) = town.ask("office", "GET", OFFICE, params={"state": "open"})
    assert [(one["side"], one["text"]) for one in seen["words"]] == [
        ("party", "The coupon was yours, not ours."),
        ("brand", "Which coupon?\nWe see none."),
        ("party", "The one of the 19th."),
    ]
    assert owed(town, town.seed.dealer) == 0
    ended = town.ask(
        "office",
        "POST",
        f"{path}/end",
        json={"state": "granted", "granted_minor": 1200, "text": "You are right."},
    )
    assert (ended["state"], ended["granted_minor"], ended["words"][-1]["side"]) == ("granted", 1200, "brand")
    assert owed(town, town.seed.dealer) == 1200
    again = {"state": "granted", "granted_minor": 1200, "text": "Again."}
    assert town.ask("office", "POST", f"{path}/end", 409, json=again)["code"] == "settlements.dispute_over"
    for who, of in (("office", OFFICE), ("dealer", DEALER)):
        town.ask(who, "POST", f"{of}/{told['id']}/words", 409, json={"text": "More."})
    town.ask("dealer", "POST", f"{DEALER}/{told['id']}/withdraw", 409)
    assert owed(town, town.seed.dealer) == 1200
    assert town.program.db.read_now(ledger_sum) == {"EUR": 0}
    since = town.program.db.read_now(settlements_of, town.seed.brand_id)[0].until
    settle(town, since)
    parts = [claim for one in pay(town) for claim in one.parts]
    assert [one.amount_minor for one in parts if one.kind == "payable"] == [1200]
    actions = [one["action"] for one in town.ask("office", "GET", "/office/v1/audit")]
    assert {"dealer.open_dispute", "office.say_in_dispute", "office.end_dispute"} <= set(actions)


def test_declined_and_withdrawn_owe_nothing(town: Town) -> None:
    settlement, sale = settled(town)
    first = opened(town, settlement_id=settlement)
    town.ask("office", "POST", f"{OFFICE}/{first['id']}/end", json={"state": "declined", "text": "No."})
    second = opened(town, sale_id=sale)
    assert town.ask("dealer", "POST", f"{DEALER}/{second['id']}/withdraw")["state"] == "withdrawn"
    assert owed(town, town.seed.dealer) == 0
    assert [one["state"] for one in town.ask("dealer", "GET", DEALER)] == ["withdrawn", "declined"]


def test_the_same_id_is_the_same_dispute(town: Town) -> None:
    settlement, _ = settled(town)
    id_ = new_id("dsp")
    first = opened(town, id=id_, settlement_id=settlement)
    assert opened(town, id=id_, settlement_id=settlement) == first
    assert opened(town, 409, id=id_, settlement_id=settlement, asked_minor=5)["code"] == "request.conflict"
    assert len(town.ask("dealer", "GET", DEALER)) == 1


def test_nobody_disputes_or_reads_what_is_not_theirs(town: Town) -> None:
    settlement, sale = settled(town)
    told = opened(town, settlement_id=settlement)
    opened(town, 404, who="landlord", settlement_id=settlement)  # for the dealer
    opened(town, 404, who="other-dealer", settlement_id=settlement)
    opened(town, 404, who="other-dealer", party_id=town.other.dealer, settlement_id=settlement)
    opened(town, 404, who="other-dealer", party_id=town.other.dealer, sale_id=sale)
    opened(town, 404, settlement_id=new_id("stl"))
    opened(town, 404, sale_id=new_id("sal"))
    opened(town, 422)
    for who in ("landlord", "other-dealer"):
        assert town.ask(who, "GET", DEALER) == []
        town.ask(who, "POST", f"{DEALER}/{told['id']}/words", 404, json={"text": "Me too."})
        town.ask(who, "POST", f"{DEALER}/{told['id']}/withdraw", 404)
    brand = town.seed.brand_party
    opened(town, 422, who="office", party_id=brand, settlement_id=settlement)


def test_a_grant_has_an_amount_and_a_word_is_plain(town: Town) -> None:
    settlement, _ = settled(town)
    told = opened(town, settlement_id=settlement)
    end = f"{OFFICE}/{told['id']}/end"
    for asked in (
        {"state": "granted", "text": "Yes."},
        {"state": "granted", "granted_minor": 0, "text": "Yes."},
        {"state": "granted", "granted_minor": -5, "text": "Yes."},
        {"state": "declined", "granted_minor": 5, "text": "No."},
        {"state": "declined", "text": " "},
        {"state": "declined", "text": "a\u0000b"},
        {"state": "withdrawn", "text": "No."},
    ):
        town.ask("office", "POST", end, 422, json=asked)
    opened(town, 422, settlement_id=settlement, text="x" * 2001)
    assert [one["state"] for one in town.ask("dealer", "GET", DEALER)] == ["open"]


def page(town: Town, who: str, path: str, locale: str = "en", **form: str) -> tuple[int, str]:
    audience = path.split("/")[1]
    headers = {"Cookie": f"hs_{audience}={town.tokens[who]}; lang={locale}", "X-Highstreet": "page"}
    with town.client(None) as http:
        answer = http.post(path, data=form, headers=headers) if form else http.get(path, headers=headers)
    return answer.status_code, " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_pages_of_both_sides(town: Town) -> None:
    assert "Nobody says that something is wrong." in page(town, "office", "/office/disputes")[1]
    settlement, sale = settled(town)
    assert "My share looks wrong" in page(town, "dealer", f"/dealer/sales/{sale}")[1]
    assert (
        "Something is wrong"
        in page(town, "dealer", f"/dealer/settlements/{settlement}/{town.seed.dealer}")[1]
    )
    id_ = new_id("dsp")
    sent = {"id": id_, "party_id": town.seed.dealer, "sale_id": sale, "asked": "15,00"}
    status, words = page(town, "dealer", "/dealer/disputes", **sent, text=" ")
    assert status == 422
    status, words = page(town, "dealer", "/dealer/disputes", **sent, text="<b>Look</b> at it")
    assert (status, "&lt;b&gt;Look&lt;/b&gt; at it" in words) == (200, True)
    assert "dealer thinks that it is owed €15.00." in words
    answer = f"/office/disputes/{id_}/answer"
    word = {"word_id": new_id("dsw"), "text": "We look."}
    status, words = page(town, "office", answer, **word, does="say")
    assert (status, "We look." in words) == (200, True)
    for granted in ("", "0", "x", "-3"):
        more = {"word_id": new_id("dsw"), "text": "Yes.", "does": "granted", "granted": granted}
        status, words = page(town, "office", answer, **more)
        assert (status, "Yes." in words) == (422, True), granted
    more["granted"] = "7.50"
    status, words = page(town, "office", answer, **more)
    assert (status, owed(town, town.seed.dealer)) == (200, 750)
    assert "The brand owes dealer €7.50 for it." in words
    assert "€7.50" in page(town, "dealer", "/dealer/disputes", "zh")[1]
    assert "7.50" not in page(town, "landlord", "/dealer/disputes")[1]
    status, words = page(town, "dealer", f"/dealer/disputes/{id_}/say", word_id=new_id("dsw"), text="More")
    assert (status, "This dispute is over" in words) == (409, False) or status == 409
    assert "ended a dispute" in page(town, "office", "/office/audit")[1]
