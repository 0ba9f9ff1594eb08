"""What dealers' pages say of money: what was paid and given back, apart, and no payment that was declined."""

import re
from dataclasses import replace

from highstreet.kernel.ids import new_id
from highstreet.rooms.tenders import plan_tenders
from tests.fronts.office_town import Town, town
from tests.fronts.test_closing_ledger import tender

__all__ = ["town"]


def page(town: Town, path: str, locale: str = "en") -> str:
    """A page as the dealer gets it, its words alone."""
    cookies = f"hs_dealer={town.tokens['dealer']}; locale={locale}"
    with town.client(None) as http:
        answer = http.get(path, headers={"Cookie": cookies, "Accept-Language": locale})
    assert answer.status_code == 200, answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_a_declined_payment_is_not_how_it_was_paid(town: Town) -> None:
    sale_id = town.sell(1)
    declined = replace(
        tender(town, sale_id, rail="wallet", amount_minor=5788), id=new_id("tnd"), state="failed"
    )
    town.program.db.write_now(plan_tenders, [declined])
    town.take_back(sale_id, (1, 1))
    told = page(town, f"/dealer/sales/{sale_id}")
    paid = told[told.index("How it was paid") : told.index("Collected by")]
    assert "Cash €100.00" in paid
    assert "57.88" not in told
    after = told[told.index("Collected by") :]
    assert "Given back Cash −€100.00" in after


def test_today_says_what_was_given_back(town: Town) -> None:
    sale_id = town.sell(1, 1)
    assert "given back" not in page(town, "/dealer/")
    town.take_back(sale_id, (1, 1))
    assert "1 sale · €100.00 given back" in page(town, "/dealer/")
