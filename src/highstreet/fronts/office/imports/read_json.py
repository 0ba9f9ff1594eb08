"""JSON arrays, GeoJSON and JSON lines, one record at a time: the file is never whole in memory."""

import json
from collections.abc import Iterator
from typing import Any, NoReturn, TextIO

from highstreet.flows.import_errors import FILE_MALFORMED, NOT_A_POINT, RECORD_MALFORMED, VALUE_TOO_LONG
from highstreet.fronts.office.imports.read_text import lines_of
from highstreet.fronts.office.imports.records import RECORD_LIMIT, Record

_CHUNK = 65_536


def read_json(stream: TextIO, items: str) -> Iterator[Record]:
    """The objects of the array at the dotted path `items` ("" is the file itself).

    Errors: Refusal import.file_malformed (format, line).
    """
    scanner = _Scanner(stream)
    for name in items.split(".") if items else []:
        scanner.enter(name)
    for line, value in scanner.array():
        if isinstance(value, dict):
            yield Record(line, value)
        else:
            yield Record(line, {}, RECORD_MALFORMED(field=""))


def read_geojson(stream: TextIO) -> Iterator[Record]:
    """Features with a point: their properties, with lat and lon (RFC 7946: WGS-84) and the feature's id."""
    for record in read_json(stream, "features"):
        if record.refusal is not None:
            yield record
            continue
        geometry, properties = record.values.get("geometry"), record.values.get("properties")
        position = geometry.get("coordinates") if isinstance(geometry, dict) else None
        is_point = isinstance(geometry, dict) and geometry.get("type") == "Point"
        if not is_point or not isinstance(position, list) or len(position) < 2:
            yield Record(record.line, {}, NOT_A_POINT(field="geometry"))
            continue
        values = dict(properties) if isinstance(properties, dict) else {}
        if "id" in record.values:
            values.setdefault("id", record.values["id"])
        yield Record(record.line, values | {"lon": position[0], "lat": position[1]})


def read_json_lines(stream: TextIO) -> Iterator[Record]:
    """One object on each line; a line that is none is refused alone."""
    cut: set[int] = set()
    for line, text in enumerate(lines_of(stream, cut), 1):
        if line in cut:
            yield Record(line, {}, VALUE_TOO_LONG(field="", limit=RECORD_LIMIT))
            continue
        if not text.strip():
            continue
        try:
            value = json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            yield Record(line, value)
        else:
            yield Record(line, {}, RECORD_MALFORMED(field=""))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"JSON has no {name}")


class _Scanner:
    """Walks through JSON text with a buffer that holds little more than one value."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._decoder = json.JSONDecoder(parse_constant=_refuse_constant)
        self._buffer = ""
        self._at = 0
        self._line = 1
        self._is_end = False

    def enter(self, name: str) -> None:
        """Go to the value of `name` in the object that begins here, passing over what stands before it."""
        self._take("{")
        while self._peek() == '"':
            key = self._value()
            self._take(":")
            if key == name:
                return
            self._peek()
            self._value()
            if self._peek() == ",":
                self._take(",")
                self._peek()
        raise self._malformed()

    def array(self) -> Iterator[tuple[int, Any]]:
        """Each value of the array that begins here, with its line."""
        self._take("[")
        if self._peek() == "]":
            return
        while True:
            self._peek()
            yield self._line, self._value()
            if self._peek() == "]":
                return
            self._take(",")

    def _peek(self) -> str:
        while True:
            while self._at < len(self._buffer):
                char = self._buffer[self._at]
                if char not in " \t\r\n":
                    return char
                self._line += char == "\n"
                self._at += 1
            if not self._more():
                raise self._malformed()

    def _take(self, char: str) -> None:
        if self._peek() != char:
            raise self._malformed()
        self._at += 1

    def _value(self) -> Any:
        while True:
            try:
                value, end = self._decoder.raw_decode(self._buffer, self._at)
            except (ValueError, RecursionError):
                if len(self._buffer) - self._at > RECORD_LIMIT or not self._more():
                    raise self._malformed() from None
                continue
            # A number that ends with the buffer may go on in the file.
            if end == len(self._buffer) and self._more():
                continue
            self._line += self._buffer.count("\n", self._at, end)
            self._at = end
            return value

    def _more(self) -> bool:
        if self._is_end:
            return False
        self._buffer = self._buffer[self._at :]
        self._at = 0
        chunk = self._stream.read(max(_CHUNK, len(self._buffer)))
        self._is_end = not chunk
        self._buffer += chunk
        return bool(chunk)

    def _malformed(self) -> Exception:
        return FILE_MALFORMED(format="JSON", line=self._line)
