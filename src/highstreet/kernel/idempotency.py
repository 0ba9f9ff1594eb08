"""Being asked twice: the answer is stored in the same transaction as the work, a retry gets it again.

The same key with other content is refused (`idempotency.mismatch`). Keys are client-made ids.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

import orjson
from sqlalchemy import Text, delete, select

from highstreet.kernel.errors import IDEMPOTENCY_MISMATCH
from highstreet.kernel.keys import KeyedQuery
from highstreet.kernel.tables import idempotency
from highstreet.kernel.tx import Reader, Tx

KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What was answered to a key, and the fingerprint of what was asked."""

    fingerprint: str
    answer: Any

    def check(self, fingerprint: str) -> Any:
        """The answer, or a refusal when the content differs."""
        if self.fingerprint != fingerprint:
            raise IDEMPOTENCY_MISMATCH()
        return self.answer


def fingerprint_of(content: Any) -> str:
    """A digest of a request's content; dataclasses and plain JSON values are taken."""
    return blake2b(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


_t = idempotency.c
_STORED = KeyedQuery(
    # The scope goes with each key: as one parameter, SQLite would read the whole scope and look for the keys in it.
    {"scope": Text, "key": Text},
    lambda wanted: (
        select(_t.key, _t.fingerprint, _t.answer)
        .select_from(wanted.rows)
        .join(idempotency, (_t.scope == wanted.scope) & (_t.key == wanted.key))
    ),
)


def stored(reader: Reader, scope: str, keys: Sequence[str]) -> Mapping[str, StoredAnswer]:
    """Answers given before, by key."""
    rows = _STORED.rows(reader, [(scope, key) for key in keys])
    return {r.key: StoredAnswer(r.fingerprint, r.answer) for r in rows}


def remember(tx: Tx, scope: str, answers: Sequence[tuple[str, str, Any]], now: datetime) -> None:
    """Store (key, fingerprint, answer) with the work."""
    tx.insert_many(
        idempotency,
        [
            {"scope": scope, "key": key, "fingerprint": print_, "answer": answer, "at": now}
            for key, print_, answer in answers
        ],
    )


def once(tx: Tx, scope: str, key: str, content: Any, now: datetime, work: Callable[[], Any]) -> Any:
    """Run `work` unless this key was answered before; give the stored answer then."""
    fingerprint = fingerprint_of(content)
    if before := stored(tx, scope, [key]).get(key):
        return before.check(fingerprint)
    answer = work()
    remember(tx, scope, [(key, fingerprint, answer)], now)
    return answer


def forget_old(tx: Tx, now: datetime) -> int:
    """Remove answers older than thirty days."""
    return tx.run(delete(idempotency).where(idempotency.c.at < now - KEPT)).rowcount
