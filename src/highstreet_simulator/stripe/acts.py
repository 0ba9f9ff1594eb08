"""From what an endpoint does to an answer, once for each Idempotency-Key.

docs.stripe.com/api/idempotent_requests: the first request's status and body are kept, "regardless of whether it
succeeds or fails [...], including 500 errors"; nothing is kept when parameters fail validation; other parameters under
the same key are an error; keys are forgotten after at least 24 hours; GET ignores them.
"""

import hashlib
from collections.abc import Callable

import orjson

from highstreet_simulator.provider.core import Answer, Call
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.moment import Effect, Moment
from highstreet_simulator.provider.store import Row, Tx, one
from highstreet_simulator.stripe.forms import Json, refuse

KEPT_FOR_S = 24 * 3600.0
Do = Callable[[Tx, Moment, Call], Json | Answer]


def act(do: Do) -> Callable[[Call, Effect], Answer]:
    """Do it in one transaction together with keeping its answer; the same key again gives that answer again."""

    def perform(call: Call, effect: Effect) -> Answer:
        provider = call.provider
        with provider.store.transaction() as tx:
            moment = provider.moment(effect)
            if (kept := _kept(tx, moment, call)) is not None:
                return kept
            tx.execute("SAVEPOINT act")
            try:
                done = do(tx, moment, call)
                answer = done if isinstance(done, Answer) else Answer(orjson.dumps(done))
                was_begun = True
            except ProviderRefusal as refusal:
                tx.execute("ROLLBACK TO act")
                # Only what failed while it was carried out is kept: a state that forbids it, not a bad parameter.
                was_begun = bool(refusal.facts.get("was_begun"))
                answer = provider.refuse(refusal, call)
            if was_begun:
                _keep(tx, moment, call, answer)
        provider.wake.set()
        return answer

    return perform


def key_of(call: Call) -> str | None:
    """The Idempotency-Key of a POST."""
    key = call.request.headers.get("idempotency-key")
    if call.request.method != "POST" or not key:
        return None
    if len(key) > 255:
        raise refuse(400, "Idempotency keys are up to 255 characters long.", type_="idempotency_error")
    return key


def _kept(tx: Tx, moment: Moment, call: Call) -> Answer | None:
    key = key_of(call)
    if key is None:
        return None
    tx.execute("DELETE FROM stripe_keys WHERE kept_at < ?", (moment.at - KEPT_FOR_S,))
    row: Row | None = one(
        tx, "SELECT * FROM stripe_keys WHERE merchant_id = ? AND key = ?", call.merchant_id, key
    )
    if row is None:
        return None
    if row["fingerprint"] != _fingerprint(call):
        raise refuse(
            400,
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request.",
            type_="idempotency_error",
        )
    headers = {"Idempotent-Replayed": "true", "Original-Request": "req_simulated"}
    return Answer(row["body"], row["status"], headers=headers)


def _keep(tx: Tx, moment: Moment, call: Call, answer: Answer) -> None:
    key = key_of(call)
    if key is not None:
        tx.execute(
            "INSERT INTO stripe_keys (merchant_id, key, fingerprint, status, body, kept_at) VALUES (?, ?, ?, ?, ?, ?)",
            (call.merchant_id, key, _fingerprint(call), answer.status, answer.body, moment.at),
        )


def keep_failure(tx: Tx, call: Call, body: bytes) -> None:
    """A request that took place was answered 500: from now on its key gives the 500 again."""
    key = key_of(call)
    if key is not None:
        tx.execute(
            "UPDATE stripe_keys SET status = 500, body = ? WHERE merchant_id = ? AND key = ?",
            (body, call.merchant_id, key),
        )


def _fingerprint(call: Call) -> str:
    said = [call.request.method, call.request.url.path, call.asked]
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
