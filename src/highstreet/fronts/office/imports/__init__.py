"""Files of the head office: places, goods, stock, members and sales of the past (docs/import.md)."""

from highstreet.fronts.office.imports.report import BadRow, ImportOptions, ImportReport, Note
from highstreet.fronts.office.imports.run_import import KINDS, run_import

__all__ = ["KINDS", "BadRow", "ImportOptions", "ImportReport", "Note", "run_import"]
