"""Members' words and pure rules: the rotating member code, points by line, purposes of consent."""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import check_id
from highstreet.kernel.money import exponent
from highstreet.kernel.time import to_micros
from highstreet.rooms.members.errors import CODE_MALFORMED, CODE_STALE

SERVICE = "service"
OFFERS = "offers"
MEASUREMENT = "measurement"
INSIGHTS = "insights"
PURPOSES = {
    SERVICE: "membership and receipts",
    OFFERS: "personal offers",
    MEASUREMENT: "which code led to a sale",
    INSIGHTS: "questions about groups",
}
"""What a person can consent to, each by itself."""

WORDING = "2026-11"
"""The version of the texts by which consent is asked today; a receipt keeps the one that was shown."""

TIER_MEMBER = "member"
TIER_ERASED = "erased"
"""The tier of what is left of an erased member: an id that sales and points entries hang on."""


@dataclass(frozen=True, slots=True)
class Member:
    """One person in one brand's programme. Points: pending until returns close, then available."""

    brand_id: str
    member_id: str
    person_id: str
    tier: str
    home_place_id: str | None
    entry: str
    joined_at: datetime
    points_pending: int
    points_available: int


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What a sale needs to know of a member. `purposes`: live consents.

    `is_served`: they did not take back their consent to `service`, or gave it again. Who was never asked
    (from a file) took nothing back.
    """

    brand_id: str
    member_id: str
    person_id: str
    tier: str
    home_place_id: str | None
    points_pending: int
    points_available: int
    purposes: frozenset[str]
    is_served: bool = True


@dataclass(frozen=True, slots=True)
class Follow:
    """A person follows a brand since `since`, until `until` (None: still does)."""

    brand_id: str
    person_id: str
    entry: str
    code_id: str | None
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class ConsentReceipt:
    """Proof of one consent: to which purpose, asked where, for whom, in which wording."""

    brand_id: str
    consent_id: str
    person_id: str
    purpose: str
    entry: str
    recipient: str
    wording: str
    given_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class PointsEntry:
    """Points that a line of a sale earned ("earn"), that a return took back ("reverse"), that were paid with
    ("spend", line 0) or came back of those ("restore")."""

    id: str
    sale_id: str
    line_no: int
    kind: str
    state: str
    points: int
    reversed: int
    matures_at: datetime
    at: datetime


def points_for(net_minor: int, currency: str, per_major: int = 1) -> int:
    """Points a line earns: `per_major` for each whole major unit of its net (EUR 49.90 gives 49).

    Each line is cut down by itself, never the sale's total. Errors: ValueError for a negative net or rate.
    """
    if net_minor < 0 or per_major < 0:
        raise ValueError(f"a line earns no points on {net_minor} at {per_major}")
    major: int = 10 ** exponent(currency)
    return net_minor // major * per_major


def reverse_points(earned: int, paid_minor: int, returned_before_minor: int, now_minor: int) -> int:
    """Points to take back when `now_minor` more of what was paid for a line goes back, with goods or without.

    Reckoned on all that went back so far, so that any sequence that gives back the whole line takes back
    exactly `earned`. Errors: ValueError when more would go back than was paid.
    """
    after = returned_before_minor + now_minor
    if earned < 0 or returned_before_minor < 0 or now_minor < 0 or after > paid_minor or paid_minor <= 0:
        raise ValueError(f"{now_minor} more after {returned_before_minor} of {paid_minor} cannot go back")
    return earned * after // paid_minor - earned * returned_before_minor // paid_minor


@dataclass(frozen=True, slots=True)
class PointsRule:
    """What a brand takes its points for: `points` of them are worth `worth_minor`."""

    points: int
    worth_minor: int
    earns_on_points: bool = False

    def points_for_minor(self, amount_minor: int) -> int:
        """Points that pay an amount; a broken point is a whole one."""
        return -(-amount_minor * self.points // self.worth_minor)

    def worth_of(self, points: int) -> int:
        """The most that so many points pay, in minor units; 0 for none or fewer."""
        return max(0, points) * self.worth_minor // self.points


def restore_points(spent: int, amount_minor: int, refunded_before: int, refunded_after: int) -> int:
    """Points to give back when of `amount_minor` paid with `spent` points so much is refunded.

    Reckoned on all that was refunded, so that any sequence of refunds of the whole gives back exactly `spent`.
    """
    if not 0 <= refunded_before <= refunded_after <= amount_minor or amount_minor <= 0:
        raise ValueError(f"{refunded_after} after {refunded_before} of {amount_minor} cannot be refunded")
    return spent * refunded_after // amount_minor - spent * refunded_before // amount_minor


def earning_nets(nets: Sequence[int], unearning_minor: int) -> list[int]:
    """Each line's net less its part of what was paid in a way that earns nothing; the parts sum exactly."""
    total = sum(nets)
    if not 0 <= unearning_minor <= total:
        raise ValueError(f"{unearning_minor} is not a part of {total}")
    earning, seen = [], 0
    for net in nets:
        before = unearning_minor * seen // total if total else 0
        seen += net
        earning.append(net - ((unearning_minor * seen // total if total else 0) - before))
    return earning


# The member code: HM1, the two ids as their TypeIDs spell them, ten low bits of the step, 70 bits of
# HMAC-SHA256 over the step. The key is the member's of the week, HMAC-SHA256 over the ids and the week under our
# secret: a phone that holds it goes on showing codes without a network. 71 characters of Crockford's base32 in
# capitals, which QR codes hold in their compact alphanumeric mode (version 4) and Code 128 in its plain set.
STEP_S = 30
STEPS_ACCEPTED = 3
# A phone's clock may be half a minute fast.
STEPS_AHEAD = 1
STEPS_A_WEEK = 7 * 86_400 // STEP_S
_PREFIX = "HM1"
_CODE = re.compile(r"HM1[0-9A-HJKMNP-TV-Z]{68}", re.ASCII)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [a + b for a in ALPHABET for b in ALPHABET]
_STEP_AT = 55
_MAC_AT = 57
_STEPS = {pair: number for number, pair in enumerate(_PAIRS)}


def member_code(secret: bytes, brand_id: str, member_id: str, at: datetime) -> str:
    """The code a member's phone shows at `at`; good for this 30 s step, the one before and the two after it."""
    step = to_micros(at) // (STEP_S * 1_000_000)
    head = code_head(brand_id, member_id)
    return f"{head}{_PAIRS[step & 1023]}{_mac(secret, head, step)}"


def code_head(brand_id: str, member_id: str) -> str:
    """How every code of a member begins."""
    return f"{_PREFIX}{brand_id[-26:].upper()}{member_id[-26:].upper()}"


def code_keys(secret: bytes, brand_id: str, member_id: str, at: datetime) -> tuple[tuple[int, bytes], ...]:
    """(week, key) of this week and the next, for one phone: what it can show codes with until it asks again."""
    week = to_micros(at) // (STEP_S * 1_000_000) // STEPS_A_WEEK
    head = code_head(brand_id, member_id)
    return tuple((number, _week_key(secret, head, number)) for number in (week, week + 1))


def claimed_member(text: str) -> tuple[str, str]:
    """(brand_id, member_id) that a code names, of any age and unproven: only for "was this asked before?".

    Errors: Refusal members.code_malformed (422).
    """
    if not _CODE.fullmatch(text):
        raise CODE_MALFORMED()
    ids = text[3:_STEP_AT].lower()
    brand_id, member_id = f"brd_{ids[:26]}", f"mbr_{ids[26:]}"
    try:
        check_id(brand_id, "brd")
        check_id(member_id, "mbr")
    except Refusal:
        raise CODE_MALFORMED() from None
    return brand_id, member_id


def read_member_code(secret: bytes, text: str, at: datetime) -> tuple[str, str]:
    """(brand_id, member_id) of a code scanned at `at`.

    Errors: Refusal members.code_malformed (422); members.code_stale (409) for a code of another secret, more
    than a step ahead, or older than the previous two steps.
    """
    brand_id, member_id = claimed_member(text)
    latest = to_micros(at) // (STEP_S * 1_000_000) + STEPS_AHEAD
    age = (latest - _STEPS[text[_STEP_AT:_MAC_AT]]) & 1023
    mac = _mac(secret, text[:_STEP_AT], latest - age)
    if not hmac.compare_digest(mac, text[_MAC_AT:]) or age >= STEPS_ACCEPTED + STEPS_AHEAD:
        raise CODE_STALE()
    return brand_id, member_id


def _week_key(secret: bytes, head: str, week: int) -> bytes:
    return hmac.digest(secret, f"{head} week {week}".encode(), "sha256")


def _mac(secret: bytes, head: str, step: int) -> str:
    key = _week_key(secret, head, step // STEPS_A_WEEK)
    digest = hmac.digest(key, str(step).encode(), "sha256")
    bits = int.from_bytes(digest[:9], "big")
    pairs = _PAIRS
    return (
        pairs[bits & 1023]
        + pairs[bits >> 10 & 1023]
        + pairs[bits >> 20 & 1023]
        + pairs[bits >> 30 & 1023]
        + pairs[bits >> 40 & 1023]
        + pairs[bits >> 50 & 1023]
        + pairs[bits >> 60 & 1023]
    )
