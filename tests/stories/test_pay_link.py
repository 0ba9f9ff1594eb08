"""A part as a link: somebody else pays it on their own phone, once, over HTTP on both databases."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.rails.stand import Stand
from tests.stories.acts import ledger_is_balanced, rows
from tests.stories.conftest import Stage
from tests.stories.test_another_rail import stripe  # noqa: F401
from tests.stories.test_loop import ok, wallet_app
from tests.stories.test_pay_in_parts import TOTAL, part, read, start


def linked(
    stage: Stage, sale_id: str, amount_minor: int | None = None, **more: Any
) -> tuple[dict[str, Any], str]:
    """The answer, and the link's path."""
    told = part(stage, sale_id, "link", amount_minor, **more)
    assert told["link"].startswith(stage.program.settings.public_url + "/pay/")
    return told, told["link"].removeprefix(stage.program.settings.public_url)


def page(at: httpx.Client, path: str, status: int = 200, **form: str) -> str:
    answer = at.post(path, data=form) if form else at.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


def way_to(text: str) -> str:
    """What the page's button opens."""
    found = re.search(r'href="([^"]+)" rel="noreferrer"', text)
    assert found is not None, text
    return found[1].replace("&amp;", "&")


def test_a_friend_pays_by_the_wallet_and_the_register_sees_it(stage: Stage) -> None:
    sale_id = start(stage)
    told, path = linked(stage, sale_id)
    assert (told["state"], told["due_minor"]) == ("open", 0)
    assert [(p["rail"], p["state"]) for p in told["parts"]] == [("link", "planned")]
    friend = stage.client(**{"Accept-Language": "en"})
    text = page(friend, path)
    for words in ("€202.30", "nordlys", "4 articles"):
        assert words in text
    assert sale_id not in text
    assert "付款" in page(stage.client(**{"Accept-Language": "zh"}), path)
    shown = way_to(page(friend, path, rail="wallet"))
    assert way_to(page(friend, path, rail="wallet")) == shown  # asked again, it is the same payment
    assert [(p["rail"], p["state"]) for p in read(stage, sale_id)["parts"]] == [("wallet", "pending")]
    assert 'http-equiv="refresh"' in page(friend, path)
    app, account = wallet_app(stage)
    ok(app.post(f"/app/accounts/{account}/scan", json={"code_url": shown}))
    stage.advance(timedelta(seconds=6))
    stage.drain()
    assert read(stage, sale_id)["state"] == "paid"
    assert "Paid" in page(friend, path)
    assert rows(stage, "SELECT rail, way, state FROM tender") == [("wallet", "link", "captured")]
    assert ledger_is_balanced(stage)


def test_a_friend_pays_by_card(stage: Stage, stripe: Stand) -> None:  # noqa: F811
    sale_id = start(stage)
    part(stage, sale_id, "cash", 230)
    _, path = linked(stage, sale_id, 20_000)
    friend = stage.client()
    assert 'value="stripe"' in page(friend, path)
    shown = way_to(page(friend, path, rail="stripe"))
    stripe.payer().post("/scan", {"code_url": shown})
    stage.advance(timedelta(seconds=4))
    stage.drain()
    assert read(stage, sale_id)["state"] == "paid"
    assert ledger_is_balanced(stage)


def test_nobody_guesses_a_link_and_it_ends(stage: Stage) -> None:
    sale_id = start(stage, 120)
    _, path = linked(stage, sale_id, 1000)
    friend = stage.client(**{"Accept-Language": "en"})
    for wrong in (path[:-1] + ("0" if path[-1] != "0" else "1"), "/pay/x", "/pay/" + "0" * 58, "/pay/é"):
        page(friend, wrong, 404)
        page(friend, wrong, 404, rail="wallet")
    stage.advance(timedelta(minutes=30))
    assert "its time is over" in page(friend, path)
    page(friend, path, rail="wallet")
    stage.drain()
    told = read(stage, sale_id)
    assert (told["due_minor"], [p["state"] for p in told["parts"]]) == (TOTAL, ["failed"])
    _, path = linked(stage, sale_id, 1000)
    tender_id = read(stage, sale_id)["parts"][-1]["tender_id"]
    ok(stage.register.post(f"/register/v1/sales/{sale_id}/tenders/{tender_id}/cancel"))
    assert read(stage, sale_id)["due_minor"] == TOTAL
    assert "its time is over" in page(friend, path)
    ok(stage.register.post(f"/register/v1/sales/{sale_id}/cancel"))


def test_a_sale_given_up_ends_its_links(stage: Stage) -> None:
    sale_id = start(stage)
    _, path = linked(stage, sale_id)
    assert ok(stage.register.post(f"/register/v1/sales/{sale_id}/cancel"))["state"] == "abandoned"
    friend = stage.client(**{"Accept-Language": "en"})
    assert "its time is over" in page(friend, path)
    assert "its time is over" in page(friend, path, rail="wallet")
    assert rows(stage, "SELECT state FROM tender") == [("failed",)]


@pytest.mark.parametrize("rail", ["cash", "link", "nothing"])
def test_only_rails_of_a_phone_are_chosen(stage: Stage, rail: str) -> None:
    sale_id = start(stage)
    _, path = linked(stage, sale_id)
    assert 'value="wallet"' in page(stage.client(), path, rail=rail)
    assert rows(stage, "SELECT rail, state FROM tender") == [("link", "planned")]
    ok(stage.register.post(f"/register/v1/sales/{sale_id}/cancel"))


def test_an_address_asks_for_a_link_sixty_times_a_minute(stage: Stage) -> None:
    asks = [stage.client().get("/pay/x").status_code for _ in range(61)]
    assert (set(asks[:60]), asks[60]) == ({404}, 429)
