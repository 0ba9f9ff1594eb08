"""Practice at a register: priced by the same rules as a sale, and then kept apart from all that counts.

Nothing here writes to `sales`, `tenders`, `stock`, `offers`, `members` or `ledger`, and nothing is announced. A wallet is
asked only at the training account (settings: training_wallet_url), which production refuses to have; without one it is
only pretended, and pretends to be paid.
"""

from collections.abc import Sequence
from typing import Any

from highstreet.flows.charge_sale import check_rail
from highstreet.flows.errors import COUPON_UNUSABLE
from highstreet.flows.preview_return import ReturnPreview
from highstreet.flows.price_sale import PriceSale, price_sale
from highstreet.flows.program import Program
from highstreet.flows.return_sale import ReturnAtRegister
from highstreet.flows.sell_at_register import SellAtRegister, draft_sale
from highstreet.flows.settle_sale import PaidSale, receipt_of
from highstreet.kernel.errors import AUTH_IN_TRAINING
from highstreet.kernel.ids import stable_id
from highstreet.kernel.time import format_utc
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.goods import return_value
from highstreet.rooms.tenders import RAIL_KINDS, QrShown, RailAnswer, Tender
from highstreet.rooms.tenders.rails.port import PayOrder, Rail, RefundOrder
from highstreet.rooms.training import (
    NOT_OPEN,
    SALE_UNKNOWN,
    EndTraining,
    TakeBack,
    TrainingLine,
    TrainingSale,
    answered_return,
    end_training_sale,
    keep_training_sale,
    take_training_back,
    training_sale_by_id,
)

MARK = "TRAINING 训练"


async def charge_in_training(
    program: Program, command: SellAtRegister, auth_code: str | None
) -> dict[str, Any]:
    """What a real charge would answer, marked. Errors: those of `sell`; auth.in_training to pay in parts."""
    if command.held_until is not None:
        raise AUTH_IN_TRAINING()
    for wish in command.tenders:
        if _training_rail(program, wish.rail) is None:
            check_rail(program, command.brand_id, wish.rail, command.currency)
    draft = await program.db.read(_draft, command)
    kept: TrainingSale = await program.db.write(keep_training_sale, draft)
    if kept.state != "open":
        return kept.told()
    return await _ask(program, kept, auth_code)


def _draft(reader: Reader, command: SellAtRegister) -> TrainingSale:
    ask = PriceSale(
        brand_id=command.brand_id,
        register_id=command.register_id,
        items=command.items,
        member_id=command.member_id,
        coupons=command.coupons,
        currency=command.currency,
        at=command.at,
        is_quote=True,  # stock is not looked at: there may be none before the place opens
    )
    priced = price_sale(reader, ask)
    if priced.unusable:
        coupon, reason = priced.unusable[0]
        raise COUPON_UNUSABLE(coupon=coupon[:40], reason=reason)
    sale, tenders = draft_sale(command, priced)
    waiting = next((t for t in tenders if t.state == "pending"), None)
    receipt = receipt_of(
        PaidSale(
            sale=sale,
            register=priced.register,
            member=priced.member,
            contract=priced.contract,
            tenders=tenders,
            discounts=tuple(sale.proof["discounts"]),
            at=command.at,
            return_days=command.return_days,
        )
    )
    return TrainingSale(
        brand_id=sale.brand_id,
        id=sale.id,
        place_id=sale.place_id,
        register_id=command.register_id,
        fingerprint=command.fingerprint,
        state="open" if waiting else "paid",
        at=command.at,
        receipt=receipt,
        lines=tuple(TrainingLine(line.line_no, line.quantity, line.net_minor) for line in sale.lines),
        waits_for=None if waiting is None else _waits_for(waiting),
    )


def _waits_for(tender: Tender) -> dict[str, Any]:
    return {
        "tender_id": tender.id,
        "rail": tender.rail,
        "amount_minor": tender.amount_minor,
        "way": tender.way,
        "currency": tender.currency,
    }


def _training_rail(program: Program, rail: str) -> Rail | None:
    return program.training_wallet if rail == "wallet" else None


def _order(sale: TrainingSale, waits: dict[str, Any]) -> PayOrder:
    return PayOrder(
        waits["tender_id"], waits["amount_minor"], waits["currency"], f"{MARK} · {sale.id}", sale.at
    )


async def _ask(program: Program, sale: TrainingSale, auth_code: str | None) -> dict[str, Any]:
    waits = sale.waits_for or {}
    rail = _training_rail(program, waits["rail"])
    if rail is None:
        if waits["way"] == "qr":  # whoever asks again has seen it paid
            return {**sale.told(), "qr": f"{MARK} {sale.id}"}
        return await _end(program, sale, RailAnswer("paid"))
    order = _order(sale, waits)
    if auth_code is not None:
        return await _end(program, sale, await rail.pay_by_code(order, auth_code))
    if waits["way"] != "qr":
        return await _end(program, sale, await rail.query(order))
    shown = await rail.show_qr(order)
    if isinstance(shown, QrShown):
        return {**sale.told(), "qr": shown.code_url}
    return await _end(program, sale, shown)


async def _end(program: Program, sale: TrainingSale, answer: RailAnswer) -> dict[str, Any]:
    if answer.outcome == "paid":
        command = EndTraining(sale.brand_id, sale.id, "paid")
    elif answer.outcome in ("declined", "reversed"):
        command = EndTraining(sale.brand_id, sale.id, "abandoned", (answer.reason or answer.outcome)[:40])
    else:
        return sale.told()
    await program.db.write(end_training_sale, command)
    return await _told(program, sale.brand_id, sale.register_id, sale.id)


async def read_in_training(program: Program, brand_id: str, register_id: str, sale_id: str) -> dict[str, Any]:
    """Where a practised sale of this register stands; a pretended wallet has paid by now. Errors: training.sale_unknown."""
    sale = await program.db.read(_sale, brand_id, register_id, sale_id)
    if sale.state != "open" or sale.waits_for is None:
        return sale.told()
    rail = _training_rail(program, sale.waits_for["rail"])
    answer = RailAnswer("paid") if rail is None else await rail.query(_order(sale, sale.waits_for))
    return await _end(program, sale, answer)


async def cancel_in_training(
    program: Program, brand_id: str, register_id: str, sale_id: str
) -> dict[str, Any]:
    """Call an open payment back. Errors: training.sale_unknown, training.not_open."""
    sale = await program.db.read(_sale, brand_id, register_id, sale_id)
    if sale.state != "open" or sale.waits_for is None:
        raise NOT_OPEN()
    rail = _training_rail(program, sale.waits_for["rail"])
    answer = RailAnswer("reversed") if rail is None else await rail.reverse(_order(sale, sale.waits_for))
    return await _end(program, sale, answer)


async def return_in_training(program: Program, command: ReturnAtRegister) -> dict[str, Any]:
    """Give back nowhere; the training wallet's account gets its play money back. Errors: training.sale_unknown, ..."""
    answer, sale = await program.db.write(_return, command)
    refund = next((r for r in answer["refunds"] if RAIL_KINDS[r["rail"]].has_provider), None)
    if refund is not None and sale is not None and (rail := _training_rail(program, refund["rail"])):
        paid = _order(sale, sale.waits_for or {})
        await rail.refund(RefundOrder(refund["tender_id"], refund["amount_minor"], paid, None, command.at))
    return answer


def _return(tx: Tx, command: ReturnAtRegister) -> tuple[dict[str, Any], TrainingSale | None]:
    before = answered_return(tx, command.brand_id, command.return_id, command.fingerprint)
    sale = _sale(tx, command.brand_id, None, command.sale_id)
    if before is not None:
        return before, sale
    if sale.state != "paid":
        raise NOT_OPEN()
    pieces = _pieces(sale, command.items)
    answer = _returned(sale, command, pieces)
    take_training_back(
        tx,
        TakeBack(
            brand_id=command.brand_id,
            return_id=command.return_id,
            sale_id=sale.id,
            fingerprint=command.fingerprint,
            pieces=tuple(pieces),
            answer=answer,
            at=command.at,
        ),
    )
    return answer, sale


def _pieces(sale: TrainingSale, items: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    known = {line.line_no: line for line in sale.lines}
    pieces: list[tuple[int, int, int]] = []
    for line_no, quantity in items:
        if line_no not in known or any(line_no == seen for seen, _, _ in pieces):
            raise SALE_UNKNOWN()
        line = known[line_no]
        refund = return_value(
            line.net_minor, line.quantity, line.returned_quantity, line.returned_minor, quantity
        )
        pieces.append((line_no, quantity, refund))
    return pieces


def _returned(
    sale: TrainingSale, command: ReturnAtRegister, pieces: Sequence[tuple[int, int, int]]
) -> dict[str, Any]:
    total = sum(refund for _, _, refund in pieces)
    refunds = [
        {
            "tender_id": stable_id("tnd", command.return_id, tender["tender_id"]),
            "rail": tender["rail"],
            "amount_minor": part,
            "state": "refunded",
        }
        for tender, part in _split(sale, total)
    ]
    return {
        "return_id": command.return_id,
        "sale_id": sale.id,
        "currency": sale.receipt["currency"],
        "refund_minor": total,
        "lines": [
            {"line_no": line_no, "quantity": quantity, "refund_minor": refund}
            for line_no, quantity, refund in pieces
        ],
        "refunds": refunds,
        "at": format_utc(command.at),
        "is_training": True,
    }


def _split(sale: TrainingSale, total: int) -> list[tuple[dict[str, Any], int]]:
    """Which payments give back how much."""
    earlier = sum(line.returned_minor for line in sale.lines)
    parts, left = [], total
    for tender in sale.receipt["tenders"]:
        # What earlier returns took is gone from the first tenders on.
        open_minor = max(0, tender["amount_minor"] - earlier)
        earlier = max(0, earlier - tender["amount_minor"])
        if part := min(left, open_minor):
            parts.append((tender, part))
            left -= part
    return parts


def preview_in_training(
    reader: Reader, brand_id: str, sale_id: str, items: Sequence[tuple[int, int]]
) -> ReturnPreview:
    """What a practised return would give back. Errors: training.sale_unknown, training.not_open."""
    sale = _sale(reader, brand_id, None, sale_id)
    if sale.state != "paid":
        raise NOT_OPEN()
    total = sum(refund for _, _, refund in _pieces(sale, items))
    ways = tuple((tender["rail"], part) for tender, part in _split(sale, total))
    return ReturnPreview(sale.receipt["currency"], total, ways)


def paid_in_training(reader: Reader, brand_id: str, register_id: str, sale_id: str) -> TrainingSale:
    """A paid one, for its receipt. Errors: training.sale_unknown."""
    sale = _sale(reader, brand_id, register_id, sale_id)
    if sale.state != "paid":
        raise SALE_UNKNOWN()
    return sale


def _sale(reader: Reader, brand_id: str, register_id: str | None, sale_id: str) -> TrainingSale:
    sale = training_sale_by_id(reader, brand_id, sale_id)
    if sale is None or register_id not in (None, sale.register_id):
        raise SALE_UNKNOWN()
    return sale


async def _told(program: Program, brand_id: str, register_id: str, sale_id: str) -> dict[str, Any]:
    return (await program.db.read(_sale, brand_id, register_id, sale_id)).told()
