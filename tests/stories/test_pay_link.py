"""A part as a link: somebody else pays it on their own phone, once, over HTTP on both databases."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.rails.stand import Stand
from tests.stories.acts import buyer, ledger_is_balanced, rows, sale_of, sell
from tests.stories.conftest import Stage
from tests.stories.own_rails import state
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


def test_limits_hold_when_the_payer_chooses_a_rail(stage: Stage) -> None:
    who = buyer(stage)
    body = sale_of(stage, who, tenders=[], hold_minutes=120)
    sale_id = sell(stage, body, 202)["sale_id"]
    friend = stage.client(**{"Accept-Language": "en"})
    state(stage, {"rail": "wallet", "max_minor": 900, "dynamic_day_minor": 1500})
    # One payment: such a rail is not offered, and not taken from who asks for it all the same.
    _, path = linked(stage, sale_id, 901)
    assert "No way of paying can take this amount now" in page(friend, path)
    refused = page(friend, path, rail="wallet")
    assert "Nothing was charged" in refused
    assert rows(stage, "SELECT rail, state FROM tender") == [("link", "planned")]
    # The day, of the member whose sale it is: two friends who choose at once cannot pass it together.
    _, first = linked(stage, sale_id, 800)
    _, second = linked(stage, sale_id, 800)
    for one_path in (first, second):
        assert 'value="wallet"' in page(friend, one_path)
    shown = way_to(page(friend, first, rail="wallet"))
    assert "No way of paying can take this amount now" in page(friend, second)
    assert "Nothing was charged" in page(friend, second, rail="wallet")
    used = "SELECT limit_kind, used_minor FROM rail_day WHERE rail = 'wallet'"
    assert rows(stage, used) == [("dynamic_day", 800)]
    # What comes to nothing does not count, and the second may be paid.
    tender_id = rows(stage, "SELECT id FROM tender WHERE rail = 'wallet'")[0][0]
    ok(stage.register.post(f"/register/v1/sales/{sale_id}/tenders/{tender_id}/cancel"))
    assert rows(stage, used) == [("dynamic_day", 0)]
    assert way_to(page(friend, second, rail="wallet")) != shown
    state(stage, {"rail": "wallet", "is_on": False})
    _, third = linked(stage, sale_id, 100)
    assert "Nothing was charged" in page(friend, third, rail="wallet")
    ok(stage.register.post(f"/register/v1/sales/{sale_id}/cancel"))
    stage.drain()


def test_the_payers_time_runs_from_their_choice_not_from_the_link(stage: Stage) -> None:
    sale_id = start(stage, 120)
    _, path = linked(stage, sale_id)
    friend = stage.client(**{"Accept-Language": "en"})
    stage.advance(timedelta(minutes=20))
    shown = way_to(page(friend, path, rail="wallet"))
    stage.advance(timedelta(seconds=6))  # asked for the first time
    stage.drain()
    assert [p["state"] for p in read(stage, sale_id)["parts"]] == ["pending"]
    app, account = wallet_app(stage)
    ok(app.post(f"/app/accounts/{account}/scan", json={"code_url": shown}))
    stage.advance(timedelta(seconds=6))
    stage.drain()
    assert read(stage, sale_id)["state"] == "paid"
    # Another who chose and does not pay has longer than at a register, where a queue waits; then the wallet closes it.
    sale_id = start(stage, 120)
    _, path = linked(stage, sale_id)
    page(friend, path, rail="wallet")
    for minutes, expected in ((4, "pending"), (7, "failed")):
        stage.advance(timedelta(minutes=minutes))
        stage.drain()
        assert [p["state"] for p in read(stage, sale_id)["parts"]] == [expected]
    ok(stage.register.post(f"/register/v1/sales/{sale_id}/cancel"))


def test_the_way_to_the_provider_stays_while_the_payment_is_under_way(stage: Stage) -> None:
    sale_id = start(stage)
    _, path = linked(stage, sale_id)
    friend = stage.client(**{"Accept-Language": "en"})
    asked = page(friend, path)
    assert re.search(r"It can be paid until [^<&]*20\d\d", asked)
    assert "&lt;" not in asked
    assert 'data-locale="zh"' in asked
    text = page(friend, path, rail="wallet")
    shown = way_to(text)
    # A page that was to look again by itself would have lost the button.
    assert 'http-equiv="refresh"' not in re.sub(r"<noscript>.*?</noscript>", "", text)
    assert f'hx-get="{path}"' in text
    looked = friend.get(path, headers={"HX-Request": "true"})
    assert (looked.status_code, looked.headers.get("HX-Redirect")) == (204, None)
    app, account = wallet_app(stage)
    ok(app.post(f"/app/accounts/{account}/scan", json={"code_url": shown}))
    stage.advance(timedelta(seconds=6))
    stage.drain()
    assert friend.get(path, headers={"HX-Request": "true"}).headers["HX-Redirect"] == path
    paid = page(friend, path)
    assert "Paid. Thank you!" in paid
    assert "You are asked to pay" not in paid
    wrong = page(friend, "/pay/x", 404)
    assert "No such payment" in wrong
    assert "Open the link anew" in wrong
