"""The head office publishes offers and their shared coupons; the funder must be one of the brand's parties."""

from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.tx import Tx
from highstreet.rooms import offers
from highstreet.rooms.offers import OfferFacts, PublishOffer
from highstreet.rooms.parties import parties_of_brand


def publish_offer(tx: Tx, command: PublishOffer) -> OfferFacts:
    """Publish. Errors: Refusal request.not_found for a funder of another brand; offers.terms_malformed."""
    if command.funder_party_id not in {p.id for p in parties_of_brand(tx, command.brand_id)}:
        raise REQUEST_NOT_FOUND()
    return offers.publish_offer(tx, command)
