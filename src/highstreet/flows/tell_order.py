"""A shopper's order moves by itself on their phone: whoever moves it tells their stream."""

from datetime import datetime

from highstreet.kernel.tx import Tx
from highstreet.rooms.sales import OrderMoved, Sale


def tell_order(tx: Tx, sale: Sale, at: datetime) -> None:
    """Announce that an order moved; a register's sale has its own stream, and one that was forgotten has none."""
    if sale.origin == "shop" and sale.person_id is not None:
        tx.announce(
            OrderMoved(
                at=at,
                brand_id=sale.brand_id,
                place_id=sale.place_id,
                person_id=sale.person_id,
                sale_id=sale.id,
            )
        )
