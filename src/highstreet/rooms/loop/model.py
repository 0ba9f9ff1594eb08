"""Words and pure rules of the loop: codes, touches, and which touch a sale is credited to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from highstreet.rooms.loop.errors import KIND_UNKNOWN, SLUG_MALFORMED

KINDS = ("poster", "place", "assistant", "shelf", "post")

AT_PLACE = ("place", "assistant", "shelf")
"""Kinds of codes that hang in a place: who touches one is there."""

CREDIT_WINDOW = timedelta(days=30)
"""How long before a sale a touch can earn its credit."""

LAST_TOUCH = "last_touch"
"""The name of the rule below, kept with each credit."""

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,19}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Code:
    """A printed or shown code. Its slug is what is scanned: unique among all brands and fixed for life."""

    brand_id: str
    code_id: str
    slug: str
    kind: str
    campaign: str
    label_en: str
    label_zh: str
    place_id: str | None
    staff_id: str | None
    offer_id: str | None
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True)
class TouchedCode:
    """What the scanner of a code is shown."""

    brand_id: str
    code_id: str
    kind: str
    campaign: str
    offer_id: str | None
    place_id: str | None
    label_en: str
    label_zh: str


@dataclass(frozen=True, slots=True)
class LastTouch:
    """A touch that a sale may be credited to."""

    touch_id: str
    code_id: str
    campaign: str
    at: datetime
    # Where the code hangs, or whose assistant showed it.
    place_id: str | None = None


@dataclass(frozen=True, slots=True)
class Credit:
    """What a sale gave to a code, and how much of it a return took back, in minor units."""

    brand_id: str
    sale_id: str
    code_id: str
    touch_id: str
    rule: str
    currency: str
    amount_minor: int
    returned_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class LinkedTouch:
    """A touch known to be a person's, with consent to measurement."""

    brand_id: str
    touch_id: str
    code_id: str
    device_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """One code's touches, and the sales credited to it, in a time. Amounts in the brand's currency.

    `visits`: how many of its `devices` came to a place, then or afterwards, in the same time: they touched a code
    of a kind `AT_PLACE`, or one of their touches was credited with a sale.
    """

    code_id: str
    slug: str
    kind: str
    campaign: str
    label_en: str
    label_zh: str
    touches: int
    devices: int
    visits: int
    sales: int
    amount_minor: int
    returned_minor: int


def check_slug(text: str) -> str:
    """`text` itself: 1 to 20 of a-z, 0-9 and -, not starting with -. Errors: Refusal loop.slug_malformed."""
    if not _SLUG.fullmatch(text):
        raise SLUG_MALFORMED()
    return text


def check_kind(text: str) -> str:
    """`text` itself when it is one of `KINDS`. Errors: Refusal loop.kind_unknown."""
    if text not in KINDS:
        raise KIND_UNKNOWN()
    return text


def last_touch(touches: Iterable[LastTouch], since: datetime) -> LastTouch | None:
    """The rule of credit: the whole sale goes to the latest of the person's touches of this brand.

    Touches before `since` (the sale less `CREDIT_WINDOW`) do not count; of two at the same instant the one
    with the greater id wins. `queries.last_touches` answers the same for many people at once.
    """
    return max((t for t in touches if t.at >= since), key=lambda t: (t.at, t.touch_id), default=None)
