"""Sales of one instant are all seen, whatever the size of the pages: shopper, office, dealer and landlord."""

# ruff: noqa: F811, F401

from collections.abc import Iterator

import pytest

from highstreet.kernel.ids import new_id
from highstreet.rooms.identity import OpenSession, TokenKind, make_token, open_session, token_hash
from tests.fronts.office_town import Town, town


@pytest.mark.parametrize("path", ["/office/v1/sales", "/dealer/v1/sales", "landlord", "/shop/v1/receipts"])
def test_no_sale_is_lost_between_pages(town: Town, path: str) -> None:
    sold = {town.sell(1, member=town.seed.member_id) for _ in range(5)}  # the clock stands still
    who = {"/office/v1/sales": "office", "/dealer/v1/sales": "dealer"}.get(path, path)
    if path == "/shop/v1/receipts":
        token = town.tokens[who] = make_token(TokenKind.SESSION, bytes([150]) * 32)
        ask = OpenSession(town.seed.person_id, token_hash(token), new_id("ses"), None, town.clock.now())
        town.program.db.write_now(open_session, ask)
    path = "/dealer/v1/sales" if path == "landlord" else path
    for limit in (1, 2, 5):
        seen = [sale for page in pages(town, who, path, limit) for sale in page]
        assert len(seen) == 5
        assert set(seen) == sold


def pages(town: Town, who: str, path: str, limit: int) -> Iterator[list[str]]:
    params: dict[str, str] = {}
    while True:
        told = town.ask(who, "GET", path, params={"limit": str(limit), **params})
        sales = told["receipts"] if path.startswith("/shop") else told
        yield [sale.get("id") or sale["sale_id"] for sale in sales]
        if len(sales) < limit:
            return
        last = sales[-1]
        params = {"before": last["paid_at"], "before_id": last.get("id") or last["sale_id"]}
        if path.startswith("/shop"):
            assert params == {"before": told["next_before"], "before_id": told["next_before_id"]}
