"""The head office changes a price, in the brand's own currency, as far as contracts let it; sales from then on see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from highstreet.flows.guard_parity import Attempt, Guarded, decide
from highstreet.flows.weigh_parity import NewPrice, Promises, promises_at, weigh_prices
from highstreet.kernel.money import CURRENCY_MISMATCH
from highstreet.kernel.tx import Tx
from highstreet.rooms.channel import (
    Contract,
    ParityChange,
    set_shelf_prices,
    shelf_after,
    take_turn,
)
from highstreet.rooms.goods import (
    VARIANT_NOT_FOUND,
    PricedVariant,
    SetPrice,
    check_price,
    set_price,
    variant_by_id,
)
from highstreet.rooms.parties import brand_by_id


@dataclass(frozen=True, slots=True)
class ChangePrice:
    """New prices, and who asks for them. `released`: they waited until now, as this change."""

    price: SetPrice
    staff_id: str
    released: ParityChange | None = None


def change_price(tx: Tx, command: ChangePrice) -> Guarded[PricedVariant]:
    """Set it, or keep it waiting.

    Errors: Refusal money.currency_mismatch; goods.variant_not_found, amount_out_of_range; channel.parity_broken.
    """
    price = command.price
    brand = brand_by_id(tx, price.brand_id)
    if brand is not None and brand.currency != price.currency:
        raise CURRENCY_MISMATCH(expected=brand.currency, given=price.currency)
    check_price(price)
    take_turn(tx, price.brand_id)
    known = variant_by_id(tx, price.brand_id, price.variant_id)
    if known is not None:
        waiting = _guard(tx, command, known, promises_at(tx, price.brand_id, price.at, {price.variant_id}))
        if waiting is not None:
            return Guarded(None, waiting)
    set_price(tx, price)
    found = variant_by_id(tx, price.brand_id, price.variant_id)
    if found is None:
        raise VARIANT_NOT_FOUND()
    return Guarded(found)


def price_of(change: ParityChange, at: datetime) -> ChangePrice:
    """What a change that waited asked for."""
    asked = change.asked
    price = SetPrice(
        change.brand_id,
        change.subject_id,
        asked["currency"],
        asked["list_minor"],
        asked["member_minor"],
        at,
    )
    return ChangePrice(price, change.asked_by, change)


def guard_prices(tx: Tx, prices: Sequence[tuple[PricedVariant, SetPrice]], asked_by: str) -> set[str]:
    """Prices of one brand and moment that a file brings: the articles whose new price must wait come back.

    The others may be set. Errors: ParityRefusal channel.parity_broken.
    """
    if not prices:
        return set()
    first = prices[0][1]
    take_turn(tx, first.brand_id)
    promises = promises_at(tx, first.brand_id, first.at, {price.variant_id for _, price in prices})
    return {
        known.variant_id
        for known, price in prices
        if _guard(tx, ChangePrice(price, asked_by), known, promises) is not None
    }


def _guard(
    tx: Tx, command: ChangePrice, known: PricedVariant, promises: Promises | None
) -> ParityChange | None:
    price = command.price
    if promises is None:
        said = []
    else:
        new = NewPrice(known, price.list_minor, price.member_minor)
        said = weigh_prices(tx, price.brand_id, price.at, [new], promises)
    asked = {
        "currency": price.currency,
        "list_minor": price.list_minor,
        "member_minor": price.member_minor,
        "list_before_minor": known.list_minor,
        "member_before_minor": known.member_minor,
    }
    attempt = Attempt(
        *(price.brand_id, "price", price.variant_id, asked, command.staff_id, price.at), command.released
    )
    decided = decide(tx, attempt, said, price.currency)
    if isinstance(decided, ParityChange):
        return decided
    if promises is not None:
        shelves = new_shelves(promises, [(known, price.list_minor)], decided.known)
        set_shelf_prices(tx, price.brand_id, shelves, price.at)
    return None


def new_shelves(
    promises: Promises, prices: Sequence[tuple[PricedVariant, int]], known: frozenset[str]
) -> Mapping[tuple[str, str], int | None]:
    """What operators know once these list prices are live; `known`: contracts whose operators know of the change."""
    found: dict[tuple[str, str], int | None] = {}
    for contract in promises.contracts:
        for variant, list_minor in prices:
            before = promises.shelf(contract, variant)
            after = shelf_after(before, list_minor, is_known=_knows(contract, before, list_minor, known))
            found[contract.id, variant.variant_id] = after if after > list_minor else None
    return found


def _knows(contract: Contract, shelf_minor: int, list_minor: int, known: frozenset[str]) -> bool:
    """Of a fall within the tolerance nobody was told, even where offers made it a case."""
    parity = contract.terms.parity
    return contract.id in known and parity is not None and list_minor < parity.limit_of(shelf_minor)
