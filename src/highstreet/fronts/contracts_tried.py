"""A version of a contract tried on past sales, as the office's and the dealers' pages and programs are told of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Query

from highstreet.flows.program import Program
from highstreet.flows.try_contract import PartyChange, SaleChange, Tried, TryTerms, try_contract
from highstreet.fronts.contracts_shown import Days
from highstreet.fronts.staff import Told
from highstreet.rooms.channel import Contract

First = Annotated[date | None, Query(description="Left out: the last 90 days.")]
Last = Annotated[date | None, Query(description="Included; at most 366 days.")]


class PartyTriedTold(Told):
    """What a party got of these sales, and would have got."""

    party_id: str
    currency: str
    was_minor: int
    would_be_minor: int
    sales: int


class SaleTriedTold(Told):
    """One of the sales that change most, with what the parties that are told of got and would have got."""

    sale_id: str
    at: datetime
    place_id: str
    currency: str
    was: dict[str, int]
    would_be: dict[str, int]


class TriedTold(Told):
    """A version tried on a time's sales."""

    first_day: date
    last_day: date
    sales: int
    is_all: bool
    below_zero: int
    unknown: int
    parties: list[PartyTriedTold]
    examples: list[SaleTriedTold]


@dataclass(frozen=True, slots=True)
class ShownTrial:
    """What came of it for those who may know: all parties, or one's own. `most_minor`: the longest bar."""

    days: Days
    sales: int
    is_all: bool
    below_zero: int
    unknown: int
    parties: tuple[PartyChange, ...]
    examples: tuple[SaleChange, ...]

    @property
    def most_minor(self) -> int:
        """The largest sum there is, at least 1."""
        return max([1, *(max(abs(p.was_minor), abs(p.would_be_minor)) for p in self.parties)])


async def try_version(
    program: Program,
    contract: Contract,
    days: Days,
    own: frozenset[str] | None = None,
) -> ShownTrial:
    """Try a version where it would hold. With `own` nothing is told but what these parties got and would have got.

    Errors: Refusal channel.terms_malformed.
    """
    asked = TryTerms(
        contract.brand_id,
        contract.operator_party_id,
        contract.place_id,
        contract.terms,
        days.since,
        days.until,
    )
    tried = await try_contract(program.db, asked)
    if own is None:
        return ShownTrial(
            days, tried.sales, tried.is_all, tried.below_zero, tried.unknown, tried.parties, tried.examples
        )
    return _only(tried, days, own)


def _only(tried: Tried, days: Days, own: frozenset[str]) -> ShownTrial:
    """Own sums and own part of the sales that change most for them."""
    parties = tuple(one for one in tried.parties if one.party_id in own)
    examples = [
        SaleChange(
            one.sale_id,
            one.at,
            one.place_id,
            one.currency,
            {party_id: one.was[party_id]} if party_id in one.was else {},
            {party_id: one.would_be[party_id]} if party_id in one.would_be else {},
        )
        for party_id in sorted(own)
        for one in tried.examples_of.get(party_id, ())
    ]
    sales = max((one.sales for one in parties), default=0)
    return ShownTrial(days, sales, tried.is_all, 0, tried.unknown, parties, tuple(examples))


def trial_told(trial: ShownTrial) -> TriedTold:
    """The same for programs."""
    return TriedTold(
        first_day=trial.days.first,
        last_day=trial.days.last,
        sales=trial.sales,
        is_all=trial.is_all,
        below_zero=trial.below_zero,
        unknown=trial.unknown,
        parties=[PartyTriedTold.model_validate(one) for one in trial.parties],
        examples=[SaleTriedTold.model_validate(one) for one in trial.examples],
    )
