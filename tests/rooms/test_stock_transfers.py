"""Pieces under way between two places of one owner: none made, none gone without a word, whoever comes first."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select

from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import new_id
from highstreet.kernel.tables import outbox
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.parties.tables import place
from highstreet.rooms.stock import (
    AdjustStock,
    CancelTransfer,
    MoveCell,
    Reason,
    ReceivedLine,
    ReceiveTransfer,
    SendTransfer,
    SentLine,
    Transfer,
    TransferState,
    adjust_stock,
    cancel_transfer,
    move_cell,
    moves_of_transfer,
    receive_transfer,
    reserve_stock,
    send_transfer,
    stock_at_place,
    take_stock,
    transfer_by_id,
    transfers_of_places,
)
from highstreet.rooms.stock.tables import stock_move
from tests.rooms.test_stock_actions import state, take
from tests.seeds import NOW, Seed

THERE = "plc_there"


@pytest.fixture(autouse=True)
def second_place(db: Database, seed: Seed) -> None:
    """The operator's other place."""

    def copy(tx: Tx, _: None) -> None:
        query = select(place).where(place.c.brand_id == seed.brand_id, place.c.id == seed.place_id)
        row = dict(tx.rows(query)[0]._mapping)
        tx.run(insert(place).values(**(row | {"id": THERE})))

    db.write_now(copy, None)


def send(seed: Seed, quantity: int = 6, variant: int = 0, *, is_back: bool = False) -> SendTransfer:
    ends = [(seed.place_id, seed.cell), (THERE, 7)]
    (from_, from_cell), (to, to_cell) = reversed(ends) if is_back else ends
    lines = (SentLine(seed.variants[variant], quantity),)
    return SendTransfer(
        seed.brand_id, new_id("trn"), seed.dealer, from_, from_cell, to, to_cell, lines, "stf_1", NOW
    )


def receipt(
    seed: Seed, transfer_id: str, arrived: int, difference: int = 0, reason: Reason | None = None
) -> ReceiveTransfer:
    line = ReceivedLine(seed.variants[0], arrived, difference, reason)
    at = NOW + timedelta(hours=1)
    return ReceiveTransfer(seed.brand_id, transfer_id, (line,), "stf_2", new_id("trn"), at)


def cancelled(seed: Seed, transfer_id: str) -> CancelTransfer:
    return CancelTransfer(seed.brand_id, transfer_id, "stf_1", NOW + timedelta(hours=1))


def sent(db: Database, seed: Seed, quantity: int = 6) -> str:
    command = send(seed, quantity)
    db.write_now(send_transfer, command)
    return command.transfer_id


def shown(db: Database, seed: Seed, transfer_id: str) -> Transfer:
    found = db.read_now(transfer_by_id, seed.brand_id, transfer_id)
    assert found is not None
    return found


def numbers(db: Database, seed: Seed) -> tuple[int, int, int]:
    """On hand here, on hand there, under way to there."""
    here, there = (
        [
            one
            for one in db.read_now(stock_at_place, seed.brand_id, place_id, seed.variants[0])
            if one.owner_party_id == seed.dealer
        ]
        for place_id in (seed.place_id, THERE)
    )
    return here[0].on_hand, sum(o.on_hand for o in there), sum(o.in_transit for o in there)


def refused(db: Database, action: Callable[[Tx, Any], Any], command: Any) -> str:
    """The code, and nothing has changed."""
    before = state(db)
    with pytest.raises(Refusal) as problem:
        db.write_now(action, command)
    assert state(db) == before
    return problem.value.code


def test_sent_under_way_and_received_in_two_parts(db: Database, seed: Seed) -> None:
    id_ = sent(db, seed, 6)
    assert numbers(db, seed) == (4, 0, 6)
    db.write_now(receive_transfer, receipt(seed, id_, 2))
    assert (numbers(db, seed), shown(db, seed, id_).state) == ((4, 2, 4), TransferState.PARTLY)
    db.write_now(receive_transfer, receipt(seed, id_, 4))
    assert (numbers(db, seed), shown(db, seed, id_).state) == ((4, 6, 0), TransferState.RECEIVED)
    log = db.read_now(moves_of_transfer, seed.brand_id, id_)
    assert [(m.kind, m.quantity, m.by_id) for m in log] == [
        ("sent", 6, "stf_1"),
        ("arrived", 2, "stf_2"),
        ("arrived", 4, "stf_2"),
    ]
    events = [tuple(row) for row in db.read_now(Reader.rows, select(outbox.c.name, outbox.c.body))]
    told = [(name, body.get("pieces"), body.get("arrived"), body.get("left")) for name, body in events]
    assert told == [
        ("stock.transfer_sent.v1", 6, None, None),
        ("stock.transfer_received.v1", None, 2, 4),
        ("stock.transfer_received.v1", None, 4, 0),
    ]


def test_a_difference_has_a_reason_and_is_an_adjustment_there(db: Database, seed: Seed) -> None:
    """One broken, one stolen; then two more came than were sent: on hand there is what its moves sum to."""
    id_ = sent(db, seed, 6)
    db.write_now(receive_transfer, receipt(seed, id_, 3, -1, Reason.DAMAGED))
    db.write_now(receive_transfer, receipt(seed, id_, 0, -1, Reason.STOLEN))
    assert numbers(db, seed) == (4, 3, 1)
    assert refused(db, receive_transfer, receipt(seed, id_, 0, 2, Reason.FOUND)) == "stock.transfer_too_many"
    db.write_now(receive_transfer, receipt(seed, id_, 1, 2, Reason.FOUND))
    assert numbers(db, seed) == (4, 6, 0)
    c = stock_move.c
    query = select(c.reason, c.quantity).where(c.place_id == THERE).order_by(c.seq)
    assert [tuple(row) for row in db.read_now(Reader.rows, query)] == [
        ("received", 4),
        ("damaged", -1),
        ("received", 1),
        ("stolen", -1),
        ("received", 1),
        ("found", 2),
    ]
    (line,) = shown(db, seed, id_).lines
    assert (line.sent, line.arrived, line.lost, line.missing) == (6, 4, 2, 0)


def test_what_is_promised_or_on_display_stays(db: Database, seed: Seed) -> None:
    db.write_now(reserve_stock, [take(seed, 3)])
    db.write_now(adjust_stock, AdjustStock(take(seed).key, Reason.DISPLAY, 2, "stf_1", NOW))
    assert refused(db, send_transfer, send(seed, 6)) == "stock.not_enough_to_send"
    db.write_now(send_transfer, send(seed, 5))
    assert numbers(db, seed) == (5, 0, 5)
    # A register does not sell what is under way.
    with pytest.raises(Refusal, match=r"stock\.not_enough"):
        db.write_now(take_stock, [take(seed, 1, place_id=THERE, cell=7)])


def test_every_step_from_every_state(db: Database, seed: Seed) -> None:
    """All four states, and what each step answers in them."""
    steps: dict[str, Callable[[str], tuple[Any, Any]]] = {
        "some": lambda id_: (receive_transfer, receipt(seed, id_, 1)),
        "rest": lambda id_: (
            receive_transfer,
            receipt(seed, id_, shown(db, seed, id_).lines[0].missing),
        ),
        "too many": lambda id_: (receive_transfer, receipt(seed, id_, 3)),
        "cancel": lambda id_: (cancel_transfer, cancelled(seed, id_)),
    }
    reached: dict[TransferState, list[str]] = {
        TransferState.SENT: [],
        TransferState.PARTLY: ["some"],
        TransferState.RECEIVED: ["rest"],
        TransferState.CANCELLED: ["cancel"],
    }
    closed, started = "stock.transfer_closed", "stock.transfer_started"
    ended = {"some": closed, "rest": closed, "too many": closed, "cancel": started}
    many = "stock.transfer_too_many"
    wanted = {
        TransferState.SENT: {"some": "partly", "rest": "received", "too many": many, "cancel": "cancelled"},
        TransferState.PARTLY: {"some": "received", "rest": "received", "too many": many, "cancel": started},
        TransferState.RECEIVED: ended,
        TransferState.CANCELLED: ended,
    }
    for before, way in reached.items():
        for name, answer in wanted[before].items():
            id_ = sent(db, seed, 2)
            for step in way:
                db.write_now(*steps[step](id_))
            assert shown(db, seed, id_).state is before
            if answer in {one.value for one in TransferState}:
                db.write_now(*steps[name](id_))
                assert shown(db, seed, id_).state == answer, (before, name)
            else:
                assert refused(db, *steps[name](id_)) == answer, (before, name)
                assert shown(db, seed, id_).state is before
            # Whatever is still under way comes back here, for the next one.
            if (now := shown(db, seed, id_)).state.is_under_way:
                db.write_now(receive_transfer, receipt(seed, id_, now.lines[0].missing))
            if back := numbers(db, seed)[1]:
                home = send(seed, back, is_back=True)
                db.write_now(send_transfer, home)
                db.write_now(receive_transfer, receipt(seed, home.transfer_id, back))


def test_unknown_ones_and_unfit_reasons(db: Database, seed: Seed) -> None:
    id_ = sent(db, seed)
    assert refused(db, receive_transfer, receipt(seed, new_id("trn"), 1)) == "request.not_found"
    assert refused(db, cancel_transfer, cancelled(seed, new_id("trn"))) == "request.not_found"
    for reason, difference in (
        (Reason.FOUND, -1),
        (Reason.LOST, 1),
        (Reason.CORRECTION, -1),
        (Reason.DISPLAY, 1),
    ):
        assert (
            refused(db, receive_transfer, receipt(seed, id_, 0, difference, reason)) == "stock.reason_unfit"
        )
    for wrong in (
        lambda: ReceivedLine("v", -1),
        lambda: ReceivedLine("v", 0, -1),
        lambda: ReceivedLine("v", 1, 0, Reason.LOST),
        lambda: SentLine("v", 0),
        lambda: ReceiveTransfer("b", id_, (ReceivedLine("v", 1),) * 2, "s", "r", NOW),
        lambda: SendTransfer("b", id_, "o", "p", 0, "p", 0, (SentLine("v", 1),), "s", NOW),
        lambda: SendTransfer("b", id_, "o", "p", 0, "q", 0, (), "s", NOW),
    ):
        with pytest.raises(ValueError, match=r"."):
            wrong()


def test_a_place_that_moved_meanwhile(db: Database, seed: Seed) -> None:
    """Both ends stand in other cells when it is received, or called off."""
    first, second = sent(db, seed, 2), sent(db, seed, 3)
    db.write_now(move_cell, [MoveCell(seed.brand_id, THERE, 8), MoveCell(seed.brand_id, seed.place_id, 9)])
    db.write_now(receive_transfer, receipt(seed, first, 2))
    db.write_now(cancel_transfer, cancelled(seed, second))
    assert numbers(db, seed) == (8, 2, 0)


def test_what_is_listed(db: Database, seed: Seed) -> None:
    first, second = sent(db, seed, 1), sent(db, seed, 1)
    db.write_now(receive_transfer, receipt(seed, first, 1))
    for places in ([seed.place_id], [THERE], [THERE, seed.place_id]):
        found = db.read_now(transfers_of_places, seed.brand_id, places, 10)
        assert {one.id for one in found} == {first, second}
    way = db.read_now(
        lambda reader: transfers_of_places(reader, seed.brand_id, [THERE], 10, is_under_way=True)
    )
    assert [one.id for one in way] == [second]
    assert db.read_now(transfers_of_places, seed.brand_id, ["plc_x"], 10) == []
    assert db.read_now(transfers_of_places, "brd_x", [THERE], 10) == []


def at_once(url: str, work: list[Callable[[Database], Any]]) -> Counter[str]:
    """All rivals start together, with four writers; how many got which answer."""
    db = Database(url, writers=4)
    start, answers = threading.Barrier(len(work)), list[str]()

    def one(do: Callable[[Database], Any]) -> None:
        start.wait()
        try:
            do(db)
            answers.append("done")
        except Refusal as problem:
            answers.append(problem.code)

    threads = [threading.Thread(target=one, args=(do,)) for do in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.close()
    return Counter(answers)


def test_many_receive_and_cancel_the_same(db: Database, migrated_url: str, seed: Seed) -> None:
    """Six rivals want all of it, two call it off: one wins, and the pieces are in one place once."""
    id_ = sent(db, seed, 6)
    rivals: list[Callable[[Database], Any]] = [
        lambda db: db.write_now(receive_transfer, receipt(seed, id_, 6)) for _ in range(6)
    ]
    rivals += [lambda db: db.write_now(cancel_transfer, cancelled(seed, id_)) for _ in range(2)]
    assert at_once(migrated_url, rivals)["done"] == 1
    assert numbers(db, seed) in ((4, 6, 0), (10, 0, 0))


def test_selling_the_last_pieces_while_they_are_sent(db: Database, migrated_url: str, seed: Seed) -> None:
    """Ten pieces, eight sales of one, eight transfers of one, both ways: as many as there are, and no deadlock."""
    db.write_now(receive_transfer, receipt(seed, sent(db, seed, 4), 4))
    rivals: list[Callable[[Database], Any]] = [
        lambda db: db.write_now(take_stock, [take(seed, 1)]) for _ in range(8)
    ]
    rivals += [lambda db: db.write_now(send_transfer, send(seed, 1)) for _ in range(8)]
    rivals += [lambda db: db.write_now(send_transfer, send(seed, 1, is_back=True)) for _ in range(4)]
    answers = at_once(migrated_url, rivals)
    # Six were here, four there: what is under way is on nobody's shelf.
    assert answers["done"] == 10
    assert numbers(db, seed)[:2] == (0, 0)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["send", "back", "receive", "lose", "more", "cancel", "sell"]),
        st.integers(0, 5),
        st.integers(0, 7),
    ),
    max_size=25,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(steps=STEPS)
def test_pieces_are_conserved(db: Database, seed: Seed, steps: list[tuple[str, int, int]]) -> None:
    """On hand, under way, sold and declared lost are always what there was, and what was found."""

    def all_pieces() -> int:
        both = [
            one
            for place_id in (seed.place_id, THERE)
            for one in db.read_now(stock_at_place, seed.brand_id, place_id, seed.variants[0])
        ]
        assert all(one.on_hand >= 0 and one.in_transit >= 0 for one in both)
        return sum(one.on_hand + one.in_transit for one in both)

    def unmoved() -> int:
        """On hand beside what the moves sum to: what was seeded without a move."""
        c = stock_move.c
        mine = (c.variant_id == seed.variants[0], c.owner_party_id == seed.dealer)
        total = db.read_now(Reader.value, select(func.sum(c.quantity)).where(*mine))
        return sum(numbers(db, seed)[:2]) - int(total or 0)

    was, ids, seeded = all_pieces(), list[str](), unmoved()
    for name, which, n in steps:
        id_ = ids[which % len(ids)] if ids else new_id("trn")
        change, action, command = 0, receive_transfer, None
        try:
            if name in ("send", "back"):
                action, command = send_transfer, send(seed, n, is_back=name == "back")
                ids.append(command.transfer_id)
            elif name == "receive":
                command = receipt(seed, id_, n)
            elif name == "lose":
                command, change = receipt(seed, id_, 0, -n, Reason.LOST), -n
            elif name == "more":
                left = shown(db, seed, id_).lines[0].missing if ids else 0
                command, change = receipt(seed, id_, left, n, Reason.FOUND), n
            elif name == "cancel":
                action, command = cancel_transfer, cancelled(seed, id_)
            else:
                action, command, change = take_stock, [take(seed, n)], -n
        except (ValueError, AssertionError):  # nobody sends or loses none, nor receives what was never sent
            continue
        try:
            db.write_now(action, command)
            was += change
        except Refusal:
            pass
        assert all_pieces() == was
    assert unmoved() == seeded
