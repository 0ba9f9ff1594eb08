"""No price, offer or coupon goes live against a contract's parity unless it is acknowledged or paid for (P3).

The worst verdict of all contracts decides. Refused: nothing happens, and a case tells why. Waiting: the change is kept as
it was asked for, and is made once all who are asked have acknowledged it. Paid for: it is made, and posted to the ledger,
in one transaction. Whoever changes prices or offers of a brand takes a turn first, so that no change misses another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from highstreet.flows.owe_by_agreement import owe
from highstreet.flows.weigh_parity import Said
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import new_id
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.channel import (
    PARITY_BROKEN,
    CaseState,
    ChangeState,
    Finding,
    ParityCase,
    ParityChange,
    Verdict,
    cases_of_change,
    end_change,
    finding_in,
    keep_cases,
    keep_change,
    void_cases,
    waiting_changes,
    worst_of,
)
from highstreet.rooms.parties import parties_of_brand

R = TypeVar("R")
PROTECTION = "price_protection"
_STATES = {
    Verdict.ALLOWED: CaseState.TOLD,
    Verdict.COMPENSATED: CaseState.COMPENSATED,
    Verdict.WAITS: CaseState.WAITING,
    Verdict.REFUSED: CaseState.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Guarded(Generic[R]):
    """What became of a change: it was made (`result`), or it waits (`waiting`)."""

    result: R | None
    waiting: ParityChange | None = None

    @property
    def audited_as(self) -> str | None:
        """What waits was not done: the trail says so."""
        return "office.keep_waiting" if self.waiting is not None else None


@dataclass(frozen=True, slots=True)
class Kept:
    """A change with its cases, to be written down."""

    change: ParityChange
    cases: tuple[ParityCase, ...]
    findings: Mapping[str, Finding]


class ParityRefusal(Refusal):
    """Refused by a contract; `kept` is written down by whoever asked, in a transaction of its own."""

    def __init__(self, said: Refusal, kept: Kept) -> None:
        super().__init__(said.code, said.status, **said.facts)
        self.kept = kept


@dataclass(frozen=True, slots=True)
class Attempt:
    """A change on its way. `released`: it waited until now, as this change."""

    brand_id: str
    kind: str
    subject_id: str
    asked: Mapping[str, Any]
    asked_by: str
    at: datetime
    released: ParityChange | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """The change may be made. `known` are the contracts whose operators acknowledged it or are paid for it."""

    known: frozenset[str]


def decide(tx: Tx, attempt: Attempt, said: Sequence[Said], currency: str) -> Passed | ParityChange:
    """Whether the change may be made now; if it must wait, it is kept. What is paid for is paid.

    Errors: ParityRefusal channel.parity_broken.
    """
    words = _words(tx, attempt.released)
    open_ones = [one for one in said if not _is_acknowledged(one, words)]
    worst = worst_of(one.finding for one in open_ones)
    if worst is Verdict.REFUSED:
        raise _refusal(tx, attempt, open_ones, currency)
    if worst is Verdict.WAITS:
        return _keep_waiting(
            tx, attempt, [one for one in open_ones if one.finding.verdict is Verdict.WAITS], currency
        )
    if attempt.released is None:
        withdraw_waiting(tx, attempt.brand_id, attempt.subject_id, attempt.at)
        if open_ones:
            kept = _kept(attempt, open_ones, currency, ChangeState.LIVE)
            keep_change(tx, kept.change, kept.cases, kept.findings)
            _pay(tx, kept.cases)
    else:
        end_change(tx, attempt.brand_id, attempt.released.id, ChangeState.LIVE, attempt.at)
        kept = _kept(attempt, open_ones, currency, ChangeState.LIVE, attempt.released)
        keep_cases(tx, kept.cases, kept.findings)
        _pay(tx, kept.cases)
    return Passed(frozenset(one.contract.id for one in said))


def keep_refused(tx: Tx, kept: Kept) -> ParityChange:
    """Write down what was refused, and why."""
    keep_change(tx, kept.change, kept.cases, kept.findings)
    return kept.change


def _words(tx: Tx, released: ParityChange | None) -> dict[str, tuple[str, Finding]]:
    """What was acknowledged of a change that waited, by contract."""
    if released is None:
        return {}
    cases = cases_of_change(tx, released.brand_id, released.id)
    return {
        one.contract_id: (one.id, finding_in(tx, released.brand_id, one.id))
        for one in cases
        if one.state is CaseState.ACKNOWLEDGED
    }


def _is_acknowledged(said: Said, words: Mapping[str, tuple[str, Finding]]) -> bool:
    word = words.get(said.contract.id)
    is_asked = said.finding.verdict is Verdict.WAITS
    return is_asked and word is not None and said.finding.is_within(word[1])


def _keep_waiting(tx: Tx, attempt: Attempt, said: Sequence[Said], currency: str) -> ParityChange:
    released = attempt.released
    if released is None:
        same = _replace_waiting(tx, attempt)
        if same is not None:
            return same
        kept = _kept(attempt, said, currency, ChangeState.WAITING)
        keep_change(tx, kept.change, kept.cases, kept.findings)
        return kept.change
    # Meanwhile more became known than was acknowledged: what is new is asked anew, by name.
    cases = cases_of_change(tx, released.brand_id, released.id)
    asked = {one.contract_id for one in cases if one.state is CaseState.WAITING}
    words = _words(tx, released)
    new = [one for one in said if one.contract.id not in asked]
    void_cases(tx, attempt.brand_id, [words[one.contract.id][0] for one in new if one.contract.id in words])
    kept = _kept(attempt, new, currency, ChangeState.WAITING, released)
    keep_cases(tx, kept.cases, kept.findings)
    return released


def _replace_waiting(tx: Tx, attempt: Attempt) -> ParityChange | None:
    """What waits for the same article or offer is withdrawn; the very same change goes on waiting, and is answered."""
    for one in waiting_changes(tx, attempt.brand_id, attempt.subject_id):
        if (one.kind, dict(one.asked)) == (attempt.kind, dict(attempt.asked)):
            return one
    withdraw_waiting(tx, attempt.brand_id, attempt.subject_id, attempt.at)
    return None


def withdraw_waiting(tx: Tx, brand_id: str, subject_id: str, at: datetime) -> None:
    """What waits for an article or offer comes to nothing: it has been overtaken."""
    for one in waiting_changes(tx, brand_id, subject_id):
        end_change(tx, brand_id, one.id, ChangeState.WITHDRAWN, at)


def _kept(
    attempt: Attempt,
    said: Sequence[Said],
    currency: str,
    state: ChangeState,
    released: ParityChange | None = None,
) -> Kept:
    change = released or ParityChange(
        attempt.brand_id,
        new_id("pcg"),
        attempt.kind,
        attempt.subject_id,
        attempt.asked,
        attempt.asked_by,
        state,
        attempt.at,
        None if state is ChangeState.WAITING else attempt.at,
    )
    cases = []
    findings = {}
    for one in said:
        case = case_of(change, one, currency, attempt.at)
        cases.append(case)
        findings[case.id] = one.finding
    return Kept(change, tuple(cases), findings)


def case_of(change: ParityChange, said: Said, currency: str, at: datetime) -> ParityCase:
    """A contract's case, as its verdict says."""
    contract, finding = said.contract, said.finding
    state = _STATES[finding.verdict]
    return ParityCase(
        change.brand_id,
        new_id("pcs"),
        change.id,
        contract.id,
        contract.version,
        contract.operator_party_id,
        contract.place_id,
        finding.verdict,
        state,
        currency,
        goods=len(finding.gaps),
        pieces=sum(gap.pieces for gap in finding.gaps),
        lost_minor=finding.lost_minor,
        paid_minor=finding.paid_minor,
        worst=finding.gaps,
        at=at,
        ended_at=None if state is CaseState.WAITING else at,
    )


def _refusal(tx: Reader, attempt: Attempt, said: Sequence[Said], currency: str) -> ParityRefusal:
    refused = [one for one in said if one.finding.verdict is Verdict.REFUSED]
    kept = _kept(attempt, refused, currency, ChangeState.REFUSED, attempt.released)
    names = {party.id: party.name_en for party in parties_of_brand(tx, attempt.brand_id)}
    dealers = sorted({names.get(one.operator_party_id, "") for one in kept.cases})
    refusal = PARITY_BROKEN(
        change_id=kept.change.id,
        dealers=", ".join(dealers[:10]),
        dealer_count=len(dealers),
        goods=max(one.goods for one in kept.cases),
        pieces=sum(one.pieces for one in kept.cases),
        lost_minor=sum(one.lost_minor for one in kept.cases),
        currency=currency,
    )
    return ParityRefusal(refusal, kept)


def _pay(tx: Tx, cases: Sequence[ParityCase]) -> None:
    pay_cases(tx, [one for one in cases if one.paid_minor])


def pay_cases(tx: Tx, cases: Sequence[ParityCase]) -> None:
    """The brand owes each operator what its contract says; it is set off and paid with the next statements (0022)."""
    for one in cases:
        if one.paid_minor:
            owe(
                tx,
                one.brand_id,
                one.operator_party_id,
                one.id,
                PROTECTION,
                amount_minor=one.paid_minor,
                currency=one.currency,
                at=one.at,
            )
