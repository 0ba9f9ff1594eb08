"""Parquet by batches of rows: only the columns asked for, only a few pages at a time in memory.

Some kilobytes of Parquet can be gigabytes, so what the file tells of itself is looked at first.
"""

from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from highstreet.flows.import_errors import (
    FILE_MALFORMED,
    ROW_GROUP_TOO_LARGE,
    TOO_MANY_ROWS,
    VALUE_TOO_LONG,
)
from highstreet.fronts.office.imports.records import RECORD_LIMIT, Record

ROWS_LIMIT = 5_000_000
"""Rows that one Parquet file may have."""
ROW_GROUP_LIMIT_BYTES = 256_000_000
"""Bytes, unpacked, that the columns which are read may have in one row group: all may be in memory."""
_ROWS = 5_000
_DELTAS = {"DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"}
_SHARING = {"DELTA_BYTE_ARRAY", "PLAIN_DICTIONARY", "RLE_DICTIONARY"}
_LONG = object()


def read_parquet(path: Path, columns: Collection[str] | None) -> Iterator[Record]:
    """Records by column; `line` is the row's number from 1. Times are cut to microseconds.

    Without `columns` all but lists and structures are read: no field is one. A row with a text of more than
    `RECORD_LIMIT` bytes is refused alone.
    Errors: Refusal import.file_malformed, import.too_many_rows, import.row_group_too_large.
    """
    try:
        with pq.ParquetFile(path, memory_map=True) as file:
            names = _names(file, columns)
            _check_size(file.metadata, names)
            texts, size = _texts_of(file, names)
        # As dictionaries: a text that a million rows share is then in memory once, as it is in the file.
        with pq.ParquetFile(path, memory_map=True, read_dictionary=texts) as file:
            line = 0
            for batch in file.iter_batches(batch_size=size, columns=names):
                lists = [_plain(batch.column(number)) for number in range(len(names))]
                for values in zip(*lists, strict=True):
                    line += 1
                    if any(value is _LONG for value in values):
                        yield Record(line, {}, VALUE_TOO_LONG(field="", limit=RECORD_LIMIT))
                    else:
                        yield Record(line, dict(zip(names, values, strict=True)))
    except (pa.ArrowException, OSError) as error:
        raise FILE_MALFORMED(format="Parquet", line=1) from error


def _names(file: pq.ParquetFile, columns: Collection[str] | None) -> list[str]:
    if columns is None:
        schema = file.metadata.schema
        leaves = [schema.column(number) for number in range(len(schema))]
        columns = {leaf.path for leaf in leaves if leaf.max_repetition_level == 0}
    # Of two columns of one name neither can be asked for.
    found: list[str] = file.schema_arrow.names
    return [name for name in found if name in columns and found.count(name) == 1]


def _check_size(told: pq.FileMetaData, names: Collection[str]) -> None:
    groups = [told.row_group(number) for number in range(told.num_row_groups)]
    rows = max(told.num_rows, sum(group.num_rows for group in groups))
    if rows > ROWS_LIMIT:
        raise TOO_MANY_ROWS(rows=rows, limit=ROWS_LIMIT)
    for number, group in enumerate(groups, 1):
        size = 0
        for at in range(group.num_columns):
            column = group.column(at)
            name = column.path_in_schema
            if name in names or name.partition(".")[0] in names:
                # Values of one length take it even when they are not there.
                width = max(0, told.schema.column(at).length or 0)
                size += max(column.total_uncompressed_size, column.num_values * width)
        if size > ROW_GROUP_LIMIT_BYTES:
            raise ROW_GROUP_TOO_LARGE(
                number=number, megabytes=size // 1_000_000, limit=ROW_GROUP_LIMIT_BYTES // 1_000_000
            )


def _texts_of(file: pq.ParquetFile, names: Collection[str]) -> tuple[list[str], int]:
    """Texts that can be read as dictionaries, and how many rows of the others may be in memory at once."""
    texts = [name for name in names if _is_text(file.schema_arrow.field(name).type)]
    groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
    chunks = [group.column(at) for group in groups for at in range(group.num_columns)]
    deltas = [chunk for chunk in chunks if not _DELTAS.isdisjoint(chunk.encodings)]
    # Arrow cannot make dictionaries of these. Where texts share parts, each may be as long as all in the file.
    sharing = [chunk.total_uncompressed_size for chunk in deltas if not _SHARING.isdisjoint(chunk.encodings)]
    size = max(1, min(_ROWS, ROW_GROUP_LIMIT_BYTES // 4 // max([1, *sharing])))
    unlike = {chunk.path_in_schema for chunk in deltas}
    return [name for name in texts if name not in unlike], size


def _is_text(kind: pa.DataType) -> bool:
    t = pa.types
    checks = (
        t.is_string,
        t.is_large_string,
        t.is_string_view,
        t.is_binary,
        t.is_large_binary,
        t.is_binary_view,
    )
    return any(check(kind) for check in checks)


def _plain(column: pa.Array) -> list[object]:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    if pa.types.is_dictionary(column.type):
        if _is_text(column.type.value_type):
            return _texts(column)
        column = column.dictionary_decode()
    if pa.types.is_string_view(column.type) or pa.types.is_binary_view(column.type):
        column = column.cast(pa.large_binary() if pa.types.is_binary_view(column.type) else pa.large_string())
    if _is_text(column.type):
        return _texts(column.dictionary_encode())
    values: list[object] = column.to_pylist()
    return values


def _texts(column: pa.DictionaryArray) -> list[object]:
    """Each text is made once, however many rows have it; one that is too long is not made at all."""
    used = pc.unique(column.indices.drop_null())
    is_short = pc.less_equal(pc.binary_length(column.dictionary.take(used)), RECORD_LIMIT)
    short = used.filter(pc.fill_null(is_short, True))
    texts = dict(zip(short.to_pylist(), column.dictionary.take(short).to_pylist(), strict=True))
    return [None if at is None else texts.get(at, _LONG) for at in column.indices.to_pylist()]
