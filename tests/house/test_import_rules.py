"""Every contract of .importlinter catches what it is there for, and lets through what it must."""

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = "importlinter:contract:"

# contract: (module that breaks it, what that module imports)
VIOLATIONS = {
    "floors": ("highstreet.kernel.planted", "highstreet.flows"),
    "look-knows-no-rooms": ("highstreet.look.planted", "highstreet.rooms.planted_a"),
    "rooms-apart": ("highstreet.rooms.planted_a.actions", "highstreet.rooms.planted_b"),
    "fronts-apart": ("highstreet.fronts.planted_a.pages", "highstreet.fronts.planted_b"),
    "inside-a-room": ("highstreet.rooms.planted_a.model", "highstreet.rooms.planted_a.jobs"),
    "private-tables": ("highstreet.flows.planted_story", "highstreet.rooms.planted_a.tables"),
    "pure-rules": ("highstreet.rooms.planted_b.model", "sqlalchemy"),
    "web-at-the-top": ("highstreet.kernel.planted_web", "fastapi"),
    "no-web-below": ("highstreet.rooms.planted_b.queries", "highstreet.kernel.planted_web"),
    "no-simulator-in-the-program": ("highstreet.flows.planted_demo", "highstreet_simulator.planted_town"),
    "register-client-alone": ("highstreet.register_client.planted", "highstreet.kernel"),
    "rollout-over-http": ("highstreet.rollout.planted", "highstreet.rooms.planted_a"),
    "recompute-alone": ("highstreet_recompute.planted", "highstreet.kernel"),
    "recompute-by-the-command-line-only": ("highstreet.flows.planted_check", "highstreet_recompute"),
    "no-program-in-the-simulator": ("highstreet_simulator.planted", "highstreet.kernel"),
}
PERMITTED = [
    ("highstreet.cli", "highstreet_simulator.planted_town"),
    ("highstreet.flows.lists.near", "highstreet.rooms.planted_a.tables"),
    ("highstreet.fronts.planted_b.pages", "fastapi"),
    ("highstreet.kernel.web", "starlette"),
    ("highstreet.rooms.planted_a.queries", "highstreet.rooms.planted_a.tables"),
]
EMPTY = [
    "highstreet.fronts.planted_a",
    "highstreet.fronts.planted_b",
    "highstreet.rooms.planted_a",
    "highstreet.rooms.planted_a.jobs",
    "highstreet.rooms.planted_a.tables",
    "highstreet.rooms.planted_b",
    "highstreet_simulator.planted_town",
]


def plant(source: Path, module: str, line: str) -> None:
    """Write a module of one line; one that others are in becomes a package."""
    path = source.joinpath(*module.split("."))
    is_package = any(
        other.startswith(f"{module}.") for other in [*EMPTY, *dict([*VIOLATIONS.values(), *PERMITTED])]
    )
    file = path / "__init__.py" if is_package else path.with_suffix(".py")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(line)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What lint-imports says of a copy of the tree with every violation planted."""
    folder = tmp_path_factory.mktemp("planted")
    shutil.copytree(ROOT / "src", folder / "src", ignore=lambda at, names: leave_out(Path(at), names))
    shutil.copy(ROOT / ".importlinter", folder)
    for module in EMPTY:
        plant(folder / "src", module, "")
    for module, imported in [*VIOLATIONS.values(), *PERMITTED]:
        plant(folder / "src", module, f"import {imported}\n")
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo", "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "src"), "COLUMNS": "250"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def leave_out(at: Path, names: list[str]) -> set[str]:
    """Leave out of the copy all that is not Python."""
    return {
        name for name in names if not ((at / name).is_dir() or name.endswith(".py")) or name == "node_modules"
    }


def contract_names() -> dict[str, str]:
    """Return the name of each contract by its identifier."""
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    return {
        section.removeprefix(CONTRACT): config[section]["name"]
        for section in config.sections()
        if section.startswith(CONTRACT)
    }


def test_every_contract_has_its_violation() -> None:
    """A new contract must be shown to work."""
    assert contract_names().keys() == VIOLATIONS.keys()


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_violation_is_caught(contract: str, report: str) -> None:
    """The contract is broken, and by the planted import."""
    name = contract_names()[contract]
    importer, imported = VIOLATIONS[contract]
    assert f"{name} BROKEN" in report
    explained = report.partition("Broken contracts")[2].partition(f"{name}\n-")[2].partition("\n--")[0]
    assert f"{importer} -> {imported} " in explained


@pytest.mark.parametrize(("importer", "imported"), PERMITTED)
def test_permitted_is_let_through(importer: str, imported: str, report: str) -> None:
    """What the house allows is named in no complaint."""
    assert f"{importer} -> {imported} " not in report
