"""What every reader of files gives: one record after another, or why one cannot be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from highstreet.kernel.errors import Refusal

RECORD_LIMIT = 1_000_000
"""Characters that one line or record may have."""


@dataclass(frozen=True, slots=True)
class Record:
    """The values of one record by their names in the file. `line`: where it begins (parquet: which row)."""

    line: int
    values: Mapping[str, Any]
    refusal: Refusal | None = None
