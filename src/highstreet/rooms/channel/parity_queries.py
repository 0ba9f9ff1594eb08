"""Reads of the parity guard: who was promised what, what operators know, what waits and what became of it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from highstreet.kernel.tx import Reader
from highstreet.rooms.channel.model import (
    CaseState,
    ChangeState,
    Contract,
    ContractState,
    Finding,
    OnlinePrice,
    ParityCase,
    ParityChange,
    Verdict,
    finding_of,
    read_gaps,
)
from highstreet.rooms.channel.queries import contracts_of_brand
from highstreet.rooms.channel.tables import online_price, parity_case, parity_change, shelf_price

MAX_CASES = 500
_k = parity_case.c
_CASE = (
    _k.brand_id,
    _k.id,
    _k.change_id,
    _k.contract_id,
    _k.contract_version,
    _k.operator_party_id,
    _k.place_id,
    _k.verdict,
    _k.state,
    _k.currency,
    _k.goods,
    _k.pieces,
    _k.lost_minor,
    _k.paid_minor,
    _k.worst,
    _k.at,
    _k.ended_at,
    _k.ended_by,
)


def parity_promises(reader: Reader, brand_id: str, at: datetime) -> list[Contract]:
    """The contracts in force that promise something of prices."""
    return [
        one
        for one in contracts_of_brand(reader, brand_id)
        if one.terms.parity is not None and one.state_at(at) is ContractState.IN_FORCE
    ]


def shelf_prices(
    reader: Reader, brand_id: str, variant_ids: Collection[str] | None = None
) -> dict[tuple[str, str], int]:
    """What operators know, by (contract, variant), where the list is below it."""
    s = shelf_price.c
    query = select(s.contract_id, s.variant_id, s.shelf_minor).where(s.brand_id == brand_id)
    if variant_ids is not None:
        query = query.where(s.variant_id.in_(sorted(variant_ids)))
    return {(row.contract_id, row.variant_id): row.shelf_minor for row in reader.rows(query)}


def change_by_id(reader: Reader, brand_id: str, change_id: str) -> ParityChange | None:
    """One change."""
    c = parity_change.c
    row = reader.first(select(parity_change).where(c.brand_id == brand_id, c.id == change_id))
    return None if row is None else _change(row)


def waiting_changes(reader: Reader, brand_id: str, subject_id: str) -> list[ParityChange]:
    """What waits for the same article, offer or coupon."""
    c = parity_change.c
    query = select(parity_change).where(
        c.brand_id == brand_id, c.subject_id == subject_id, c.state == ChangeState.WAITING
    )
    return [_change(row) for row in reader.rows(query.order_by(c.id))]


def changes_for(reader: Reader, brand_id: str, change_ids: Collection[str]) -> dict[str, ParityChange]:
    """Changes by id."""
    c = parity_change.c
    query = select(parity_change).where(c.brand_id == brand_id, c.id.in_(sorted(set(change_ids))))
    return {row.id: _change(row) for row in reader.rows(query)}


def case_by_id(reader: Reader, brand_id: str, case_id: str) -> ParityCase | None:
    """One case."""
    row = reader.first(select(*_CASE).where(_k.brand_id == brand_id, _k.id == case_id))
    return None if row is None else _case(row)


def cases_of_change(reader: Reader, brand_id: str, change_id: str) -> list[ParityCase]:
    """What each contract says of it, the oldest first."""
    query = select(*_CASE).where(_k.brand_id == brand_id, _k.change_id == change_id)
    return [_case(row) for row in reader.rows(query.order_by(_k.at, _k.id))]


def cases_of_brand(
    reader: Reader,
    brand_id: str,
    *,
    operators: Collection[str] | None = None,
    state: CaseState | None = None,
    limit: int = MAX_CASES,
) -> list[ParityCase]:
    """The newest cases, of these operators only or in this state only."""
    query = select(*_CASE).where(_k.brand_id == brand_id).order_by(_k.at.desc(), _k.id.desc()).limit(limit)
    if operators is not None:
        query = query.where(_k.operator_party_id.in_(sorted(operators)))
    if state is not None:
        query = query.where(_k.state == state)
    return [_case(row) for row in reader.rows(query)]


def cases_by_dealer(reader: Reader, brand_id: str) -> list[tuple[str, str, CaseState, int, int, int]]:
    """(operator, currency, state, how many cases, what was lost, what was paid): all that ever were."""
    query = (
        select(
            _k.operator_party_id,
            _k.currency,
            _k.state,
            func.count(),
            func.sum(_k.lost_minor),
            func.sum(_k.paid_minor),
        )
        .where(_k.brand_id == brand_id)
        .group_by(_k.operator_party_id, _k.currency, _k.state)
        .order_by(_k.operator_party_id, _k.currency, _k.state)
    )
    return [
        (operator, currency, CaseState(state), n, int(lost), int(paid))
        for operator, currency, state, n, lost, paid in map(tuple, reader.rows(query))
    ]


def finding_in(reader: Reader, brand_id: str, case_id: str) -> Finding:
    """All articles of a case."""
    row = reader.first(select(_k.verdict, _k.lines).where(_k.brand_id == brand_id, _k.id == case_id))
    return Finding(Verdict.ALLOWED) if row is None else finding_of(Verdict(row.verdict), row.lines)


def online_prices(
    reader: Reader, brand_id: str, variant_ids: Collection[str]
) -> dict[tuple[str, str], OnlinePrice]:
    """What was last seen, by (variant, source)."""
    o = online_price.c
    query = select(o.variant_id, o.source, o.price_minor, o.lowest_minor, o.url, o.seen_at).where(
        o.brand_id == brand_id, o.variant_id.in_(sorted(set(variant_ids)))
    )
    return {(row.variant_id, row.source): OnlinePrice(*tuple(row)) for row in reader.rows(query)}


def _change(row: Any) -> ParityChange:
    return ParityChange(
        row.brand_id,
        row.id,
        row.kind,
        row.subject_id,
        row.asked,
        row.asked_by,
        ChangeState(row.state),
        row.at,
        row.ended_at,
    )


def _case(row: Any) -> ParityCase:
    known = dict(row._mapping)
    known |= {"verdict": Verdict(row.verdict), "state": CaseState(row.state), "worst": read_gaps(row.worst)}
    return ParityCase(**known)
