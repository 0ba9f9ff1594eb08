"""The two pictures of a payment code as SVG paths: QR and Code 128."""

import segno
from barcode.codex import Code128

HEIGHT = 50


def qr_path(digits: str) -> tuple[str, int]:
    """Unit squares, and how many stand side by side."""
    rows = segno.make_qr(digits, error="m").matrix
    squares = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return "".join(squares), len(rows)


def bars_path(digits: str) -> tuple[str, int]:
    """Bars 50 high, and how many modules wide all of it is."""
    modules = Code128(digits).build()[0]
    bars = (f"M{x} 0h1v{HEIGHT}h-1z" for x, module in enumerate(modules) if module == "1")
    return "".join(bars), len(modules)
