"""Parquet by batches of rows: only the columns asked for, only a few pages at a time in memory."""

from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from highstreet.flows.import_errors import FILE_MALFORMED
from highstreet.fronts.office.imports.records import Record

_ROWS = 5_000


def read_parquet(path: Path, columns: Collection[str] | None) -> Iterator[Record]:
    """Records by column; `line` is the row's number from 1. Times are cut to microseconds.

    Errors: Refusal import.file_malformed.
    """
    try:
        with pq.ParquetFile(path, memory_map=True) as file:
            names = [n for n in file.schema_arrow.names if columns is None or n in columns]
            line = 0
            for batch in file.iter_batches(batch_size=_ROWS, columns=names):
                lists = [_plain(batch.column(number)) for number in range(len(names))]
                for values in zip(*lists, strict=True):
                    line += 1
                    yield Record(line, dict(zip(names, values, strict=True)))
    except (pa.ArrowException, OSError) as error:
        raise FILE_MALFORMED(format="Parquet", line=1) from error


def _plain(column: pa.Array) -> list[object]:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    values: list[object] = column.to_pylist()
    return values
