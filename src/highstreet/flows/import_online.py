"""Other sellers' online prices from a file, set against what contracts promise of prices (P3).

Nobody here can stop them: whose contract answers for online prices is paid, all others are told.
"""

from typing import NamedTuple

from highstreet.flows.guard_parity import case_of, pay_cases
from highstreet.flows.import_batch import ImportBatch, ImportState, count_batch
from highstreet.flows.weigh_parity import Promises, Said, promises_at
from highstreet.kernel.ids import new_id
from highstreet.kernel.time import from_micros
from highstreet.kernel.tx import Tx
from highstreet.rooms.channel import (
    ChangeState,
    Lowered,
    OnlinePrice,
    ParityCase,
    ParityChange,
    judge_online,
    keep_change,
    online_prices,
    put_online_prices,
    take_turn,
)
from highstreet.rooms.goods import PricedVariant, variants_for
from highstreet.rooms.parties import brand_by_id


class OnlineImport(NamedTuple):
    """What a seller asks for an article, and where and when that was seen."""

    variant_id: str
    source: str
    price_minor: int
    url: str
    seen_at: int


def import_online_prices(tx: Tx, batch: ImportBatch[OnlineImport]) -> ImportState:
    """Keep what was seen; each price lower than that seller's ever was is a case of every contract that it breaks.

    What was seen before what is known already counts as unchanged.
    """
    brand_id = batch.brand_id
    take_turn(tx, brand_id)
    variant_ids = {row.variant_id for row in batch.groups}
    known = {key[1]: one for key, one in variants_for(tx, {(brand_id, v) for v in variant_ids}).items()}
    promises = promises_at(tx, brand_id, batch.at, variant_ids)
    seen = online_prices(tx, brand_id, variant_ids)
    lowest = {key: one.lowest_minor for key, one in seen.items()}
    fresh = []
    for row in batch.groups:
        key, at = (row.variant_id, row.source), from_micros(row.seen_at)
        if key in seen and at <= seen[key].seen_at:
            continue
        if promises is not None and row.price_minor < lowest.get(key, row.price_minor + 1):
            others = [price for (variant, _), price in lowest.items() if variant == row.variant_id]
            said = _say(promises, known[row.variant_id], row.price_minor, min(others, default=None))
            _keep(tx, batch, row, said)
        lowest[key] = min(row.price_minor, lowest.get(key, row.price_minor))
        fresh.append(OnlinePrice(*key, row.price_minor, lowest[key], row.url, at))
    put_online_prices(tx, brand_id, fresh)
    return count_batch(tx, batch, len(fresh), len(batch.groups) - len(fresh))


def _say(promises: Promises, article: PricedVariant, price_minor: int, known_minor: int | None) -> list[Said]:
    """What was below a contract's limit before is known; of the rest the whole way down from the shelf is new."""
    said = []
    for contract in promises.contracts:
        parity = contract.terms.parity
        assert parity is not None
        shelf = promises.shelf(contract, article)
        is_known = known_minor is not None and known_minor < parity.limit_of(shelf)
        reference = known_minor if is_known and known_minor is not None else shelf
        pieces = promises.pieces.get((contract.id, article.variant_id), 0)
        gap = max(reference - price_minor, 0)
        lowered = Lowered(article.variant_id, article.product_id, shelf, price_minor, gap, pieces)
        said.append(Said(contract, judge_online(parity, lowered)))
    return [one for one in said if one.finding.gaps]


def _keep(tx: Tx, batch: ImportBatch[OnlineImport], row: OnlineImport, said: list[Said]) -> None:
    brand = brand_by_id(tx, batch.brand_id)
    if not said or brand is None:
        return
    asked = {
        "source": row.source,
        "price_minor": row.price_minor,
        "url": row.url,
        "seen_at": from_micros(row.seen_at).isoformat(),
    }
    change = ParityChange(
        batch.brand_id,
        new_id("pcg"),
        "online",
        row.variant_id,
        asked,
        "import",
        ChangeState.TOLD,
        batch.at,
        batch.at,
    )
    cases: list[ParityCase] = []
    findings = {}
    for one in said:
        case = case_of(change, one, brand.currency, batch.at)
        cases.append(case)
        findings[case.id] = one.finding
    keep_change(tx, change, cases, findings)
    pay_cases(tx, cases)
