"""The example that connects a CSV-only till: half-written files, duplicates, bad rows, crashes; each sale told once."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from highstreet.register_client import Journal, Register
from tests.stories.journal_desk import JournalDesk

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "csv_till"
HEAD = "小票号;条码;品名;数量;单价;金额;支付;凭证号\r\n"
BEANS, PAPER = "2901000020006;咖啡豆;2;49.90;99.80;现金;", "2901000030005;滤纸;1;;2.50;现金;"
LATER = 10_000_000_000.0


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("csv_till", EXAMPLE / "csv_till.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["csv_till"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def desk() -> Iterator[JournalDesk]:
    made = JournalDesk()
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path, desk: JournalDesk) -> Path:
    text = (EXAMPLE / "config.toml").read_text().replace("http://127.0.0.1:8000", desk.url)
    (tmp_path / "config.toml").write_text(text)
    (tmp_path / "register.key").write_text("hs_r_any\n")
    (tmp_path / "samples").mkdir()
    return tmp_path


def open_till(example: ModuleType, folder: Path) -> Any:
    config = example.Config.read(folder / "config.toml")
    return example.CsvTill(config, Journal(config.journal))


def write(folder: Path, *rows: str, name: str = "SALES_1.csv", ends: str = "\r\n") -> Path:
    path = folder / "samples" / name
    path.write_bytes((HEAD + "\r\n".join(rows) + ends).encode("gbk"))
    return path


def tell(till: Any, desk: JournalDesk) -> int:
    return Register(desk.url, "hs_r_any", till.journal, sleep=lambda _s: None).send_journal()


def test_sales_are_told_as_they_were_charged(example: ModuleType, folder: Path, desk: JournalDesk) -> None:
    write(folder, f"1;{BEANS}", f"1;{PAPER}", "2;2901000030005;滤纸;4;2.50;10.00;刷卡;A-77")
    till = open_till(example, folder)
    found = till.look(LATER)
    assert (found.sold, found.bad) == (2, [])
    assert tell(till, desk) == 2
    first, second = (desk.entries[n]["body"] for n in (1, 2))
    assert (first["charged_minor"], first["sale"]["tenders"][0]["rail"]) == (10_230, "cash")
    assert [(line["name_zh"], line["unit_minor"], line["line_minor"]) for line in first["lines"]] == [
        ("咖啡豆", 4990, 9980),
        ("滤纸", 250, 250),
    ]
    tender = second["sale"]["tenders"][0]
    assert (tender["rail"], tender["reference"], second["charged_minor"]) == ("slip", "A-77", 1000)


def test_a_file_that_is_being_written(example: ModuleType, folder: Path, desk: JournalDesk) -> None:
    """Half a line, half a receipt: nothing is taken before it is whole."""
    till = open_till(example, folder)
    path = folder / "samples" / "SALES_1.csv"
    whole = (HEAD + f"1;{BEANS}\r\n1;{PAPER}\r\n2;{PAPER}\r\n").encode("gbk")
    sold = []
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        sold.append(till.look(0).sold)
    assert sum(sold) == 1  # the first, once the second had begun
    assert till.look(LATER).sold == 1
    assert tell(till, desk) == 2
    assert [desk.entries[n]["body"]["charged_minor"] for n in (1, 2)] == [10_230, 250]


def test_exactly_once_across_crashes(
    example: ModuleType, folder: Path, desk: JournalDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Died after each step in turn, started anew, the file copied under another name: every receipt once."""
    rows = [f"{n};{BEANS}" for n in range(1, 7)]
    write(folder, *rows)
    for crash in range(3):
        till = open_till(example, folder)
        left = [till.seen.move] * crash

        def dies(*told: Any, left: list[Any] = left) -> None:
            if not left:
                raise KeyboardInterrupt
            left.pop()(*told)

        with monkeypatch.context() as broken:
            broken.setattr(till.seen, "move", dies)  # in the journal, but not yet noted as read
            with pytest.raises(KeyboardInterrupt):
                till.look(LATER)
    desk.lose_answers = 1
    write(folder, *rows, f"7;{PAPER}", name="SALES_copy.csv")
    till = open_till(example, folder)
    found = till.look(LATER)
    assert (found.sold, till.journal.last_seq()) == (3, 7)  # 5, 6 and the new one
    assert tell(till, desk) == 7
    assert len(set(desk.sales)) == len(desk.sales) == 7


def test_bad_rows_are_told_once(example: ModuleType, folder: Path, desk: JournalDesk) -> None:
    """By file, line and reason; their receipts are left out, the others are not."""
    path = write(
        folder,
        f"1;{BEANS}",
        "2;29010000200;豆;x;1.00;1.00;现金;",
        f"2;{PAPER}",
        "3;abc;豆;1;1.00;1.00;现金;",
        "4;2901000030005;豆;1;1.00;一元;现金;",
        "5;2901000030005;豆;1;1.00;1.005;现金;",
        "6;2901000030005;豆;1;1.00;1.00;微信;",
        ";2901000030005;豆;1;1.00;1.00;现金;",
        "7;2901000030005;豆;1",
        f"8;{PAPER}",
    )
    path.write_bytes(
        path.read_bytes() + b"9;2901000030005;\xff\xff;1;1.00;1.00;;\r\n" + f"10;{PAPER}".encode("gbk")
    )
    till = open_till(example, folder)
    found = till.look(LATER)
    told = {(bad.line, bad.reason) for bad in found.bad}
    assert told >= {
        (3, "'x' is no quantity"),
        (3, "receipt 2 is left out: line 3 cannot be read"),
        (5, "'abc' is no GTIN"),
        (6, "'一元' is no amount"),
        (7, "'1.005' is no amount of EUR"),
        (8, "[rails] does not say what '微信' is"),
        (9, "小票号 is empty"),
        (10, "4 cells, not 8"),
    }
    assert next(reason for line, reason in told if line == 12).startswith("not gbk: byte")
    assert tell(till, desk) == found.sold
    charged = [entry["body"]["charged_minor"] for entry in desk.entries.values()]
    assert charged == [9980, 250]  # 1 and 10; 8 stands before a line that may belong to it
    assert open_till(example, folder).look(LATER).bad == []


def test_a_number_is_taken_once(example: ModuleType, folder: Path, desk: JournalDesk) -> None:
    """The same again is passed over; other lines under the same number are told, and the first stays."""
    write(folder, f"1;{BEANS}")
    till = open_till(example, folder)
    assert till.look(LATER).sold == 1
    write(folder, f"1;{BEANS}", name="SALES_2.csv")
    again = till.look(LATER)
    assert (again.sold, again.known, again.bad) == (0, 1, [])
    write(folder, f"1;{PAPER}", name="SALES_3.csv")
    other = till.look(LATER)
    assert (other.sold, [bad.line for bad in other.bad]) == (0, [2])
    assert tell(till, desk) == 1


def test_the_program_with_its_samples(folder: Path, desk: JournalDesk) -> None:
    """As the README says; the sample file has one bad row."""
    for sample in (EXAMPLE / "samples").iterdir():
        (folder / "samples" / sample.name).write_bytes(sample.read_bytes())
        os.utime(folder / "samples" / sample.name, (1_000_000_000, 1_000_000_000))
    command = [sys.executable, str(EXAMPLE / "csv_till.py"), str(folder / "config.toml"), "--once"]
    first, second = (subprocess.run(command, capture_output=True, text=True, check=False) for _ in range(2))
    assert first.returncode == 1
    assert "SALES_20261123.csv, line 5:" in first.stderr
    assert first.stdout == "3 sales read, 0 known already, 3 told; 0 wait\n"
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert len(desk.sales) == 3


def test_a_config_that_cannot_work_is_refused(example: ModuleType, folder: Path) -> None:
    text = (folder / "config.toml").read_text()
    (folder / "config.toml").write_text(text.replace('gtin = "条码"', ""))
    with pytest.raises(ValueError, match="gtin"):
        example.Config.read(folder / "config.toml")
    (folder / "config.toml").write_text(text.replace('"slip"', '"wallet"'))
    with pytest.raises(ValueError, match="wallet"):
        example.Config.read(folder / "config.toml")
