"""The board fits its terminal and says what matters; money reads as money."""

import io
from datetime import UTC, datetime

import pytest
from rich.cells import cell_len
from rich.console import Console

from highstreet.demo.figures import Board, CodeLine, Happening, money
from highstreet.demo.names_fit import beside, fit
from highstreet.demo.view import Frame, draw, plain_line, plain_sums

AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SALE = Happening(
    "paid", AT, "Nordlys Mannerheimintie 22-24, floor 2", "1", 123_450, "wallet", "Nordlys poster Kamppi"
)
BACK = Happening("returned", AT, "Pullavuo Bulevardi", "", -350, "", "")


def _board() -> Board:
    board = Board(touches=12, follows=5, sales=2, total_minor=123_100, a_minute=2)
    for number in range(40):
        board.recent.append(BACK if number % 5 == 0 else SALE)
    board.codes = [CodeLine(f"Nordlys poster stop {n}", 100 - n, 40 - n, 9, 12_345_600) for n in range(30)]
    board.parties = [
        (f"Hyvin Pitkänimisen Kauppiaan Osuuskunta {n}", "dealer", 987_654_321) for n in range(30)
    ]
    board.registers = [(f"Nordlys Mannerheimintie 22-24, floor {n} · 1", 7, 65_400) for n in range(30)]
    board.rails = [("cash", 3, 1_000), ("wallet", 4, 122_100)]
    return board


FRAME = Frame(
    url="http://127.0.0.1:8000",
    state="running",
    hints=tuple((name, f"{name} " * 30) for name in ("API", "shopper", "office", "register")),
    phone="+358401234567",
    code="424242",
)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (100, 30), (120, 40), (200, 60), (60, 20)])
@pytest.mark.parametrize("board", [_board(), Board()], ids=["full", "empty"])
def test_the_board_fits(width: int, height: int, board: Board) -> None:
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None)
    console.print(draw(board, FRAME, width, height), end="")
    text = console.file.getvalue()  # type: ignore[attr-defined]
    lines = text.rstrip("\n").split("\n")
    assert len(lines) == height
    assert "424242" in text
    assert "running" in text
    for title in ("sales as they come", "earned, by party", "payments", "codes: "):
        assert title in text
    if board.sales and width >= 80:
        assert "€1,231.00" in lines[0]
        assert "€1,234.50" in text
        assert "-€3.50" in text
        assert "€123,456.00" in text, "cents, also of a code"
        for headings in ("time place reg. amount paid by came from", "code touches follows sales taken"):
            assert headings in " ".join(text.split())
        assert "party is a earned" in " ".join(text.split())
        assert ("place · register" in text) is (width >= 110)


def test_names_are_cut_where_they_say_least() -> None:
    name = "Villakukka Aleksanterinkatu 52, floor 6 II"
    shown = [fit(name, width) for width in (50, 40, 38, 30, 20, 8, 1)]
    assert shown == [
        name,
        "Villakukka Aleksanterinkatu 52, fl. 6 II",
        "Villakukka Aleksanterink. 52, fl. 6 II",
        "Villakukka Aleks… 52, fl. 6 II",
        "Villak… 52, fl. 6 II",
        "Villaku…",
        "…",
    ]
    assert fit("Door of Nordlys Yrjönkatu 34", 25) == "door Nordlys Yrjönkatu 34"
    assert (
        fit("Tähtiriite Aleksanterinkatu 5, ground floor · 1", 40)
        == "Tähtiriite Aleksanterink. 5, gr. fl. · 1"
    )
    assert fit("苏嘉宁, Pullavuo Bulevardi 9", 12) == "苏嘉宁, P… 9"
    for width in range(1, 60):
        assert cell_len(fit(name, width)) <= width
        assert cell_len(fit("苏嘉宁苏嘉宁苏嘉宁", width)) <= width


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("Door of Nordlys Yrjönkatu 34", "the door"),
        ("Mila Tuuliranta, Nordlys Yrjönkatu 34", "Mila Tuuliranta"),
        ("Nordlys poster Kamppi", "poster Kamppi"),
        ("Door of Nordlys Keskuskatu", "Door of Nordlys Keskuskatu"),
        ("", ""),
    ],
)
def test_a_code_beside_its_place_says_only_what_is_new(code: str, shown: str) -> None:
    assert beside(code, "Nordlys Yrjönkatu 34") == shown


def test_plain_lines() -> None:
    assert plain_line(SALE).endswith(
        "paid       €1,234.50 wallet         Nordlys Mannerheimintie 22-24, floor 2 1  from Nordlys poster Kamppi"
    )
    assert "returned      -€3.50" in plain_line(BACK)
    assert plain_sums(_board()).startswith(
        "-------- 2 sales, €1,231.00 after returns (cash €10.00, wallet €1,221.00); through codes: 12 "
    )


def test_money() -> None:
    assert [money(n) for n in (0, 5, -5, 123_456_789)] == ["€0.00", "€0.05", "-€0.05", "€1,234,567.89"]
    assert money(100, "CNY") == "¥1.00"
    assert money(100, "SEK") == "SEK 1.00"
