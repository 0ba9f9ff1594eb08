"""Conflicts of prices with contracts, as head office and dealers are told of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import Field

from highstreet.fronts.staff import Told, brand_of, program_of
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.permissions import Actor
from highstreet.kernel.tx import Reader
from highstreet.rooms.channel import (
    CaseState,
    Gap,
    ParityCase,
    ParityChange,
    case_by_id,
    cases_of_brand,
    cases_of_change,
    changes_for,
    finding_in,
)
from highstreet.rooms.goods import PricedVariant, variants_for

Kind = Literal["price", "offer", "coupon", "resume", "online"]
CaseWord = Literal["waiting", "acknowledged", "declined", "compensated", "refused", "withdrawn", "told"]


class GapTold(Told):
    """One article that may be had for less than the operator was promised."""

    variant_id: str
    name_en: str
    name_zh: str
    shelf_minor: int = Field(description="The list price that the operator last knew.")
    lowest_minor: int = Field(description="The least that a piece may then cost, with all offers.")
    gap_minor: int = Field(description="How far, at most, a price falls below what the operator knew of it.")
    pieces: int = Field(description="Its own on hand, when the change was asked for.")
    paid_minor: int = Field(description="What the brand pays it for these.")


class ParityCaseTold(Told):
    """What one contract says of a change."""

    id: str
    change_id: str
    kind: Kind = Field(description="online: somebody else's price, which nobody here can stop.")
    subject_id: str = Field(description="The article, offer or coupon that is changed.")
    asked: dict[str, Any] = Field(description="What was asked for.")
    contract_id: str
    contract_version: int
    operator_party_id: str
    place_id: str | None = Field(description="Whose territory: this place; None: all that the operator runs.")
    state: CaseWord
    currency: str
    goods: int = Field(description="How many articles break the contract.")
    pieces: int
    lost_minor: int = Field(description="The whole difference over the operator's own pieces.")
    paid_minor: int
    worst: list[GapTold] = Field(description="Those with the largest losses; one case by its id has all.")
    at: datetime
    ended_at: datetime | None
    ended_by: str | None = Field(description="Who acknowledged or declined it.")


class ParityChangeTold(Told):
    """A change that waits: nothing of it is live."""

    change_id: str
    state: Literal["waiting"] = "waiting"
    cases: list[ParityCaseTold]


Names = Mapping[tuple[str, str], PricedVariant]


def case_told(case: ParityCase, change: ParityChange, gaps: Sequence[Gap], names: Names) -> ParityCaseTold:
    """A case with these of its articles."""
    return ParityCaseTold(
        id=case.id,
        change_id=case.change_id,
        kind=change.kind,
        subject_id=change.subject_id,
        asked=dict(change.asked),
        contract_id=case.contract_id,
        contract_version=case.contract_version,
        operator_party_id=case.operator_party_id,
        place_id=case.place_id,
        state=case.state.value,
        currency=case.currency,
        goods=case.goods,
        pieces=case.pieces,
        lost_minor=case.lost_minor,
        paid_minor=case.paid_minor,
        worst=[_gap_told(case.brand_id, gap, names) for gap in gaps],
        at=case.at,
        ended_at=case.ended_at,
        ended_by=case.ended_by,
    )


def cases_told(reader: Reader, brand_id: str, cases: Sequence[ParityCase]) -> list[ParityCaseTold]:
    """Many, each with its worst articles."""
    changes = changes_for(reader, brand_id, {one.change_id for one in cases}) if cases else {}
    wanted = {(brand_id, gap.variant_id) for one in cases for gap in one.worst}
    names = variants_for(reader, wanted) if wanted else {}
    return [case_told(one, changes[one.change_id], one.worst, names) for one in cases]


def _gap_told(brand_id: str, gap: Gap, names: Names) -> GapTold:
    article = names.get((brand_id, gap.variant_id))
    return GapTold(
        variant_id=gap.variant_id,
        name_en=article.name_en if article else "",
        name_zh=article.name_zh if article else "",
        shelf_minor=gap.shelf_minor,
        lowest_minor=gap.lowest_minor,
        gap_minor=gap.gap_minor,
        pieces=gap.pieces,
        paid_minor=gap.paid_minor,
    )


def read_cases(
    reader: Reader, brand_id: str, operators: frozenset[str] | None, state: CaseState | None
) -> list[ParityCaseTold]:
    """The newest, each with its worst articles; of these operators only, in this state only."""
    return cases_told(reader, brand_id, cases_of_brand(reader, brand_id, operators=operators, state=state))


def read_case(
    reader: Reader, brand_id: str, case_id: str, operators: frozenset[str] | None
) -> ParityCaseTold:
    """With all its articles. Errors: Refusal request.not_found, also for another operator's."""
    case = case_by_id(reader, brand_id, case_id)
    if case is None or (operators is not None and case.operator_party_id not in operators):
        raise REQUEST_NOT_FOUND()
    gaps = finding_in(reader, brand_id, case_id).gaps
    names = variants_for(reader, {(brand_id, gap.variant_id) for gap in gaps})
    change = changes_for(reader, brand_id, [case.change_id])[case.change_id]
    return case_told(case, change, gaps, names)


async def waits(request: Request, actor: Actor, change: ParityChange) -> JSONResponse:
    """202: it was taken, and is not made."""
    told = await program_of(request).db.read(_change_told, brand_of(actor), change)
    return JSONResponse(told.model_dump(mode="json"), 202)


def _change_told(reader: Reader, brand_id: str, change: ParityChange) -> ParityChangeTold:
    cases = cases_of_change(reader, brand_id, change.id)
    return ParityChangeTold(change_id=change.id, cases=cases_told(reader, brand_id, cases))


WAITS: dict[int | str, dict[str, Any]] = {
    202: {
        "model": ParityChangeTold,
        "description": "It waits for dealers to acknowledge it; nothing is live.",
    }
}
"""For the routes that change prices or offers."""
