"""In which order tenders are told."""

from highstreet.kernel.db import Database
from highstreet.rooms.tenders import Tender, start_refunds, tenders_for
from tests.rooms.test_tenders_actions import back, draft, paid  # noqa: F401


def test_money_given_back_at_the_same_instant_is_listed_after_the_money_it_gives_back(
    db: Database,
    paid: Tender,  # noqa: F811
) -> None:
    """The ids of refunds are hashes: now and then one sorts before everything."""
    refund = back(paid, 1, 500, id="0", created_at=paid.created_at)
    db.write_now(start_refunds, [refund])
    [listed] = db.read_now(tenders_for, {(paid.brand_id, paid.sale_id)}).values()
    assert [one.id for one in listed] == [paid.id, refund.id]
