"""The README's picture of the board is drawn from what the board says today."""

import html
import re
from collections import defaultdict
from pathlib import Path

from highstreet.demo.board import _hints

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "board.svg"
# What only the longer text in the folder names is made up.
MADE_UP = ("register_token", "register_place", "gtin", "office_brand", "dealer_login", "landlord_login")
TRIED = dict.fromkeys(MADE_UP, "x") | {"office_login": "yusuf.harjuniitty@hallavire", "office_pin": "2468"}


def drawn() -> list[str]:
    """The picture's lines, without the width of its columns."""
    lines: dict[float, list[tuple[float, str]]] = defaultdict(list)
    for x, y, words in re.findall(
        r'<text class="[^"]*" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>', PICTURE.read_text()
    ):
        lines[float(y)].append((float(x), html.unescape(words)))
    return [" ".join("".join(text for _, text in sorted(line)).split()) for line in lines.values()]


def test_the_readmes_picture_says_what_the_board_says(tmp_path: Path) -> None:
    hints = _hints({"try": TRIED}, tmp_path, "http://127.0.0.1:8000", "http://127.0.0.1:8701")
    said = [" ".join(f"{name} {text}".split()).replace(str(tmp_path), "var/demo") for name, text in hints]
    # Names stand in a column of their own; one as wide as it leaves no space before the words.
    shown = [line.replace("sign in", "sign in ").replace("  ", " ") for line in drawn()]
    assert [line for line in said if line not in shown] == []
