"""A bank transfer that arrived after it was given up: it is held for the payer, and owed back by a transfer (M3)."""

from dataclasses import dataclass
from datetime import datetime

from highstreet.flows.finish_sale import post_deposit
from highstreet.kernel.ids import stable_id
from highstreet.kernel.tx import Tx
from highstreet.rooms.sales import sales_for
from highstreet.rooms.tenders import Tender, plan_tenders, refund_of, tenders_named


@dataclass(frozen=True, slots=True)
class SendBackLate:
    """A tender that had been given up, and its money is there."""

    tender: Tender
    at: datetime


def late_refund_id(tender_id: str) -> str:
    """The refund of a payment that came late; one payment has one."""
    return stable_id("tnd", tender_id, "late")


def send_back_late(tx: Tx, command: SendBackLate) -> bool:
    """Write what is owed: a refund with a reference of its own, pending until the bank's statement shows it.

    False when that was done before.
    """
    late = command.tender
    refund_id = late_refund_id(late.id)
    if tenders_named(tx, late.brand_id, [refund_id]):
        return False
    key = (late.brand_id, late.sale_id)
    post_deposit(tx, sales_for(tx, [key])[key], late, command.at)
    refund = refund_of(late, refund_id, late.amount_minor, command.at, reason="late")
    plan_tenders(tx, [refund])
    return True
