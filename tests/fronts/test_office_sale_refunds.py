"""What the office does on a sale's page: it lets late goods back and gives money back while they stay."""

import re
from datetime import timedelta

import httpx

from tests.fronts.office_town import Town, town
from tests.fronts.test_office_day_pages import page
from tests.fronts.test_office_returns import stay_signed_in, take_back

__all__ = ["town"]
DAY = timedelta(days=1)
LATE, ALLOW = "Approve a late return", "Give money back"


def send(town: Town, path: str, status: int, who: str = "office", **typed: str) -> httpx.Response:
    """A form as the page sends it."""
    cookies = f"hs_office={town.tokens[who]}; locale=en"
    with town.client(None) as http:
        headers = {"Cookie": cookies, "X-Highstreet": "page", "HX-Request": "true"}
        answer = http.post(path, headers=headers, data=typed)
    assert answer.status_code == status, answer.text
    return answer


def test_a_late_return_is_let_back_on_the_sales_page(town: Town) -> None:
    sale_id = town.sell(2)
    at = f"/office/sales/{sale_id}"
    assert LATE not in page(town, at)
    town.clock.advance(15 * DAY)
    stay_signed_in(town)
    take_back(town, sale_id, 409)
    assert LATE in page(town, at)
    answer = send(town, f"{at}/late-returns", 204)
    assert answer.headers["HX-Redirect"].startswith(at)
    assert LATE not in page(town, at)
    assert take_back(town, sale_id)["refund_minor"] == 10_000


def test_money_goes_back_while_the_goods_stay(town: Town) -> None:
    sale_id = town.sell(2)
    at = f"/office/sales/{sale_id}"
    told = page(town, at)
    assert ALLOW in told
    assert "At most €200.00." in told
    (return_id,) = re.findall(r'name="id" value="(rtn_\w+)"', told)
    typed = {"id": return_id, "allowed": "12,50", "why": "Scratch on the left arm"}
    refused = send(town, f"{at}/allowances", 422, **{**typed, "allowed": "much"}).text
    assert 'value="much"' in refused
    assert "sales.allowance" not in refused
    too_much = send(town, f"{at}/allowances", 409, **{**typed, "allowed": "200.01"}).text
    assert 'role="alert"' in too_much
    for _ in range(2):  # sent twice, it goes back once
        send(town, f"{at}/allowances", 204, **typed)
    explained = town.ask("office", "GET", f"/office/v1/sales/{sale_id}")
    (back,) = explained["returns"]
    assert (back["refund_minor"], back["reason"]) == (1250, typed["why"])
    told = page(town, at)
    assert typed["why"] in told
    assert "At most €187.50." in told


def test_who_may_not_refund_sees_neither(town: Town) -> None:
    sale_id = town.sell(2)
    send(town, f"/office/sales/{sale_id}/late-returns", 403, "dealer")
    send(town, f"/office/sales/{sale_id}/allowances", 403, "dealer", allowed="1", why="x")
