"""Reads of the ledger."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal, select, union_all

from highstreet.kernel.tx import Reader
from highstreet.rooms.ledger.model import Balance
from highstreet.rooms.ledger.tables import account, transfer


@dataclass(frozen=True, slots=True)
class TransferRecord:
    """A written transfer with its accounts spelled out."""

    ref_id: str
    no: int
    code: str
    currency: str
    amount_minor: int
    debit_owner_id: str
    debit_kind: str
    debit_counterparty_id: str
    credit_owner_id: str
    credit_kind: str
    credit_counterparty_id: str
    at: datetime


def balances(
    reader: Reader, brand_id: str, *, kind: str | None = None, owner_id: str | None = None
) -> list[Balance]:
    """Every account's balance as it is kept, largest first."""
    a = account.c
    query = (
        select(a.id, a.owner_id, a.kind, a.counterparty_id, a.currency, a.balance_minor)
        .where(a.brand_id == brand_id)
        .order_by(a.balance_minor.desc(), a.id)
    )
    if kind is not None:
        query = query.where(a.kind == kind)
    if owner_id is not None:
        query = query.where(a.owner_id == owner_id)
    return [Balance(*tuple(row)) for row in reader.rows(query)]


def summed_balances(reader: Reader, brand_id: str) -> dict[str, int]:
    """Every account's balance, added up from all of its transfers: what the kept ones are checked by."""
    t = transfer.c
    sides = union_all(
        select(t.debit_account_id.label("account_id"), (-t.amount_minor).label("amount")).where(
            t.brand_id == brand_id
        ),
        select(t.credit_account_id, t.amount_minor).where(t.brand_id == brand_id),
    ).subquery()
    query = select(sides.c.account_id, func.sum(sides.c.amount)).group_by(sides.c.account_id)
    return {account_id: int(amount) for account_id, amount in map(tuple, reader.rows(query))}


def moved_between(
    reader: Reader,
    brand_id: str,
    kind: str,
    since: datetime,
    until: datetime,
    owner_ids: frozenset[str] | None = None,
) -> list[Balance]:
    """How much the accounts of a kind moved in a time (`until` is not in it), largest first; the unmoved are left out.

    `owner_ids`: only theirs.
    """
    t, a = transfer.c, account.c
    found: dict[str, Balance] = {}
    for side, sign in ((t.credit_account_id, 1), (t.debit_account_id, -1)):
        query = (
            select(a.id, a.owner_id, a.kind, a.counterparty_id, a.currency, func.sum(t.amount_minor))
            .join_from(account, transfer, (t.brand_id == a.brand_id) & (side == a.id))
            .where(a.brand_id == brand_id, a.kind == kind, t.at >= since, t.at < until)
            .group_by(a.id, a.owner_id, a.kind, a.counterparty_id, a.currency)
        )
        if owner_ids is not None:
            query = query.where(a.owner_id.in_(sorted(owner_ids)))
        for id_, owner_id, kind_of, counterparty_id, currency, amount in map(tuple, reader.rows(query)):
            amount_minor = sign * int(amount) + (found[id_].amount_minor if id_ in found else 0)
            found[id_] = Balance(id_, owner_id, kind_of, counterparty_id, currency, amount_minor)
    return sorted(found.values(), key=lambda one: (-one.amount_minor, one.account_id))


def transfers_of(reader: Reader, brand_id: str, ref_ids: list[str]) -> list[TransferRecord]:
    """The transfers of sales and returns, in the order they were written."""
    t, debit, credit = transfer.c, account.alias("debit"), account.alias("credit")
    query = (
        select(
            t.ref_id,
            t.no,
            t.code,
            t.currency,
            t.amount_minor,
            debit.c.owner_id.label("debit_owner_id"),
            debit.c.kind.label("debit_kind"),
            debit.c.counterparty_id.label("debit_counterparty_id"),
            credit.c.owner_id.label("credit_owner_id"),
            credit.c.kind.label("credit_kind"),
            credit.c.counterparty_id.label("credit_counterparty_id"),
            t.at,
        )
        .join(debit, (debit.c.brand_id == t.brand_id) & (debit.c.id == t.debit_account_id))
        .join(credit, (credit.c.brand_id == t.brand_id) & (credit.c.id == t.credit_account_id))
        .where(t.brand_id == brand_id, t.ref_id.in_(ref_ids))
        .order_by(t.at, t.ref_id, t.no)
    )
    return [TransferRecord(**row._mapping) for row in reader.rows(query)]


def ledger_sum(reader: Reader) -> dict[str, int]:
    """Sum over all accounts by currency, straight from the rows: always zero (M1)."""
    t = transfer.c
    sides = union_all(
        select(t.currency, (literal(-1) * t.amount_minor).label("amount"), t.debit_account_id.label("id")),
        select(t.currency, t.amount_minor, t.credit_account_id),
    ).subquery()
    joined = sides.join(account, account.c.id == sides.c.id)
    query = (
        select(sides.c.currency, func.sum(sides.c.amount).label("total"))
        .select_from(joined)
        .group_by(sides.c.currency)
    )
    return {row.currency: int(row.total) for row in reader.rows(query)}
