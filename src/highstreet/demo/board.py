"""The live board: looks at the running database every second, draws it, and says what to try."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live

from highstreet.demo.figures import Figures
from highstreet.demo.names import DEMO_PASSWORD
from highstreet.demo.progress import say
from highstreet.demo.view import Frame, draw, plain_line, plain_sums
from highstreet.kernel.db import Database
from highstreet_simulator.inbox import Inbox

LOOK_S = 0.7
STARTING_LOOK_S = 0.2
SUMS_EVERY_S = 10.0
RUNNING = "running"
CODE_SHOWN_S = 90.0
WALKERS = "+35848000"  # the plan's own shoppers; a code for another phone is for the person at the keyboard


def show_board(
    database_url: str,
    keys: dict[str, Any],
    *,
    folder: Path,
    url: str,
    wallet_url: str,
    inbox: Inbox,
    state: Callable[[], str],
    is_plain: bool,
) -> None:
    """Draw until an exception ends it, then tell the sums; `state` is asked at every look and may raise."""
    hints = _hints(keys, folder, url, wallet_url)
    frame = Frame(url=url, state=state(), hints=hints)
    db = Database(database_url, readers=1)
    figures = None
    try:
        figures = Figures(db)
        figures.look(is_first=True)
        if is_plain:
            _print_lines(figures, frame, inbox, state)
        else:
            _draw_screen(figures, frame, inbox, state)
    finally:
        db.close()
        if figures is not None and figures.board.sales:
            say(f"{plain_sums(figures.board)}; all since this town was built (--fresh builds it anew)")


def _pause(frame: Frame) -> None:
    time.sleep(LOOK_S if frame.state == RUNNING else STARTING_LOOK_S)


def _draw_screen(figures: Figures, frame: Frame, inbox: Inbox, state: Callable[[], str]) -> None:
    console = Console()
    shown, shown_since = 0, 0.0
    with Live(console=console, screen=True, auto_refresh=False, transient=True) as live:
        while True:
            for number, phone, code in _for_a_person(inbox, shown):
                shown, shown_since = number, time.monotonic()
                frame.phone, frame.code = phone, code
            if time.monotonic() - shown_since > CODE_SHOWN_S:
                frame.code = ""
            live.update(draw(figures.board, frame, console.width, console.height), refresh=True)
            _pause(frame)
            frame.state = state()
            figures.look()


def _print_lines(figures: Figures, frame: Frame, inbox: Inbox, state: Callable[[], str]) -> None:
    out = sys.stdout
    for name, text in frame.hints:
        out.write(f"{name:<10}{text}\n")
    shown, last_state, sums_at = 0, "", time.monotonic()
    while True:
        if frame.state != last_state:
            last_state = frame.state
            out.write(f"-------- {last_state}\n")
        for number, phone, code in _for_a_person(inbox, shown):
            shown = number
            out.write(f"-------- code for {phone} is {code}\n")
        for one in figures.look():
            out.write(f"{plain_line(one)}\n")
        if time.monotonic() - sums_at > SUMS_EVERY_S:
            sums_at = time.monotonic()
            out.write(f"{plain_sums(figures.board)}\n")
        out.flush()
        _pause(frame)
        frame.state = state()


def _for_a_person(inbox: Inbox, after: int) -> list[tuple[int, str, str]]:
    return [one for one in list(inbox.latest) if one[0] > after and not one[1].startswith(WALKERS)]


def _hints(keys: dict[str, Any], folder: Path, url: str, wallet_url: str) -> tuple[tuple[str, str], ...]:
    """What to try; the long form goes to try.txt, a register's header to a file for curl."""
    tried = keys["try"]
    header = folder / "register"
    header.unlink(missing_ok=True)
    handle = os.open(header, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(f"Authorization: Bearer {tried['register_token']}\n")
    (folder / "try.txt").write_text(
        TRY.format(url=url, wallet_url=wallet_url, password=DEMO_PASSWORD, header=header, **tried)
    )
    return (
        ("open", f"{url}/   the front door: shopper, register, office, dealer, wallet, and a tour"),
        ("sign in", "as a shopper with any phone: its code shows here"),
        (
            "office",
            f"{tried['office_login']} / {DEMO_PASSWORD}   its PIN {tried['office_pin']}   (others: in try.txt)",
        ),
        ("API", f"{url}/docs   more to try: {folder / 'try.txt'}"),
    )


TRY = """\
Highstreet, the demo town. Everything here works on this machine only, and only while the demo runs.

Front door    {url}/  (start here: everybody's pages, and a tour of five minutes)
API pages     {url}/docs
Wallet        {wallet_url}/  (a payer's phone, simulated, in a process of its own: its code, yes or no, the register's QR)

A shopper: ask for a code (it shows on the board), sign in, look around
  curl -s {url}/shop/v1/sign-in/codes -H 'Content-Type: application/json' -d '{{"phone": "+358401234567"}}'
  curl -s {url}/shop/v1/sign-in -H 'Content-Type: application/json' -d '{{"phone": "+358401234567", "code": "CODE"}}'
  curl -s '{url}/shop/v1/nearest?lat=60.1699&lon=24.9384&limit=3'

A register of {register_place}: what it is, some goods, a price, and a sale for cash (each with ids of its own)
  curl -s -H @{header} {url}/register/v1/me
  curl -s -H @{header} '{url}/register/v1/goods?text=a&limit=3'
  curl -s -H @{header} {url}/register/v1/quotes -H 'Content-Type: application/json' \\
    -d '{{"items": [{{"gtin": "{gtin}"}}]}}'
  curl -s -H @{header} {url}/register/v1/sales -H 'Content-Type: application/json' \\
    -d "{{\\"id\\": \\"$(.venv/bin/highstreet new-id sal)\\", \\"currency\\": \\"EUR\\",
        \\"items\\": [{{\\"gtin\\": \\"{gtin}\\"}}],
        \\"tenders\\": [{{\\"id\\": \\"$(.venv/bin/highstreet new-id tnd)\\", \\"rail\\": \\"cash\\"}}]}}"

The head office of {office_brand}: {office_login} / {password}; as the manager at its registers: PIN {office_pin}
  curl -s {url}/office/v1/sign-in -H 'Content-Type: application/json' \\
    -d '{{"login": "{office_login}", "password": "{password}"}}'
  then, with the token: {url}/office/v1/today, /office/v1/funnel, /office/v1/earnings

A dealer of {office_brand}: {dealer_login} / {password}
  the same at {url}/dealer/v1/sign-in, then /dealer/v1/earnings, /dealer/v1/sales

A landlord: {landlord_login} / {password}, at the same door as the dealer
"""
