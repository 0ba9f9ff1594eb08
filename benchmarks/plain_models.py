"""The mapped classes of the peer: one for each table of ours, so that it has the same indexes and guards."""

from typing import Any

from sqlalchemy.orm import DeclarativeBase, relationship

from highstreet.kernel import tables as kernel
from highstreet.rooms.channel import tables as channel
from highstreet.rooms.goods import tables as goods
from highstreet.rooms.identity import tables as identity
from highstreet.rooms.ledger import tables as ledger
from highstreet.rooms.loop import tables as loop
from highstreet.rooms.members import tables as members
from highstreet.rooms.offers import tables as offers
from highstreet.rooms.parties import tables as parties
from highstreet.rooms.places import tables as places
from highstreet.rooms.sales import tables as sales
from highstreet.rooms.stock import tables as stock
from highstreet.rooms.tenders import tables as tenders


class Base(DeclarativeBase):
    """All mapped classes."""

    metadata = kernel.metadata


def _mapped(name: str, table: Any, **members: Any) -> Any:
    return type(name, (Base,), {"__table__": table, **members})


Brand = _mapped("Brand", parties.brand)
Party = _mapped("Party", parties.party)
Place = _mapped("Place", parties.place)
Register = _mapped("Register", parties.register)
RegisterKey = _mapped("RegisterKey", identity.register_key)
Site = _mapped("Site", places.site)
Product = _mapped("Product", goods.product)
Variant = _mapped("Variant", goods.variant)
PriceList = _mapped("PriceList", goods.price_list)
Price = _mapped("Price", goods.price)
StockItem = _mapped("StockItem", stock.stock_item)
StockMove = _mapped("StockMove", stock.stock_move)
Member = _mapped("Member", members.member)
Consent = _mapped("Consent", members.consent)
PointsEntry = _mapped("PointsEntry", members.points_entry)
Offer = _mapped("Offer", offers.offer)
Coupon = _mapped("Coupon", offers.coupon)
Redemption = _mapped("Redemption", offers.redemption)
Code = _mapped("Code", loop.code)
Touch = _mapped("Touch", loop.touch)
Credit = _mapped("Credit", loop.credit)
Contract = _mapped("Contract", channel.contract)
ShareSheet = _mapped("ShareSheet", channel.share_sheet)
Account = _mapped("Account", ledger.account)
Transfer = _mapped("Transfer", ledger.transfer)
Tender = _mapped("Tender", tenders.tender)
SaleLine = _mapped("SaleLine", sales.sale_line)
Outbox = _mapped("Outbox", kernel.outbox)
Idempotency = _mapped("Idempotency", kernel.idempotency)
Sale = _mapped(
    "Sale",
    sales.sale,
    lines=relationship(SaleLine, order_by=SaleLine.line_no),
    tenders=relationship(Tender),
    share_sheet=relationship(ShareSheet, uselist=False),
)
