"""Writes of the channel: contracts, frozen shares and their reversals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update

from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.tx import Tx
from highstreet.rooms.channel.errors import NOT_IN_FORCE, NOT_PROPOSED, PERIOD_OVERLAPS, TERMS_CHANGED
from highstreet.rooms.channel.events import ContractClosed, ContractEnded, ContractProposed, ContractSigned
from highstreet.rooms.channel.model import LineShares, Terms, sheet_document, terms_hash
from highstreet.rooms.channel.queries import SaleTerms, ShareSheet
from highstreet.rooms.channel.tables import acceptance, contract, sale_terms, share_reversal, share_sheet


@dataclass(frozen=True, slots=True)
class Acceptor:
    """A party that a version binds beside the brand; `staff_id` and `is_on_paper`: the brand has its word on paper."""

    party_id: str
    staff_id: str | None = None
    is_on_paper: bool = False


@dataclass(frozen=True, slots=True)
class SignContract:
    """The next version of a contract. It is in force once all acceptors have accepted, not before `effective_from`."""

    brand_id: str
    contract_id: str
    version: int
    operator_party_id: str
    place_id: str | None
    terms: Terms
    effective_from: datetime
    at: datetime
    acceptors: tuple[Acceptor, ...] = ()


def sign_contract(tx: Tx, command: SignContract) -> None:
    """Add a version; one that was proposed before and is not accepted is withdrawn by it.

    Raises `channel.period_overlaps` unless it starts after the version before it.
    """
    c = contract.c
    before = (c.brand_id == command.brand_id, c.id == command.contract_id)
    later = select(c.version).where(
        *before, or_(c.version >= command.version, c.in_force_from >= command.effective_from)
    )
    if tx.first(later) is not None:
        raise PERIOD_OVERLAPS(version=command.version)
    is_open = (c.in_force_from.is_(None), c.closed_at.is_(None))
    tx.run(update(contract).where(*before, *is_open).values(closed_at=command.at))
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
                "proposed_at": command.at,
                "effective_from": command.effective_from,
            }
        ],
    )
    seen = terms_hash(command.terms)
    tx.insert_many(
        acceptance,
        [
            {
                "brand_id": command.brand_id,
                "contract_id": command.contract_id,
                "version": command.version,
                "party_id": one.party_id,
                "terms_hash": seen,
                "accepted_at": command.at if one.is_on_paper else None,
                "staff_id": one.staff_id,
                "is_on_paper": one.is_on_paper,
            }
            for one in command.acceptors
        ],
    )
    key = ContractVersion(command.brand_id, command.contract_id, command.version)
    if all(one.is_on_paper for one in command.acceptors):
        _enter_into_force(tx, key, command.effective_from, command.at)
    else:
        _announce(tx, ContractProposed, key, command.operator_party_id, command.at)


@dataclass(frozen=True, slots=True)
class ContractVersion:
    """Names one version."""

    brand_id: str
    contract_id: str
    version: int


@dataclass(frozen=True, slots=True)
class AcceptContract:
    """A party says yes to what it saw; `terms_hash` says what that was."""

    of: ContractVersion
    party_id: str
    terms_hash: str
    staff_id: str
    at: datetime


def accept_contract(tx: Tx, command: AcceptContract) -> None:
    """Accept; the last to accept brings the version into force. Twice is once.

    Errors: Refusal channel.not_proposed for a version that is closed, in force without this party, or was never shown
    to it; channel.terms_changed when it saw other terms.
    """
    row = _locked(tx, command.of)
    a = acceptance.c
    mine = (*_is_acceptance(command.of), a.party_id == command.party_id)
    asked = tx.first(select(a.terms_hash, a.accepted_at).where(*mine))
    if asked is not None and asked.terms_hash != command.terms_hash:
        raise TERMS_CHANGED()
    if asked is not None and asked.accepted_at is not None and row is not None and row.closed_at is None:
        return
    if row is None:
        raise REQUEST_NOT_FOUND()
    if asked is None or row.closed_at is not None:
        raise NOT_PROPOSED()
    tx.run(update(acceptance).where(*mine).values(accepted_at=command.at, staff_id=command.staff_id))
    waits = select(a.party_id).where(*_is_acceptance(command.of), a.accepted_at.is_(None)).limit(1)
    if tx.first(waits) is None:
        _enter_into_force(tx, command.of, max(row.effective_from, command.at), command.at)


@dataclass(frozen=True, slots=True)
class CloseContract:
    """A proposed version comes to nothing: declined by a party it would bind, or withdrawn by the brand's."""

    of: ContractVersion
    party_id: str
    at: datetime


def close_contract(tx: Tx, command: CloseContract) -> None:
    """Close it. Errors: Refusal channel.not_proposed when it is in force or closed."""
    row = _locked(tx, command.of)
    if row is None:
        raise REQUEST_NOT_FOUND()
    if row.in_force_from is not None or row.closed_at is not None:
        raise NOT_PROPOSED()
    tx.run(
        update(contract)
        .where(*_is_version(command.of))
        .values(closed_at=command.at, closed_by=command.party_id)
    )
    _announce(tx, ContractClosed, command.of, row.operator_party_id, command.at)


@dataclass(frozen=True, slots=True)
class EndContract:
    """The version in force ends, and none follows: a company leaves."""

    of: ContractVersion
    ends_at: datetime
    at: datetime


def end_contract(tx: Tx, command: EndContract) -> None:
    """End it. Errors: Refusal channel.not_in_force for a version that is not, or whose end is set already."""
    row = _locked(tx, command.of)
    if row is None:
        raise REQUEST_NOT_FOUND()
    if row.in_force_from is None or row.effective_to is not None:
        raise NOT_IN_FORCE()
    ends_at = max(command.ends_at, row.in_force_from, command.at)
    tx.run(update(contract).where(*_is_version(command.of)).values(effective_to=ends_at))
    _announce(tx, ContractEnded, command.of, row.operator_party_id, command.at)


def _enter_into_force(tx: Tx, of: ContractVersion, begins: datetime, at: datetime) -> None:
    c = contract.c
    operator = tx.value(select(c.operator_party_id).where(*_is_version(of)))
    same = (c.brand_id == of.brand_id, c.id == of.contract_id)
    if tx.first(select(c.version).where(*same, c.in_force_from >= begins)) is not None:
        raise PERIOD_OVERLAPS(version=of.version)
    ends = (c.in_force_from.is_not(None), or_(c.effective_to.is_(None), c.effective_to > begins))
    tx.run(update(contract).where(*same, *ends).values(effective_to=begins))
    tx.run(update(contract).where(*_is_version(of)).values(in_force_from=begins))
    _announce(tx, ContractSigned, of, operator, at)


def _announce(
    tx: Tx,
    event: type[ContractSigned] | type[ContractProposed] | type[ContractClosed] | type[ContractEnded],
    of: ContractVersion,
    operator_party_id: str,
    at: datetime,
) -> None:
    tx.announce(
        event(
            at=at,
            brand_id=of.brand_id,
            contract_id=of.contract_id,
            version=of.version,
            operator_party_id=operator_party_id,
        )
    )


def _locked(tx: Tx, of: ContractVersion) -> Any:
    """The version's row, ours until the commit: of two who accept at once, one is the last."""
    return tx.first(select(contract).where(*_is_version(of)).with_for_update())


def _is_version(of: ContractVersion) -> tuple[Any, ...]:
    c = contract.c
    return c.brand_id == of.brand_id, c.id == of.contract_id, c.version == of.version


def _is_acceptance(of: ContractVersion) -> tuple[Any, ...]:
    a = acceptance.c
    return a.brand_id == of.brand_id, a.contract_id == of.contract_id, a.version == of.version


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
                "channel": sheet.channel,
                "roles": dict(sheet.roles),
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
