"""CSV and TSV, one record at a time."""

import csv
from collections.abc import Collection, Iterator, Sequence
from typing import TextIO

from highstreet.flows.import_errors import COLUMNS_DIFFER, HEADER_MISSING, VALUE_TOO_LONG
from highstreet.fronts.office.imports.read_text import lines_of
from highstreet.fronts.office.imports.records import RECORD_LIMIT, Record

_DELIMITERS = ",;\t|"
_SAMPLE = 65_536
_HEADER = 4_096


def read_csv(
    stream: TextIO, known_names: Collection[str], own_names: Sequence[str] = (), *, has_header: bool = True
) -> Iterator[Record]:
    """Records by the names of the header row; without one, by the columns' numbers from "1".

    `known_names` (normalized) tell the header and the delimiter; `own_names` are told to who has none of them.
    Errors: Refusal import.header_missing (known).
    """
    delimiter = _find_delimiter(stream, known_names, has_header=has_header)
    cut: set[int] = set()
    reader = csv.reader(lines_of(stream, cut), delimiter=delimiter)
    header: Sequence[str] | None = None
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            # Only one thing can be wrong here: a field beyond the csv module's limit, or its quote never closed.
            yield Record(line, {}, VALUE_TOO_LONG(field="", limit=csv.field_size_limit()))
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if any(number in cut for number in range(line, reader.line_num + 1)):
            yield Record(line, {}, VALUE_TOO_LONG(field="", limit=RECORD_LIMIT))
            continue
        if header is None:
            header = cells if has_header else [str(number) for number in range(1, len(cells) + 1)]
            if has_header:
                if not any(normalize(cell) in known_names for cell in cells):
                    raise HEADER_MISSING(known=", ".join(own_names or sorted(known_names)))
                continue
        values = dict(zip(header, cells, strict=False))
        if len(cells) < len(header) or any(cell.strip() for cell in cells[len(header) :]):
            yield Record(line, values, COLUMNS_DIFFER(expected=len(header), found=len(cells)))
        else:
            yield Record(line, values)


def normalize(name: str) -> str:
    """A column's name as compared: lower case, one underscore for spaces and dashes, without Google's `g:`."""
    return "_".join(name.strip().lower().removeprefix("g:").replace("-", " ").replace("_", " ").split())


def _find_delimiter(stream: TextIO, known_names: Collection[str], *, has_header: bool) -> str:
    """The delimiter by which most names of the header are known; the most frequent one breaks ties."""
    # Not csv.Sniffer: on many quotes it takes the square of the sample's length and holds everything up.
    sample = stream.read(_SAMPLE)
    stream.seek(0)
    first = next((line for line in sample.splitlines() if line.strip()), "")[:_HEADER]
    # Between quotes are the pieces of odd number: what stands in them parts nothing.
    outside = "".join(first.split('"')[::2])
    candidates = sorted(_DELIMITERS, key=outside.count, reverse=True)
    if not has_header:
        return candidates[0]

    def known(delimiter: str) -> int:
        cells = next(csv.reader([first], delimiter=delimiter), [])
        return sum(normalize(cell) in known_names for cell in cells)

    return max(candidates, key=known)
