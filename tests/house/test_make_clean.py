"""`make clean` takes away what the other commands left, and nothing that is somebody's own."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LEFT = ("var/demo/town.db", "var/lake/a.parquet", "dist/a.whl", "src/a/__pycache__/a.pyc", ".mypy_cache/a")
KEPT = (".venv/bin/python", "src/a/a.py", "Makefile")


@pytest.mark.parametrize("own", [(), ("var/highstreet.db", "var/lake/a.parquet")])
def test_the_demos_town_goes_and_a_servers_data_stay(own: tuple[str, ...], tmp_path: Path) -> None:
    for name in (*LEFT, *KEPT, *own, "tests/a", "benchmarks/a", "scripts/a"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    shutil.copy(ROOT / "Makefile", tmp_path)
    for _ in range(2):
        subprocess.run(["make", "clean"], cwd=tmp_path, check=True, capture_output=True)
        assert [name for name in LEFT if name not in own and (tmp_path / name).exists()] == []
        assert [name for name in (*KEPT, *own) if not (tmp_path / name).exists()] == []
        assert (tmp_path / "var").exists() is bool(own)
