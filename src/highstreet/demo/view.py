"""How the board looks: made for 120 by 40, good at 80 by 24, plain lines without a terminal."""

from dataclasses import dataclass
from datetime import datetime

from rich import box
from rich.console import JustifyMethod, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from highstreet.demo.figures import Board, Happening, money
from highstreet.demo.names_fit import beside, fit

HINT_LINES = 4
FRAME = 4  # columns of a panel's border and padding
EDGE = 3  # lines of a panel's border and headings
WIDE = 110
Column = tuple[str, JustifyMethod, int, str]  # heading, justified, width, style
KIND_STYLE = {"brand": "magenta", "dealer": "cyan", "landlord": "yellow"}


@dataclass(slots=True)
class Frame:
    """What stands around the numbers."""

    url: str
    state: str
    hints: tuple[tuple[str, str], ...]
    phone: str = ""
    code: str = ""


def draw(board: Board, frame: Frame, width: int, height: int) -> RenderableType:
    """The whole screen; registers are left out where it is narrow, for the sake of the codes' names."""
    is_wide = width >= WIDE
    free = max(6, height - 1 - 3 * EDGE - HINT_LINES)
    bottom = min(max(2, free // 4), 6)
    middle = max(2, free * 3 // 10)
    top = max(2, free - middle - bottom)
    left = width * 29 // 50 if is_wide else width
    half, other = width * 11 // 20, width - width * 11 // 20
    codes = _panel(_codes_title(board), _codes(board, middle, left - FRAME))
    screen = Layout()
    screen.split_column(
        Layout(_head(board, frame), size=1),
        Layout(_panel("sales as they come", _sales(board, top, width - FRAME)), size=top + EDGE),
        Layout(codes, name="middle", size=middle + EDGE),
        Layout(name="bottom", size=bottom + EDGE),
        Layout(_hints(frame), size=HINT_LINES),
    )
    rails = _panel("payments", _rails(board, bottom))
    if is_wide:
        parties = _panel("earned, by party", _parties(board, middle, width - left - FRAME))
        screen["middle"].split_row(Layout(codes, size=left), Layout(parties, size=width - left))
        registers = _panel("registers", _registers(board, bottom, half - FRAME))
        screen["bottom"].split_row(Layout(registers, size=half), Layout(rails, size=other))
    else:
        parties = _panel("earned, by party", _parties(board, bottom, half - FRAME))
        screen["bottom"].split_row(Layout(parties, size=half), Layout(rails, size=other))
    return screen


def _panel(title: str, body: RenderableType) -> Panel:
    return Panel(body, title=f"[b]{title}[/b]", title_align="left", box=box.ROUNDED, border_style="dim")


def _table(first: tuple[str, int], *columns: Column) -> Table:
    """Columns under headings: the first takes what is left; the others as (heading, justify, width, style)."""
    table = Table(box=None, pad_edge=False, padding=(0, 1), collapse_padding=True, header_style="dim italic")
    table.add_column(first[0], width=first[1], no_wrap=True, overflow="ellipsis")
    for heading, justify, width, style in columns:
        table.add_column(
            heading,
            justify=justify,
            width=width,
            style=style,
            no_wrap=True,
            overflow="ellipsis",
        )
    return table


def _left_over(width: int, *columns: Column) -> int:
    return max(4, width - sum(column[2] + 1 for column in columns))


def _head(board: Board, frame: Frame) -> Table:
    head = Table.grid(padding=(0, 1), expand=True)
    head.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    head.add_column(no_wrap=True, overflow="ellipsis", justify="right")
    left = Text.assemble(
        ("Highstreet", "b"), "  Helsinki  ", (f"{board.sales:,} sales  {money(board.total_minor)}", "b green"),
        (f"  {board.a_minute}/min", "dim"),
    )  # fmt: skip
    head.add_row(left, Text(f"{frame.state}   Ctrl-C ends it", style="dim"))
    return head


def _sales(board: Board, lines: int, width: int) -> Table:
    is_wide = width >= WIDE - FRAME
    columns: list[Column] = [
        ("reg.", "right", 4, "dim"),
        ("amount", "right", 10, ""),
        ("paid by", "left", 13 if is_wide else 8, ""),
    ]
    names = _left_over(width, ("time", "left", 8, "dim"), *columns) - 1
    places = names * 3 // 5
    codes = names - places
    table = _table(
        ("time", 8), ("place", "left", places, ""), *columns, ("came from", "left", codes, "magenta")
    )
    for one in list(board.recent)[-lines:]:
        style = {"paid": "green", "returned": "yellow", "given up": "dim red"}[one.kind]
        amount = money(one.amount_minor) if one.amount_minor else "–"
        rails = one.rails if one.kind == "paid" else one.kind
        table.add_row(
            Text(_clock(one.at), "dim"), fit(one.place, places), one.register, Text(amount, style),
            Text(rails, style), fit(beside(one.code, one.place), codes),
        )  # fmt: skip
    return table


def _codes_title(board: Board) -> str:
    return f"codes: {board.touches:,} touches, {board.follows:,} follows"


def _codes(board: Board, lines: int, width: int) -> Table:
    columns: tuple[Column, ...] = (
        ("touches", "right", 7, "dim"),
        ("follows", "right", 7, "cyan"),
        ("sales", "right", 5, "b green"),
        ("taken", "right", 11, "green"),
    )
    names = _left_over(width, *columns)
    table = _table(("code", names), *columns)
    for code in board.codes[:lines]:
        counts = (str(count) for count in (code.touches, code.follows, code.sales))
        table.add_row(fit(code.label, names), *counts, money(code.amount_minor))
    return table


def _parties(board: Board, lines: int, width: int) -> Table:
    columns: tuple[Column, ...] = (("is a", "left", 8, ""), ("earned", "right", 11, "green"))
    names = _left_over(width, *columns)
    table = _table(("party", names), *columns)
    for name, kind, amount in board.parties[:lines]:
        table.add_row(fit(name, names), Text(kind, KIND_STYLE.get(kind, "")), money(amount))
    return table


def _registers(board: Board, lines: int, width: int) -> Table:
    columns: tuple[Column, ...] = (("sales", "right", 5, "dim"), ("taken", "right", 11, "green"))
    names = _left_over(width, *columns)
    table = _table(("place · register", names), *columns)
    for name, sales, amount in board.registers[:lines]:
        table.add_row(fit(name, names), str(sales), money(amount))
    return table


def _rails(board: Board, lines: int) -> Table:
    table = _table(("rail", 8), ("payments", "right", 8, "dim"), ("taken", "right", 11, "green"))
    for rail, count, amount in board.rails[:lines]:
        table.add_row(rail, str(count), money(amount))
    return table


def _hints(frame: Frame) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(style="b cyan", no_wrap=True, width=8)
    table.add_column(no_wrap=True, overflow="ellipsis")
    for name, text in frame.hints:
        line = Text(text)
        if name == "shopper" and frame.code:
            line = Text.assemble(
                "code for ", (frame.phone, "b"), " is ", (f" {frame.code} ", "b black on green")
            )
        table.add_row(name, line)
    return table


def plain_line(one: Happening) -> str:
    """A happening for a log or a pipe."""
    code = f"  from {one.code}" if one.code else ""
    amount = money(one.amount_minor) if one.amount_minor else ""
    return f"{_clock(one.at)} {one.kind:<8} {amount:>11} {one.rails:<14} {one.place} {one.register}{code}"


def plain_sums(board: Board) -> str:
    """All sums in one line."""
    rails = ", ".join(f"{rail} {money(amount)}" for rail, _, amount in board.rails)
    parties = ", ".join(f"{name} {money(amount)}" for name, _, amount in board.parties[:3])
    return (
        f"-------- {board.sales} sales, {money(board.total_minor)} after returns ({rails}); "
        f"through codes: {board.touches} touches, {board.follows} follows; earned most: {parties}"
    )


def _clock(at: datetime) -> str:
    return at.astimezone().strftime("%H:%M:%S")
