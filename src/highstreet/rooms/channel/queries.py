"""Reads of contracts and frozen shares."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Text, bindparam, or_, select

from highstreet.kernel.keys import KeyedQuery
from highstreet.kernel.tables import Instant
from highstreet.kernel.tx import Reader
from highstreet.rooms.channel.model import Acceptance, Contract, LineShares, Terms, parse_terms, read_sheet
from highstreet.rooms.channel.tables import acceptance, contract, sale_terms, share_reversal, share_sheet

PlaceKey = tuple[str, str, str]


_c, _at = contract.c, bindparam("at", type_=Instant)
_IN_FORCE = KeyedQuery(
    {"brand_id": Text, "operator": Text},
    lambda wanted: (
        select(contract)
        .select_from(wanted.rows)
        .join(contract, (_c.brand_id == wanted.brand_id) & (_c.operator_party_id == wanted.operator))
        .where(_c.in_force_from <= _at, or_(_c.effective_to.is_(None), _c.effective_to > _at))
        .order_by(_c.place_id.is_(None).desc(), _c.in_force_from, _c.version, _c.id)
    ),
)


def contracts_for(reader: Reader, wanted: Collection[PlaceKey], at: datetime) -> dict[PlaceKey, Contract]:
    """The contract in force at `at` for each (brand, operator, place): the narrower and newer one wins."""
    by_scope: dict[tuple[str, str, str | None], Contract] = {}
    for row in _IN_FORCE.rows(reader, {(w[0], w[1]) for w in wanted}, at=at):
        by_scope[row.brand_id, row.operator_party_id, row.place_id] = _contract(row)
    found = {}
    for brand_id, operator, place_id in wanted:
        match = by_scope.get((brand_id, operator, place_id)) or by_scope.get((brand_id, operator, None))
        if match is not None:
            found[brand_id, operator, place_id] = match
    return found


def contracts_of_brand(reader: Reader, brand_id: str, party_id: str | None = None) -> list[Contract]:
    """All versions, oldest first; only one operator's where `party_id` is given."""
    c = contract.c
    query = select(contract).where(c.brand_id == brand_id).order_by(c.id, c.version)
    if party_id is not None:
        query = query.where(c.operator_party_id == party_id)
    return [_contract(row) for row in reader.rows(query)]


def stored_terms(reader: Reader, brand_id: str) -> dict[tuple[str, int], dict[str, Any]]:
    """The terms of each (contract, version), word for word as they were accepted: what `terms_hash` is of."""
    c = contract.c
    query = select(c.id, c.version, c.terms).where(c.brand_id == brand_id)
    return {(row.id, row.version): row.terms for row in reader.rows(query)}


def _contract(row: Any) -> Contract:
    return Contract(
        row.brand_id,
        row.id,
        row.version,
        row.operator_party_id,
        row.place_id,
        _terms(orjson.dumps(row.terms)),
        row.effective_from,
        row.effective_to,
        row.in_force_from,
        row.closed_at,
        row.closed_by,
    )


@lru_cache(maxsize=10_000)
def _terms(text: bytes) -> Terms:
    """Reading terms checks every field. The same text says the same; the same number may not, once rolled back."""
    return parse_terms(orjson.loads(text))


def acceptances_of(reader: Reader, brand_id: str, contract_id: str | None = None) -> list[Acceptance]:
    """Who was asked to accept which version, and who did; of one contract or of all."""
    a = acceptance.c
    query = (
        select(
            a.contract_id,
            a.version,
            a.party_id,
            a.terms_hash,
            a.accepted_at,
            a.staff_id,
            a.is_on_paper,
        )
        .where(a.brand_id == brand_id)
        .order_by(a.contract_id, a.version, a.party_id)
    )
    if contract_id is not None:
        query = query.where(a.contract_id == contract_id)
    return [Acceptance(*tuple(row)) for row in reader.rows(query)]


@dataclass(frozen=True, slots=True)
class SaleTerms:
    """A sale's contract and the companies at its place, frozen when the sale began."""

    brand_id: str
    sale_id: str
    contract: Contract
    operator_party_id: str
    landlord_party_id: str | None


_f = sale_terms.c
_TERMS = KeyedQuery(
    {"brand_id": Text, "sale_id": Text},
    lambda wanted: (
        select(contract, _f.sale_id, _f.operator_party_id.label("operator"), _f.landlord_party_id)
        .select_from(wanted.rows)
        .join(sale_terms, (_f.brand_id == wanted.brand_id) & (_f.sale_id == wanted.sale_id))
        .join(
            contract,
            (_c.brand_id == _f.brand_id) & (_c.id == _f.contract_id) & (_c.version == _f.contract_version),
        )
    ),
)


def terms_of_sales(reader: Reader, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], SaleTerms]:
    """What was frozen, by (brand, sale); sales that were paid at once are left out."""
    return {
        (row.brand_id, row.sale_id): SaleTerms(
            row.brand_id, row.sale_id, _contract(row), row.operator, row.landlord_party_id
        )
        for row in _TERMS.rows(reader, wanted)
    }


def terms_of_sale(reader: Reader, brand_id: str, sale_id: str) -> SaleTerms | None:
    """What was frozen; None for a sale that was paid at once."""
    return terms_of_sales(reader, [(brand_id, sale_id)]).get((brand_id, sale_id))


@dataclass(frozen=True, slots=True)
class ShareSheet:
    """The frozen shares of a sale and the contract they came from."""

    brand_id: str
    sale_id: str
    contract_id: str
    contract_version: int
    collector_party_id: str
    lines: tuple[LineShares, ...]
    channel: str = "register"
    roles: Mapping[str, str | None] = field(default_factory=dict)


def parties_of(sheet: ShareSheet) -> tuple[str, ...]:
    """Who has a part in a sale: who collected, and whom the contract gives a share, be it nothing."""
    shared = {share.party_id for line in sheet.lines for share in line.shares}
    return tuple(sorted(shared | {sheet.collector_party_id}))


def share_sheets_for(
    reader: Reader, wanted: Collection[tuple[str, str]]
) -> dict[tuple[str, str], ShareSheet]:
    """Share sheets by (brand, sale)."""
    s = share_sheet.c
    query = select(share_sheet).where(
        s.brand_id.in_({w[0] for w in wanted}), s.sale_id.in_({w[1] for w in wanted})
    )
    return {
        (r.brand_id, r.sale_id): ShareSheet(
            r.brand_id,
            r.sale_id,
            r.contract_id,
            r.contract_version,
            r.collector_party_id,
            read_sheet(r.lines),
            r.channel,
            r.roles,
        )
        for r in reader.rows(query)
    }


def share_reversals_of(reader: Reader, brand_id: str, sale_id: str) -> dict[str, tuple[LineShares, ...]]:
    """What each return of a sale took back, by return id."""
    s = share_reversal.c
    query = select(s.return_id, s.lines).where(s.brand_id == brand_id, s.sale_id == sale_id)
    return {r.return_id: read_sheet(r.lines) for r in reader.rows(query)}
