"""How the board looks: made for 100 by 30, good at 80 by 24, plain lines without a terminal."""

from dataclasses import dataclass
from datetime import datetime

from rich import box
from rich.console import RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from highstreet.demo.figures import Board, Happening, money

HINT_LINES = 4
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
    """The whole screen."""
    free = max(6, height - 1 - 6 - HINT_LINES)
    middle = max(2, free // 3)
    bottom = max(2, free // 4)
    top = max(2, free - middle - bottom)
    screen = Layout()
    screen.split_column(
        Layout(_head(board, frame), size=1),
        Layout(_panel("sales as they come", _sales(board, top, width)), size=top + 2),
        Layout(name="middle", size=middle + 2),
        Layout(name="bottom", size=bottom + 2),
        Layout(_hints(frame), size=HINT_LINES),
    )
    screen["middle"].split_row(
        Layout(_panel("codes: touches → follows → sales", _codes(board, middle)), ratio=1),
        Layout(_panel("earned, by party", _parties(board, middle)), ratio=1),
    )
    screen["bottom"].split_row(
        Layout(_panel("registers: sales, taken", _registers(board, bottom)), ratio=1),
        Layout(_panel("rails: payments, taken", _rails(board, bottom)), ratio=1),
    )
    return screen


def _panel(title: str, body: RenderableType) -> Panel:
    return Panel(body, title=f"[b]{title}[/b]", title_align="left", box=box.ROUNDED, border_style="dim")


def _grid(*columns: tuple[str, str]) -> Table:
    """Columns as (justify, style); the first takes what is left and is cut."""
    grid = Table.grid(padding=(0, 1), expand=True)
    for number, (justify, style) in enumerate(columns):
        grid.add_column(
            justify=justify,  # type: ignore[arg-type]
            style=style,
            no_wrap=True,
            overflow="ellipsis",
            ratio=1 if number == 0 else None,
        )
    return grid


def _head(board: Board, frame: Frame) -> Table:
    head = _grid(("left", ""), ("right", ""))
    left = Text.assemble(
        ("Highstreet", "b"), "  Helsinki  ", (f"{board.sales:,} sales  {money(board.total_minor)}", "b green"),
        (f"  {board.a_minute}/min", "dim"),
    )  # fmt: skip
    head.add_row(left, Text(f"{frame.state}   Ctrl-C ends it", style="dim"))
    return head


def _sales(board: Board, lines: int, width: int) -> Table:
    is_wide = width >= 96
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(width=8, style="dim", no_wrap=True)
    table.add_column(ratio=3, no_wrap=True, overflow="ellipsis")
    table.add_column(width=2, justify="right", style="dim", no_wrap=True)
    table.add_column(width=11 if is_wide else 9, justify="right", no_wrap=True)
    table.add_column(width=14 if is_wide else 8, no_wrap=True, overflow="ellipsis")
    table.add_column(ratio=2, no_wrap=True, overflow="ellipsis", style="magenta")
    for one in list(board.recent)[-lines:]:
        style = {"paid": "green", "returned": "yellow", "given up": "dim red"}[one.kind]
        amount = money(one.amount_minor) if one.amount_minor else "–"
        rails = one.rails if one.kind == "paid" else one.kind
        table.add_row(
            _clock(one.at), one.place, one.register, Text(amount, style), Text(rails, style),
            f"◂ {one.code}" if one.code else "",
        )  # fmt: skip
    return table


def _codes(board: Board, lines: int) -> Table:
    table = _grid(("left", ""), ("right", "dim"), ("right", "cyan"), ("right", "b green"), ("right", "green"))
    for code in board.codes[:lines]:
        table.add_row(
            code.label, str(code.touches), str(code.follows), str(code.sales), _round(code.amount_minor)
        )
    return table


def _parties(board: Board, lines: int) -> Table:
    table = _grid(("left", ""), ("left", ""), ("right", "green"))
    for name, kind, amount in board.parties[:lines]:
        table.add_row(name, Text(kind, KIND_STYLE.get(kind, "")), money(amount))
    return table


def _registers(board: Board, lines: int) -> Table:
    table = _grid(("left", ""), ("right", "dim"), ("right", "green"))
    for name, sales, amount in board.registers[:lines]:
        table.add_row(name, str(sales), money(amount))
    return table


def _rails(board: Board, lines: int) -> Table:
    table = _grid(("left", ""), ("right", "dim"), ("right", "green"))
    for rail, count, amount in board.rails[: lines - 1]:
        table.add_row(rail, str(count), money(amount))
    table.add_row("all codes", f"{board.touches} touches", f"{board.follows} follows")
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
        f"-------- {board.sales} sales {money(board.total_minor)} ({rails}); "
        f"codes: {board.touches} touches, {board.follows} follows; earned most: {parties}"
    )


def _clock(at: datetime) -> str:
    return at.astimezone().strftime("%H:%M:%S")


def _round(amount_minor: int) -> str:
    return f"€{amount_minor // 100:,}"
