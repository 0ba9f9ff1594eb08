"""What every rail promises (rooms/tenders/rails/port.py), for each of them, under each fault of the dial.

The faults come from the simulators' own list (FAULTS_OF): one that is added there is tried here.
"""

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from highstreet.kernel.errors import Refusal
from highstreet.rooms.tenders.model import QrShown
from highstreet.rooms.tenders.rails.port import PayOrder
from highstreet_simulator.provider.faults import FAULTS_OF
from highstreet_simulator.wallet.peers import Payer
from tests.patience import until
from tests.rails.stand import Stand

ENDED = ("paid", "declined", "reversed")
# A late payment and a declined one, like the rest, end as the provider knows them.
OF_PAYING = FAULTS_OF["pay"]
SLOW_S = 0.4


def next_fault(stand: Stand, operation: str, fault: str, *, effect: bool | None = None) -> None:
    more = {} if effect is None else {"effect": effect}
    stand.next_fault(operation, fault, seconds=0, **more)


def agrees(stand: Stand, order: PayOrder, outcome: str, amount_minor: int = 1230) -> bool:
    """Whether a final word is the provider's truth."""
    return stand.moved(order) == (amount_minor if outcome == "paid" else 0)


def test_paid_once_however_often_it_is_asked(stand: Stand) -> None:
    payer, order = stand.payer(), stand.order()
    first = stand.pay(order, payer)
    assert first.outcome == "paid"
    assert first.provider_ref
    said = first.evidence
    assert (said["amount_minor"], said["currency"]) == (order.amount_minor, order.currency)
    assert stand.query(order).outcome == "paid"
    assert stand.query(order).provider_ref == first.provider_ref
    if "code" in stand.rail.ways:
        again = stand.run(stand.rail.pay_by_code(order, payer.code()))
        assert again.outcome in ("paid", "unknown")
    assert stand.moved(order) == 1230
    assert payer.balance() == 1_000_000 - 1230


def test_a_qr_is_shown_again_paid_and_then_told(stand: Stand) -> None:
    if "qr" not in stand.rail.ways:
        pytest.skip("this rail shows no QR")
    payer, order = stand.payer(), stand.order()
    shown = stand.run(stand.rail.show_qr(order))
    assert isinstance(shown, QrShown)
    assert shown.expires_at > datetime.now(UTC) + timedelta(seconds=20)
    again = stand.run(stand.rail.show_qr(order))
    assert isinstance(again, QrShown)
    assert again.code_url == shown.code_url
    assert stand.query(order).outcome == stand.kind.unscanned
    payer.post("/scan", {"code_url": shown.code_url})
    assert stand.query(order).outcome == "paid"
    assert stand.moved(order) == 1230


def test_a_payer_who_must_confirm_is_waited_for(stand: Stand) -> None:
    if "code" not in stand.rail.ways:
        pytest.skip("nobody confirms after the fact here")
    payer = stand.payer(confirm_mode="ask")
    yes, no = stand.order(), stand.order()
    assert stand.pay(yes, payer).outcome == "paying"
    assert stand.query(yes).outcome == "paying"
    payer.confirm(yes.tender_id)
    assert stand.query(yes).outcome == "paid"
    assert stand.pay(no, payer).outcome == "paying"
    payer.post("/refuse", {"out_trade_no": no.tender_id})
    assert stand.query(no).outcome == "declined"
    assert (stand.moved(yes), stand.moved(no)) == (1230, 0)


def test_declined_for_want_of_money_or_a_good_code(stand: Stand) -> None:
    if "code" not in stand.rail.ways:
        pytest.skip("the payer's own page says so")
    poor, dear, odd = stand.payer(100), stand.order(), stand.order()
    assert stand.pay(dear, poor).outcome == "declined"
    assert stand.run(stand.rail.pay_by_code(odd, "280000000000000000")).outcome == "declined"
    assert stand.moved(dear) == stand.moved(odd) == 0


def test_what_nobody_asked_for_is_not_found(stand: Stand) -> None:
    assert stand.query(stand.order()).outcome == "not_found"


def test_a_reversal_ends_whatever_there_is(stand: Stand) -> None:
    payer, asking = stand.payer(), stand.payer(confirm_mode="ask")
    paid, never = stand.order(), stand.order()
    assert stand.pay(paid, payer).outcome == "paid"
    assert stand.reverse(paid).outcome == "reversed"
    assert stand.reverse(paid).outcome == "reversed"
    assert stand.query(paid).outcome == "reversed"
    assert stand.reverse(never).outcome in ("reversed", "declined")
    if "code" in stand.rail.ways:
        waiting = stand.order()
        assert stand.pay(waiting, asking).outcome == "paying"
        assert stand.reverse(waiting).outcome == "reversed"
        assert stand.moved(waiting) == 0
    assert stand.moved(paid) == stand.moved(never) == 0
    assert payer.balance() == 1_000_000


@pytest.mark.parametrize("fault", OF_PAYING)
@pytest.mark.parametrize("has_effect", [True, False])
def test_a_payment_under_a_fault_ends_as_the_provider_knows_it(
    stand: Stand, fault: str, has_effect: bool
) -> None:
    """The answer is right or unknown, never wrong; asking and then calling back finds the truth."""
    payer, order = stand.payer(), stand.order()
    next_fault(stand, "pay", fault, effect=has_effect if fault in ("answer_unknown", "error_500") else None)
    answer = stand.pay(order, payer)
    assert answer.outcome in (*ENDED, "paying", "unknown", "not_found")
    if answer.outcome in ENDED:
        assert agrees(stand, order, answer.outcome)
    asked = stand.query(order)
    assert asked.outcome in (*ENDED, "paying", "not_found")
    if asked.outcome in ENDED:
        assert agrees(stand, order, asked.outcome)
    else:
        assert stand.moved(order) == 0
    ended = stand.reverse(order)
    assert ended.outcome in ("reversed", "declined")
    assert stand.moved(order) == 0
    assert payer.balance() == 1_000_000


@pytest.mark.parametrize(
    ("operation", "fault"), [(on, fault) for on in ("query", "reverse") for fault in FAULTS_OF[on]]
)
def test_asking_and_calling_back_under_a_fault(stand: Stand, operation: str, fault: str) -> None:
    payer, order = stand.payer(), stand.order()
    assert stand.pay(order, payer).outcome == "paid"
    next_fault(stand, operation, fault)
    answer = stand.query(order) if operation == "query" else stand.reverse(order)
    assert answer.outcome in ("paid", "unknown") if operation == "query" else ("reversed", "unknown")
    assert stand.reverse(order).outcome == "reversed"
    assert stand.moved(order) == 0
    assert payer.balance() == 1_000_000


@pytest.mark.parametrize("fault", FAULTS_OF["refund"])
def test_a_refund_under_a_fault_is_given_once(stand: Stand, fault: str) -> None:
    payer, order = stand.payer(), stand.order()
    ref = stand.pay(order, payer).provider_ref
    refund = stand.refund_of(order, 230, ref)
    next_fault(stand, "refund", fault)
    answer = stand.run(stand.rail.refund(refund))
    assert answer.outcome in ("refunded", "unknown", "paying")
    again = stand.run(stand.rail.refund(refund))
    assert again.outcome == "refunded"
    assert again.provider_ref
    assert (
        stand.run(stand.rail.query_refund(replace(refund, provider_ref=again.provider_ref))).outcome
        == "refunded"
    )
    assert stand.moved(order) == 1000
    assert payer.balance() == 1_000_000 - 1000


def test_refunds_never_exceed_what_was_paid(stand: Stand) -> None:
    payer, order = stand.payer(), stand.order()
    ref = stand.pay(order, payer).provider_ref
    assert stand.run(stand.rail.refund(stand.refund_of(order, 1000, ref))).outcome == "refunded"
    assert stand.run(stand.rail.refund(stand.refund_of(order, 231, ref))).outcome == "declined"
    assert stand.run(stand.rail.refund(stand.refund_of(order, 230, ref))).outcome == "refunded"
    assert stand.moved(order) == 0


def test_a_success_between_the_last_question_and_the_reversal_goes_back(stand: Stand) -> None:
    if "code" not in stand.rail.ways:
        pytest.skip("a payer at this rail acts before we hear of it")
    payer, order = stand.payer(confirm_mode="ask"), stand.order()
    assert stand.pay(order, payer).outcome == "paying"
    stand.next_fault("reverse", "late_success", seconds=0)
    assert stand.reverse(order).outcome == "reversed"
    assert stand.moved(order) == 0
    assert payer.balance() == 1_000_000


def test_a_success_after_the_reversal_is_found_and_goes_back(stand: Stand) -> None:
    """The provider says that it is called back, and the payer pays all the same."""
    if "code" not in stand.rail.ways:
        pytest.skip("a payer at this rail acts before we hear of it")
    payer, order = stand.payer(confirm_mode="ask"), stand.order()
    assert stand.pay(order, payer).outcome == "paying"
    stand.next_fault("reverse", "late_success", seconds=20)
    assert stand.reverse(order).outcome == "reversed"
    assert stand.moved(order) == 0
    stand.sim("POST", "/sim/clock", {"offset_s": 21})
    assert stand.moved(order) == 1230
    stand.sim("POST", "/sim/clock", {"offset_s": 0})
    given_back(stand, order)
    assert stand.moved(order) == 0
    assert payer.balance() == 1_000_000


def given_back(stand: Stand, order: PayOrder) -> None:
    """As the job does that a late success is announced to: reversed, or else refunded."""
    if stand.reverse(order).outcome != "reversed" or stand.moved(order):
        assert stand.run(stand.rail.refund(stand.refund_of(order, 1230))).outcome == "refunded"


def test_a_late_refund_is_under_way_and_then_given_once(stand: Stand) -> None:
    payer, order = stand.payer(), stand.order()
    refund = stand.refund_of(order, 230, stand.pay(order, payer).provider_ref)
    stand.next_fault("refund", "late_success", seconds=20)
    for _ in range(2):  # one provider says that it is under way, another only that no money moved
        assert stand.run(stand.rail.refund(refund)).outcome in ("paying", "unknown")
    stand.sim("POST", "/sim/clock", {"offset_s": 21})
    assert stand.run(stand.rail.refund(refund)).outcome == "refunded"
    assert payer.balance() == 1_000_000 - 1000


@pytest.mark.parametrize("operation", ["pay", "query", "reverse", "refund"])
def test_an_answer_slower_than_we_wait_is_unknown(
    stand: Stand, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer, order = stand.payer(), stand.order()
    code = payer.code() if "code" in stand.rail.ways else None
    if operation != "pay":
        order = replace(order, provider_ref=stand.pay(order, payer).provider_ref)
    stand.next_fault(operation, "delay", seconds=SLOW_S)
    with monkeypatch.context() as hasty:
        for module in list(sys.modules.values()):
            if getattr(module, "__name__", "").startswith("highstreet.rooms.tenders.rails."):
                for name in ("PAY_TIMEOUT_S", "QUERY_TIMEOUT_S"):
                    if hasattr(module, name):
                        hasty.setattr(module, name, SLOW_S / 4)
        answer: Any
        if operation == "pay":
            answer = stand.run(
                stand.rail.show_qr(order) if code is None else stand.rail.pay_by_code(order, code)
            )
        elif operation == "refund":
            answer = stand.run(stand.rail.refund(stand.refund_of(order, 1230, order.provider_ref)))
        else:
            answer = stand.query(order) if operation == "query" else stand.reverse(order)
    assert answer.outcome == "unknown"
    # It is performed all the same, when its time has come.
    if operation == "refund":
        until(lambda: stand.moved(order) == 0)
    elif operation == "pay":
        until(lambda: code is None or stand.moved(order) == 1230)
        assert stand.query(order).outcome in ("paid", "not_found", stand.kind.unscanned)
        assert stand.reverse(order).outcome in ("reversed", "declined")
    else:
        assert stand.reverse(order).outcome == "reversed"
    assert stand.moved(order) == 0
    assert payer.balance() == 1_000_000


def test_nobody_there_at_all(stand: Stand) -> None:
    """Down before anything was sent: the payment did not happen; what is owed is asked for again."""
    order = stand.order()
    dead = stand.kind.connect(stand, "m_dead")
    stand.run(dead.open())
    base = next(name for name in ("_base_url", "base_url") if hasattr(dead, name))
    setattr(dead, base, "http://127.0.0.1:9")
    try:
        begun = (
            stand.run(dead.pay_by_code(order, "280000000000000000"))
            if "code" in dead.ways
            else stand.run(dead.show_qr(order))
        )
        assert not isinstance(begun, QrShown)
        assert (begun.outcome, begun.reason) == ("declined", "rail_down")
        assert stand.run(dead.query(order)).outcome == "unknown"
        assert stand.run(dead.reverse(order)).outcome == "unknown"
        assert stand.run(dead.refund(stand.refund_of(order, 1))).outcome == "unknown"
        with pytest.raises(Refusal, match=r"tenders\.rail_down"):
            stand.run(dead.fetch_bill(datetime.now(UTC).date()))
    finally:
        stand.run(dead.aclose())


def test_the_bill_names_every_movement_once(stand: Stand) -> None:
    payer = stand.payer()
    one, two, three = stand.order(), stand.order(500), stand.order(70)
    refs = {order.tender_id: stand.pay(order, payer).provider_ref for order in (one, two, three)}
    refund = stand.refund_of(one, 230, refs[one.tender_id])
    assert stand.run(stand.rail.refund(refund)).outcome == "refunded"
    assert stand.reverse(three).outcome == "reversed"
    day = datetime.fromisoformat(stand.sim("GET", "/sim/state")["day"]).date()
    lines = stand.rail.parse_bill(stand.run(stand.rail.fetch_bill(day, is_early=True)))
    ours = {one.tender_id, two.tender_id, three.tender_id, refund.refund_tender_id}
    found = sorted((line.kind, line.our_ref, line.amount_minor) for line in lines if line.our_ref in ours)
    expected = [
        ("paid", one.tender_id, 1230),
        ("paid", two.tender_id, 500),
        ("paid", three.tender_id, 70),
        ("refund", refund.refund_tender_id, 230),
        ("reversed", three.tender_id, 70),
    ]
    assert found == sorted(expected)
    assert {line.currency for line in lines} == {stand.kind.currency}
    by_ref = {line.our_ref: line.provider_ref for line in lines if line.kind == "paid"}
    assert by_ref[one.tender_id] == refs[one.tender_id]


@pytest.mark.parametrize("fault", FAULTS_OF["bill"])
def test_a_bill_under_a_fault_is_whole_or_none(stand: Stand, fault: str) -> None:
    """Refused, or just as the provider wrote it: what it lacks or has too much, matching finds out."""
    payer = stand.payer()
    for _ in range(2):
        assert stand.pay(stand.order(), payer).outcome == "paid"
    day = datetime.fromisoformat(stand.sim("GET", "/sim/state")["day"]).date()

    def billed() -> set[tuple[str, str]]:
        content = stand.run(stand.rail.fetch_bill(day, is_early=True))
        return {(line.kind, line.our_ref) for line in stand.rail.parse_bill(content)}

    whole = billed()
    next_fault(stand, "bill", fault)
    found, code = whole, ""
    try:
        found = billed()
    except Refusal as refusal:
        code = refusal.code
    assert code in ("", "tenders.rail_down", "tenders.bill_malformed")
    assert not code or fault not in ("missing_rows", "extra_rows")
    if fault == "missing_rows":
        assert found < whole
    elif fault == "extra_rows":
        assert found > whole
        assert len(found - whole) == 1
    else:
        assert found == whole
    assert billed() == whole


def test_a_cut_bill_is_refused_with_its_line(stand: Stand) -> None:
    stand.pay(stand.order(), stand.payer())
    day = datetime.fromisoformat(stand.sim("GET", "/sim/state")["day"]).date()
    content = stand.run(stand.rail.fetch_bill(day, is_early=True))
    at = len(content) * 2 // 3
    at -= 10 * any(end in b"\r\n" for end in content[at - 1 : at + 1])  # within a row, not between two
    with pytest.raises(Refusal, match=r"tenders\.bill_malformed"):
        stand.rail.parse_bill(content[:at])


def test_a_notice_tells_of_a_payment_that_had_to_wait(stand: Stand) -> None:
    if not stand.kind.has_notices or "qr" not in stand.rail.ways:
        pytest.skip("no notice of this")
    payer, order = stand.payer(), stand.order()
    shown = stand.run(stand.rail.show_qr(order))
    assert isinstance(shown, QrShown)
    payer.post("/scan", {"code_url": shown.code_url})
    notice, headers, body = stand.notice_of(order)
    now = datetime.now(UTC)
    assert (notice.kind, notice.answer.outcome) == ("trade", "paid")
    assert notice.answer.evidence["amount_minor"] == 1230
    for spoilt in (body[:-2] + b"0" + body[-1:], body.replace(b"1", b"2", 1)):
        with pytest.raises(Refusal, match=r"tenders\.notice_"):
            stand.rail.read_notice(headers, spoilt, now)
    with pytest.raises(Refusal, match=r"tenders\.notice_"):
        stand.rail.read_notice({}, stand.kind.unsign(body), now)
    stranger = stand.kind.connect(stand, "m_stranger")
    try:
        stand.run(stranger.open())
        with pytest.raises(Refusal, match=r"tenders\.notice_forged"):
            stranger.read_notice(headers, body, now)
    finally:
        stand.run(stranger.aclose())


@pytest.mark.parametrize("fault", FAULTS_OF["notice"])
def test_a_notice_under_a_fault_is_right_or_refused(stand: Stand, fault: str) -> None:
    """Spoilt, doubled or late it says the same in the end; when it is lost, asking says it."""
    if not stand.kind.has_notices or "qr" not in stand.rail.ways:
        pytest.skip("no notice of this")
    payer, order, later = stand.payer(), stand.order(), stand.order()
    is_spoilt = fault in ("bad_signature", "malformed_body")
    stand.inbox.got.clear()
    whole_answer = stand.inbox.answer
    if is_spoilt:  # as our hook answers what it does not believe: it is sent again
        stand.inbox.answer = (401, b"")
    stand.next_fault("notice", fault, seconds=0.1)
    scan(stand, payer, order)
    if is_spoilt:
        until(lambda: ("", "refused") in told(stand))
        stand.inbox.answer = whole_answer
    scan(stand, payer, later)
    until(lambda: (later.tender_id, "paid") in told(stand))
    if fault == "duplicate_notice":
        until(lambda: told(stand).count((order.tender_id, "paid")) >= 2)
    elif fault != "drop_notice":
        until(lambda: (order.tender_id, "paid") in told(stand))
    of_both = {answer for tender_id, answer in told(stand) if tender_id in (order.tender_id, later.tender_id)}
    assert of_both <= {"paid", "paying"}
    assert (("", "refused") in told(stand)) == is_spoilt
    assert stand.query(order).outcome == "paid"
    assert stand.moved(order) == 1230


def told(stand: Stand) -> list[tuple[str, str]]:
    """What the notices so far say, as the connector reads them."""
    return [answer_in(stand, headers, body) for headers, body in list(stand.inbox.got)]


def scan(stand: Stand, payer: Payer, order: PayOrder) -> None:
    shown = stand.run(stand.rail.show_qr(order))
    assert isinstance(shown, QrShown)
    payer.post("/scan", {"code_url": shown.code_url})


def answer_in(stand: Stand, headers: dict[str, str], body: bytes) -> tuple[str, str]:
    """Whose a notice is and what it says, or that it is refused."""
    try:
        notice = stand.rail.read_notice(headers, body, datetime.now(UTC))
    except Refusal as refusal:
        if refusal.code not in ("tenders.notice_forged", "tenders.notice_malformed"):
            raise
        return "", "refused"
    return ("", "nothing") if notice is None else (notice.tender_id, notice.answer.outcome)
