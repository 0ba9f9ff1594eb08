"""A chain rolled out from a CSV over HTTP: checked first, broken off and gone on with, tested in training, certified."""

import hashlib
import json
import stat
from base64 import b64decode
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from rich.console import Console
from typer.testing import CliRunner

from highstreet.cli import app
from highstreet.register_client import Register, pair
from highstreet.rollout import run as rollout_run
from highstreet.rollout.board import Board
from highstreet.rollout.book import Book
from highstreet.rollout.papers import canonical, key_file, reached_at
from highstreet.rollout.run import RolloutOptions, run_rollout
from tests.stories.acts import everything, one, rows
from tests.stories.conftest import PASSWORD, Stage
from tests.stories.test_loop import ok
from tests.stories.test_training import OWN, training_wallet

__all__ = ["training_wallet"]


def plan(folder: Path, *lines: str) -> Path:
    path = folder / "plan.csv"
    path.write_text("\n".join(["place,register,registers", *lines]) + "\n", encoding="utf-8-sig")
    return path


def wish(stage: Stage, path: Path, **more: Any) -> RolloutOptions:
    given: dict[str, Any] = {"at_once": 4, "folder": path.parent / "out", **more}
    return RolloutOptions(path, stage.url, "hq@nordlys", PASSWORD, **given)


def run(asked: RolloutOptions) -> tuple[Any, str]:
    text = StringIO()
    with Board(Console(file=text, width=200)) as board:
        done = run_rollout(asked, board)
    return done, text.getvalue()


def names_of_place(stage: Stage) -> str:
    return str(one(stage, "SELECT name_en FROM place WHERE id = :id", id=stage.seed.place_id))


def test_from_a_csv_to_certificates(stage: Stage, tmp_path: Path) -> None:
    """Registers, keys, sheets that pair, certificates that hold; nothing was sold."""
    place = names_of_place(stage)
    stage.drain()
    before = everything(stage, *OWN)
    done, said = run(wish(stage, plan(tmp_path, f"{place},Till,3", f"{stage.seed.place_id},Garden,")))
    assert (done.bad, done.registers, done.good) == ([], 4, 4)
    after = everything(stage, *OWN)
    changed = {table for table in before if before[table] != after[table]}
    assert changed == {"register", "register_key", "pairing", "audit_entry", "outbox", "session"}
    out = tmp_path / "out"
    book = Book(out)
    assert [(r.name, r.step) for r in book.rows()] == [
        ("Till 1", "tested"),
        ("Till 2", "tested"),
        ("Till 3", "tested"),
        ("Garden", "tested"),
    ]
    keys = [key_file(out, row).read_text().strip() for row in book.rows()]
    for row, key in zip(book.rows(), keys, strict=True):
        assert stat.S_IMODE(key_file(out, row).stat().st_mode) == 0o600
        with Register(stage.url, key, tmp_path / f"{row.id}.db") as register:
            me = register.me()
            assert (me["register_id"], me["is_training"]) == (row.id, True)
    everywhere = said + (out / "rollout.db").read_bytes().decode("latin-1")
    everywhere += "".join(p.read_text() for p in (out / "certificates").rglob("*.*"))
    assert not [key for key in keys if key in everywhere]
    assert f"{place}: 4 of 4 passed" in said
    _check_certificates(out)
    _check_sheet(stage, out, book)


def _check_certificates(out: Path) -> None:
    papers = sorted((out / "certificates").rglob("*.json"))
    assert len(papers) == 4
    for path in papers:
        told = json.loads(path.read_bytes())
        names = [step["name"] for step in told["steps"]]
        assert names == [
            "signs in",
            "prices",
            "sells for cash",
            "sells by wallet",
            "tells the receipt",
            "prints the receipt",
            "takes back",
        ]
        assert all(step["is_good"] for step in told["steps"])
        assert (told["is_good"], told["wallet"]) == (True, "pretended")
        assert set(told["versions"]) == {"highstreet", "kit"}
        content = canonical(told)
        assert told["sha256"] == hashlib.sha256(content).hexdigest()
        key = Ed25519PublicKey.from_public_bytes(b64decode(told["public_key"]))
        key.verify(b64decode(told["signature"]), content)
        assert told["sha256"] in path.with_suffix(".html").read_text()


def _check_sheet(stage: Stage, out: Path, book: Book) -> None:
    (sheet,) = (out / "sheets").glob("*.html")
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    page = sheet.read_text()
    assert page.count("<svg") == 4
    first = book.rows()[0]
    told = json.loads(key_file(out, first).with_suffix(".pair").read_bytes())
    assert told["pairing_code"] in page
    assert f"{stage.url}/register/<br>" in page  # the server's own public address was never set
    assert told["pairing_url"] == f"{stage.url}/register/#pair={told['pairing_code']}"
    assert pair(stage.url, told["pairing_code"])["register_id"] == first.id


@pytest.mark.parametrize(
    ("said", "reached"),
    [
        ("http://127.0.0.1:8000/register/#pair=AB-C", "http://10.0.0.7:8311/register/#pair=AB-C"),
        ("http://[::1]/register/#pair=AB-C", "http://10.0.0.7:8311/register/#pair=AB-C"),
        ("https://shop.example.org/register/#pair=AB-C", "https://shop.example.org/register/#pair=AB-C"),
    ],
)
def test_a_sheet_names_the_public_address_or_the_one_that_was_given(said: str, reached: str) -> None:
    assert reached_at(said, "http://10.0.0.7:8311/") == reached


def test_every_bad_row_is_named_and_nothing_is_done(stage: Stage, tmp_path: Path) -> None:
    stage.office().get("/office/v1/registers")
    place = names_of_place(stage)
    path = plan(
        tmp_path, f"{place},Till,2", "Nowhere,Till,1", f"{place},,", f"{place},Till,0", f"{place},Till 2,", ",A,1",
        f"{place},{'x' * 90},"
    )  # fmt: skip
    before = everything(stage, "session", "outbox")
    done, _ = run(wish(stage, path))
    assert [(bad.line, bad.reason.split(" ")[0]) for bad in done.bad] == [
        (3, "there"),
        (4, "neither"),
        (5, "'0'"),
        (6, "'Till"),
        (7, "no"),
        (8, "the"),
    ]
    assert everything(stage, "session", "outbox") == before
    assert Book(tmp_path / "out").rows() == []


def test_broken_off_it_goes_on(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Died after the server had made the keys and before they were written, then in the middle of the tests."""
    asked = wish(stage, plan(tmp_path, f"{stage.seed.place_id},Till,5"), at_once=1)

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(rollout_run, "write_keys", dies)
        with pytest.raises(KeyboardInterrupt):
            run(asked)
    made = rows(stage, "SELECT id, key_hash FROM register_key ORDER BY id")
    seen: list[str] = []

    with monkeypatch.context() as broken:
        real = rollout_run.write_certificate

        def some(folder: Path, row: Any, *more: Any) -> Path:
            if len(seen) == 2:
                raise KeyboardInterrupt
            seen.append(row.id)
            return real(folder, row, *more)

        broken.setattr(rollout_run, "write_certificate", some)
        with pytest.raises(KeyboardInterrupt):
            run(asked)
    assert len(Book(tmp_path / "out").rows("tested")) == 2
    sold = one(stage, "SELECT count(*) FROM training_sale")
    done, _ = run(asked)
    assert (done.registers, done.good) == (5, 5)
    again = rows(stage, "SELECT id, key_hash FROM register_key ORDER BY id")
    assert [key_id for key_id, _ in again] == [key_id for key_id, _ in made]  # no key too many
    assert one(stage, "SELECT count(*) FROM training_sale") == sold + 3 * 2
    assert run(asked)[0].good == 5  # nothing is left to do
    assert one(stage, "SELECT count(*) FROM training_sale") == sold + 3 * 2


def test_a_lost_key_file_gets_another_key(stage: Stage, tmp_path: Path) -> None:
    asked = wish(stage, plan(tmp_path, f"{stage.seed.place_id},Till,2"))
    run(asked)
    stage.drain()
    row = Book(tmp_path / "out").rows()[0]
    key_file(tmp_path / "out", row).unlink()
    assert run(asked)[0].good == 2
    key = key_file(tmp_path / "out", row).read_text().strip()
    with Register(stage.url, key, tmp_path / "till.db") as register:
        assert register.me()["register_id"] == row.id


def test_with_a_simulator_and_going_live(stage: Stage, tmp_path: Path, training_wallet: str) -> None:
    """Play money is paid and comes back; who passed leaves training; who goes live is not tested with real money."""
    path = plan(tmp_path, f"{stage.seed.place_id},Till,2")
    done, _ = run(wish(stage, path, wallet_url=stage.wallet_url, goes_live=True))
    problems = [row.result for row in Book(tmp_path / "out").rows("failed")]
    assert (done.good, done.registers) == (2, 2), problems
    results = [row.result for row in Book(tmp_path / "out").rows("live")]
    assert [result["wallet"] for result in results if result] == ["paid and refunded at the simulator"] * 2
    listed = ok(stage.office().get("/office/v1/registers"))
    assert [r["is_training"] for r in listed if r["name"].startswith("Till ")] == [False, False]
    book = Book(tmp_path / "out")
    book.move([book.rows()[0].id], "failed")
    tested = run(wish(stage, path))[0]
    assert tested.good == 1
    problem = Book(tmp_path / "out").rows("failed")[0].result
    assert problem is not None
    assert "not in training" in problem["problem"]
    assert one(stage, "SELECT count(*) FROM sale") == 0


def test_the_command(stage: Stage, tmp_path: Path) -> None:
    path = plan(tmp_path, f"{stage.seed.place_id},Till,1", "Nowhere,Till,1")
    asked = [
        "rollout",
        str(path),
        "--url",
        stage.url,
        "--login",
        "hq@nordlys",
        "--folder",
        str(tmp_path / "o"),
    ]
    env = {"HIGHSTREET_OFFICE_PASSWORD": PASSWORD}
    bad = CliRunner().invoke(app, asked, env=env)
    assert (bad.exit_code, "line 3: there is no place 'Nowhere'" in bad.output) == (1, True)
    plan(tmp_path, f"{stage.seed.place_id},Till,1")
    good = CliRunner().invoke(app, asked, env=env)
    assert (good.exit_code, "1 of 1 registers passed" in good.output) == (0, True), good.output
    wrong = CliRunner().invoke(app, asked, env={"HIGHSTREET_OFFICE_PASSWORD": "wrong"})
    assert wrong.exit_code == 1
