"""What a version of a contract changes, as pages show it: against a version before it, and on what was sold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from difflib import SequenceMatcher
from typing import Literal
from zoneinfo import ZoneInfo

from highstreet.kernel.errors import REQUEST_MALFORMED, REQUEST_NOT_FOUND
from highstreet.kernel.tx import Reader
from highstreet.rooms.channel import Contract, ContractState, Terms
from highstreet.rooms.goods import ProductName, product_names_for

USUAL_DAYS, MOST_DAYS = 90, 366
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 1, 1)
Way = Literal["went", "came", "stayed"]
UntoldKind = Literal["goods", "parity_goods", "brand_for", "collector_in", "piece_of", "channels"]


@dataclass(frozen=True, slots=True)
class Untold:
    """A field whose value no sentence tells, and how it changed.

    `role`: whose rule it is of, the `number`-th of that role; `channel`: of the field `collector_in`.
    """

    kind: UntoldKind
    before: tuple[str, ...]
    after: tuple[str, ...]
    role: str = ""
    number: int = 0
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """A version, the earlier one it is compared with, which others it may be compared with, and what only fields say."""

    contract: Contract
    against: Contract | None
    earlier: tuple[Contract, ...]
    untold: tuple[Untold, ...]
    products: Mapping[str, ProductName]


def compare(
    reader: Reader, versions: Sequence[Contract], version: int, against: int | None, now: datetime
) -> Compared:
    """One of a contract's versions with an earlier one of them. Errors: Refusal request.not_found.

    `versions` are those that whoever looks may see. None said: the one in force, else the one before.
    """
    contract = next((one for one in versions if one.version == version), None)
    earlier = tuple(sorted((v for v in versions if v.version < version), key=lambda v: -v.version))
    if contract is None:
        raise REQUEST_NOT_FOUND()
    if against is None:
        in_force = (v for v in earlier if v.state_at(now) is ContractState.IN_FORCE)
        other = next(in_force, earlier[0] if earlier else None)
    else:
        other = next((v for v in earlier if v.version == against), None)
        if other is None:
            raise REQUEST_NOT_FOUND()
    untold = untold_changes(other.terms, contract.terms) if other else ()
    wanted = {id_ for one in untold if one.kind.endswith("goods") for id_ in (*one.before, *one.after)}
    return Compared(contract, other, earlier, untold, product_names_for(reader, contract.brand_id, wanted))


def sentences_compared(before: Sequence[str], after: Sequence[str]) -> list[tuple[Way, str]]:
    """What went, came and stayed, in the order in which it reads."""
    found: list[tuple[Way, str]] = []
    for kind, i, i_end, j, j_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            found += [("stayed", one) for one in after[j:j_end]]
        else:
            found += [("went", one) for one in before[i:i_end]]
            found += [("came", one) for one in after[j:j_end]]
    return found


def untold_changes(before: Terms, after: Terms) -> tuple[Untold, ...]:
    """The fields that changed and that no sentence of look/terms.html tells in full."""
    was, is_now = _hidden(before), _hidden(after)
    keys = [*was, *(key for key in is_now if key not in was)]
    return tuple(
        Untold(key[0], was.get(key, ()), is_now.get(key, ()), *key[1:])
        for key in keys
        if was.get(key, ()) != is_now.get(key, ())
    )


_Key = tuple[UntoldKind, str, int, str]


def _hidden(terms: Terms) -> dict[_Key, tuple[str, ...]]:
    """Goods are only counted; the brand's are sold, not said where; the rest has no effect and is signed all the same."""
    found: dict[_Key, tuple[str, ...]] = {}
    seen: dict[str, int] = {}
    for rule in terms.shares:
        number = seen[rule.role] = seen.get(rule.role, 0) + 1
        found["goods", rule.role, number, ""] = rule.product_ids
        if rule.kind == "piece" and rule.of != "net":
            found["piece_of", rule.role, number, ""] = (rule.of,)
        if len(rule.channels) > 1:
            found["channels", rule.role, number, ""] = rule.channels
    if terms.parity is not None:
        found["parity_goods", "operator", 0, ""] = terms.parity.product_ids
    found["brand_for", "brand", 0, ""] = terms.stock.brand_for
    for channel, role in terms.collectors:
        if role == terms.collector:
            found["collector_in", "", 0, channel] = (role,)
    return found


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days, the last one included, where the brand is."""

    first: date
    last: date
    since: datetime
    until: datetime


def days_of(first: date | None, last: date | None, now: datetime, zone: str) -> Days:
    """The last 90 where nothing was said. Errors: Refusal request.malformed, for more than a year."""
    end = last or now.astimezone(ZoneInfo(zone)).date()
    begin = first or end - timedelta(days=USUAL_DAYS - 1)
    if not FIRST_DAY <= begin <= end <= LAST_DAY or (end - begin).days >= MOST_DAYS:
        raise REQUEST_MALFORMED(field="first", reason="not_within_366_days_before_last")
    since, until = (
        datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
        for day in (begin, end + timedelta(days=1))
    )
    return Days(begin, end, since, until)
