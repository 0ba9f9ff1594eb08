"""What the importers' tests share: a brand on a real database, and a desk that takes files in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.sql.schema import Table

import highstreet.rooms
from highstreet.fronts.office.imports import ImportOptions, ImportReport, run_import
from highstreet.kernel.db import Database
from highstreet.kernel.tables import metadata
from tests.seeds import NOW, Seed, seed_brand

for folder in Path(highstreet.rooms.__path__[0]).iterdir():
    if (folder / "tables.py").exists():
        import_module(f"highstreet.rooms.{folder.name}.tables")

OPTIONS = ImportOptions(time_zone="Europe/Helsinki", country="FI", now=NOW)


def quiet(rows: int, of: int | None) -> None:
    """No progress shown."""


@dataclass
class Desk:
    """Imports files of one brand and counts rows."""

    db: Database
    seed: Seed
    folder: Path

    def take(
        self,
        kind: str,
        content: str | bytes,
        *,
        name: str = "file.csv",
        mapping: str | None = None,
        progress: Callable[[int, int | None], None] = quiet,
        **options: Any,
    ) -> ImportReport:
        """Write the file and import it."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        if mapping is not None:
            options["mapping"] = self.folder / "mapping.toml"
            options["mapping"].write_text(mapping, encoding="utf-8")
        chosen = replace(OPTIONS, **options)
        return run_import(self.db, kind, path, brand_id=self.seed.brand_id, options=chosen, progress=progress)

    def count(self, table: Table) -> int:
        """Rows of a table."""
        return int(self.db.read_now(lambda reader: reader.value(select(func.count()).select_from(table))))

    def rows(self, *columns: Any) -> list[tuple[Any, ...]]:
        """Rows of a brand's table, in order."""
        owner = columns[0].table.c
        brand_id = owner.brand_id if "brand_id" in owner else owner.id
        query = select(*columns).where(brand_id == self.seed.brand_id).order_by(*columns)
        return [tuple(row) for row in self.db.read_now(lambda reader: reader.rows(query))]


def bad_of(report: ImportReport) -> list[tuple[int, str, str]]:
    """Line, field and code of each bad row."""
    return [(bad.line, bad.field, bad.code) for bad in report.bad]


def counts_of(report: ImportReport) -> tuple[int, int, int, int]:
    """rows, imported, unchanged, bad; they add up."""
    assert report.rows == report.imported + report.unchanged + report.bad_count
    return report.rows, report.imported, report.unchanged, report.bad_count


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A desk at the seeded brand."""
    db = Database(database_url)
    metadata.create_all(db.engine)
    files = tmp_path / "files"
    files.mkdir()
    yield Desk(db, db.write_now(seed_brand, "nordlys"), files)
    db.close()
