"""A contract's terms: data that both sides read, sign and recompute (docs/decisions/0016-contracts-as-data.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from highstreet.rooms.channel.errors import TERMS_MALFORMED
from highstreet.rooms.channel.model.parity import ON_BREACH, Parity

ROLES = ("brand", "operator", "stock_owner", "fulfiller", "landlord", "home_store", "introducer")
COLLECTORS = ("operator", "brand", "landlord")
REST_TAKERS = ("brand", "operator", "stock_owner", "landlord")
"""Who may take what the others leave: those that every sale under the contract has."""
CHANNELS = ("register", "shop")
BASES = ("net", "list", "net_ex_tax")
FUNDINGS = ("all", "funder")
WHOLE_BP = 10_000
MAX_RULES, MAX_TIERS, MAX_NAMED = 20, 10, 500
MAX_MINOR = 10**12


@dataclass(frozen=True, slots=True)
class ShareRule:
    """What a role gets of a line: a percentage, an amount a piece, or tiers; within a floor and a cap for the line.

    `tiers` are marginal, as of an income tax: (from_minor, bp) holds for the part of the base from there on.
    `of` names the base: `net` is what was paid (and, where the funder bears discounts, what these took off), `list` the
    list price, `net_ex_tax` the net without the tax that is in it. Without channels or products it holds for all.
    """

    role: str
    bp: int = 0
    piece_minor: int = 0
    tiers: tuple[tuple[int, int], ...] = ()
    of: str = "net"
    floor_minor: int | None = None
    cap_minor: int | None = None
    channels: tuple[str, ...] = ()
    product_ids: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """percent, piece or tiers."""
        return "tiers" if self.tiers else "piece" if self.piece_minor else "percent"

    def holds(self, channel: str, product_id: str | None) -> bool:
        """Whether it is for a line of this product, sold there."""
        is_here = not self.channels or channel in self.channels
        return is_here and (not self.product_ids or product_id in self.product_ids)

    def amount_of(self, base_minor: int, quantity: int) -> int:
        """Minor units of a base, rounded down, then raised to the floor and cut at the cap."""
        if self.tiers:
            amount = sum(part * bp // WHOLE_BP for part, bp in _slices(self.tiers, base_minor))
        elif self.piece_minor:
            amount = self.piece_minor * quantity
        else:
            amount = base_minor * self.bp // WHOLE_BP
        if self.floor_minor is not None:
            amount = max(amount, self.floor_minor)
        return amount if self.cap_minor is None else min(amount, self.cap_minor)

    def as_document(self) -> dict[str, Any]:
        """The stored form; what says nothing is left out."""
        document: dict[str, Any] = {"role": self.role}
        if self.tiers:
            document["tiers"] = [{"from_minor": start, "bp": bp} for start, bp in self.tiers]
        elif self.piece_minor:
            document["piece_minor"] = self.piece_minor
        else:
            document["bp"] = self.bp
        if self.of != "net":
            document["of"] = self.of
        named = {"floor_minor": self.floor_minor, "cap_minor": self.cap_minor}
        document |= {name: value for name, value in named.items() if value is not None}
        lists = {"channels": self.channels, "product_ids": self.product_ids}
        return document | {name: list(value) for name, value in lists.items() if value}


def _slices(tiers: tuple[tuple[int, int], ...], base_minor: int) -> list[tuple[int, int]]:
    ends = [*(start for start, _ in tiers[1:]), None]
    return [
        ((base_minor if end is None else min(base_minor, end)) - start, bp)
        for (start, bp), end in zip(tiers, ends, strict=True)
        if base_minor > start
    ]


@dataclass(frozen=True, slots=True)
class StockUse:
    """Whose pieces may be sold by another (G2).

    `operator_for`: channels in which the operator's pieces may be promised by others: `shop` for orders in the brand's
    shop, `register` for other companies' registers. `brand_for`: channels in which the operator may sell the brand's.
    """

    operator_for: tuple[str, ...] = ("shop",)
    brand_for: tuple[str, ...] = CHANNELS


@dataclass(frozen=True, slots=True)
class Terms:
    """Who collects, what each role gets of a line, and who takes the rest; whose pieces may be sold by whom."""

    collector: str
    shares: tuple[ShareRule, ...]
    leftover_to: str
    # Another collector by channel, where it is not `collector`.
    collectors: tuple[tuple[str, str], ...] = ()
    # `all`: a discount makes everybody's base smaller. `funder`: it is charged to who funds it, and no base is smaller.
    funding: str = "all"
    # The tax that is in the prices, for shares of `net_ex_tax`.
    tax_bp: int = 0
    stock: StockUse = StockUse()
    # How far prices may fall below those on the operator's shelf; None: nothing is promised and nothing is checked.
    parity: Parity | None = None

    def collector_for(self, channel: str) -> str:
        """The role that takes the shopper's money there."""
        return dict(self.collectors).get(channel, self.collector)

    def names(self, role: str) -> bool:
        """Whether a role collects or gets something."""
        takers = {self.collector, self.leftover_to, *(role for _, role in self.collectors)}
        return role in takers or any(rule.role == role for rule in self.shares)

    def pays_owner(self, channel: str) -> bool:
        """Whether who owns the pieces gets something of what is sold there."""
        rules = (rule for rule in self.shares if rule.role == "stock_owner")
        return self.leftover_to == "stock_owner" or any(
            not rule.channels or channel in rule.channels for rule in rules
        )

    def as_document(self) -> dict[str, Any]:
        """The form in which a contract keeps its terms, shows them, and has them signed."""
        document: dict[str, Any] = {
            "collector": self.collector,
            "collectors": dict(self.collectors),
            "shares": [rule.as_document() for rule in self.shares],
            "leftover_to": self.leftover_to,
            "funding": self.funding,
            "tax_bp": self.tax_bp,
            "stock": {"operator_for": list(self.stock.operator_for), "brand_for": list(self.stock.brand_for)},
        }
        return document if self.parity is None else document | {"parity": self.parity.as_document()}


def parse_terms(document: Any) -> Terms:
    """Read terms; raises `channel.terms_malformed` naming the field."""
    read = _Fields(document, "terms", _TERMS_FIELDS)
    collector = read.one_of("collector", COLLECTORS)
    leftover = read.one_of("leftover_to", REST_TAKERS)
    collectors = _Fields(document.get("collectors", {}), "collectors", CHANNELS)
    stock = _Fields(document.get("stock", {}), "stock", ("operator_for", "brand_for"))
    usual = StockUse()
    terms = Terms(
        collector,
        tuple(_rule(entry, leftover) for entry in read.entries("shares", MAX_RULES)),
        leftover,
        collectors=tuple((c, collectors.one_of(c, COLLECTORS)) for c in CHANNELS if c in collectors.values),
        funding=read.one_of("funding", FUNDINGS, "all"),
        tax_bp=read.number("tax_bp", WHOLE_BP, 0) or 0,
        stock=StockUse(
            stock.some_of("operator_for", CHANNELS, usual.operator_for),
            stock.some_of("brand_for", CHANNELS, usual.brand_for),
        ),
        parity=None if document.get("parity") is None else _parity(document["parity"]),
    )
    for channel in CHANNELS:
        if sum(_most_bp(r) for r in terms.shares if r.holds(channel, None)) > WHOLE_BP:
            raise TERMS_MALFORMED(field="bp")
    return terms


_TERMS_FIELDS = (
    "collector",
    "collectors",
    "shares",
    "leftover_to",
    "funding",
    "tax_bp",
    "stock",
    "parity",
)
_PARITY_FIELDS = ("product_ids", "tolerance_bp", "floor_bp", "on_breach", "compensate_bp", "online")
_RULE_FIELDS = (
    "role",
    "bp",
    "piece_minor",
    "tiers",
    "of",
    "floor_minor",
    "cap_minor",
    "channels",
    "product_ids",
)


def _rule(entry: Any, leftover: str) -> ShareRule:
    read = _Fields(entry, "shares", _RULE_FIELDS)
    role = read.one_of("role", ROLES)
    if role == leftover or len({"bp", "piece_minor", "tiers"} & read.given) != 1:
        raise TERMS_MALFORMED(field="role" if role == leftover else "shares")
    floor, cap = (read.number(name, MAX_MINOR, None) for name in ("floor_minor", "cap_minor"))
    if floor is not None and cap is not None and floor > cap:
        raise TERMS_MALFORMED(field="cap_minor")
    return ShareRule(
        role,
        bp=read.number("bp", WHOLE_BP, 0) or 0,
        piece_minor=read.number("piece_minor", MAX_MINOR, 0) or 0,
        tiers=_tiers(read) if "tiers" in read.given else (),
        of=read.one_of("of", BASES, "net"),
        floor_minor=floor,
        cap_minor=cap,
        channels=read.some_of("channels", CHANNELS, ()),
        product_ids=read.names("product_ids"),
    )


def _parity(entry: Any) -> Parity:
    read = _Fields(entry, "parity", _PARITY_FIELDS)
    on_breach = read.one_of("on_breach", ON_BREACH)
    # Who pays says how much; who does not, nothing.
    if ("compensate_bp" in read.given) is not (on_breach == "compensate"):
        raise TERMS_MALFORMED(field="compensate_bp")
    online = entry.get("online", False)
    if not isinstance(online, bool) or (online and on_breach != "compensate"):
        raise TERMS_MALFORMED(field="online")
    return Parity(
        on_breach,
        tolerance_bp=read.number("tolerance_bp", WHOLE_BP, 0) or 0,
        compensate_bp=read.number("compensate_bp", WHOLE_BP, 0) or 0,
        floor_bp=read.number("floor_bp", WHOLE_BP, None),
        product_ids=read.names("product_ids"),
        online=online,
    )


def _tiers(read: "_Fields") -> tuple[tuple[int, int], ...]:
    tiers = []
    for entry in read.entries("tiers", MAX_TIERS):
        tier = _Fields(entry, "tiers", ("from_minor", "bp"))
        tiers.append((tier.number("from_minor", MAX_MINOR, 0) or 0, tier.number("bp", WHOLE_BP, 0) or 0))
    starts = [start for start, _ in tiers]
    if not tiers or starts[0] != 0 or starts != sorted(set(starts)):
        raise TERMS_MALFORMED(field="tiers")
    return tuple(tiers)


def _most_bp(rule: ShareRule) -> int:
    return max((bp for _, bp in rule.tiers), default=rule.bp) if rule.of != "list" else 0


class _Fields:
    """The fields of one object, each read with its rule; what nobody knows is refused, not passed over."""

    def __init__(self, values: Any, name: str, known: tuple[str, ...]) -> None:
        if not isinstance(values, dict) or not set(values) <= set(known):
            raise TERMS_MALFORMED(field=name)
        self.values: Mapping[str, Any] = values
        self.given = {name for name, value in values.items() if value is not None}

    def one_of(self, name: str, allowed: tuple[str, ...], usual: str | None = None) -> str:
        value = self.values.get(name, usual)
        if not isinstance(value, str) or value not in allowed:
            raise TERMS_MALFORMED(field=name)
        return value

    def some_of(self, name: str, allowed: tuple[str, ...], usual: tuple[str, ...]) -> tuple[str, ...]:
        value = self.values.get(name, list(usual))
        if not isinstance(value, list) or not all(isinstance(one, str) and one in allowed for one in value):
            raise TERMS_MALFORMED(field=name)
        return tuple(one for one in allowed if one in value)

    def names(self, name: str) -> tuple[str, ...]:
        value = self.values.get(name, [])
        if (
            not isinstance(value, list)
            or len(value) > MAX_NAMED
            or not all(isinstance(v, str) for v in value)
        ):
            raise TERMS_MALFORMED(field=name)
        return tuple(sorted(set(value)))

    def number(self, name: str, most: int, usual: int | None) -> int | None:
        value = self.values.get(name)
        if value is None:
            return usual
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise TERMS_MALFORMED(field=name)
        return value

    def entries(self, name: str, most: int) -> list[Any]:
        value = self.values.get(name)
        if not isinstance(value, list) or len(value) > most:
            raise TERMS_MALFORMED(field=name)
        return value
