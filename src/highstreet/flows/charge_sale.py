"""Charging at a register from outside in: two commands around a call to the payment provider.

Start (pending, on disk) → ask the provider → finish. What the provider leaves open stays open: a job asks
again, a notice may come, and after half a minute the payment is called back (domain.md, M3).
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

from highstreet.flows.errors import RAIL_OFF
from highstreet.flows.finish_sale import FinishTender, finish_tender, sale_state
from highstreet.flows.late_transfer import SendBackLate, late_refund_id, send_back_late
from highstreet.flows.program import Program
from highstreet.flows.return_sale import FinishRefund, finish_refund
from highstreet.flows.sell_at_register import FIRST_QUERY_S, SellAtRegister, Sold, sell, was_asked
from highstreet.kernel.jobs import Later
from highstreet.kernel.time import parse_utc
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.parties import brand_by_id
from highstreet.rooms.sales import NOT_OPEN, SALE_UNKNOWN, sales_for
from highstreet.rooms.tenders import (
    OPEN_STATES,
    RAIL_KINDS,
    REVERSING,
    SHOWN_WAYS,
    Notice,
    QrShown,
    RailAnswer,
    SettleTender,
    Tender,
    start_reversal,
    tender_by_id,
    tenders_for,
)
from highstreet.rooms.tenders.rails.book import RailAccount
from highstreet.rooms.tenders.rails.port import PayOrder, Rail, RefundOrder

_under_way: "WeakValueDictionary[str, asyncio.Task[dict[str, Any]]]" = WeakValueDictionary()


async def charge_sale(program: Program, command: SellAtRegister, auth_code: str | None) -> dict[str, Any]:
    """Charge a basket; the receipt, or the open sale while its payment is under way.

    The same sale id again joins the call under way in this process, else tells where the sale stands.
    """
    for wish in command.tenders:
        check_rail(program, command.brand_id, wish.rail, command.currency)
    if command.tenders:
        asked_again = [first_query(program, command.brand_id, wish.rail) for wish in command.tenders]
        rules = await program.rail_rules.of(program.db, command.brand_id)
        command = replace(command, rules=rules, first_query_s=min(asked_again))
    sold: Sold = await program.db.write(sell, command)
    if sold.answer["state"] != "open":
        return sold.answer
    if sold.is_repeat or sold.waiting is None:
        return await _told_again(program, command.brand_id, command.sale_id, auth_code)
    subject = _subject(sold.brand_name, sold.waiting)
    return await ask_provider(program, sold.waiting, auth_code, subject)


def check_rail(program: Program, brand_id: str, name: str, currency: str) -> None:
    """Whether a brand has this rail for this currency. Errors: Refusal sale.rail_off."""
    if name in RAIL_KINDS and not RAIL_KINDS[name].has_provider:
        return
    rail = program.rails.find(brand_id, name)
    if rail is None or (rail.currencies is not None and currency not in rail.currencies):
        raise RAIL_OFF(rail=name)


def first_query(program: Program, brand_id: str, name: str) -> float:
    """After how many seconds a provider is asked what became of a payment: its rail knows."""
    rail = program.rails.find(brand_id, name)  # None for those without a provider, too
    return FIRST_QUERY_S if rail is None else rail.timing.first_query_s


async def repeat_sale(
    program: Program, brand_id: str, sale_id: str, fingerprint: str, auth_code: str | None
) -> dict[str, Any] | None:
    """The answer to a sale asked for before, None when it never was. Errors: idempotency.mismatch."""
    if not await program.db.read(was_asked, brand_id, sale_id, fingerprint):
        return None
    return await _told_again(program, brand_id, sale_id, auth_code)


async def _told_again(program: Program, brand_id: str, sale_id: str, auth_code: str | None) -> dict[str, Any]:
    running = _under_way.get(f"{brand_id}:{sale_id}")
    if running is not None:
        return await asyncio.shield(running)
    state, tender = await program.db.read(_read_waiting, brand_id, sale_id, None)
    told = _patient(program, state, tender)
    if auth_code is not None or tender is None or tender.reason == REVERSING:
        return told
    # The register lost its QR: the provider shows the same one. A payment by code stays what it is.
    order = PayOrder.of(tender, await program.db.read(_read_subject, tender))
    shown = await rail_of(program, tender).show_qr(order)
    if isinstance(shown, QrShown):
        return {**told, "qr": shown.code_url}
    if shown.outcome == "unknown":
        return told
    return _patient(program, await _finish(program, tender, shown, "answered"), tender)


async def ask_provider(
    program: Program, tender: Tender, auth_code: str | None, subject: str | None = None
) -> dict[str, Any]:
    """Ask for the payment of a tender that is on disk; the sale's state. A register that hangs up stops nothing."""
    task = asyncio.create_task(_ask_provider(program, tender, auth_code, subject))
    _under_way[f"{tender.brand_id}:{tender.sale_id}"] = task
    return await asyncio.shield(task)


async def _ask_provider(
    program: Program, tender: Tender, auth_code: str | None, subject: str | None
) -> dict[str, Any]:
    rail = rail_of(program, tender)
    if subject is None:
        subject = await program.db.read(_read_subject, tender)
    order = PayOrder.of(tender, subject)
    if auth_code is None:
        shown = await rail.show_qr(order)
        _heard(program, tender, shown)
        if isinstance(shown, QrShown):
            state = await program.db.read(read_sale, tender.brand_id, tender.sale_id)
            return {**_patient(program, state, tender), "qr": shown.code_url}
        return _patient(program, await _finish(program, tender, shown, "answered"), tender)
    answer = await rail.pay_by_code(order, auth_code)
    _heard(program, tender, answer)
    return _patient(program, await _finish(program, tender, answer, "answered"), tender)


def _heard(program: Program, tender: Tender, answer: RailAnswer | QrShown) -> None:
    program.rails.heard(tender.brand_id, tender.rail, answer, program.clock.now())


async def _finish(program: Program, tender: Tender, answer: RailAnswer, source: str) -> dict[str, Any]:
    settle = SettleTender(tender.brand_id, tender.id, answer, source, program.clock.now())
    return await program.db.write(finish_tender, FinishTender(settle, program.settings.return_days))


def rail_of(program: Program, tender: Tender) -> Rail:
    """The rail a tender goes by. Raises `sale.rail_off` when it was taken out of the settings."""
    rail = program.rails.find(tender.brand_id, tender.rail)
    if rail is None:
        raise RAIL_OFF(rail=tender.rail)
    return rail


def _subject(brand_name: str, tender: Tender) -> str:
    """What the payer reads in the wallet: who asks, and for which sale."""
    return f"{brand_name} · {tender.sale_id}"


def _read_subject(reader: Reader, tender: Tender) -> str:
    brand = brand_by_id(reader, tender.brand_id)
    return _subject(brand.name_en, tender) if brand else tender.sale_id


async def tell_sale(program: Program, brand_id: str, sale_id: str, place_id: str) -> dict[str, Any]:
    """Where a sale stands, and how long its payment is waited for. Errors: as `read_sale`."""
    return _patient(program, *await program.db.read(_read_waiting, brand_id, sale_id, place_id))


def _read_waiting(
    reader: Reader, brand_id: str, sale_id: str, place_id: str | None
) -> tuple[dict[str, Any], Tender | None]:
    """Where a sale stands, and the tender that an open one waits for."""
    state = read_sale(reader, brand_id, sale_id, place_id)
    return state, _waiting_tender(reader, brand_id, sale_id) if state["state"] == "open" else None


def _patient(program: Program, state: dict[str, Any], tender: Tender | None) -> dict[str, Any]:
    """The same, with the seconds that are left of its rail's patience; a part's is its own payer's matter."""
    if state["state"] != "open" or "parts" in state or tender is None or state.get("reason") == REVERSING:
        return state
    if not RAIL_KINDS[tender.rail].has_provider or program.rails.find(tender.brand_id, tender.rail) is None:
        return state
    left = (_called_back_at(program, tender, None) - program.clock.now()).total_seconds()
    return {**state, "call_back_in_s": round(max(0.0, left), 1)}


def read_sale(reader: Reader, brand_id: str, sale_id: str, place_id: str | None = None) -> dict[str, Any]:
    """Where a sale stands. Raises `sales.sale_unknown` (404), also for another place's when one is given."""
    sale = sales_for(reader, [(brand_id, sale_id)]).get((brand_id, sale_id))
    if sale is None or (place_id not in (None, sale.place_id) and not sale.is_in_parts):
        raise SALE_UNKNOWN()
    tenders = tenders_for(reader, [(brand_id, sale_id)]).get((brand_id, sale_id), ())
    waiting = [t for t in tenders if t.state in OPEN_STATES]
    return sale_state(reader, sale, next(iter(waiting or tenders), None))


def _waiting_tender(reader: Reader, brand_id: str, sale_id: str) -> Tender | None:
    tenders = tenders_for(reader, [(brand_id, sale_id)]).get((brand_id, sale_id), ())
    return next((t for t in tenders if t.state in OPEN_STATES and t.direction == "in"), None)


async def cancel_sale(program: Program, brand_id: str, place_id: str, sale_id: str) -> dict[str, Any]:
    """Call an open sale's one payment back now. Raises `sales.not_open` when there is nothing to call back."""
    state = await program.db.read(read_sale, brand_id, sale_id, place_id)
    if "parts" in state:  # another place's, paid in parts: not to be given up from here
        raise SALE_UNKNOWN()
    waiting = await program.db.read(_waiting_tender, brand_id, sale_id)
    if state["state"] != "open" or waiting is None:
        raise NOT_OPEN()
    await call_back(program, waiting)
    return await program.db.read(read_sale, brand_id, sale_id, place_id)


async def call_back(program: Program, tender: Tender, *, is_begun: bool = False) -> None:
    """Ask for the reversal; from the moment this is on disk the payment cannot be captured any more.

    A bank transfer has nobody to ask: we stop waiting for it, and what arrives all the same is a late success.
    """
    if not RAIL_KINDS[tender.rail].has_provider:
        await _finish(program, tender, RailAnswer("reversed", None, "given_up"), "reversed")
        return
    if is_begun or await program.db.write(_begin_reversal, (tender, program.clock.now())):
        answer = await rail_of(program, tender).reverse(PayOrder.of(tender))
        _heard(program, tender, answer)
        await _finish(program, tender, answer, "reversed")


def _begin_reversal(tx: Tx, command: tuple[Tender, datetime]) -> bool:
    tender, at = command
    return start_reversal(tx, tender.brand_id, tender.id, at)


ON_PHONE = timedelta(minutes=10)
"""So long a payment on the payer's own phone is waited for."""


async def resolve_tender(program: Program, payload: dict[str, Any], now: datetime) -> None:
    """Job: find out what became of a payment nobody has answered for; call it back when it takes too long."""
    tender = await _open_tender(program, payload)
    if tender is None:
        return
    if tender.reason != REVERSING:
        answer = await rail_of(program, tender).query(PayOrder.of(tender))
        _heard(program, tender, answer)
        if tender.way in SHOWN_WAYS and answer.outcome == "not_found":
            # Some providers hear of a payment only when its QR is scanned (Alipay).
            answer = replace(answer, outcome="paying")
        await _finish(program, tender, answer, "queried")
        tender = await _open_tender(program, payload)
    if tender is not None and (
        tender.reason == REVERSING or now >= _called_back_at(program, tender, payload.get("asked_at"))
    ):
        await call_back(program, tender)
        tender = await _open_tender(program, payload)
    if tender is not None:
        raise Later(rail_of(program, tender).timing.query_every_s)


def _called_back_at(program: Program, tender: Tender, asked_at: str | None) -> datetime:
    """When nobody waits any longer. `asked_at`: it is paid on a phone of the payer's own, since then; no queue waits."""
    timing = rail_of(program, tender).timing
    patience = timedelta(seconds=timing.call_back_qr_s if tender.way in SHOWN_WAYS else timing.call_back_s)
    if asked_at is None:
        return tender.created_at + patience
    return parse_utc(asked_at) + max(patience, ON_PHONE)


async def _open_tender(program: Program, payload: dict[str, Any]) -> Tender | None:
    tender = await program.db.read(tender_by_id, payload["tender_id"])
    return tender if tender is not None and tender.state in OPEN_STATES else None


class ProviderRefuses(Exception):
    """The provider will not give money back; the job is tried again and, in the end, stands as dead."""


async def reverse_late_success(program: Program, payload: dict[str, Any], _now: datetime) -> None:
    """Job: money arrived for a payment we had given up; have the provider give it back, until it says so."""
    tender = await program.db.read(tender_by_id, payload["tender_id"])
    if tender is None:
        return
    if not RAIL_KINDS[tender.rail].has_provider:
        await program.db.write(send_back_late, SendBackLate(tender, program.clock.now()))
        return
    rail, order = rail_of(program, tender), PayOrder.of(tender)
    answer = await rail.reverse(order)
    if answer.outcome == "declined":  # too late to reverse: a refund does the same
        answer = await rail.refund(RefundOrder(late_refund_id(tender.id), tender.amount_minor, order))
    if answer.outcome == "declined":
        raise ProviderRefuses(answer.reason)
    if answer.outcome not in ("reversed", "refunded"):
        raise Later(rail.timing.query_every_s)


async def take_notice(program: Program, notice: Notice, account: RailAccount) -> None:
    """A provider's notice about one of our tenders; one that is not this account's is passed over."""
    tender = await program.db.read(tender_by_id, notice.tender_id)
    if tender is None or program.rails.find(tender.brand_id, tender.rail) is not account.rail:
        return
    if not notice.is_about(tender):
        return
    if tender.direction == "in":
        await _finish(program, tender, notice.answer, "noticed")
    else:
        settle = SettleTender(tender.brand_id, tender.id, notice.answer, "noticed", program.clock.now())
        await program.db.write(finish_refund, FinishRefund(settle))
