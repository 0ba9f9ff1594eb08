"""Being asked twice: the answer is stored in the same transaction as the work, a retry gets it again.

The same key with other content is refused (`idempotency.mismatch`). Keys are client-made ids.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

import orjson
from sqlalchemy import delete, select

from highstreet.kernel.errors import IDEMPOTENCY_MISMATCH
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


def stored(reader: Reader, scope: str, keys: Sequence[str]) -> Mapping[str, StoredAnswer]:
    """Answers given before, by key."""
    t = idempotency.c
    query = select(t.key, t.fingerprint, t.answer).where(t.scope == scope, t.key.in_(keys))
    return {r.key: StoredAnswer(r.fingerprint, r.answer) for r in reader.rows(query)}


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
