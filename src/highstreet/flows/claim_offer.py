"""An offer becomes a coupon in the shopper's wallet with one tap."""

from highstreet.flows.show_wallet import HeldCoupon, held_coupon
from highstreet.flows.sign_in import require_person
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.tx import Tx
from highstreet.rooms.offers import ClaimCoupon, claim_coupon
from highstreet.rooms.parties import brand_by_id


def claim_offer(tx: Tx, command: ClaimCoupon) -> HeldCoupon:
    """The coupon; the same coupon id again is the same claim. Errors: as `offers.claim_coupon`."""
    require_person(tx, command.person_id)
    coupon = claim_coupon(tx, command)
    brand = brand_by_id(tx, command.brand_id)
    if brand is None:
        raise REQUEST_NOT_FOUND()
    return held_coupon(coupon, brand, command.person_id, command.now)
