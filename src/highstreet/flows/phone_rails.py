"""Which rails can be paid on a phone for a sale paid in parts, and how much by each now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from highstreet.flows.program import Program
from highstreet.flows.take_own_rails import trading_day
from highstreet.kernel.tx import Reader
from highstreet.rooms.sales import Sale
from highstreet.rooms.tenders import SHOWN_WAYS, BrandRules, day_use


@dataclass(frozen=True, slots=True)
class PhoneRail:
    """A rail that a phone opens. `most_minor`: what the limits leave, None without any; both minor units."""

    name: str
    least_minor: int
    most_minor: int | None

    def takes(self, amount_minor: int) -> bool:
        """Whether one payment may be so large."""
        return self.least_minor <= amount_minor and (
            self.most_minor is None or amount_minor <= self.most_minor
        )


async def phone_rails(program: Program, sale: Sale, place_id: str) -> list[PhoneRail]:
    """Those that are on at this place, up, and take the sale's currency; the day's limits are its member's."""
    rules = await program.rail_rules.of(program.db, sale.brand_id)
    now = program.clock.now()
    found: list[PhoneRail] = []
    used: dict[tuple[str, str], int] | None = None
    for name, ways in _serving(program, rules, sale.brand_id, place_id, sale.currency):
        if not ways & set(SHOWN_WAYS) or program.rails.is_down(sale.brand_id, name, now):
            continue
        rule = rules.of(name)
        mosts = [] if rule.max_minor is None else [rule.max_minor]
        limits = list(rule.day_limits("qr"))
        if limits and sale.member_id is not None:
            if used is None:
                used = await program.db.read(_used, sale, place_id, now)
            mosts += [max(0, most - used.get((name, limit), 0)) for limit, most in limits]
        found.append(PhoneRail(name, max(1, rule.min_minor or 1), min(mosts, default=None)))
    return found


async def rails_at(
    program: Program, brand_id: str, place_id: str, currency: str
) -> list[tuple[str, frozenset[str]]]:
    """The providers that are on at a place and take its currency, liked best first, and their ways to be paid."""
    rules = await program.rail_rules.of(program.db, brand_id)
    found = _serving(program, rules, brand_id, place_id, currency)
    return sorted(found, key=lambda one: rules.of(one[0]).rank)


async def takes_slips(program: Program, brand_id: str, place_id: str) -> bool:
    """Whether slips of a card terminal are on at a place; nobody has to be asked for them."""
    rules = await program.rail_rules.of(program.db, brand_id)
    return rules.why_off("slip", place_id) is None


def _serving(
    program: Program, rules: BrandRules, brand_id: str, place_id: str, currency: str
) -> Iterator[tuple[str, frozenset[str]]]:
    for name in program.rails.names(brand_id):
        rail = program.rails.find(brand_id, name)
        if rail is None or rules.why_off(name, place_id) is not None:
            continue
        if rail.currencies is None or currency in rail.currencies:
            yield name, rail.ways


def _used(reader: Reader, sale: Sale, place_id: str, now: datetime) -> dict[tuple[str, str], int]:
    day = trading_day(reader, sale.brand_id, place_id, now)
    return dict(day_use(reader, sale.brand_id, sale.member_id or "", day))
