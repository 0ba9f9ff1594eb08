"""Writes of the parity guard. No state is forced: each step is one guarded UPDATE of what still waits."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, or_, update

from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.tx import Tx
from highstreet.rooms.channel.errors import CASE_NOT_WAITING
from highstreet.rooms.channel.events import ParityBroken
from highstreet.rooms.channel.model import (
    WORST_KEPT,
    CaseState,
    ChangeState,
    Finding,
    OnlinePrice,
    ParityCase,
    ParityChange,
    gaps_document,
)
from highstreet.rooms.channel.parity_queries import case_by_id
from highstreet.rooms.channel.tables import (
    online_price,
    parity_case,
    parity_change,
    parity_turn,
    shelf_price,
)


def take_turn(tx: Tx, brand_id: str) -> None:
    """Wait until nobody else changes prices or offers of the brand; held until the transaction ends."""
    tx.add_up(parity_turn, [{"brand_id": brand_id, "turns": 1}], sums=["turns"])


def keep_change(
    tx: Tx, change: ParityChange, cases: Sequence[ParityCase], findings: Mapping[str, Finding]
) -> None:
    """Keep a change and its cases; `findings` by case id."""
    row = {name: getattr(change, name) for name in ParityChange.__slots__}
    row["asked"] = dict(change.asked)
    tx.insert_many(parity_change, [row])
    keep_cases(tx, cases, findings)


def keep_cases(tx: Tx, cases: Sequence[ParityCase], findings: Mapping[str, Finding]) -> None:
    """Keep further cases of a change, and announce them."""
    rows = []
    for case in cases:
        gaps = findings[case.id].gaps
        row = {name: getattr(case, name) for name in ParityCase.__slots__}
        rows.append(row | {"worst": gaps_document(gaps[:WORST_KEPT]), "lines": gaps_document(gaps)})
        tx.announce(
            ParityBroken(
                at=case.at,
                brand_id=case.brand_id,
                case_id=case.id,
                change_id=case.change_id,
                operator_party_id=case.operator_party_id,
                state=case.state.value,
                currency=case.currency,
                paid_minor=case.paid_minor,
            )
        )
    tx.insert_many(parity_case, rows)


@dataclass(frozen=True, slots=True)
class EndCase:
    """An operator's word on a case that waits: acknowledged or declined, by whom and when."""

    brand_id: str
    case_id: str
    operators: frozenset[str]
    state: CaseState
    staff_id: str
    at: datetime


def end_case(tx: Tx, command: EndCase) -> ParityCase:
    """Errors: Refusal request.not_found for another's; channel.case_not_waiting."""
    case = case_by_id(tx, command.brand_id, command.case_id)
    if case is None or case.operator_party_id not in command.operators:
        raise REQUEST_NOT_FOUND()
    k = parity_case.c
    changed = tx.run(
        update(parity_case)
        .where(k.brand_id == command.brand_id, k.id == command.case_id, k.state == CaseState.WAITING)
        .values(state=command.state, ended_at=command.at, ended_by=command.staff_id)
    )
    if changed.rowcount != 1:
        raise CASE_NOT_WAITING()
    return case


def end_change(
    tx: Tx,
    brand_id: str,
    change_id: str,
    state: ChangeState,
    at: datetime,
    *,
    replaced: Collection[str] = (),
) -> None:
    """A waiting change comes to its end, and with it the cases that still wait. Errors: channel.case_not_waiting."""
    c, k = parity_change.c, parity_case.c
    changed = tx.run(
        update(parity_change)
        .where(c.brand_id == brand_id, c.id == change_id, c.state == ChangeState.WAITING)
        .values(state=state, ended_at=at)
    )
    if changed.rowcount != 1:
        raise CASE_NOT_WAITING()
    tx.run(
        update(parity_case)
        .where(k.brand_id == brand_id, k.change_id == change_id, k.state == CaseState.WAITING)
        .values(state=CaseState.WITHDRAWN, ended_at=at)
    )
    void_cases(tx, brand_id, replaced)


def void_cases(tx: Tx, brand_id: str, case_ids: Collection[str]) -> None:
    """Words that were given on something else than what would come now: they no longer hold."""
    k = parity_case.c
    if case_ids:
        tx.run(
            update(parity_case)
            .where(k.brand_id == brand_id, k.id.in_(sorted(case_ids)), k.state == CaseState.ACKNOWLEDGED)
            .values(state=CaseState.WITHDRAWN)
        )


def set_shelf_prices(
    tx: Tx, brand_id: str, prices: Mapping[tuple[str, str], int | None], at: datetime
) -> None:
    """What operators know, by (contract, variant); None: the list's price."""
    s = shelf_price.c
    if prices:
        keys = [and_(s.contract_id == contract, s.variant_id == variant) for contract, variant in prices]
        for start in range(0, len(keys), 200):
            tx.run(delete(shelf_price).where(s.brand_id == brand_id, or_(*keys[start : start + 200])))
    tx.insert_many(
        shelf_price,
        [
            {
                "brand_id": brand_id,
                "contract_id": contract,
                "variant_id": variant,
                "shelf_minor": shelf,
                "since": at,
            }
            for (contract, variant), shelf in sorted(prices.items())
            if shelf is not None
        ],
    )


def put_online_prices(tx: Tx, brand_id: str, prices: Sequence[OnlinePrice]) -> None:
    """Keep what was seen, of each article and source the last."""
    o = online_price.c
    rows = {(one.variant_id, one.source): one for one in prices}
    for start in range(0, len(rows), 200):
        some = list(rows)[start : start + 200]
        keys = [and_(o.variant_id == variant, o.source == source) for variant, source in some]
        tx.run(delete(online_price).where(o.brand_id == brand_id, or_(*keys)))
    tx.insert_many(
        online_price,
        [
            {
                "brand_id": brand_id,
                "variant_id": one.variant_id,
                "source": one.source,
                "price_minor": one.price_minor,
                "lowest_minor": one.lowest_minor,
                "url": one.url,
                "seen_at": one.seen_at,
            }
            for _, one in sorted(rows.items())
        ],
    )
