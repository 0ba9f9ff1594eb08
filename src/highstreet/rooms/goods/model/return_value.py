"""What a partial return of a line gives back."""

from highstreet.rooms.goods.errors import RETURN_BEYOND_SOLD


def return_value(
    line_net_minor: int, quantity: int, returned_before: int, returned_minor_before: int, quantity_now: int
) -> int:
    """Minor units to give back for `quantity_now` pieces of a line of `quantity`, after earlier returns.

    Rounded down over all returned so far, so that once every piece is back exactly `line_net_minor` was given
    back, in whatever steps. The same for each of a line's discount parts, with its amount as `line_net_minor`.
    What was given back beyond the pieces (a refund by amount) rests on those kept, each by its part: it is taken off
    as they come back, so that the last one brings exactly what is left, and none less than nothing.
    Errors: Refusal goods.return_beyond_sold.
    """
    returned = returned_before + quantity_now
    if quantity_now < 1 or returned_before < 0 or returned > quantity:
        raise RETURN_BEYOND_SOLD(left=max(quantity - returned_before, 0))
    fair_before = line_net_minor * returned_before // quantity
    value = line_net_minor * returned // quantity - fair_before
    allowed = max(returned_minor_before - fair_before, 0)
    taken_off = allowed * quantity_now // (quantity - returned_before)
    return min(max(value - taken_off, 0), line_net_minor - returned_minor_before)
