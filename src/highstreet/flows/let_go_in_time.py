"""A sale paid in parts whose time is over goes back."""

from datetime import datetime
from typing import Any

from highstreet.flows.pay_in_parts import give_sale_up
from highstreet.flows.program import Program
from highstreet.kernel.errors import Refusal
from highstreet.kernel.jobs import Later
from highstreet.rooms.parcels import ON_ITS_WAY
from highstreet.rooms.sales import sales_for


async def let_go_in_time(program: Program, payload: dict[str, Any], now: datetime) -> None:
    """Job: a sale that was not paid in its time goes back; one that was, or is gone, is left alone."""
    key = (payload["brand_id"], payload["sale_id"])
    sale = (await program.db.read(sales_for, [key])).get(key)
    if sale is None or sale.held_until is None or sale.state != "open":
        return
    if sale.held_until > now:  # a deposit came: it is kept for longer than it was at first
        raise Later((sale.held_until - now).total_seconds())
    try:
        await give_sale_up(program, *key, reason="expired")
    except Refusal as refusal:
        if refusal.code != ON_ITS_WAY.code:  # a parcel was sent: who packs the others ends it
            raise
