"""Bytes to text: find the encoding, check the whole file against it, give lines of bounded length."""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TextIO

from highstreet.flows.import_errors import ENCODING_UNKNOWN, ENCODING_WRONG, FILE_MISSING
from highstreet.fronts.office.imports.records import RECORD_LIMIT

_CHUNK = 1 << 20
# The longer mark first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def find_encoding(path: Path, wanted: str | None) -> str:
    """The encoding asked for, else that of the byte order mark, else UTF-8; nothing is guessed.

    Errors: Refusal import.encoding_unknown, import.file_missing.
    """
    if not path.is_file():
        raise FILE_MISSING(path=path.name)
    with path.open("rb") as stream:
        head = stream.read(4)
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if wanted is None:
        return marked or "utf-8"
    try:
        name = codecs.lookup(wanted).name
        "".encode(name)  # hex, rot13 and the like are codecs, too, but not of text
    except LookupError:
        raise ENCODING_UNKNOWN(encoding=wanted) from None
    # The mark is not text, so that the codec that takes it off is the right one of the same family.
    return marked if marked and marked.split("-")[:2] == name.split("-")[:2] else name


def check_file(path: Path, encoding: str | None) -> str:
    """The SHA-256 of the file, after every byte of it was decoded (unless `encoding` is None: not a text).

    Errors: Refusal import.encoding_wrong (encoding, line, byte, value), import.file_missing. `byte` counts
    from 0, `line` from 1.
    """
    if not path.is_file():
        raise FILE_MISSING(path=path.name)
    digest = sha256()
    decoder = codecs.getincrementaldecoder(encoding)() if encoding else None
    taken = 0
    with path.open("rb") as stream:
        while True:
            chunk = stream.read(_CHUNK)
            digest.update(chunk)
            taken += len(chunk)
            if decoder is not None:
                try:
                    decoder.decode(chunk, final=not chunk)
                except UnicodeDecodeError as error:
                    # The decoder may have kept bytes of the chunk before; the last it was given is number `taken`.
                    at = taken - len(error.object) + error.start
                    raise ENCODING_WRONG(
                        encoding=(encoding or "").removesuffix("-sig"),
                        line=_lines_before(path, encoding or "", at) + 1,
                        byte=at,
                        value=f"0x{error.object[error.start]:02X}",
                    ) from None
            if not chunk:
                return digest.hexdigest()


def _lines_before(path: Path, encoding: str, byte: int) -> int:
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 0
    with path.open("rb") as stream:
        while byte > 0:
            chunk = stream.read(min(_CHUNK, byte))
            lines += decoder.decode(chunk).count("\n")
            byte -= len(chunk)
    return lines


@contextmanager
def open_text(path: Path, encoding: str) -> Iterator[TextIO]:
    """The file as text, with its line ends as they are."""
    with path.open(encoding=encoding, newline="") as stream:
        yield stream


def lines_of(stream: TextIO, cut: set[int]) -> Iterator[str]:
    """Lines with their ends. One of more than `RECORD_LIMIT` characters is cut, its number put into `cut`."""
    number = 0
    while line := stream.readline(RECORD_LIMIT):
        number += 1
        if len(line) == RECORD_LIMIT and line[-1] not in "\r\n":
            rest = stream.readline(RECORD_LIMIT)
            if rest:
                cut.add(number)
            while rest and rest[-1] not in "\r\n":
                rest = stream.readline(RECORD_LIMIT)
            line += "\n"
        yield line
