"""A bank transfer that arrived after it was given up: it is held for the payer, and owed back by a transfer (M3)."""

from dataclasses import dataclass
from datetime import datetime

from highstreet.flows.finish_sale import post_deposit
from highstreet.kernel.ids import new_id, stable_id
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.sales import lock_parts, sales_for
from highstreet.rooms.tenders import Tender, plan_tenders, refund_of, tenders_for


@dataclass(frozen=True, slots=True)
class SendBackLate:
    """A tender that had been given up, and its money is there."""

    tender: Tender
    at: datetime


def late_refund_id(tender_id: str) -> str:
    """The number under which a provider is asked to give back a payment that came late; one payment has one."""
    return stable_id("tnd", tender_id, "late")


def has_late_refund(reader: Reader, late: Tender) -> bool:
    """Whether what came late is owed back already. It was never captured: no other refund can be of it."""
    key = (late.brand_id, late.sale_id)
    return any(one.refunds_tender_id == late.id for one in tenders_for(reader, [key])[key])


def send_back_late(tx: Tx, command: SendBackLate) -> bool:
    """Write what is owed: a refund with a reference of its own, pending until the bank's statement shows it.

    False when that was done before.
    """
    late = command.tender
    key = (late.brand_id, late.sale_id)
    lock_parts(tx, *key)
    if has_late_refund(tx, late):
        return False
    post_deposit(tx, sales_for(tx, [key])[key], late, command.at)
    # A number that nobody could have used up before: tenders' numbers are one list for all brands.
    refund = refund_of(late, new_id("tnd"), late.amount_minor, command.at, reason="late")
    plan_tenders(tx, [refund])
    return True
