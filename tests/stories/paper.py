"""Reads ESC/POS bytes back: what a printer would print, and every command it was given."""

from dataclasses import dataclass, field


@dataclass
class Printed:
    """Lines as they stand on paper; styles by line; what else the printer was told."""

    lines: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    qr: str = ""
    commands: list[str] = field(default_factory=list)


def decode(content: bytes) -> Printed:
    """Errors: AssertionError for a command that a receipt has no use for."""
    out, at, line = Printed(), 0, bytearray()
    encoding, stored, style = "cp437", b"", ""
    while at < len(content):
        rest = content[at:]
        step = 1
        if rest[0] == 0x0A:
            out.lines.append(line.decode(encoding))
            out.styles.append(style)
            line.clear()
        elif rest.startswith(b"\x1b@"):
            out.commands.append("initialize")
            step = 2
        elif rest.startswith(b"\x1c."):
            encoding, step = "cp437", 2
        elif rest.startswith(b"\x1c&"):
            encoding, step = "gb18030", 2
        elif rest.startswith(b"\x1bt"):
            assert rest[2] == 19
            encoding, step = "cp858", 3
        elif rest.startswith(b"\x1bE"):
            style, step = style.replace("b", "") + ("b" if rest[2] else ""), 3
        elif rest.startswith(b"\x1d!"):
            style, step = style.replace("t", "") + ("t" if rest[2] else ""), 3
        elif rest.startswith(b"\x1ba"):
            assert rest[2] in (0, 1)
            step = 3
        elif rest.startswith(b"\x1bp"):
            out.commands.append(f"drawer {rest[2]} {rest[3] * 2}ms")
            step = 5
        elif rest.startswith(b"\x1dV\x42"):
            out.commands.append("cut")
            step = 4
        elif rest.startswith(b"\x1d(k"):
            length = int.from_bytes(rest[3:5], "little")
            body = rest[5 : 5 + length]
            assert body[0:1] == b"1"
            if body[1:3] == b"P0":
                stored = body[3:]
            elif body[1:3] == b"Q0":
                out.qr = stored.decode()
            step = 5 + length
        else:
            assert rest[0] >= 0x20, rest[:4]
            line.append(rest[0])
        at += step
    assert not line
    return out
