"""A version of a contract holds once all whom it binds have accepted what they saw; on both databases."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal, RefusalKind
from highstreet.kernel.ids import new_id
from highstreet.rooms.channel import (
    AcceptContract,
    Acceptor,
    CloseContract,
    Contract,
    ContractState,
    ContractVersion,
    EndContract,
    ShareRule,
    SignContract,
    Terms,
    accept_contract,
    close_contract,
    contracts_for,
    contracts_of_brand,
    end_contract,
    sign_contract,
    terms_hash,
)
from highstreet.rooms.channel import errors as refusals
from tests.seeds import NOW, Seed, seed_brand

DAY = timedelta(days=1)
FIRST = Terms("operator", (ShareRule("brand", 1000),), "operator")
SECOND = Terms("operator", (ShareRule("brand", 2000), ShareRule("landlord", 500)), "operator")


class Desk:
    """A dealer's contract in force since yesterday, and a second version that waits for dealer and landlord."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.seed: Seed = db.write_now(seed_brand, "accepting")
        self.id = new_id("ctr")
        self.sign(1, FIRST, -DAY)
        both = (Acceptor(self.seed.dealer), Acceptor(self.seed.landlord))
        self.sign(2, SECOND, DAY, both)

    def sign(
        self, version: int, terms: Terms, after: timedelta, acceptors: tuple[Acceptor, ...] = ()
    ) -> None:
        command = SignContract(
            self.seed.brand_id, self.id, version, self.seed.dealer, None, terms, NOW + after, NOW, acceptors
        )
        self.db.write_now(sign_contract, command)

    def accept(self, party_id: str, after: timedelta, terms: Terms = SECOND) -> None:
        self.db.write_now(accept_contract, self.word(party_id, after, terms))

    def word(self, party_id: str, after: timedelta, terms: Terms = SECOND) -> AcceptContract:
        return AcceptContract(self.of(2), party_id, terms_hash(terms), "stf", NOW + after)

    def of(self, version: int) -> ContractVersion:
        return ContractVersion(self.seed.brand_id, self.id, version)

    def in_force(self, after: timedelta) -> int | None:
        key = (self.seed.brand_id, self.seed.dealer, self.seed.place_id)
        found = self.db.read_now(contracts_for, {key}, NOW + after).get(key)
        return found.version if found else None

    def version(self, number: int) -> Contract:
        found = self.db.read_now(contracts_of_brand, self.seed.brand_id)
        return next(c for c in found if (c.id, c.version) == (self.id, number))


@pytest.fixture
def desk(db: Database) -> Desk:
    return Desk(db)


def refused(kind: RefusalKind, ask: Callable[[], Any]) -> None:
    with pytest.raises(Refusal) as caught:
        ask()
    assert caught.value.code == kind.code


def test_it_holds_once_the_last_has_accepted(desk: Desk) -> None:
    desk.accept(desk.seed.dealer, timedelta())
    assert desk.in_force(2 * DAY) == 1
    assert desk.version(2).state_at(NOW + 2 * DAY) is ContractState.PROPOSED
    desk.accept(desk.seed.dealer, timedelta())  # twice is once
    desk.accept(desk.seed.landlord, timedelta(hours=1))
    assert [desk.in_force(after) for after in (timedelta(), DAY - timedelta(seconds=1), DAY)] == [1, 1, 2]
    assert desk.version(1).effective_to == NOW + DAY
    desk.accept(desk.seed.landlord, 2 * DAY)
    assert desk.version(2).in_force_from == NOW + DAY


def test_accepted_late_it_holds_from_then_on(desk: Desk) -> None:
    for party_id in (desk.seed.dealer, desk.seed.landlord):
        desk.accept(party_id, 3 * DAY)
    assert [desk.in_force(days * DAY) for days in (1, 2, 3)] == [1, 1, 2]


def test_nobody_accepts_what_they_did_not_see(desk: Desk) -> None:
    refused(refusals.TERMS_CHANGED, lambda: desk.accept(desk.seed.dealer, timedelta(), FIRST))
    refused(refusals.NOT_PROPOSED, lambda: desk.accept(desk.seed.brand_party, timedelta()))
    assert desk.in_force(2 * DAY) == 1


def test_declined_it_comes_to_nothing_and_the_one_before_goes_on(desk: Desk) -> None:
    desk.accept(desk.seed.dealer, timedelta())
    command = CloseContract(desk.of(2), desk.seed.landlord, NOW)
    desk.db.write_now(close_contract, command)
    closed = desk.version(2)
    assert (closed.state_at(NOW), closed.closed_by) == (ContractState.CLOSED, desk.seed.landlord)
    refused(refusals.NOT_PROPOSED, lambda: desk.db.write_now(close_contract, command))
    refused(refusals.NOT_PROPOSED, lambda: desk.accept(desk.seed.landlord, timedelta()))
    assert desk.in_force(2 * DAY) == 1


def test_a_later_proposal_replaces_one_that_waits(desk: Desk) -> None:
    desk.sign(3, FIRST, 2 * DAY, (Acceptor(desk.seed.dealer, "stf", is_on_paper=True),))
    refused(refusals.NOT_PROPOSED, lambda: desk.accept(desk.seed.dealer, timedelta()))
    assert [desk.in_force(days * DAY) for days in (1, 2)] == [1, 3]


def test_a_contract_ends_and_none_follows(desk: Desk) -> None:
    desk.db.write_now(end_contract, EndContract(desk.of(1), NOW + DAY, NOW))
    assert [desk.in_force(days * DAY) for days in (0, 1)] == [1, None]
    ended = EndContract(desk.of(1), NOW + 2 * DAY, NOW)
    refused(refusals.NOT_IN_FORCE, lambda: desk.db.write_now(end_contract, ended))
    refused(refusals.NOT_IN_FORCE, lambda: desk.db.write_now(end_contract, EndContract(desk.of(2), NOW, NOW)))


def test_two_who_accept_at_once_bring_it_into_force(desk: Desk) -> None:
    async def at_once() -> None:
        words = [desk.word(party, timedelta()) for party in (desk.seed.dealer, desk.seed.landlord)]
        await asyncio.gather(*(desk.db.write(accept_contract, word) for word in words))

    asyncio.run(at_once())
    assert desk.in_force(DAY) == 2
