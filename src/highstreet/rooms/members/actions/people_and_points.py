"""Writes of the room `members`: follows, memberships, consents and points."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Integer, Text, delete, literal_column, select, update

from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.members.errors import (
    ID_TAKEN,
    MEMBER_UNKNOWN,
    POINTS_EARNED_BEFORE,
    POINTS_NOT_REVERSIBLE,
    PURPOSE_UNKNOWN,
)
from highstreet.rooms.members.events import (
    ConsentGiven,
    ConsentWithdrawn,
    Followed,
    Joined,
    PointsEarned,
    PointsReversed,
    Unfollowed,
)
from highstreet.rooms.members.model import (
    MEASUREMENT,
    PURPOSES,
    TIER_ERASED,
    TIER_MEMBER,
    ConsentReceipt,
    Member,
)
from highstreet.rooms.members.queries import IS_EARN, IS_PENDING, consents_by_id, earned_of, member_of_person
from highstreet.rooms.members.tables import consent, follow, member, points_entry


@dataclass(frozen=True, slots=True)
class FollowBrand:
    """Begin to follow; `code_id` is the code that led here, if any."""

    brand_id: str
    person_id: str
    entry: str
    code_id: str | None
    at: datetime


def follow_brand(tx: Tx, command: FollowBrand) -> bool:
    """Follow; False when the person follows already (nothing changes)."""
    key = {"brand_id": command.brand_id, "person_id": command.person_id}
    fresh = {"entry": command.entry, "code_id": command.code_id, "since": command.at, "until": None}
    is_new = tx.insert_many(follow, [key | fresh], ignore_existing=True) == 1
    if not is_new:
        again = (
            update(follow)
            .where(follow.c.brand_id == command.brand_id, follow.c.person_id == command.person_id)
            .where(follow.c.until.is_not(None))
            .values(**fresh)
        )
        is_new = tx.run(again).rowcount == 1
    if is_new:
        tx.announce(Followed(at=command.at, entry=command.entry, code_id=command.code_id, **key))
    return is_new


@dataclass(frozen=True, slots=True)
class UnfollowBrand:
    """Stop following."""

    brand_id: str
    person_id: str
    at: datetime


def unfollow_brand(tx: Tx, command: UnfollowBrand) -> bool:
    """Unfollow; False when the person does not follow."""
    ended = tx.run(
        update(follow)
        .where(follow.c.brand_id == command.brand_id, follow.c.person_id == command.person_id)
        .where(follow.c.until.is_(None))
        .values(until=command.at)
    )
    if ended.rowcount:
        tx.announce(Unfollowed(at=command.at, brand_id=command.brand_id, person_id=command.person_id))
    return ended.rowcount == 1


@dataclass(frozen=True, slots=True)
class JoinBrand:
    """Become a member; `member_id` is used only when the person is not one yet."""

    brand_id: str
    member_id: str
    person_id: str
    entry: str
    home_place_id: str | None
    at: datetime


def join_brand(tx: Tx, command: JoinBrand) -> Member:
    """The membership, made now or before.

    Errors: Refusal members.id_taken when `member_id` is another person's.
    """
    row = {
        "brand_id": command.brand_id,
        "id": command.member_id,
        "person_id": command.person_id,
        "tier": TIER_MEMBER,
        "home_place_id": command.home_place_id,
        "entry": command.entry,
        "joined_at": command.at,
        "points_pending": 0,
        "points_available": 0,
    }
    if tx.insert_many(member, [row], ignore_existing=True):
        tx.announce(
            Joined(
                at=command.at,
                brand_id=command.brand_id,
                place_id=command.home_place_id,
                person_id=command.person_id,
                member_id=command.member_id,
                entry=command.entry,
                home_place_id=command.home_place_id,
            )
        )
    joined = member_of_person(tx, command.brand_id, command.person_id)
    if joined is None:
        raise ID_TAKEN()
    return joined


@dataclass(frozen=True, slots=True)
class GiveConsents:
    """Consent to several purposes at once, each with its own receipt id, in the same order."""

    brand_id: str
    person_id: str
    entry: str
    recipient: str
    wording: str
    purposes: Sequence[str]
    consent_ids: Sequence[str]
    at: datetime


def give_consents(tx: Tx, command: GiveConsents) -> list[ConsentReceipt]:
    """The receipts, in the order asked for. The same receipt ids again change nothing.

    Errors: Refusal members.purpose_unknown; members.id_taken when an id is another person's or purpose's.
    """
    if not PURPOSES.keys() >= set(command.purposes):
        raise PURPOSE_UNKNOWN()
    known = consents_by_id(tx, command.brand_id, command.consent_ids)
    rows = [
        {
            "brand_id": command.brand_id,
            "id": consent_id,
            "person_id": command.person_id,
            "purpose": purpose,
            "entry": command.entry,
            "recipient": command.recipient,
            "wording": command.wording,
            "given_at": command.at,
            "withdrawn_at": None,
        }
        for purpose, consent_id in zip(command.purposes, command.consent_ids, strict=True)
    ]
    fresh = [row for row in rows if row["id"] not in known]
    tx.insert_many(consent, fresh)
    receipts = []
    for row in rows:
        consent_id = str(row.pop("id"))
        receipt = known.get(consent_id) or ConsentReceipt(consent_id=consent_id, **row)  # type: ignore[arg-type]
        if (receipt.person_id, receipt.purpose) != (command.person_id, row["purpose"]):
            raise ID_TAKEN()
        receipts.append(receipt)
        if consent_id not in known:
            tx.announce(
                ConsentGiven(
                    at=command.at,
                    brand_id=command.brand_id,
                    person_id=command.person_id,
                    consent_id=consent_id,
                    purpose=receipt.purpose,
                    entry=command.entry,
                    recipient=command.recipient,
                    wording=command.wording,
                )
            )
    return receipts


@dataclass(frozen=True, slots=True)
class WithdrawConsent:
    """Take back consent to one purpose, wherever it was given."""

    brand_id: str
    person_id: str
    purpose: str
    at: datetime


def withdraw_consent(tx: Tx, command: WithdrawConsent) -> int:
    """Withdraw at once; the count of receipts that were live comes back.

    Measurement: the follow forgets its code. Errors: Refusal members.purpose_unknown.
    """
    if command.purpose not in PURPOSES:
        raise PURPOSE_UNKNOWN()
    withdrawn = tx.run(
        update(consent)
        .where(consent.c.brand_id == command.brand_id, consent.c.person_id == command.person_id)
        .where(consent.c.purpose == command.purpose, consent.c.withdrawn_at.is_(None))
        .values(withdrawn_at=command.at)
    ).rowcount
    if command.purpose == MEASUREMENT:
        whose = (follow.c.brand_id == command.brand_id, follow.c.person_id == command.person_id)
        tx.run(update(follow).where(*whose).values(code_id=None))
    if withdrawn:
        tx.announce(
            ConsentWithdrawn(
                at=command.at,
                brand_id=command.brand_id,
                person_id=command.person_id,
                purpose=command.purpose,
                receipts=withdrawn,
            )
        )
    return withdrawn


def erase_member(tx: Tx, person_id: str, at: datetime) -> int:
    """Forget a person in every brand; the count of memberships erased comes back.

    Follows are removed and consents withdrawn. The member's id stays with its balances, for sales hang on it
    and their returns still reverse points; it is found by no query any more. Receipts stay as proof.
    """
    follows = tx.rows(
        delete(follow).where(follow.c.person_id == person_id).returning(follow.c.brand_id, follow.c.until)
    )
    for row in follows:
        if row.until is None:
            tx.announce(Unfollowed(at=at, brand_id=row.brand_id, person_id=person_id))
    live = tx.rows(
        update(consent)
        .where(consent.c.person_id == person_id, consent.c.withdrawn_at.is_(None))
        .values(withdrawn_at=at)
        .returning(consent.c.brand_id, consent.c.purpose)
    )
    receipts: dict[tuple[str, str], int] = defaultdict(int)
    for row in live:
        receipts[row.brand_id, row.purpose] += 1
    for (brand_id, purpose), count in sorted(receipts.items()):
        tx.announce(
            ConsentWithdrawn(at=at, brand_id=brand_id, person_id=person_id, purpose=purpose, receipts=count)
        )
    return tx.run(
        update(member)
        .where(member.c.person_id == person_id, member.c.tier != TIER_ERASED)
        .values(tier=TIER_ERASED, home_place_id=None, entry="")
    ).rowcount


@dataclass(frozen=True, slots=True)
class EarnPoints:
    """Points of one line of a settled sale, pending until `matures_at`."""

    brand_id: str
    member_id: str
    person_id: str
    sale_id: str
    line_no: int
    entry_id: str
    points: int
    matures_at: datetime
    at: datetime


# A Change takes no plain values: its constants are written as literals.
_ADD_POINTS = Change(
    {"brand_id": Text, "id": Text, "pending": BigInteger, "available": BigInteger},
    lambda v: (
        update(member)
        .where(member.c.brand_id == v.brand_id, member.c.id == v.id, member.c.points_pending >= -v.pending)
        .values(
            points_pending=member.c.points_pending + v.pending,
            points_available=member.c.points_available + v.available,
        )
    ),
)

_Balances = dict[tuple[str, str], list[int]]


def _balance_rows(moved: _Balances) -> list[dict[str, object]]:
    return [
        {"brand_id": brand_id, "id": member_id, "pending": pending, "available": available}
        for (brand_id, member_id), (pending, available) in sorted(moved.items())
    ]


def earn_points(tx: Tx, earns: Sequence[EarnPoints]) -> None:
    """Write down the points of many sales' lines; lines that earn nothing leave no entry.

    Errors: Refusal members.points_earned_before when a line has earned already; members.unknown.
    """
    earns = [earn for earn in earns if earn.points]
    rows = [
        {
            "brand_id": earn.brand_id,
            "id": earn.entry_id,
            "member_id": earn.member_id,
            "sale_id": earn.sale_id,
            "line_no": earn.line_no,
            "points": earn.points,
            "reversed": 0,
            "kind": "earn",
            "state": "pending",
            "matures_at": earn.matures_at,
            "at": earn.at,
        }
        for earn in earns
    ]
    moved: _Balances = defaultdict(lambda: [0, 0])
    by_sale: dict[tuple[str, str], list[EarnPoints]] = defaultdict(list)
    for earn in earns:
        moved[earn.brand_id, earn.member_id][0] += earn.points
        by_sale[earn.brand_id, earn.sale_id].append(earn)
    # Members first: it locks them in one order and finds the unknown ones before the foreign key does.
    tx.change_all(_ADD_POINTS, _balance_rows(moved), MEMBER_UNKNOWN())
    if tx.insert_many(points_entry, rows, ignore_existing=True) != len(rows):
        raise POINTS_EARNED_BEFORE()
    for lines in by_sale.values():
        tx.announce(
            PointsEarned(
                at=lines[0].at,
                brand_id=lines[0].brand_id,
                person_id=lines[0].person_id,
                member_id=lines[0].member_id,
                sale_id=lines[0].sale_id,
                points=sum(line.points for line in lines),
            )
        )


@dataclass(frozen=True, slots=True)
class ReversePoints:
    """Take back points that a sale's line earned (`model.reverse_points` says how many)."""

    brand_id: str
    member_id: str
    sale_id: str
    line_no: int
    entry_id: str
    points: int
    at: datetime


_TAKE_BACK = Change(
    {"brand_id": Text, "sale_id": Text, "line_no": Integer, "member_id": Text, "points": BigInteger},
    lambda v: (
        update(points_entry)
        .where(points_entry.c.brand_id == v.brand_id, points_entry.c.sale_id == v.sale_id)
        .where(points_entry.c.line_no == v.line_no, points_entry.c.member_id == v.member_id, IS_EARN)
        .where(points_entry.c.reversed + v.points <= points_entry.c.points)
        .values(reversed=points_entry.c.reversed + v.points)
    ),
)


def reverse_points_of(tx: Tx, reversals: Sequence[ReversePoints]) -> None:
    """Take points back from pending while the earned ones are pending, else from available.

    Available may go below zero when the points were spent. Reversals of no points leave no entry.
    Errors: Refusal members.points_not_reversible when a line would give back more than it earned.
    """
    reversals = [reversal for reversal in reversals if reversal.points]
    if not reversals:
        return
    if any(reversal.points < 0 for reversal in reversals):
        raise ValueError("a reversal takes points back, it never gives them")
    taken: dict[tuple[str, str, int, str], int] = defaultdict(int)
    for r in reversals:
        taken[r.brand_id, r.sale_id, r.line_no, r.member_id] += r.points
    names = ("brand_id", "sale_id", "line_no", "member_id")
    guarded = [dict(zip(names, key, strict=True), points=points) for key, points in sorted(taken.items())]
    tx.change_all(_TAKE_BACK, guarded, POINTS_NOT_REVERSIBLE())
    # The rows are ours until COMMIT, so where the points stand cannot change under us.
    earns = earned_of(tx, {(brand_id, sale_id) for brand_id, sale_id, _, _ in taken})
    rows = []
    moved: _Balances = defaultdict(lambda: [0, 0])
    by_sale: dict[tuple[str, str], list[ReversePoints]] = defaultdict(list)
    for r in reversals:
        earn = earns[r.brand_id, r.sale_id, r.line_no]
        moved[r.brand_id, r.member_id][earn.state == "available"] -= r.points
        by_sale[r.brand_id, r.sale_id].append(r)
        rows.append(
            {
                "brand_id": r.brand_id,
                "id": r.entry_id,
                "member_id": r.member_id,
                "sale_id": r.sale_id,
                "line_no": r.line_no,
                "points": r.points,
                "reversed": 0,
                "kind": "reverse",
                "state": earn.state,
                "matures_at": earn.matures_at,
                "at": r.at,
            }
        )
    tx.change_all(_ADD_POINTS, _balance_rows(moved), POINTS_NOT_REVERSIBLE())
    tx.insert_many(points_entry, rows)
    for lines in by_sale.values():
        first = lines[0]
        tx.announce(
            PointsReversed(
                at=first.at,
                brand_id=first.brand_id,
                person_id=earns[first.brand_id, first.sale_id, first.line_no].person_id,
                member_id=first.member_id,
                sale_id=first.sale_id,
                points=sum(line.points for line in lines),
            )
        )


@dataclass(frozen=True, slots=True)
class MaturePoints:
    """Make pending points that are due at `now` available, at most `limit` entries."""

    now: datetime
    limit: int


def lock_member(tx: Tx, brand_id: str, member_id: str) -> None:
    """What is counted of a member from here on is counted by nobody else until this is committed."""
    m = member.c
    tx.rows(select(m.id).where(m.brand_id == brand_id, m.id == member_id).with_for_update())


# `was` is a parameter: with a literal PostgreSQL walked the index of all pending entries for each row.
_MATURE = Change(
    {"brand_id": Text, "id": Text, "was": Text},
    lambda v: (
        update(points_entry)
        .where(points_entry.c.brand_id == v.brand_id, points_entry.c.id == v.id)
        .where(points_entry.c.state == v.was)
        .values(state=literal_column("'available'"))
    ),
)


def mature_points(tx: Tx, command: MaturePoints) -> int:
    """Move due points, less what was reversed, to available; the count of entries moved comes back.

    An entry locked by another writer is left for the next time.
    """
    e = points_entry.c
    due = tx.rows(
        select(e.brand_id, e.id, e.member_id, e.points, e.reversed)
        .where(IS_EARN, IS_PENDING, e.matures_at <= command.now)
        .order_by(e.matures_at)
        .limit(command.limit)
        .with_for_update(skip_locked=True)
    )
    moved: _Balances = defaultdict(lambda: [0, 0])
    for row in due:
        moved[row.brand_id, row.member_id][0] -= row.points - row.reversed
        moved[row.brand_id, row.member_id][1] += row.points - row.reversed
    entries = [
        {"brand_id": brand_id, "id": entry_id, "was": "pending"}
        for brand_id, entry_id in sorted((row.brand_id, row.id) for row in due)
    ]
    tx.change_all(_MATURE, entries, POINTS_NOT_REVERSIBLE())
    tx.change_all(_ADD_POINTS, _balance_rows(moved), POINTS_NOT_REVERSIBLE())
    return len(due)
