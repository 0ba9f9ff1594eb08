"""What waits for operators: each acknowledges or declines; with the last word the change is made, or is not (P3)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from highstreet.flows.change_offers import (
    coupon_of,
    offer_of,
    publish_offer,
    publish_shared_coupon,
    resume_of,
    set_offer_active,
)
from highstreet.flows.change_price import change_price, price_of
from highstreet.flows.guard_parity import Guarded, ParityRefusal
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.tx import Tx
from highstreet.rooms.channel import (
    CaseState,
    ChangeState,
    EndCase,
    ParityCase,
    ParityChange,
    case_by_id,
    cases_of_change,
    change_by_id,
    end_case,
    end_change,
    keep_cases,
    take_turn,
)


@dataclass(frozen=True, slots=True)
class AnswerCase:
    """An operator's dated word on a case, given by `staff_id` for one of `operators`.

    `is_whole`: also on all other cases of the same change that wait for these operators.
    """

    brand_id: str
    case_id: str
    operators: frozenset[str]
    is_yes: bool
    staff_id: str
    at: datetime
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class WithdrawChange:
    """The head office no longer wants what waits."""

    brand_id: str
    change_id: str
    at: datetime


def answer_case(tx: Tx, command: AnswerCase) -> ParityCase:
    """Acknowledge or decline. One who declines stops the change; the last to acknowledge has it made.

    It is weighed once more, as things stand now: what nobody has acknowledged waits on, and what a contract refuses
    meanwhile ends refused. Errors: Refusal request.not_found, channel.case_not_waiting; as those of the change.
    """
    take_turn(tx, command.brand_id)
    state = CaseState.ACKNOWLEDGED if command.is_yes else CaseState.DECLINED
    case = end_case(
        tx,
        EndCase(command.brand_id, command.case_id, command.operators, state, command.staff_id, command.at),
    )
    if command.is_yes and command.is_whole:
        for other in cases_of_change(tx, command.brand_id, case.change_id):
            if other.state is CaseState.WAITING and other.operator_party_id in command.operators:
                end_case(
                    tx,
                    EndCase(
                        command.brand_id, other.id, command.operators, state, command.staff_id, command.at
                    ),
                )
    if not command.is_yes:
        end_change(tx, command.brand_id, case.change_id, ChangeState.DECLINED, command.at)
    elif not _waits_for_others(tx, case):
        change = change_by_id(tx, command.brand_id, case.change_id)
        if change is None:
            raise REQUEST_NOT_FOUND()
        _make(tx, change, command.at)
    answered = case_by_id(tx, command.brand_id, command.case_id)
    if answered is None:
        raise REQUEST_NOT_FOUND()
    return answered


def withdraw_change(tx: Tx, command: WithdrawChange) -> None:
    """Errors: Refusal request.not_found; channel.case_not_waiting."""
    take_turn(tx, command.brand_id)
    if change_by_id(tx, command.brand_id, command.change_id) is None:
        raise REQUEST_NOT_FOUND()
    end_change(tx, command.brand_id, command.change_id, ChangeState.WITHDRAWN, command.at)


def _waits_for_others(tx: Tx, case: ParityCase) -> bool:
    others = cases_of_change(tx, case.brand_id, case.change_id)
    return any(one.state is CaseState.WAITING for one in others)


def _make(tx: Tx, change: ParityChange, at: datetime) -> None:
    try:
        _made(tx, change, at)
    except ParityRefusal as refusal:
        # Nothing was written yet: the guard comes before every change.
        end_change(tx, change.brand_id, change.id, ChangeState.REFUSED, at)
        keep_cases(tx, refusal.kept.cases, refusal.kept.findings)


def _made(tx: Tx, change: ParityChange, at: datetime) -> Guarded[Any]:
    match change.kind:
        case "price":
            return change_price(tx, price_of(change, at))
        case "offer":
            return publish_offer(tx, offer_of(change, at))
        case "coupon":
            return publish_shared_coupon(tx, coupon_of(change, at))
        case "resume":
            return set_offer_active(tx, resume_of(change, at))
    raise ValueError(f"nothing is made of {change.kind}")
