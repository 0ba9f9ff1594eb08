"""Parties pay each other by their statements: all claims of a pair set off, one payment for the rest (decision 0022)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.ids import new_id, stable_id
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.ledger import (
    AccountKey,
    Balance,
    Posting,
    Transfer,
    balances,
    moved_between,
    post_transfers,
    signed_transfer,
)
from highstreet.rooms.settlements import (
    NOT_NEWEST,
    NOT_OPEN,
    NOTHING_DUE,
    Claim,
    Held,
    OpenPayments,
    Payment,
    PaymentState,
    begin_payments,
    end_payment,
    net_claims,
    open_payments,
    payment_by_id,
    settlement_by_id,
    settlements_of,
)
from highstreet.rooms.settlements import SettlementState as State

EARNED, PAYABLE = "earned", "payable"
PAID_BY = {EARNED: "paid_out", PAYABLE: "claims_paid"}
"""Where what was paid of a kind of account is counted: owner is who paid, counterparty who got it."""
FAR = datetime(9000, 1, 1, tzinfo=UTC)
PAYOUT = "payout"


@dataclass(frozen=True, slots=True)
class PayByStatements:
    """Open the payments of a settlement."""

    brand_id: str
    settlement_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EndPayment:
    """A payment was made, or came back."""

    brand_id: str
    payment_id: str
    is_paid: bool
    bank_ref: str | None
    at: datetime


def pay_by_statements(tx: Tx, asked: PayByStatements) -> list[Payment]:
    """Set off what parties owe each other by the newest statements, and open a payment for each pair.

    What is due is what was held at the period's end, less what was paid since. Errors: Refusal request.not_found;
    settlements.not_newest, already_paid, nothing_due.
    """
    settlement = settlement_by_id(tx, asked.brand_id, asked.settlement_id)
    if settlement is None:
        raise REQUEST_NOT_FOUND()
    made = [one for one in settlements_of(tx, asked.brand_id, 2) if one.state is State.MADE]
    if not made or made[0].id != settlement.id:
        raise NOT_NEWEST(last_day=made[0].last_day if made else settlement.last_day)
    begin_payments(tx, settlement, asked.at)
    dues = net_claims(claims_at(tx, asked.brand_id, settlement.until))
    if not dues:
        raise NOTHING_DUE()
    payments = tuple(
        Payment(
            *(asked.brand_id, new_id("pmt"), settlement.id, due.payer_id, due.payee_id),
            *(due.currency, due.amount_minor, due.parts),
            state=PaymentState.OPEN if due.amount_minor else PaymentState.PAID,
            at=asked.at,
            ended_at=None if due.amount_minor else asked.at,
            bank_ref=None,
        )
        for due in dues
    )
    open_payments(tx, OpenPayments(asked.brand_id, settlement.id, payments, asked.at))
    post_transfers(tx, [posting(one) for one in payments])
    return list(payments)


def finish_payment(tx: Tx, asked: EndPayment) -> Payment:
    """An open payment was made; or it came back, and all that it set off is owed again.

    Errors: Refusal request.not_found; settlements.not_open.
    """
    payment = payment_by_id(tx, asked.brand_id, asked.payment_id)
    if payment is None:
        raise REQUEST_NOT_FOUND()
    if payment.state is not PaymentState.OPEN:
        raise NOT_OPEN()
    state = PaymentState.PAID if asked.is_paid else PaymentState.FAILED
    ended = replace(payment, state=state, ended_at=asked.at, bank_ref=asked.bank_ref)
    end_payment(tx, ended)
    if not asked.is_paid:
        post_transfers(tx, [_taken_back(ended, asked.at)])
    return ended


def claims_at(reader: Reader, brand_id: str, until: datetime) -> list[Claim]:
    """What each owed each at a moment, less what was paid since."""
    found = []
    for kind, paid_by in PAID_BY.items():
        later = _amounts(moved_between(reader, brand_id, kind, until, FAR))
        paid = paid_between(reader, brand_id, until, FAR, paid_by)
        for held in balances(reader, brand_id, kind=kind):
            key = (held.owner_id, held.counterparty_id, held.currency)
            creditor, debtor = key[:2] if kind == EARNED else (key[1], key[0])
            due = held.amount_minor - later.get(key, 0) - paid.get((creditor, debtor, held.currency), 0)
            found.append(Claim(creditor, debtor, kind, held.currency, due))
    return found


def paid_between(
    reader: Reader, brand_id: str, since: datetime, until: datetime, paid_by: str = PAID_BY[EARNED]
) -> dict[Held, int]:
    """What was paid in a time, by (who got it, who paid, currency); what came back is taken off."""
    moved = moved_between(reader, brand_id, paid_by, since, until)
    return {(one.counterparty_id, one.owner_id, one.currency): one.amount_minor for one in moved}


def with_paid(earned: Iterable[Balance], paid: Mapping[Held, int]) -> list[Balance]:
    """Balances of earnings as they would be if nothing had been paid of them: what was earned."""
    return [
        replace(
            one,
            amount_minor=one.amount_minor + paid.get((one.owner_id, one.counterparty_id, one.currency), 0),
        )
        for one in earned
    ]


def posting(payment: Payment) -> Posting:
    """Each claim is emptied into what was paid of it."""
    transfers = tuple(move for claim in payment.parts for move in _transfers(payment.brand_id, claim))
    return Posting(payment.brand_id, payment.id, payment.at, transfers)


def _taken_back(payment: Payment, at: datetime) -> Posting:
    turned = tuple(
        Transfer(move.credit, move.debit, move.amount_minor, move.code) for move in posting(payment).transfers
    )
    return Posting(payment.brand_id, stable_id("pmt", payment.id, "came_back"), at, turned)


def _transfers(brand_id: str, claim: Claim) -> list[Transfer]:
    creditor, debtor, currency = claim.creditor_id, claim.debtor_id, claim.currency
    paid = AccountKey(brand_id, debtor, PAID_BY[claim.kind], currency, creditor)
    if claim.kind == EARNED:
        moves = [(AccountKey(brand_id, creditor, EARNED, currency, debtor), paid)]
    else:
        moves = [
            (AccountKey(brand_id, debtor, PAYABLE, currency, creditor), paid),
            (
                AccountKey(brand_id, creditor, "claims_received", currency, debtor),
                AccountKey(brand_id, creditor, "receivable", currency, debtor),
            ),
        ]
    signed = (signed_transfer(debit, credit, claim.amount_minor, PAYOUT) for debit, credit in moves)
    return [move for move in signed if move is not None]


def _amounts(found: Iterable[Balance]) -> dict[Held, int]:
    return {(one.owner_id, one.counterparty_id, one.currency): one.amount_minor for one in found}
