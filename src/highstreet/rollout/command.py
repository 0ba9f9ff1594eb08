"""`highstreet rollout`."""

import os
from pathlib import Path
from typing import Annotated

import typer

PASSWORD = "HIGHSTREET_OFFICE_PASSWORD"  # noqa: S105  the variable's name
BAD_TOLD = 50


def rollout(
    plan: Annotated[
        Path, typer.Argument(help="CSV with columns place, register, registers (docs/rollout.md).")
    ],
    url: Annotated[str, typer.Option(help="The running server.")] = "http://127.0.0.1:8000",
    login: Annotated[
        str, typer.Option(help=f"Head office's login; the password is asked, or in {PASSWORD}.")
    ] = "",
    folder: Annotated[
        Path, typer.Option(help="Where keys, sheets, certificates and the state of the run lie.")
    ] = Path("var/rollout"),
    wallet_simulator: Annotated[
        str | None, typer.Option(help="The wallet's simulator, to pay test sales at; never in production.")
    ] = None,
    at_once: Annotated[int, typer.Option(min=1, max=64, help="Registers tested side by side.")] = 8,
    pairing_hours: Annotated[
        int, typer.Option(min=0, max=168, help="How long the sheets' pairing codes are good; 0: no sheets.")
    ] = 72,
    goes_live: Annotated[
        bool, typer.Option("--go-live", help="Take the registers that passed out of training.")
    ] = False,
) -> None:
    """Make registers and keys from a CSV, self-test each in training, certify it. Run again: it goes on."""
    from rich.console import Console

    from highstreet.rollout.board import Board
    from highstreet.rollout.office_desk import OfficeRefuses
    from highstreet.rollout.plan import PlanUnreadable
    from highstreet.rollout.run import RolloutOptions, run_rollout

    login = login or typer.prompt("Head office login")
    password = os.environ.get(PASSWORD) or typer.prompt("Password", hide_input=True)
    wish = RolloutOptions(
        plan=plan,
        url=url,
        login=login,
        password=password,
        folder=folder,
        wallet_url=wallet_simulator,
        at_once=at_once,
        pairing_hours=pairing_hours or None,
        goes_live=goes_live,
    )
    try:
        with Board(Console()) as board:
            done = run_rollout(wish, board)
    except (PlanUnreadable, OfficeRefuses) as problem:
        typer.echo(f"highstreet: {problem}", err=True)
        raise typer.Exit(1) from None
    for bad in done.bad[:BAD_TOLD]:
        typer.echo(f"line {bad.line}: {bad.reason}", err=True)
    if done.bad:
        typer.echo(f"{len(done.bad)} bad rows; nothing was changed", err=True)
        raise typer.Exit(1)
    typer.echo(
        f"{done.good} of {done.registers} registers passed in {done.seconds:.0f} s, slowest sale "
        f"{done.slowest_sale_s:.2f} s; keys, sheets and certificates: {folder}"
    )
    raise typer.Exit(0 if done.good == done.registers else 1)
