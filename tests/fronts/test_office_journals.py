"""The office sees what registers sold without a network, and deals with what is not as it should be."""

from typing import Any

from highstreet.kernel.ids import new_id
from tests.fronts.office_town import Town, town

__all__ = ["town"]


def _send(town: Town, journal_id: str, seq: int = 1) -> None:
    at = town.clock.now().isoformat()
    entry: dict[str, Any] = {"seq": seq, "at": at, "prev_hash": "", "kind": "sale", "body": {"sale": None}}
    body = {"journal_id": journal_id, "sent_at": at, "entries": [entry]}
    town.ask("register", "POST", "/register/v1/journal", 200 if seq == 1 else 409, json=body)


def test_what_nobody_dealt_with_is_shown_until_somebody_has(town: Town) -> None:
    journal_id = new_id("jrn")
    _send(town, journal_id)
    _send(town, journal_id, seq=7)
    told = town.ask("office", "GET", "/office/v1/journals")
    assert [(j["id"], j["acknowledged_seq"]) for j in told["journals"]] == [(journal_id, 1)]
    entry, alert = told["entries"][0], told["alerts"][0]
    assert (entry["seq"], entry["state"], entry["problem"]["code"]) == (
        1,
        "refused",
        "registers.entry_malformed",
    )
    assert (alert["kind"], alert["seq"], alert["facts"]["expected_seq"]) == ("gap", 7, 2)

    seen = f"/office/v1/journals/{journal_id}/seen"
    town.ask("office", "POST", seen, 204, json={"seq": 1, "note": "the customer came back"})
    assert town.ask("office", "POST", seen, 409, json={"seq": 1})["code"] == "registers.already_seen"
    town.ask("office", "POST", seen, 204, json={"seq": 7, "kind": "gap"})
    assert town.ask("office", "POST", seen, 404, json={"seq": 3})["code"] == "registers.journal_unknown"
    told = town.ask("office", "GET", "/office/v1/journals")
    assert (told["entries"], told["alerts"]) == ([], [])


def test_the_registers_page_shows_it_until_it_is_marked(town: Town) -> None:
    journal_id = new_id("jrn")
    _send(town, journal_id)
    client = town.client("office")
    page = f"/office/registers/{town.seed.register_id}"
    assert "The entry cannot be understood" in client.get(page).text
    assert "1 to look at" in client.get("/office/registers").text
    marked = client.post(f"{page}/seen", data={"journal": journal_id, "seq": "1"})
    assert marked.status_code == 200
    assert "The entry cannot be understood" not in marked.text
    assert "to look at" not in client.get("/office/registers").text
