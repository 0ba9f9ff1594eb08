"""What left the bank account, what providers paid out to it, fees against the agreed rate, and packed files, over HTTP."""

import asyncio
import gzip
import io
import zipfile
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event
from typing import Any

from highstreet.flows.match_bill import MatchOwn, match_own
from highstreet.flows.read_alone import uploads
from highstreet.rooms.tenders import BillLine, plan_tenders
from tests.fronts.office_town import Town, town
from tests.fronts.test_closing_ledger import DAY, tender
from tests.rooms.test_tenders_statements import camt, entry

__all__ = ["town"]
STATEMENTS = "/office/v1/statements"


def standing(town: Town) -> list[tuple[str, str, int]]:
    found = town.ask("office", "GET", "/office/v1/differences")
    return sorted((one["kind"], one["cure"], one["amount_minor"]) for one in found)


def upload(town: Town, content: bytes, status: int = 200) -> Any:
    return town.ask("office", "POST", STATEMENTS, status, content=content)


def test_what_left_and_nobody_knows_is_a_difference_of_its_own(town: Town) -> None:
    csv = "date,amount,text\n2026-11-20,-800.00,rent\n2026-11-20,12.00,a gift\n"
    (told,) = upload(town, csv.encode())
    assert sorted((d["finding"], d["kind"], d["amount_minor"]) for d in told["differences"]) == [
        ("missing_here", "paid", 1200),
        ("outgoing_unknown", "refund", 80000),
    ]
    assert standing(town) == [("missing_here", "clear", 1200), ("outgoing_unknown", "name_it", 80000)]
    # Read again, alone or with other rows, it is the same difference, and stays cleared.
    (rent,) = (
        d for d in town.ask("office", "GET", "/office/v1/differences") if d["kind"] == "outgoing_unknown"
    )
    town.ask("office", "POST", f"/office/v1/differences/{rent['id']}", 204, json={"reason": "no_sale"})
    upload(town, csv.encode())
    upload(town, camt(entry("3.00", side="DBIT")))
    assert standing(town) == [("missing_here", "clear", 1200), ("outgoing_unknown", "name_it", 300)]


def bill(town: Town, *lines: BillLine, day: int = 0, provider: str = "wechat") -> None:
    """A provider's bill of the 20th, or of so many days after it."""
    on = DAY + timedelta(days=day)
    town.program.db.write_now(match_own, MatchOwn(town.seed.brand_id, provider, on, lines, town.clock.now()))


def paid(town: Town, amount: int, fee: int, day: int = 0) -> BillLine:
    """A payment by WeChat Pay, ours and billed."""
    at = datetime(2026, 11, 20 + day, 4, tzinfo=UTC)
    if "sale" not in town.known:
        town.known["sale"] = town.sell(1)
    ours = tender(town, town.known["sale"], rail="wechat", amount_minor=amount, settled_at=at)
    town.program.db.write_now(plan_tenders, [ours])
    return BillLine(2, "paid", ours.id, "p1", "EUR", amount, at, fee)


def payouts(*amounts: tuple[str, str]) -> bytes:
    rows = [f"{day},{amount},财付通支付科技有限公司" for day, amount in amounts]
    return "\n".join(["date,amount,name", *rows]).encode()


def test_a_payout_is_explained_by_the_bills_it_pays_out(town: Town) -> None:
    """Whichever comes first; and a bill that changes asks again."""
    friday, saturday = paid(town, 10000, 60), paid(town, 5000, 30, day=1)
    bill(town, friday)
    statement = payouts(("2026-11-21", "99.40"), ("2026-11-22", "49.70"))
    told = upload(town, statement)
    assert [(one["day"], one["matched"], len(one["differences"])) for one in told] == [
        ("2026-11-21", 1, 0),
        ("2026-11-22", 0, 1),
    ]
    assert standing(town) == [("payout_differs", "read_bills", 4970)]
    bill(town, saturday, day=1)
    assert standing(town) == []
    assert [one["matched"] for one in upload(town, statement)] == [1, 1]
    listed = town.ask("office", "GET", "/office/v1/payouts", params={"since": "2026-11-01"})
    assert [(one["rail"], one["day"], one["amount_minor"], one["bill_days"]) for one in listed] == [
        ("wechat", "2026-11-22", 4970, ["2026-11-21"]),
        ("wechat", "2026-11-21", 9940, ["2026-11-20"]),
    ]
    (seen,) = upload(town, payouts(("2026-11-22", "49.70")))
    assert (seen["matched"], seen["differences"]) == (1, [])
    # A day is paid out once: the same amount again is nobody's.
    upload(town, payouts(("2026-11-23", "49.70")))
    assert standing(town) == [("payout_differs", "read_bills", 4970)]
    bill(town, day=1)
    found = standing(town)
    assert found.count(("payout_differs", "read_bills", 4970)) == 2
    # The payment of Saturday is in no bill any more, and its payout explains nothing.
    assert ("missing_there", "clear", 5000) in found


def test_fees_are_held_against_the_agreed_rate(town: Town) -> None:
    def agree(**rule: int) -> None:
        asked = {"rails": [{"rail": "wechat", **rule}], "points": None}
        town.ask("office", "PUT", "/office/v1/rails", json=asked)

    charged = paid(town, 10000, 90)
    bill(town, charged)
    assert standing(town) == []  # nothing was agreed
    agree(fee_bp=60)
    bill(town, charged)
    (one,) = town.ask("office", "GET", "/office/v1/differences")
    assert (one["kind"], one["cure"], one["amount_minor"], one["our_ref"]) == (
        "fee_differs",
        "check_rate",
        30,
        charged.our_ref,
    )
    agree(fee_bp=60, fee_fixed_minor=30)
    bill(town, charged)
    assert standing(town) == []


def test_statements_and_bills_come_packed(town: Town) -> None:
    rows = camt(entry("7.00", side="DBIT"))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.xml", rows)
        for name in ("b.csv", "the same once more.csv"):
            archive.writestr(name, "date,amount\n2026-11-20,5.00\n")
    for content in (out.getvalue(), gzip.compress(rows)):
        (told,) = upload(town, content)
        assert sorted(d["amount_minor"] for d in told["differences"]) == [500, 700]
    before = town.row_counts()
    refused = upload(town, gzip.compress(gzip.compress(rows)), 422)
    assert (refused["code"], refused["facts"]["reason"]) == ("tenders.file_packed", "nested")
    path = "/office/v1/bill-files?rail=wallet"
    refused = town.ask("office", "POST", path, 422, content=out.getvalue())
    assert (refused["code"], refused["facts"]["reason"]) == ("tenders.file_packed", "many")
    assert town.row_counts() == before


def test_a_statement_with_a_bad_row_leaves_nothing_behind(town: Town) -> None:
    before = town.row_counts()
    for day in ("9999-12-31", "0001-01-01", "0001-01-02"):
        rows = f"date,amount,text\n2026-11-20,5.00,\n{day},5.00,STRIPE\n"
        refused = upload(town, rows.encode(), 422)
        assert (refused["code"], refused["facts"]) == ("tenders.statement_malformed", {"line": 3})
    assert town.row_counts() == before


def test_a_statement_that_is_too_long_is_refused(town: Town) -> None:
    before = town.row_counts()
    refused = upload(town, gzip.compress(b"date;amount\n" + b";\n" * 100_000), 422)
    assert refused["code"] == "tenders.file_too_long"
    assert refused["facts"] == {"reason": "rows", "limit": 100_000}
    assert town.row_counts() == before


def test_files_are_read_by_the_one_thread_of_uploads(town: Town) -> None:
    """While it reads four, a fifth is refused; whichever way it comes."""
    go_on = Event()

    async def busy() -> None:
        asked = [asyncio.ensure_future(uploads.run(go_on.wait, 60)) for _ in range(4)]
        await asyncio.sleep(0)
        try:
            ask = partial(upload, town, b"date,amount\n2026-11-20,5.00\n", 503)
            assert (await asyncio.to_thread(ask))["code"] == "busy.try_later"
            bill_ask = partial(
                town.ask, "office", "POST", "/office/v1/bill-files?rail=wallet", 503, content=b"x"
            )
            assert (await asyncio.to_thread(bill_ask))["code"] == "busy.try_later"
        finally:
            go_on.set()
            await asyncio.gather(*asked)

    asyncio.run(busy())
    upload(town, b"date,amount\n2026-11-20,5.00\n")
