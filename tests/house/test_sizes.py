"""No file over 500 lines, no function over 70, and no name that says nothing."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("src", "benchmarks", "scripts", "tests")
FILE_LINES = 500
FUNCTION_LINES = 70
EMPTY_NAMES = {"service", "manager", "helper", "util", "common", "data", "info"}


def python_files() -> Iterator[Path]:
    """Give every Python file of ours."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "node_modules" not in path.parts:
                yield path


def test_files_are_short() -> None:
    """A file that outgrows the limit becomes a folder with one file per verb."""
    lines = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in python_files()}
    assert lines
    assert {name: count for name, count in lines.items() if count > FILE_LINES} == {}


def test_functions_are_short() -> None:
    """Decisions at the top, loops below, rules in model.py."""
    long = {}
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                count = (node.end_lineno or node.lineno) - node.lineno + 1
                if count > FUNCTION_LINES:
                    long[f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"] = count
    assert long == {}


def test_names_say_something() -> None:
    """Neither a file nor its folders are called service, manager, helper, utils, common, data or info."""
    empty = [
        str(path.relative_to(ROOT))
        for path in python_files()
        if any(
            part.lower().rstrip("s") in EMPTY_NAMES for part in path.relative_to(ROOT).with_suffix("").parts
        )
    ]
    assert empty == []
