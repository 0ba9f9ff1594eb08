"""What a partial return of a line gives back."""

from highstreet.rooms.goods.errors import RETURN_BEYOND_SOLD


def return_value(
    line_net_minor: int, quantity: int, returned_before: int, returned_minor_before: int, quantity_now: int
) -> int:
    """Minor units to give back for `quantity_now` pieces of a line of `quantity`, after earlier returns.

    Rounded down over all returned so far, so that once every piece is back exactly `line_net_minor` was given
    back, in whatever steps. The same for each of a line's discount parts, with its amount as `line_net_minor`.
    Errors: Refusal goods.return_beyond_sold.
    """
    returned = returned_before + quantity_now
    if quantity_now < 1 or returned_before < 0 or returned > quantity:
        raise RETURN_BEYOND_SOLD(left=max(quantity - returned_before, 0))
    return max(line_net_minor * returned // quantity - returned_minor_before, 0)
