"""Writes of the channel: contracts, frozen shares and their reversals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update

from highstreet.kernel.tx import Tx
from highstreet.rooms.channel.errors import PERIOD_OVERLAPS
from highstreet.rooms.channel.events import ContractSigned
from highstreet.rooms.channel.model import LineShares, Terms, sheet_document
from highstreet.rooms.channel.queries import SaleTerms, ShareSheet
from highstreet.rooms.channel.tables import contract, sale_terms, share_reversal, share_sheet


@dataclass(frozen=True, slots=True)
class SignContract:
    """The next version of a contract; it ends the version before it at `effective_from`."""

    brand_id: str
    contract_id: str
    version: int
    operator_party_id: str
    place_id: str | None
    terms: Terms
    effective_from: datetime
    at: datetime


def sign_contract(tx: Tx, command: SignContract) -> None:
    """Add a version. Raises `channel.period_overlaps` unless it starts after the version before it."""
    c = contract.c
    before = (c.brand_id == command.brand_id, c.id == command.contract_id)
    later = select(c.version).where(
        *before, or_(c.version >= command.version, c.effective_from >= command.effective_from)
    )
    if tx.first(later) is not None:
        raise PERIOD_OVERLAPS(version=command.version)
    tx.run(
        update(contract).where(*before, c.effective_to.is_(None)).values(effective_to=command.effective_from)
    )
    tx.insert_many(
        contract,
        [
            {
                "brand_id": command.brand_id,
                "id": command.contract_id,
                "version": command.version,
                "operator_party_id": command.operator_party_id,
                "place_id": command.place_id,
                "terms": command.terms.as_document(),
                "effective_from": command.effective_from,
            }
        ],
    )
    tx.announce(
        ContractSigned(
            at=command.at,
            brand_id=command.brand_id,
            contract_id=command.contract_id,
            version=command.version,
            operator_party_id=command.operator_party_id,
        )
    )


def freeze_terms(tx: Tx, frozen: Sequence[SaleTerms]) -> None:
    """Keep the contract in force at the start of sales whose payment is still to come (P1)."""
    tx.insert_many(
        sale_terms,
        [
            {
                "brand_id": one.brand_id,
                "sale_id": one.sale_id,
                "contract_id": one.contract.id,
                "contract_version": one.contract.version,
                "operator_party_id": one.operator_party_id,
                "landlord_party_id": one.landlord_party_id,
            }
            for one in frozen
        ],
    )


def freeze_shares(tx: Tx, sheets: Sequence[ShareSheet]) -> None:
    """Keep each sale's shares as they were computed (P1)."""
    tx.insert_many(
        share_sheet,
        [
            {
                "brand_id": sheet.brand_id,
                "sale_id": sheet.sale_id,
                "contract_id": sheet.contract_id,
                "contract_version": sheet.contract_version,
                "collector_party_id": sheet.collector_party_id,
                "lines": sheet_document(sheet.lines),
            }
            for sheet in sheets
        ],
    )


@dataclass(frozen=True, slots=True)
class ReverseShares:
    """What a return takes back, line by line."""

    brand_id: str
    return_id: str
    sale_id: str
    lines: tuple[LineShares, ...]


def record_reversal(tx: Tx, command: ReverseShares) -> None:
    """Keep what a return took back from each share."""
    tx.insert_many(
        share_reversal,
        [
            {
                "brand_id": command.brand_id,
                "return_id": command.return_id,
                "sale_id": command.sale_id,
                "lines": sheet_document(command.lines),
            }
        ],
    )
