"""Draw the demo's board as the README's picture: `draw_board.py FOLDER [OUT.svg]`, FOLDER a demo's (var/demo)."""

import json
import re
import sys
from pathlib import Path

from rich.console import Console

from highstreet.demo.board import _hints
from highstreet.demo.figures import Figures
from highstreet.demo.view import Frame, draw
from highstreet.kernel.db import Database


def main() -> None:
    """Look once at the folder's database and write what the board would show."""
    folder = Path(sys.argv[1])
    target = Path(sys.argv[2] if len(sys.argv) > 2 else "docs/pictures/board.svg")
    url = "http://127.0.0.1:8000"
    keys = json.loads((folder / "keys.json").read_text())
    frame = Frame(
        url=url,
        state="running",
        hints=_hints(keys, folder, url, "http://127.0.0.1:8701"),
    )
    db = Database(f"sqlite:///{folder / 'town.db'}", readers=1)
    try:
        figures = Figures(db)
        figures.look(is_first=True)
    finally:
        db.close()
    console = Console(record=True, width=120, height=40, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(draw(figures.board, frame, 120, 40))
    picture = console.export_svg(title="make demo")
    # Fonts of the reader's own, nothing from another host; the folder as a reader would have it.
    picture = re.sub(r"@font-face\s*{.*?}", "", picture, flags=re.DOTALL).replace("Fira Code", "monospace")
    picture = re.sub(r"<!--.*?-->", "", picture, flags=re.DOTALL)
    target.write_text(picture.replace(str(folder), "var/demo"), encoding="utf-8")


if __name__ == "__main__":
    main()
