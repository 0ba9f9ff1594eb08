"""What is in the database after a run: a figure counts only when every answered sale is there, whole."""

from dataclasses import dataclass

from sqlalchemy import Integer, func, select

from benchmarks.shop_floor import PLENTY
from highstreet.kernel.db import Database
from highstreet.kernel.tables import idempotency, outbox
from highstreet.kernel.tx import Reader
from highstreet.rooms.channel.tables import share_sheet
from highstreet.rooms.ledger import ledger_sum
from highstreet.rooms.ledger.tables import transfer
from highstreet.rooms.loop.tables import credit
from highstreet.rooms.members.tables import member, points_entry
from highstreet.rooms.offers.tables import coupon, offer, redemption
from highstreet.rooms.sales.tables import sale, sale_line
from highstreet.rooms.stock.tables import stock_item, stock_move
from highstreet.rooms.tenders.tables import tender

# Rows that one charge of three lines leaves behind; the peers are held to the same.
ROWS_EACH = {
    "sale": 1,
    "sale_line": 3,
    "tender": 1,
    "stock_move": 3,
    "redemption": 1,
    "points_entry": 3,
    "share_sheet": 1,
    "transfer": 4,
    "credit": 1,
    "outbox": 4,
    "idempotency": 1,
}
_TABLES = (
    sale,
    sale_line,
    tender,
    stock_move,
    redemption,
    points_entry,
    share_sheet,
    transfer,
    credit,
    idempotency,
)


@dataclass(frozen=True, slots=True)
class Books:
    """Sums over the town. `sold` and `taken` are pieces."""

    rows: dict[str, int]
    sold: int
    taken: int
    used: int
    spent_minor: int
    discounts_minor: int
    points: tuple[int, int]
    ledger: dict[str, int]


def read_books(reader: Reader) -> Books:
    """Count everything, in one snapshot."""
    rows = {table.name: int(reader.value(select(func.count()).select_from(table))) for table in _TABLES}
    of_sales = select(func.count()).where(outbox.c.name != "channel.contract_signed.v1")
    rows["outbox"] = int(reader.value(of_sales.select_from(outbox)))
    line = func.coalesce(func.sum(sale_line.c.quantity, type_=Integer), 0)
    discount = func.coalesce(func.sum(sale.c.discount_minor, type_=Integer), 0)
    earned = func.coalesce(func.sum(points_entry.c.points, type_=Integer), 0)
    return Books(
        rows=rows,
        sold=int(reader.value(select(line))),
        taken=int(reader.value(select(func.sum(PLENTY - stock_item.c.on_hand)))),
        used=int(reader.value(select(func.sum(coupon.c.used)))),
        spent_minor=int(reader.value(select(func.sum(offer.c.spent_minor)))),
        discounts_minor=int(reader.value(select(discount))),
        points=(
            int(reader.value(select(earned))),
            int(reader.value(select(func.sum(member.c.points_pending)))),
        ),
        ledger=ledger_sum(reader),
    )


def check_books(url: str, answered: int) -> None:
    """Raise AssertionError unless exactly the answered sales are there, whole, and nothing else."""
    db = Database(url, readers=1)
    try:
        books = db.read_now(read_books)
    finally:
        db.close()
    expected = {name: answered * each for name, each in ROWS_EACH.items()}
    wrong = {n: (count, expected[n]) for n, count in books.rows.items() if count != expected[n]}
    assert not wrong, f"rows that are there, and that should be: {wrong}"
    assert books.taken == books.sold, f"{books.sold} pieces sold, {books.taken} taken from stock"
    assert books.used == answered, f"{books.used} coupons used in {answered} sales"
    assert books.spent_minor == books.discounts_minor, "offers spent other than what was taken off"
    assert books.points[0] == books.points[1], "points and their entries differ"
    assert not any(books.ledger.values()), f"the ledger does not sum to zero: {books.ledger}"
