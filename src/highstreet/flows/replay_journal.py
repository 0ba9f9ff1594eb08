"""What a register sold while it had no network comes in: every entry of its journal once, in order, and none is lost.

The sale has happened and its money is in the drawer. It is priced as of its time, which is the device's only while it
is young; where that differs from what was charged, where goods, a coupon or the member are gone, it is recorded as
charged and the difference is owned by whose place it was (docs/decisions/0013-offline-journal.md). An entry, its
number and all it sets off are one transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

from highstreet.flows.price_sale import BasketItem
from highstreet.flows.program import Program
from highstreet.flows.return_sale import ReturnAtRegister, return_sale
from highstreet.flows.sell_at_register import OPENED, SellAtRegister, Sold, TenderWish, sell
from highstreet.kernel import idempotency
from highstreet.kernel.errors import BUSY_TRY_LATER, IDEMPOTENCY_MISMATCH, Refusal
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.offers import BUDGET_SPENT, COUPON_IN_SALE, COUPON_USED_UP, PERSON_LIMIT
from highstreet.rooms.registers import (
    CHARGED_FAR_OFF,
    DIFFERED,
    DONE,
    FORKED,
    GAP,
    JOURNAL_FORKED,
    JOURNAL_GAP,
    JOURNAL_UNKNOWN,
    REFUSED,
    SOLD_WITH_DIFFERENCE,
    Alert,
    Entry,
    HearJournal,
    StoredEntry,
    TakeEntry,
    approval_by_id,
    hear_journal,
    is_young,
    journal_by_id,
    known_entry,
    lock_journal,
    our_time,
    raise_alerts,
    take_entry,
)
from highstreet.rooms.sales import sales_for
from highstreet.rooms.tenders import RAIL_KINDS, refund_order, tenders_for

_COUPON_GONE = {k.code for k in (BUDGET_SPENT, COUPON_IN_SALE, COUPON_USED_UP, PERSON_LIMIT)}
# A member's code turns every half minute, and a basket may take this long from the scan to the money.
_SCANNED_WITHIN = timedelta(minutes=15)
_STEP = timedelta(seconds=30)

ReadMember = Callable[[str, datetime], str]
"""The member of a code scanned at that time. Errors: Refusal."""


@dataclass(frozen=True, slots=True)
class SoldOffline:
    """A sale as the device charged it."""

    sale_id: str
    items: tuple[BasketItem, ...]
    member_code: str | None
    coupons: tuple[str, ...]
    currency: str
    charged_minor: int
    tenders: tuple[TenderWish, ...]


@dataclass(frozen=True, slots=True)
class ReturnedOffline:
    """Goods that came back, and the cash that the device gave for them."""

    return_id: str
    sale_id: str
    items: tuple[tuple[int, int], ...]
    reason: str
    refunded_minor: int
    has_receipt: bool = True
    approval_id: str | None = None


@dataclass(frozen=True, slots=True)
class HeardEntry:
    """An entry as it came, and what it says; a problem in place of what nobody can understand."""

    entry: Entry
    says: SoldOffline | ReturnedOffline | Refusal | None


@dataclass(frozen=True, slots=True)
class Sending:
    """Entries of one device's journal. `sent_at` is its clock."""

    brand_id: str
    register_id: str
    place_id: str
    journal_id: str
    sent_at: datetime
    entries: tuple[HeardEntry, ...]


@dataclass(frozen=True, slots=True)
class _Replay:
    """One entry to be taken. `at` is the device's time made ours, before its predecessor is known."""

    sending: Sending
    heard: HeardEntry
    at: datetime
    now: datetime
    return_days: int
    member_id: str | None = None
    is_member_lost: bool = False
    # Coupons that turned out to be gone when they were counted, and why.
    without: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Outcome:
    state: str
    answer: dict[str, Any] | None
    problem: dict[str, Any] | None = None
    difference_minor: int = 0


async def replay_journal(program: Program, sending: Sending, read_member: ReadMember) -> dict[str, Any]:
    """Take what is new of a journal; what was taken before is answered again.

    Entries before a gap or a fork are kept. Errors: Refusal registers.journal_gap (expected_seq),
    registers.journal_forked (seq), registers.journal_unknown.
    """
    now = program.clock.now()
    where = (sending.brand_id, sending.register_id, sending.place_id, sending.journal_id)
    await program.db.write(hear_journal, HearJournal(*where, sending.sent_at, now))
    results = []
    for heard in sending.entries:
        at = min(heard.entry.device_at + (now - sending.sent_at), now)
        replay = _who(_Replay(sending, heard, at, now, program.settings.return_days), read_member)
        try:
            results.append((await _take(program, replay)).result)
        except Refusal as refusal:
            if refusal.code in (JOURNAL_GAP.code, JOURNAL_FORKED.code):
                await program.db.write(_alert, (replay, refusal))
            raise
    acknowledged = await program.db.read(acknowledged_seq, *where[:2], sending.journal_id)
    return {"journal_id": sending.journal_id, "acknowledged_seq": acknowledged, "results": results}


def acknowledged_seq(reader: Reader, brand_id: str, register_id: str, journal_id: str) -> int:
    """How far a register's journal was taken. Errors: Refusal registers.journal_unknown."""
    found = journal_by_id(reader, brand_id, journal_id)
    if found is None or found.register_id != register_id:
        raise JOURNAL_UNKNOWN()
    return found.acknowledged_seq


def _who(replay: _Replay, read_member: ReadMember) -> _Replay:
    says = replay.heard.says
    if not isinstance(says, SoldOffline) or says.member_code is None:
        return replay
    scanned_by = at = replay.at if is_young(replay.at, replay.now) else replay.now
    while at > scanned_by - _SCANNED_WITHIN:
        try:
            return replace(replay, member_id=read_member(says.member_code, at))
        except Refusal:
            at -= _STEP
    return replace(replay, is_member_lost=True)


async def _take(program: Program, replay: _Replay) -> StoredEntry:
    """One entry. A coupon that is gone when it is counted is left out; what is refused for good is kept as refused."""
    try:
        return await program.db.write(replay_entry, replay)
    except Refusal as refusal:
        last = refusal
    says = replay.heard.says
    if isinstance(says, SoldOffline) and last.code in _COUPON_GONE:
        # One coupon less, then two: the fewest that are gone. Which one it is, a count does not say.
        for without in _fewer(says.coupons):
            try:
                reasons = tuple((code, last.code) for code in without)
                return await program.db.write(replay_entry, replace(replay, without=reasons))
            except Refusal as refusal:
                if refusal.code not in _COUPON_GONE:
                    last = refusal
                    break
    if last.code in (JOURNAL_GAP.code, JOURNAL_FORKED.code, BUSY_TRY_LATER.code) or last.status >= 500:
        raise last
    return await program.db.write(replay_entry, replace(replay, heard=replace(replay.heard, says=last)))


def _fewer(coupons: Sequence[str]) -> Sequence[tuple[str, ...]]:
    every = list(dict.fromkeys(coupons))
    return [gone for count in range(1, len(every) + 1) for gone in combinations(every, count)]


def replay_entry(tx: Tx, replay: _Replay) -> StoredEntry:
    """One entry, once: what it says is done, and the journal moves on, in this transaction."""
    sending, entry = replay.sending, replay.heard.entry
    journal = lock_journal(tx, sending.brand_id, sending.register_id, sending.journal_id)
    before = known_entry(tx, journal, entry)
    if before is not None:
        return before
    at = our_time(replay.at, timedelta(), replay.now, journal.last_at)
    says = replay.heard.says
    outcome = _OUTCOMES[type(says)](tx, replace(replay, at=at))
    return take_entry(
        tx,
        TakeEntry(
            journal=journal,
            entry=entry,
            at=at,
            heard_at=replay.now,
            state=outcome.state,
            answer=outcome.answer,
            problem=outcome.problem,
            sale_id=says.sale_id if isinstance(says, SoldOffline | ReturnedOffline) else None,
            difference_minor=outcome.difference_minor,
        ),
    )


def _sell(tx: Tx, replay: _Replay) -> _Outcome:
    says, sending = replay.heard.says, replay.sending
    assert isinstance(says, SoldOffline)
    known = _sold_before(tx, replay, says)
    if known is not None:
        return _Outcome(DONE, known)
    gone = {code for code, _ in replay.without}
    sold = sell.run(
        tx,
        [
            SellAtRegister(
                brand_id=sending.brand_id,
                register_id=sending.register_id,
                sale_id=says.sale_id,
                items=says.items,
                member_id=replay.member_id,
                coupons=tuple(code for code in says.coupons if code not in gone),
                currency=says.currency,
                expected_total_minor=None,
                tenders=says.tenders,
                fingerprint=replay.heard.entry.hash,
                at=replay.at,
                return_days=replay.return_days,
                charged_minor=says.charged_minor,
                heard_at=replay.now,
                counts_at=None if is_young(replay.at, replay.now) else replay.now,
            )
        ],
    )[0]
    if isinstance(sold, Refusal):
        raise sold
    _check_charge(says.charged_minor, sold)
    differences = list(sold.differences)
    differences += [{"what": "coupon", "coupon": code, "reason": why} for code, why in replay.without]
    if replay.is_member_lost:
        differences.append({"what": "member"})
    if not differences:
        return _Outcome(DONE, sold.answer)
    off_minor = sum(d.get("off_minor", 0) for d in differences)
    problem = _problem(SOLD_WITH_DIFFERENCE(difference_minor=off_minor)) | {"differences": differences}
    return _Outcome(DIFFERED, sold.answer, problem, off_minor)


def _check_charge(charged_minor: int, sold: Sold) -> None:
    """What an old price list or a lost coupon explains is taken. Beyond that it is a slip of the finger or worse.

    It would be revenue, shares and points all the same. Errors: Refusal registers.charged_far_off.
    """
    list_minor = sum(line["net_minor"] + line["discount_minor"] for line in sold.answer["lines"])
    is_ours = not any(one["what"] == "price" for one in sold.differences)
    if not is_ours and not list_minor <= 4 * charged_minor <= 8 * list_minor:
        raise CHARGED_FAR_OFF(list_minor=list_minor, charged_minor=charged_minor)


def _sold_before(tx: Tx, replay: _Replay, says: SoldOffline) -> dict[str, Any] | None:
    """The receipt of a sale whose answer was lost when the network went: asked for online, then written down."""
    brand_id = replay.sending.brand_id
    found = sales_for(tx, [(brand_id, says.sale_id)]).get((brand_id, says.sale_id))
    if found is None:
        return None
    key = f"{brand_id}:{says.sale_id}"
    answered = idempotency.stored(tx, OPENED, [key]).get(key)
    is_same = found.register_id == replay.sending.register_id and found.total_minor == says.charged_minor
    if found.state != "paid" or not is_same or answered is None:
        raise IDEMPOTENCY_MISMATCH()
    receipt: dict[str, Any] = answered.answer
    return receipt


def _take_back(tx: Tx, replay: _Replay) -> _Outcome:
    says, sending = replay.heard.says, replay.sending
    assert isinstance(says, ReturnedOffline)
    command = ReturnAtRegister(
        brand_id=sending.brand_id,
        register_id=sending.register_id,
        return_id=says.return_id,
        sale_id=says.sale_id,
        items=says.items,
        reason=says.reason,
        fingerprint=replay.heard.entry.hash,
        at=_returned_at(tx, replay, says),
        return_days=replay.return_days,
        has_receipt=says.has_receipt,
        approval_id=says.approval_id,
    )
    answer = return_sale(tx, command).answer
    cash = sum(r["amount_minor"] for r in answer["refunds"] if r["rail"] == "cash")
    off_minor = says.refunded_minor - cash
    differences: list[dict[str, Any]] = []
    if off_minor:
        differences.append({"what": "refund", "off_minor": off_minor})
    if _is_approved_late(tx, replay, says):
        differences.append({"what": "approval", "approval_id": says.approval_id})
    if not differences:
        return _Outcome(DONE, answer)
    problem = _problem(SOLD_WITH_DIFFERENCE(difference_minor=off_minor)) | {"differences": differences}
    return _Outcome(DIFFERED, answer, problem, off_minor)


def _is_approved_late(tx: Tx, replay: _Replay, says: ReturnedOffline) -> bool:
    """Whether only the device's clock says that the approval was used in its time."""
    if says.approval_id is None:
        return False
    given = approval_by_id(tx, replay.sending.brand_id, says.approval_id)
    return given is None or given.valid_until <= replay.now


def _returned_at(tx: Tx, replay: _Replay, says: ReturnedOffline) -> datetime:
    """When a return was, for its window, its approval and its drawer's day: when it is heard.

    A device may write any time: its own counts only while it is young and all goes back in cash, and is never before
    the sale's.
    """
    key = (replay.sending.brand_id, says.sale_id)
    sale = sales_for(tx, [key]).get(key)
    if sale is None or sale.paid_at is None or not is_young(replay.at, replay.now):
        return replay.now
    if not all(RAIL_KINDS[tender.rail].has_drawer for tender in refund_order(tenders_for(tx, [key])[key])):
        return replay.now
    return max(replay.at, sale.paid_at)


def _refuse(_tx: Tx, replay: _Replay) -> _Outcome:
    says = replay.heard.says
    assert isinstance(says, Refusal)
    return _Outcome(REFUSED, None, _problem(says))


def _note(_tx: Tx, _replay: _Replay) -> _Outcome:
    return _Outcome(DONE, None)


_OUTCOMES: dict[type, Callable[[Tx, _Replay], _Outcome]] = {
    SoldOffline: _sell,
    ReturnedOffline: _take_back,
    Refusal: _refuse,
    type(None): _note,
}


def _problem(refusal: Refusal) -> dict[str, Any]:
    """A refusal as it is kept; its words come when it is told, in the asker's language."""
    return {"code": refusal.code, "status": refusal.status, "facts": refusal.facts}


def _alert(tx: Tx, command: tuple[_Replay, Refusal]) -> None:
    replay, refusal = command
    sending = replay.sending
    kind = GAP if refusal.code == JOURNAL_GAP.code else FORKED
    raise_alerts(
        tx,
        [
            Alert(
                sending.brand_id,
                sending.journal_id,
                kind,
                replay.heard.entry.seq,
                sending.register_id,
                sending.place_id,
                replay.now,
                dict(refusal.facts),
            )
        ],
    )
