"""The command line, `highstreet COMMAND`; imports come late."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from highstreet import __version__
from highstreet.look_round import (
    first_line,
    look_at_database,
    look_at_ledger,
    look_at_rails,
    look_at_wallet,
    steps_of,
)
from highstreet.rollout.command import rollout

if TYPE_CHECKING:
    from highstreet.flows.program import Program
    from highstreet.fronts.office.imports import ImportReport
    from highstreet.kernel.db import Database
    from highstreet.kernel.settings import Settings

app = typer.Typer(
    name="highstreet",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(rollout)
BAD_TOLD = 20
VANISHED_AFTER_MS = 40_000
FROM_ENVIRONMENT = "Settings come from HIGHSTREET_* variables or ./.env; see docs/settings.md."


def main() -> None:
    """The entry point of `highstreet`."""
    with suppress(BrokenPipeError):
        app()


def _say_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"highstreet {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """O2O commerce for traditional retailers: from the map to the register to everyone's share."""


def fail(line: str, code: int = 1) -> typer.Exit:
    """Say in one line on stderr what is wrong and what to do; raise what comes back."""
    typer.echo(f"highstreet: {line}", err=True)
    return typer.Exit(code)


@app.command()
def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the server on 127.0.0.1.")] = 8000,
    seed: Annotated[int, typer.Option(help="Which town: the same seed gives the same one.")] = 7,
    speed: Annotated[float, typer.Option(min=0.05, max=50, help="How fast the shoppers are.")] = 1.0,
    folder: Annotated[Path, typer.Option(help="Where databases, keys and logs lie.")] = Path("var/demo"),
    is_fresh: Annotated[bool, typer.Option("--fresh", help="Throw the demo's data away first.")] = False,
    has_walk: Annotated[
        bool, typer.Option("--walk/--no-walk", help="Whether shoppers walk by themselves.")
    ] = True,
    is_headless: Annotated[
        bool, typer.Option("--headless", help="Plain lines instead of the live board.")
    ] = False,
) -> None:
    """Run a whole town: server, wallet and shoppers, with a live board. Ctrl-C ends all of it."""
    from highstreet.demo import DemoError, DemoOptions, run_demo

    wish = DemoOptions(
        port=port,
        seed=seed,
        speed=speed,
        folder=folder,
        is_fresh=is_fresh,
        has_walk=has_walk,
        is_headless=is_headless,
    )
    try:
        code = run_demo(wish)
    except DemoError as error:
        raise fail(str(error)) from None
    raise typer.Exit(code)


@app.command(epilog=FROM_ENVIRONMENT)
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; else HIGHSTREET_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; else HIGHSTREET_PORT.")] = None,
) -> None:
    """Answer requests; on SQLite do the worker's jobs as well. Refuses a database not migrated."""
    settings = _settings(**{k: v for k, v in {"host": host, "port": port}.items() if v is not None})
    _need_head(settings)
    _held = _lock(settings)  # until the process ends
    listening = _listen(settings.host, settings.port)
    import uvicorn

    from highstreet.app import ImpatientProtocol, create_app

    with _opened(settings) as program:

        class Server(uvicorn.Server):
            def handle_exit(self, sig: int, frame: Any) -> None:
                program.live.close()  # open streams would hold the server up
                super().handle_exit(sig, frame)

        config = uvicorn.Config(
            create_app(program),
            loop="uvloop",
            http=ImpatientProtocol,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=5,
        )
        _end_quietly()
        typer.echo(
            f"Highstreet answers at http://{settings.host}:{settings.port}; its pages are at / and its API at /docs"
        )
        Server(config).run(sockets=[listening])


def _lock(settings: "Settings") -> object:
    """One server for one SQLite file: two would wait for each other, and neither would hear the other's events."""
    from highstreet.kernel.db import hold_sqlite_file

    if (lock := hold_sqlite_file(settings.database_url)) is None:
        raise fail(f"another `highstreet serve` has {settings.database_url}; stop it, or use PostgreSQL")
    return lock


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise fail(
            f"cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}; choose another with --port"
        ) from None
    # Who is accepted inherits it. A phone that lost its network would keep its streams for a quarter of an hour.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, VANISHED_AFTER_MS)
    return listening


def _end_quietly() -> None:
    """uvicorn raises the signal that ended it again once it has stopped; that must not cut our own tidying."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)


@app.command(epilog=FROM_ENVIRONMENT)
def work() -> None:
    """Run reactions and jobs in a process of their own (PostgreSQL); on SQLite `serve` does it."""
    settings = _settings()
    if settings.is_sqlite:
        raise fail("on SQLite `highstreet serve` does the work; a process of its own needs PostgreSQL")
    _need_head(settings)
    with _opened(settings) as program:
        typer.echo("Highstreet works; Ctrl-C ends it")
        asyncio.run(_work(program))


async def _work(program: "Program") -> None:
    from highstreet.app import Worker
    from highstreet.kernel.live import listen_postgres

    worker = Worker(program)

    await program.rails.open()
    tasks = [asyncio.create_task(worker.run()), asyncio.create_task(listen_postgres(program.db, worker.wake))]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: [task.cancel() for task in tasks])
    await asyncio.gather(*tasks, return_exceptions=True)


@app.command(epilog=FROM_ENVIRONMENT)
def migrate() -> None:
    """Bring the database to this version's schema; does nothing when it is there."""
    from sqlalchemy.exc import DBAPIError

    from highstreet.migrations import run

    settings = _settings()
    try:
        before = run.current(settings.database_url)
        run.upgrade(settings.database_url)
    except (DBAPIError, RuntimeError, ValueError, OSError) as error:
        raise fail(f"cannot migrate: {first_line(error)}") from None
    after = run.head()
    typer.echo(f"at {after}" + ("" if before == after else f", before: {before or 'empty'}"))


@app.command("add-brand", epilog=FROM_ENVIRONMENT)
def add_brand(
    name: Annotated[str, typer.Option(help="The brand's name.")],
    login: Annotated[str, typer.Option(help="Login of the head office's first person.")],
    password: Annotated[
        str,
        typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="At least 8 characters."),
    ],
    name_zh: Annotated[str | None, typer.Option(help="The name in Chinese; else the same.")] = None,
    category: Annotated[str, typer.Option(help="What it sells.")] = "general",
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "EUR",
) -> None:
    """Make a brand, its own party, a contract with itself and a login for its head office."""
    from highstreet.flows.found_brand import FoundBrand, found_brand
    from highstreet.kernel.errors import Refusal
    from highstreet.kernel.i18n import refusal_texts
    from highstreet.kernel.time import utc_now
    from highstreet.rooms.identity import hash_password, parse_login

    settings = _settings()
    _need_head(settings)
    with _opened(settings) as program:
        try:
            command = FoundBrand(
                name_en=name,
                name_zh=name_zh or name,
                category=category,
                currency=currency,
                login=parse_login(login),
                password_hash=hash_password(password),
                now=utc_now(),
            )
            brand_id = program.db.write_now(found_brand, command)
        except Refusal as refusal:
            raise fail(": ".join(refusal_texts("en", refusal.code, refusal.facts))) from None
    typer.echo(f"{name} is {brand_id}; sign in at POST /office/v1/sign-in as {login}")


@app.command("new-id")
def new_id_of(prefix: Annotated[str, typer.Argument(help="sal, tnd, rtn, ... (docs/register.md)")]) -> None:
    """Print a new id, as a register makes one before it asks."""
    from highstreet.kernel.ids import PREFIXES, new_id

    if prefix not in PREFIXES:
        raise fail(f"no ids begin with {prefix!r}; there are: {', '.join(sorted(PREFIXES))}")
    typer.echo(new_id(prefix))


@app.command("import", epilog=FROM_ENVIRONMENT)
def import_file(
    kind: Annotated[str, typer.Argument(help="places, goods, stock, members or sales.")],
    file: Annotated[Path, typer.Argument(help="CSV, TSV, JSON, GeoJSON, product feed XML or Parquet.")],
    brand: Annotated[str, typer.Option(help="The brand: its id, or its English name.")],
    mapping: Annotated[Path | None, typer.Option(help="A mapping file for columns of other names.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Of a text file, when it is not UTF-8.")] = None,
    file_format: Annotated[
        str | None, typer.Option("--format", help="csv, json, jsonl, geojson, feed, parquet; else by name.")
    ] = None,
    time_zone: Annotated[str | None, typer.Option(help="Of places and of times without an offset.")] = None,
    country: Annotated[str | None, typer.Option(help="Of places that name none, as FI.")] = None,
    datum: Annotated[str | None, typer.Option(help="Of positions: wgs84, gcj02 or bd09.")] = None,
    zero_quantity: Annotated[
        str | None, typer.Option(help="A sale's line of no pieces: refuse, or keep its money as one.")
    ] = None,
    bad_rows: Annotated[Path | None, typer.Option(help="Write every refused row into this CSV.")] = None,
    locale: Annotated[str, typer.Option(help="Language of the reasons: en or zh.")] = "en",
) -> None:
    """Take in a file of a brand; bad rows are named with line and reason. Broken off, it goes on where it was."""
    from highstreet.fronts.office.imports import ImportOptions, run_import
    from highstreet.kernel.db import Database
    from highstreet.kernel.errors import Refusal
    from highstreet.kernel.i18n import refusal_texts

    settings = _settings()
    _need_head(settings)
    options = ImportOptions(
        mapping=mapping,
        format=file_format,
        encoding=encoding,
        time_zone=time_zone,
        country=country,
        datum=datum,
        zero_quantity=zero_quantity,
        locale=locale,
        bad_rows_csv=bad_rows,
    )
    db = Database(settings.database_url)
    try:
        brand_id = _brand_id(db, brand)
        with _import_progress() as progress:
            report = run_import(db, kind, file, brand_id=brand_id, options=options, progress=progress)
    except Refusal as refusal:
        raise fail(": ".join(refusal_texts(locale, refusal.code, refusal.facts))) from None
    except OSError as error:
        raise fail(f"cannot read {error.filename or file}: {os.strerror(error.errno or 0)}") from None
    finally:
        db.close()
    _tell_report(report)
    raise typer.Exit(1 if report.bad_count else 0)


def _brand_id(db: "Database", text: str) -> str:
    from highstreet.rooms.parties import brands

    known = db.read_now(brands)
    found = [b.id for b in known if b.id == text or b.name_en.casefold() == text.casefold()]
    if len(found) != 1:
        names = ", ".join(b.name_en for b in known[:20]) or "none yet"
        raise fail(f"{'no' if not found else 'more than one'} brand {text!r}; there are: {names}")
    return found[0]


@contextmanager
def _import_progress() -> Iterator[Callable[[int, int | None], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        reading = bars.add_task("reading", total=None)
        writing = bars.add_task("writing", total=None, visible=False)

        def show(rows: int, of: int | None) -> None:
            if of is None:
                bars.update(reading, completed=rows)
            else:
                bars.update(reading, completed=of, total=of)
                bars.update(writing, completed=rows, total=of, visible=True)

        yield show


def _tell_report(report: "ImportReport") -> None:
    for bad in report.bad[:BAD_TOLD]:
        typer.echo(f"line {bad.line}, {bad.field}: {bad.text}", err=True)
    if report.bad_count > BAD_TOLD:
        typer.echo(f"... {report.bad_count} rows refused in all; --bad-rows FILE lists every one", err=True)
    for note in report.notes:
        typer.echo(f"{note.rows} rows: {note.text}")
    resumed = f"; {report.resumed_rows} of them by an earlier run" if report.resumed_rows else ""
    typer.echo(
        f"{report.rows} rows: {report.imported} taken in, {report.unchanged} unchanged, "
        f"{report.bad_count} refused, in {report.seconds:.1f} s{resumed}"
    )


@app.command()
def simulate(
    keys: Annotated[
        Path, typer.Option(help="The town's register keys, as `highstreet demo` writes them.")
    ] = Path("var/demo/keys.json"),
    url: Annotated[str, typer.Option(help="The running server.")] = "http://127.0.0.1:8000",
    wallet_url: Annotated[
        str | None, typer.Option(help="The running wallet; else as in the keys' file.")
    ] = None,
    inbox_url: Annotated[
        str | None, typer.Option(help="Where one-time codes arrive; else as in the keys' file.")
    ] = None,
    shoppers: Annotated[int, typer.Option(min=1, max=200, help="How many people walk.")] = 60,
    minutes: Annotated[float, typer.Option(min=0.01, help="For how long.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Whom and what they choose.")] = 7,
    speed: Annotated[float, typer.Option(min=0.05, max=50, help="How fast they are.")] = 1.0,
) -> None:
    """Walk shoppers through the town against a running server, as real HTTP clients; ends with a summary."""
    from highstreet_simulator.walk import WalkError, WalkOptions, run_walk

    wish = WalkOptions(
        keys=keys,
        url=url,
        wallet_url=wallet_url,
        inbox_url=inbox_url,
        shoppers=shoppers,
        seconds=minutes * 60,
        seed=seed,
        speed=speed,
    )
    try:
        summary = run_walk(wish)
    except WalkError as error:
        raise fail(str(error)) from None
    typer.echo(summary.text())
    raise typer.Exit(0 if summary.sales else 1)


@app.command()
def recompute(
    statement: Annotated[Path, typer.Argument(help="As downloaded from the dealer's page.")],
) -> None:
    """Work a statement out again, line by line, from its own file: exit code 0 when all agrees, 1 where it differs."""
    from highstreet_recompute import main as recompute_main

    raise typer.Exit(recompute_main([str(statement)]))


@app.command(epilog=FROM_ENVIRONMENT)
def check() -> None:
    """Look at settings, database, ledger, wallet and rails: a line each; exit code 1 when one is not right."""
    from highstreet.kernel.settings import unknown_names

    settings, unknown = _settings(), unknown_names()
    is_good, wrong = not unknown, "; ".join(unknown)
    typer.echo(f"ok    settings: mode {settings.mode}" if is_good else f"WRONG settings: {wrong}")
    for look in (look_at_database, look_at_ledger, look_at_wallet, look_at_rails):
        name = look.__name__.removeprefix("look_at_")
        try:
            told = look(settings)
        except Exception as error:
            is_good = False
            typer.echo(f"WRONG {name}: {first_line(error)}")
            if name == "database":
                break
        else:
            typer.echo(f"ok    {name}: {told}")
    raise typer.Exit(0 if is_good else 1)


def _settings(**given: Any) -> "Settings":
    from pydantic import ValidationError

    from highstreet.kernel.settings import Settings, unknown_names

    try:
        settings = Settings(**given)
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(["HIGHSTREET", *(str(part).upper() for part in problem["loc"])])
            text = problem["msg"].removeprefix("Value error, ")
            typer.echo(f"highstreet: {text if not problem['loc'] else f'{name}: {text}'}", err=True)
        raise typer.Exit(2) from None
    for line in unknown_names():
        typer.echo(f"highstreet: {line}; it is ignored (docs/settings.md)", err=True)
    return settings


def _need_head(settings: "Settings") -> None:
    try:
        at, head = steps_of(settings)
    except Exception as error:
        raise fail(f"cannot open the database: {first_line(error)}") from None
    if at != head:
        raise fail("the database is not at this version's schema: run `highstreet migrate`")


@contextmanager
def _opened(settings: "Settings") -> Iterator["Program"]:
    from highstreet.app import open_program, set_up_logs
    from highstreet.rooms.tenders.rails.from_file import RailsFileWrong

    set_up_logs(settings.log_level, is_terminal=sys.stdout.isatty())
    try:
        program = open_program(settings)
    except RailsFileWrong as error:
        raise fail(f"HIGHSTREET_RAILS_FILE: {error}. See docs/payments.md.") from None
    try:
        yield program
    finally:
        program.db.close()


if __name__ == "__main__":
    main()
