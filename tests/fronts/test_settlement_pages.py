"""Settled periods on the office's and the dealer's pages: begun, watched, read, downloaded, and what differs."""

import asyncio
import csv
import io
import re
from datetime import date, timedelta

import pytest
from httpx import Response

from highstreet.flows.make_statements import make_statements
from highstreet.fronts.office.pages.settlements import following
from highstreet.kernel.ids import new_id
from highstreet.rooms.ledger import AccountKey, Posting, Transfer, post_transfers
from highstreet.rooms.settlements import Settlement, SettlementState, settlements_of
from tests.fronts.office_town import Town, open_session, town

__all__ = ["town"]
Days = dict[str, str]


def get(town: Town, path: str, locale: str = "en") -> Response:
    who = path.split("/")[1]
    cookies = f"hs_{who}={town.tokens[who]}; locale={locale}"
    with town.client(None) as http:
        return http.get(path, headers={"Cookie": cookies, "Accept-Language": locale})


def words(answer: Response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def begin(town: Town, days: Days) -> Response:
    headers = {"Cookie": f"hs_office={town.tokens['office']}; locale=en", "X-Highstreet": "page"}
    with town.client(None) as http:
        return http.post("/office/settlements/begin", data=days, headers=headers)


def make(town: Town) -> Settlement:
    asked = town.program.db.read_now(settlements_of, town.seed.brand_id)[0]
    payload = {"brand_id": asked.brand_id, "settlement_id": asked.id}
    asyncio.run(make_statements(town.program.db, payload, town.clock.now()))
    return town.program.db.read_now(settlements_of, town.seed.brand_id)[0]


@pytest.fixture
def days(town: Town) -> Days:
    """Two sales, one of them back; then two days later, when their day is over."""
    sold = town.sell(1, 1)
    town.sell(1)
    town.take_back(sold, (1, 1))
    day = town.clock.now().date()
    town.clock.advance(timedelta(days=2))
    for number, login in enumerate(("office", "dealer", "landlord"), start=90):
        town.tokens[login] = open_session(town, login, town.seed.brand_id, number)
    return {"first": f"{day - timedelta(days=1)}", "last": f"{day + timedelta(days=1)}"}


def test_a_period_is_begun_watched_and_read(town: Town, days: Days) -> None:
    assert "No period is settled yet" in words(get(town, "/office/settlements"))
    at = begin(town, days).headers["HX-Redirect"]
    shown = get(town, at)
    assert "Added up 0 of 3 days" in words(shown)
    assert 'hx-trigger="every 1s"' in shown.text
    assert "The next can begin when it is done" in words(get(town, "/office/settlements"))
    make(town)
    after = get(town, f"{at}/state")
    assert "every 1s" not in after.text
    assert "Statements" in after.text
    party = get(town, f"{at}/{town.seed.dealer}")
    assert party.status_code == 200
    told = words(party)
    assert "Held before" in told
    assert "can no longer change" in told
    assert "/office/earnings/statement.json?party=" in party.text


def test_the_dealer_reads_what_the_office_reads_and_nothing_of_others(town: Town, days: Days) -> None:
    assert "No period is settled yet" in words(get(town, "/dealer/settlements"))
    at = begin(town, days).headers["HX-Redirect"]
    make(town)
    own = at.replace("/office/", "/dealer/") + f"/{town.seed.dealer}"
    assert own in get(town, "/dealer/settlements").text
    told = words(get(town, own))
    assert "Of what you collected yourself" in told
    file = get(town, f"{own}/statement.csv")
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert {row["party_id"] for row in rows} == {town.seed.dealer}
    everybody = list(csv.DictReader(io.StringIO(get(town, f"{at}/statements.csv").text)))
    assert [row for row in everybody if row["party_id"] == town.seed.dealer] == rows
    for row in rows:
        if row["kind"] == "balance":
            sums = [int(row[name]) for name in ("before_minor", "late_minor", "earned_minor", "after_minor")]
            assert sum(sums[:3]) == sums[3]
            shares = [one for one in rows if one["kind"] == "share"]
            same = [one for one in shares if one["collector_party_id"] == row["collector_party_id"]]
            assert sum(int(one["earned_minor"]) for one in same) == sums[2]
    for other in (town.seed.landlord, new_id("pty")):
        path = at.replace("/office/", "/dealer/") + f"/{other}"
        assert get(town, path).status_code == get(town, f"{path}/statement.csv").status_code == 404


def post(town: Town, path: str, **data: str) -> Response:
    headers = {"Cookie": f"hs_office={town.tokens['office']}; locale=en", "X-Highstreet": "page"}
    with town.client(None) as http:
        return http.post(path, data=data, headers=headers)


def test_what_is_held_is_paid_and_both_sides_see_it(town: Town, days: Days) -> None:
    at = begin(town, days).headers["HX-Redirect"]
    make(town)
    assert "Open the payments" in words(get(town, at))
    opened = post(town, f"{at}/pay")
    told = words(opened)
    assert "dealer pays landlord" in told
    assert "to be paid" in told
    first = re.findall(r"/office/settlements/payments/(pmt_[0-9a-z]{26})/end", opened.text)[0]
    ended = words(post(town, f"/office/settlements/payments/{first}/end", state="paid"))
    assert "Open the payments" not in ended
    again = post(town, f"/office/settlements/payments/{first}/end", state="failed")
    assert again.status_code == 409
    assert "This payment has ended" in words(again)
    assert post(town, f"/office/settlements/payments/{first}/end", state="x").status_code == 422
    assert "These payments are open already" in words(post(town, f"{at}/pay"))
    own = words(get(town, at.replace("/office/", "/dealer/") + f"/{town.seed.dealer}"))
    assert "dealer pays landlord" in own
    assert "It was paid" not in own
    with town.client("landlord") as http:
        (theirs,) = http.get("/dealer/v1/payments").json()
    assert f"pmt_{theirs['reference'].lower()}" == theirs["id"]
    assert (theirs["payer_id"], theirs["payee_id"]) == (town.seed.dealer, town.seed.landlord)


def test_in_chinese(town: Town, days: Days) -> None:
    at = begin(town, days).headers["HX-Redirect"]
    make(town)
    assert "期末余额" in words(get(town, f"{at}/{town.seed.dealer}", "zh"))
    assert "已结算期间" in words(get(town, "/dealer/settlements", "zh"))


def test_days_that_cannot_be_settled_say_why(town: Town, days: Days) -> None:
    assert "at most 370 days" in words(begin(town, {"first": "x", "last": "2026-01-01"}))
    future = {"first": days["first"], "last": f"{town.clock.now().date() + timedelta(days=3)}"}
    refused = begin(town, future)
    assert refused.status_code == 409
    assert "This period is not over" in words(refused)
    assert get(town, f"/office/settlements/{new_id('stl')}").status_code == 404
    begin(town, days)
    assert "This is not the next period" in words(begin(town, days))


def test_where_lines_and_ledger_differ_it_says_so_and_can_be_tried_again(town: Town, days: Days) -> None:
    seed = town.seed
    held = AccountKey(seed.brand_id, seed.dealer, "earned", "EUR", seed.dealer)
    other = AccountKey(seed.brand_id, seed.dealer, "sales", "EUR")
    at = town.clock.now() - timedelta(days=2)
    stray = Posting(seed.brand_id, "stray", at, (Transfer(other, held, 777, "share"),))
    town.program.db.write_now(post_transfers, [stray])
    page = begin(town, days).headers["HX-Redirect"]
    assert make(town).state is SettlementState.DIFFERS
    told = words(get(town, page))
    assert "Nobody has a statement of these days" in told
    assert "€7.77" in told
    back = Posting(seed.brand_id, "stray_back", at, (Transfer(held, other, 777, "share"),))
    town.program.db.write_now(post_transfers, [back])
    begin(town, days)
    assert make(town).state is SettlementState.MADE


def of(first: str, last: str, state: SettlementState) -> Settlement:
    at = following(None, date(2026, 3, 5), "UTC").begins_at
    return Settlement("brd", "stl", first, last, at, at, state, at, at, at, None)


@pytest.mark.parametrize(
    ("newest", "today", "first", "last"),
    [
        (None, "2026-03-05", "2026-02-01", "2026-02-28"),
        (None, "2026-01-01", "2025-12-01", "2025-12-31"),
        (of("2026-02-01", "2026-02-28", SettlementState.MADE), "2026-04-09", "2026-03-01", "2026-03-31"),
        (of("2026-02-01", "2026-02-28", SettlementState.MADE), "2026-03-09", "2026-03-01", "2026-03-08"),
        (of("2026-02-01", "2026-02-10", SettlementState.MADE), "2026-02-11", "2026-02-11", ""),
        (of("2026-12-01", "2026-12-31", SettlementState.MADE), "2027-03-09", "2027-01-01", "2027-01-31"),
        (of("2026-02-01", "2026-02-28", SettlementState.DIFFERS), "2026-04-09", "2026-02-01", "2026-02-28"),
    ],
)
def test_what_can_be_settled_next(newest: Settlement | None, today: str, first: str, last: str) -> None:
    found = following(newest, date.fromisoformat(today), "Europe/Helsinki")
    assert (found.first, found.last) == (first, last)
