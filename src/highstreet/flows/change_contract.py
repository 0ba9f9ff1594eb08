"""The next version of a contract with the company that runs a place; it touches later sales only (P1)."""

from dataclasses import dataclass
from datetime import datetime

from highstreet.kernel.errors import REQUEST_MALFORMED, REQUEST_NOT_FOUND
from highstreet.kernel.tx import Tx
from highstreet.rooms.channel import (
    Acceptor,
    Contract,
    SignContract,
    Terms,
    contracts_of_brand,
    sign_contract,
)
from highstreet.rooms.parties import PartyKind, PlaceOfBusiness, parties_of_brand, places_of_brand


@dataclass(frozen=True, slots=True)
class ChangeContract:
    """Terms from an instant on, for all places of an operator or for one of them."""

    brand_id: str
    contract_id: str
    is_new: bool
    operator_party_id: str
    place_id: str | None
    terms: Terms
    effective_from: datetime
    at: datetime
    staff_id: str | None = None
    is_on_paper: bool = False
    """The others have signed on paper: `staff_id` says so."""


def change_contract(tx: Tx, command: ChangeContract) -> Contract:
    """Propose the next version to those whom it binds beside the brand; the brand's own places need nobody else.

    Errors: Refusal request.not_found for a party, place or contract that is not there; request.malformed
    when it would begin in the past, or leaves the rest to a landlord where there is none;
    channel.period_overlaps.
    """
    if command.effective_from < command.at:
        raise REQUEST_MALFORMED(field="effective_from", reason="in_the_past")
    versions = [c for c in contracts_of_brand(tx, command.brand_id) if c.id == command.contract_id]
    is_same = all(
        (v.operator_party_id, v.place_id) == (command.operator_party_id, command.place_id) for v in versions
    )
    if command.is_new is bool(versions) or not is_same:
        raise REQUEST_NOT_FOUND()
    _check_scope(tx, command)
    version = max((v.version for v in versions), default=0) + 1
    sign_contract(
        tx,
        SignContract(
            brand_id=command.brand_id,
            contract_id=command.contract_id,
            version=version,
            operator_party_id=command.operator_party_id,
            place_id=command.place_id,
            terms=command.terms,
            effective_from=command.effective_from,
            at=command.at,
            acceptors=_acceptors(tx, command),
        ),
    )
    found = contracts_of_brand(tx, command.brand_id, command.operator_party_id)
    return next(c for c in found if (c.id, c.version) == (command.contract_id, version))


def _acceptors(tx: Tx, command: ChangeContract) -> tuple[Acceptor, ...]:
    """The operator, and each landlord who collects or gets something in its building."""
    bound = {command.operator_party_id}
    if command.terms.names("landlord"):
        bound |= {p.landlord_party_id for p in _places(tx, command) if p.landlord_party_id is not None}
    own = {p.id for p in parties_of_brand(tx, command.brand_id) if p.kind is PartyKind.BRAND}
    staff_id = command.staff_id if command.is_on_paper else None
    return tuple(Acceptor(party_id, staff_id, command.is_on_paper) for party_id in sorted(bound - own))


def _places(tx: Tx, command: ChangeContract) -> list[PlaceOfBusiness]:
    return [
        p
        for p in places_of_brand(tx, command.brand_id)
        if p.operator_party_id == command.operator_party_id and command.place_id in (None, p.id)
    ]


def _check_scope(tx: Tx, command: ChangeContract) -> None:
    operators = {p.id for p in parties_of_brand(tx, command.brand_id) if p.kind is not PartyKind.LANDLORD}
    places = _places(tx, command)
    if command.operator_party_id not in operators or (command.place_id is not None and not places):
        raise REQUEST_NOT_FOUND()
    # Without a landlord nobody would get the rest, and no sale could be settled there.
    if command.terms.leftover_to == "landlord" and any(p.landlord_party_id is None for p in places):
        raise REQUEST_MALFORMED(field="terms.leftover_to", reason="no_landlord")
