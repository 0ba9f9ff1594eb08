"""A conflict of a price with a contract as pages show it: what changed, whose territory, what was decided and why."""

from collections.abc import Collection
from dataclasses import dataclass

from highstreet.kernel.tx import Reader
from highstreet.rooms.channel import (
    CaseState,
    Contract,
    Gap,
    ParityCase,
    ParityChange,
    cases_by_dealer,
    cases_of_brand,
    changes_for,
    contracts_of_brand,
)
from highstreet.rooms.goods import PricedVariant, variants_for
from highstreet.rooms.identity import staff_of_brand
from highstreet.rooms.offers import OfferFacts, offer_by_id
from highstreet.rooms.parties import Party, PlaceOfBusiness, parties_of_brand, places_of_brand

STATES = tuple(state.value for state in CaseState)


@dataclass(frozen=True, slots=True)
class ShownCase:
    """A case with the names of all that it speaks of."""

    case: ParityCase
    change: ParityChange
    article: PricedVariant | None
    offer: OfferFacts | None
    gaps: tuple[tuple[Gap, PricedVariant | None], ...]
    operator: Party | None
    place: PlaceOfBusiness | None
    contract: Contract | None
    ended_by: str

    @property
    def more(self) -> int:
        """How many articles are not listed."""
        return self.case.goods - len(self.gaps)


@dataclass(frozen=True, slots=True)
class DealerSum:
    """All cases of one dealer in one currency."""

    party: Party | None
    party_id: str
    currency: str
    waiting: int
    cases: int
    lost_minor: int
    paid_minor: int


def conflicts(
    reader: Reader, brand_id: str, operators: Collection[str] | None, state: CaseState | None
) -> list[ShownCase]:
    """The newest cases, of these operators or of all; what waits stands first."""
    cases = cases_of_brand(reader, brand_id, operators=operators, state=state, limit=100)
    if not cases:
        return []
    changes = changes_for(reader, brand_id, {one.change_id for one in cases})
    subjects = {one.subject_id for one in changes.values()}
    wanted = {gap.variant_id for one in cases for gap in one.worst}
    wanted |= {one for one in subjects if one.startswith("var_")}
    articles = {key[1]: one for key, one in variants_for(reader, {(brand_id, v) for v in wanted}).items()}
    parties = {party.id: party for party in parties_of_brand(reader, brand_id)}
    places = {place.id: place for place in places_of_brand(reader, brand_id)}
    contracts = {(one.id, one.version): one for one in contracts_of_brand(reader, brand_id)}
    staff = {one.id: one.name for one in staff_of_brand(reader, brand_id)}
    offers = {
        change.id: offer_by_id(reader, brand_id, change.asked["offer_id"])
        for change in changes.values()
        if change.kind in ("coupon", "resume")
    }
    shown = [
        ShownCase(
            case,
            changes[case.change_id],
            articles.get(changes[case.change_id].subject_id),
            offers.get(case.change_id),
            tuple((gap, articles.get(gap.variant_id)) for gap in case.worst),
            parties.get(case.operator_party_id),
            places.get(case.place_id or ""),
            contracts.get((case.contract_id, case.contract_version)),
            staff.get(case.ended_by or "", ""),
        )
        for case in cases
    ]
    return sorted(shown, key=lambda one: one.case.state is not CaseState.WAITING)


def sums_by_dealer(reader: Reader, brand_id: str) -> list[DealerSum]:
    """Who is concerned most: by money, the largest first. What was withdrawn or declined cost nobody anything."""
    parties = {party.id: party for party in parties_of_brand(reader, brand_id)}
    sums: dict[tuple[str, str], list[int]] = {}
    for operator, currency, state, count, lost, paid in cases_by_dealer(reader, brand_id):
        one = sums.setdefault((operator, currency), [0, 0, 0, 0])
        is_real = state not in (CaseState.WITHDRAWN, CaseState.DECLINED, CaseState.REFUSED)
        one[0] += count if state is CaseState.WAITING else 0
        one[1] += count
        one[2] += lost if is_real else 0
        one[3] += paid
    found = [DealerSum(parties.get(key[0]), *key, *values) for key, values in sums.items()]
    return sorted(found, key=lambda one: (-one.lost_minor, -one.cases, one.party_id))
