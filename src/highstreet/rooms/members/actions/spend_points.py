"""Points as money: spent for a tender, and given back when it is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from highstreet.kernel.tx import Tx
from highstreet.rooms.members.errors import POINTS_NOT_REVERSIBLE, POINTS_RULE_MALFORMED, POINTS_TOO_FEW
from highstreet.rooms.members.events import PointsRestored, PointsRuleSet, PointsSpent
from highstreet.rooms.members.model import PointsRule, restore_points
from highstreet.rooms.members.tables import member, points_entry, points_rule

_m, _e = member.c, points_entry.c


@dataclass(frozen=True, slots=True)
class SetPointsRule:
    """What a brand takes its points for from now on; None: it takes none."""

    brand_id: str
    rule: PointsRule | None
    at: datetime


def set_points_rule(tx: Tx, command: SetPointsRule) -> None:
    """Errors: Refusal members.points_rule_malformed when a number is not above zero."""
    rule = command.rule
    if rule is not None and (rule.points <= 0 or rule.worth_minor <= 0):
        raise POINTS_RULE_MALFORMED()
    tx.run(delete(points_rule).where(points_rule.c.brand_id == command.brand_id))
    if rule is not None:
        row = {"brand_id": command.brand_id, "points": rule.points, "worth_minor": rule.worth_minor}
        tx.insert_many(points_rule, [{**row, "earns_on_points": rule.earns_on_points}])
    tx.announce(
        PointsRuleSet(
            at=command.at,
            brand_id=command.brand_id,
            points=None if rule is None else rule.points,
            worth_minor=None if rule is None else rule.worth_minor,
        )
    )


@dataclass(frozen=True, slots=True)
class SpendPoints:
    """A member pays with available points; `entry_id` is made from the tender's id."""

    brand_id: str
    member_id: str
    sale_id: str
    entry_id: str
    points: int
    at: datetime


def spend_points(tx: Tx, command: SpendPoints) -> None:
    """Take them in one guarded statement. Errors: Refusal members.points_too_few (needed, available)."""
    key = (_m.brand_id == command.brand_id, _m.id == command.member_id)
    taken = tx.rows(
        update(member)
        .where(*key, _m.points_available >= command.points)
        .values(points_available=_m.points_available - command.points)
        .returning(_m.person_id)
    )
    if not taken:
        available = tx.value(select(_m.points_available).where(*key))
        raise POINTS_TOO_FEW(needed=command.points, available=max(0, available or 0))
    _write_entry(tx, command, "spend")
    tx.announce(
        PointsSpent(
            at=command.at,
            brand_id=command.brand_id,
            person_id=taken[0].person_id,
            member_id=command.member_id,
            sale_id=command.sale_id,
            points=command.points,
        )
    )


@dataclass(frozen=True, slots=True)
class RestorePoints:
    """Of `amount_minor` paid with the points of `spend_id`, so much is refunded by now. `entry_id`: the new entry's."""

    brand_id: str
    member_id: str
    sale_id: str
    spend_id: str
    entry_id: str
    amount_minor: int
    refunded_before: int
    refunded_after: int
    at: datetime


def give_points_back(tx: Tx, command: RestorePoints) -> int:
    """Points go back in proportion; never more than were spent. Errors: members.points_not_reversible."""
    spent = tx.value(select(_e.points).where(_e.brand_id == command.brand_id, _e.id == command.spend_id))
    points = restore_points(spent or 0, command.amount_minor, command.refunded_before, command.refunded_after)
    if not points:
        return 0
    guarded = tx.run(
        update(points_entry)
        .where(_e.brand_id == command.brand_id, _e.id == command.spend_id, _e.kind == "spend")
        .where(_e.member_id == command.member_id, _e.reversed + points <= _e.points)
        .values(reversed=_e.reversed + points)
    )
    if guarded.rowcount != 1:
        raise POINTS_NOT_REVERSIBLE()
    whose = tx.rows(
        update(member)
        .where(_m.brand_id == command.brand_id, _m.id == command.member_id)
        .values(points_available=_m.points_available + points)
        .returning(_m.person_id)
    )
    _write_entry(tx, command, "restore", points)
    tx.announce(
        PointsRestored(
            at=command.at,
            brand_id=command.brand_id,
            person_id=whose[0].person_id,
            member_id=command.member_id,
            sale_id=command.sale_id,
            points=points,
        )
    )
    return points


def _write_entry(tx: Tx, command: SpendPoints | RestorePoints, kind: str, points: int = 0) -> None:
    row = {
        "brand_id": command.brand_id,
        "id": command.entry_id,
        "member_id": command.member_id,
        "sale_id": command.sale_id,
        "line_no": 0,
        "points": points or getattr(command, "points", 0),
        "reversed": 0,
        "kind": kind,
        "state": "available",
        "matures_at": command.at,
        "at": command.at,
    }
    tx.insert_many(points_entry, [row])
