"""A bank's statement ends payments between parties: a row that names one, of just its amount, is its money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from highstreet.flows.pay_parties import EndPayment, finish_payment
from highstreet.flows.program import Program
from highstreet.kernel.errors import Refusal
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.parties import PartyKind, parties_of_brand
from highstreet.rooms.settlements import (
    NOT_OPEN,
    Payment,
    PaymentState,
    payment_id_of,
    payments_named,
)
from highstreet.rooms.tenders.rails.statement import BankRow


@dataclass(frozen=True, slots=True)
class EndBooked:
    """Payments that a statement shows, each with the bank's number of it."""

    booked: tuple[tuple[Payment, str], ...]
    at: datetime


async def match_payments(program: Program, brand_id: str, rows: Sequence[BankRow]) -> list[BankRow]:
    """End the payments that these rows are of; the other rows come back.

    The account is the brand's: what it pays leaves, what it gets comes in. A row of another amount, or of a payment
    that came back, is for a person to look at.
    """
    found = await program.db.read(_of_payments, brand_id, rows)
    booked = tuple((payment, row.bank_ref) for row, payment in found if payment.state is PaymentState.OPEN)
    if booked:
        await program.db.write(end_booked, EndBooked(booked, program.clock.now()))
    known = {id(row) for row, _ in found}
    return [row for row in rows if id(row) not in known]


def end_booked(tx: Tx, asked: EndBooked) -> int:
    """End them as paid; how many were. One that somebody ended meanwhile stays as it is."""
    ended = 0
    for payment, bank_ref in asked.booked:
        try:
            finish_payment(tx, EndPayment(payment.brand_id, payment.id, True, bank_ref[:80], asked.at))
        except Refusal as refusal:
            if refusal.code != NOT_OPEN.code:
                raise
        else:
            ended += 1
    return ended


def _of_payments(reader: Reader, brand_id: str, rows: Sequence[BankRow]) -> list[tuple[BankRow, Payment]]:
    """Each row that is a payment's money, open or ended by it or by hand; a payment has one row."""
    wanted = {payment_id_of(reference) for row in rows for reference in row.references}
    known = payments_named(reader, brand_id, wanted)
    if not known:
        return []
    own = {party.id for party in parties_of_brand(reader, brand_id) if party.kind is PartyKind.BRAND}
    found: list[tuple[BankRow, Payment]] = []
    taken: set[str] = set()
    for row in rows:
        for reference in row.references:
            payment = known.get(payment_id_of(reference))
            if payment is not None and payment.id not in taken and _is_its_money(row, payment, own):
                taken.add(payment.id)
                found.append((row, payment))
                break
    return found


def _is_its_money(row: BankRow, payment: Payment, own: set[str]) -> bool:
    ours = payment.payer_id if row.direction == "out" else payment.payee_id
    is_free = payment.state is PaymentState.OPEN or (
        payment.state is PaymentState.PAID and payment.bank_ref in (None, row.bank_ref)
    )
    same = (payment.amount_minor, payment.currency) == (row.amount_minor, row.currency)
    return same and is_free and ours in own
