"""The numbers of the board, from the doors that the office's pages use; read-only, on the running database."""

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from highstreet.flows.office_day import code_results
from highstreet.kernel.db import Database
from highstreet.kernel.outbox import StoredEvent, last_seq, read_events
from highstreet.kernel.tx import Reader
from highstreet.rooms.ledger import balances
from highstreet.rooms.loop import codes_of_brand
from highstreet.rooms.parties import brands, parties_of_brand, places_of_brand, registers_of_places
from highstreet.rooms.sales import totals_by_register
from highstreet.rooms.tenders import captured_by_rail

PAID, RETURNED, GIVEN_UP = "sales.sale_paid.v1", "sales.sale_returned.v1", "sales.sale_abandoned.v1"
SHOWN = (PAID, RETURNED, GIVEN_UP)
COUNTED = (*SHOWN, "loop.touched.v1", "members.followed.v1")
KEPT = 40
PAGE = 500
BRANDS_A_LOOK = 5
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Happening:
    """A sale, a return or a payment that came to nothing."""

    kind: str
    at: datetime
    place: str
    register: str
    amount_minor: int
    rails: str
    code: str


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One code's funnel."""

    label: str
    touches: int
    follows: int
    sales: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class _Brand:
    codes: tuple[CodeLine, ...]
    earned: dict[tuple[str, str], int]
    registers: dict[str, tuple[int, int]]
    rails: dict[str, tuple[int, int]]


@dataclass(slots=True)
class Board:
    """What is shown."""

    recent: deque[Happening] = field(default_factory=lambda: deque(maxlen=KEPT))
    codes: list[CodeLine] = field(default_factory=list)
    parties: list[tuple[str, str, int]] = field(default_factory=list)
    registers: list[tuple[str, int, int]] = field(default_factory=list)
    rails: list[tuple[str, int, int]] = field(default_factory=list)
    touches: int = 0
    follows: int = 0
    sales: int = 0
    total_minor: int = 0
    a_minute: int = 0


class Figures:
    """Reads what is new at each look; a brand's sums are read again only after something happened to it."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.board = Board()
        self._names: dict[str, str] = {}
        self._codes: dict[str, str] = {}
        self._parties: dict[str, tuple[str, str]] = {}
        self._brands: dict[str, _Brand] = {}
        self._stale: dict[str, None] = {}
        self._seq = 0
        self._paid_at: deque[datetime] = deque()
        db.read_now(self._read_names)

    def _read_names(self, reader: Reader) -> None:
        for brand in brands(reader):
            self._stale[brand.id] = None
            places = {place.id: place.name_en for place in places_of_brand(reader, brand.id)}
            self._names.update(places)
            for register in registers_of_places(reader, brand.id, list(places)):
                self._names[register.id] = f"{places[register.place_id]} · {register.name}"
            for code in codes_of_brand(reader, brand.id):
                self._codes[code.code_id] = _short(code.label_en, code.kind)
            for party in parties_of_brand(reader, brand.id):
                self._parties[party.id] = (party.name_en, party.kind.value)
        newest = last_seq(reader)
        self._seq = newest
        for event in read_events(reader, after=max(0, newest - 1500), limit=1500, names=SHOWN):
            self._take(event)
        self._paid_at.clear()

    def look(self, *, is_first: bool = False) -> list[Happening]:
        """Bring the board up to date; what is new comes back."""
        happened = self.db.read_now(self._look, len(self._stale) if is_first else BRANDS_A_LOOK)
        self._sum_up()
        return happened

    def _look(self, reader: Reader, brand_count: int) -> list[Happening]:
        happened = []
        while events := read_events(reader, after=self._seq, limit=PAGE, names=COUNTED):
            self._seq = events[-1].seq
            for event in events:
                if event.brand_id is not None:
                    self._stale[event.brand_id] = None
                if (one := self._take(event)) is not None:
                    happened.append(one)
        for brand_id in list(self._stale)[:brand_count]:
            del self._stale[brand_id]
            self._brands[brand_id] = self._read_brand(reader, brand_id)
        return happened

    def _take(self, event: StoredEvent) -> Happening | None:
        if event.name not in SHOWN:
            return None
        body = event.body
        register = self._names.get(body.get("register_id") or "", "")
        amount: int = body.get("total_minor") or body.get("refund_minor") or 0
        one = Happening(
            kind={PAID: "paid", RETURNED: "returned", GIVEN_UP: "given up"}[event.name],
            at=event.at,
            place=self._names.get(event.place_id or "", ""),
            register=register.rpartition(" · ")[2],
            amount_minor=-amount if event.name == RETURNED else amount,
            rails=" + ".join(body.get("rails") or ()) or str(body.get("reason") or ""),
            code=self._codes.get(body.get("code_id") or "", ""),
        )
        self.board.recent.append(one)
        if event.name == PAID:
            self._paid_at.append(event.at)
        return one

    def _read_brand(self, reader: Reader, brand_id: str) -> _Brand:
        until = datetime.now(UTC) + timedelta(minutes=1)
        _, results = code_results(reader, brand_id, LONG_AGO, until)
        codes = tuple(
            CodeLine(
                _short(r.row.label_en, r.row.kind), r.row.touches, r.follows, r.row.sales, r.row.amount_minor
            )
            for r in results
            if r.row.touches or r.row.sales
        )
        earned: Counter[tuple[str, str]] = Counter()
        for balance in balances(reader, brand_id, kind="earned"):
            earned[self._parties.get(balance.owner_id, ("?", ""))] += balance.amount_minor
        registers = {
            self._names.get(t.register_id or "", "?"): (t.sales, t.total_minor - t.returned_minor)
            for t in totals_by_register(reader, brand_id, LONG_AGO)
        }
        rails = {
            t.rail: (t.tenders, t.captured_minor - t.refunded_minor)
            for t in captured_by_rail(reader, brand_id, LONG_AGO)
        }
        return _Brand(codes, dict(earned), registers, rails)

    def _sum_up(self) -> None:
        board = self.board
        known = self._brands.values()
        codes = [code for brand in known for code in brand.codes]
        board.codes = sorted(codes, key=lambda c: (-c.sales, -c.touches, c.label))
        board.touches, board.follows = sum(c.touches for c in codes), sum(c.follows for c in codes)
        earned: Counter[tuple[str, str]] = Counter()
        rails: dict[str, list[int]] = {}
        for brand in known:
            earned.update(brand.earned)
            for rail, (count, amount) in brand.rails.items():
                sums = rails.setdefault(rail, [0, 0])
                sums[0], sums[1] = sums[0] + count, sums[1] + amount
        board.parties = [(name, kind, amount) for (name, kind), amount in earned.most_common()]
        board.rails = sorted((rail, *sums) for rail, sums in rails.items())  # type: ignore[misc]
        registers = [(name, *sums) for brand in known for name, sums in brand.registers.items()]
        board.registers = sorted(registers, key=lambda r: -r[2])
        board.sales = sum(r[1] for r in registers)
        board.total_minor = sum(r[2] for r in registers)
        since = datetime.now(UTC) - timedelta(minutes=1)
        while self._paid_at and self._paid_at[0] < since:
            self._paid_at.popleft()
        board.a_minute = len(self._paid_at)


def _short(label: str, kind: str) -> str:
    """A code's label for a narrow column: `Hallavire · Kamppi metro` without the campaign."""
    head, _, where = label.partition(": ")
    if kind == "poster" and where:
        brand = head.partition(",")[0]
        for word in ("bus stop ", "tram stop ", "metro station ", "railway station ", "bus station "):
            where = where.removeprefix(word)
        return f"{brand.split()[0]} poster {where}"
    return label


def money(amount_minor: int, currency: str = "EUR") -> str:
    """€1,234.50; minus in front."""
    sign = "-" if amount_minor < 0 else ""
    mark = {"EUR": "€", "CNY": "¥"}.get(currency, f"{currency} ")
    whole, rest = divmod(abs(amount_minor), 100)
    return f"{sign}{mark}{whole:,}.{rest:02d}"


__all__ = ["Board", "CodeLine", "Figures", "Happening", "money"]
