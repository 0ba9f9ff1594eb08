"""A receipt as ESC/POS bytes: Epson's commands, which nearly all receipt printers take.

Few enough that a library would be more: python-escpos brings Pillow and PyYAML, and writes no GB18030. A line that fits
into code page 858 (Latin letters and €) is written so; any other in GB18030, which Chinese printers know (GB 18030-2005).
Source: Epson's ESC/POS reference, commands by name.
"""

from collections.abc import Sequence

from highstreet.fronts.register.paper.layout import Row, as_lines

WIDTHS_MM = {58: 32, 80: 48}
"""Columns of font A (12 dots) on paper of this width."""
INITIALIZE = b"\x1b@"
LATIN = b"\x1c.\x1bt\x13"  # FS . (leave Chinese mode), ESC t 19 (PC858)
CHINESE = b"\x1c&"  # FS & (Chinese mode: two or four bytes a character)
BOLD, PLAIN = b"\x1bE\x01", b"\x1bE\x00"
TALL, NORMAL = b"\x1d!\x01", b"\x1d!\x00"
CENTER, LEFT = b"\x1ba\x01", b"\x1ba\x00"
FEED_AND_CUT = b"\x1dV\x42\x03"  # GS V 66: feed to the knife, cut in part
OPEN_DRAWER = b"\x1bp\x00\x19\xfa"  # ESC p 0: pin 2, on for 50 ms, off for 500 ms
DOTS = {58: 5, 80: 6}
"""Width of a QR module."""


def escpos(rows: Sequence[Row], code: str, *, width_mm: int, opens_drawer: bool = False) -> bytes:
    """The receipt's bytes with the QR of its code, a cut, and a kick of the drawer if wished. Errors: KeyError."""
    width = WIDTHS_MM[width_mm]
    parts = [INITIALIZE]
    if opens_drawer:
        parts.append(OPEN_DRAWER)
    for row in rows:
        before, after = _style(row)
        parts += [before, *(_line(line) for line in as_lines(row, width)), after]
    parts += [CENTER, _qr(code, DOTS[width_mm]), _line(code), LEFT, FEED_AND_CUT]
    return b"".join(parts)


def _style(row: Row) -> tuple[bytes, bytes]:
    if row.kind == "total":
        return BOLD + TALL, NORMAL + PLAIN
    if row.kind == "mark":
        return BOLD, PLAIN
    return b"", b""


def _line(text: str) -> bytes:
    try:
        return LATIN + text.encode("cp858") + b"\n"
    except UnicodeEncodeError:
        return CHINESE + text.encode("gb18030") + b"\n"


def _qr(text: str, module_dots: int) -> bytes:
    """GS ( k: model 2, module size, error correction M, store, print."""
    content = text.encode("ascii")
    return b"".join(
        (
            _gs_k(b"1A2\x00"),
            _gs_k(b"1C" + bytes([module_dots])),
            _gs_k(b"1E1"),
            _gs_k(b"1P0" + content),
            _gs_k(b"1Q0"),
            b"\n",
        )
    )


def _gs_k(body: bytes) -> bytes:
    return b"\x1d(k" + len(body).to_bytes(2, "little") + body
