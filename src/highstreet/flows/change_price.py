"""The head office changes a price, in the brand's own currency; sales from now on see it."""

from highstreet.kernel.money import CURRENCY_MISMATCH
from highstreet.kernel.tx import Tx
from highstreet.rooms.goods import PricedVariant, SetPrice, set_price, variant_by_id
from highstreet.rooms.parties import brand_by_id


def change_price(tx: Tx, command: SetPrice) -> PricedVariant | None:
    """Set it. Errors: Refusal money.currency_mismatch; goods.variant_not_found, amount_out_of_range."""
    brand = brand_by_id(tx, command.brand_id)
    if brand is not None and brand.currency != command.currency:
        raise CURRENCY_MISMATCH(expected=brand.currency, given=command.currency)
    set_price(tx, command)
    return variant_by_id(tx, command.brand_id, command.variant_id)
