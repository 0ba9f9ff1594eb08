"""Being asked twice: done once, answered alike, whoever asks at the same time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.idempotency import KEPT, fingerprint_of, forget_old, once, remember, stored
from highstreet.kernel.tx import Tx
from tests.kernel.scratch import AT, NO, add_one, note, note_ids, tally, together


@dataclass(frozen=True)
class Ask:
    """A request with its key; `content` is what the fingerprint is of."""

    key: str
    content: Any = None
    scope: str = "register"
    fails: bool = False


def answer(tx: Tx, command: Ask) -> Any:
    def work() -> Any:
        add_one(tx, "times")
        tx.run(insert(note).values(id=f"{command.scope} {command.key}", n=1))
        if command.fails:
            raise NO(field="x")
        return {"key": command.key, "list": [1, None], "text": "北"}

    return once(tx, command.scope, command.key, command.content, AT, work)


def times(db: Database) -> int:
    return int(db.read_now(lambda reader: reader.value(select(tally.c.n))))


@pytest.fixture
def counting(db: Database) -> Database:
    db.write_now(lambda tx, _: tx.insert_many(tally, [{"id": "times", "n": 0}]), None)
    return db


def test_the_same_key_has_the_same_answer(counting: Database) -> None:
    told = {"key": "k", "list": [1, None], "text": "北"}
    assert [counting.write_now(answer, Ask("k", {"a": 1})) for _ in range(3)] == [told] * 3
    assert times(counting) == 1
    assert counting.write_now(answer, Ask("k", {"a": 1}, scope="shop")) == told
    assert counting.write_now(answer, Ask("k2", {"a": 1}))["key"] == "k2"
    assert times(counting) == 3


def test_the_same_key_with_other_content_is_refused(counting: Database) -> None:
    counting.write_now(answer, Ask("k", {"a": 1, "b": 2}))
    counting.write_now(answer, Ask("k", {"b": 2, "a": 1}))
    for other in ({"a": 1}, {"a": 1, "b": "2"}, None, {"a": 1, "b": 2, "c": None}):
        with pytest.raises(Refusal) as refused:
            counting.write_now(answer, Ask("k", other))
        assert (refused.value.code, refused.value.status) == ("idempotency.mismatch", 409)
    assert times(counting) == 1


def test_what_was_refused_may_be_asked_again(counting: Database) -> None:
    with pytest.raises(Refusal, match=r"request\.malformed"):
        counting.write_now(answer, Ask("k", fails=True))
    assert times(counting) == 0
    assert counting.write_now(answer, Ask("k"))["key"] == "k"
    assert times(counting) == 1


def test_twice_in_one_batch(counting: Database) -> None:
    asked = [(answer, Ask(key)) for key in ("a", "b", "a", "a", "b")]
    assert [told["key"] for told in together(counting, asked)] == ["a", "b", "a", "a", "b"]
    assert times(counting) == 2


def test_a_crowd_with_one_key(scratch_url: str) -> None:
    """Two programs with four writers each: whoever meets the other's answer gives it, nobody is told of a conflict."""
    count = 2 if scratch_url.startswith("postgresql") else 1
    programs = [Database(scratch_url, writers=4) for _ in range(count)]
    try:
        programs[0].write_now(lambda tx, _: tx.insert_many(tally, [{"id": "times", "n": 0}]), None)
        with ThreadPoolExecutor(12) as pool:
            told = list(
                pool.map(lambda n: programs[n % count].write_now(answer, Ask(f"k{n // 24}")), range(24 * 6))
            )
        assert [one["key"] for one in told] == [f"k{n // 24}" for n in range(24 * 6)]
        assert times(programs[0]) == 6
        assert programs[0].read_now(note_ids) == [f"register k{n}" for n in range(6)]
    finally:
        for program in programs:
            program.close()


def test_answers_are_kept_for_thirty_days(counting: Database) -> None:
    counting.write_now(answer, Ask("k"))
    assert counting.write_now(forget_old, AT + KEPT) == 0
    assert counting.read_now(stored, "register", ["k", "x"])["k"].check(fingerprint_of(None))["key"] == "k"
    assert counting.write_now(forget_old, AT + KEPT + timedelta(microseconds=1)) == 1
    assert counting.read_now(stored, "register", ["k"]) == {}


def test_many_answers_at_once(counting: Database) -> None:
    answers = [(f"k{n}", fingerprint_of(n), {"n": n}) for n in range(200)]
    counting.write_now(lambda tx, rows: remember(tx, "many", rows, AT), answers)
    found = counting.read_now(stored, "many", [f"k{n}" for n in range(0, 400, 2)])
    assert {key: one.answer["n"] for key, one in found.items()} == {f"k{n}": n for n in range(0, 200, 2)}
    assert counting.read_now(stored, "many", []) == {}


def test_a_fingerprint_is_of_the_content() -> None:
    assert fingerprint_of({"a": 1, "b": [2]}) == fingerprint_of({"b": [2], "a": 1})
    assert len({fingerprint_of(one) for one in (None, 0, False, "", [], {}, "0", [0], {"a": None})}) == 9
    assert fingerprint_of(Ask("k")) == fingerprint_of(Ask("k")) != fingerprint_of(Ask("l"))
