"""Names in narrow columns: shortened where they say least, cut in the middle rather than at the house number."""

import re

from rich.cells import cell_len, set_cell_size

STEPS = (
    (re.compile(r"^Door of "), "door "),
    (re.compile(r", ground floor\b"), ", gr. fl."),
    (re.compile(r", floor (?=\d)"), ", fl. "),
    (re.compile(r", basement\b"), ", bsmt"),
    (re.compile(r"(?<=\w{4})(k)atu\b|(?<=\w{4})(t)ie\b|(?<=\w{5})(esp)lanadi\b"), r"\1\2\3."),
)
TAIL = re.compile(r"( ·)? \d.*$")  # the house number and what follows it tell places of one street apart


def fit(name: str, width: int) -> str:
    """A name in at most `width` columns of a terminal (a Chinese character takes two)."""
    for pattern, short in STEPS:
        if cell_len(name) <= width:
            return name
        name = pattern.sub(short, name)
    if cell_len(name) <= width:
        return name
    found = TAIL.search(name)
    tail = found[0] if found and cell_len(found[0]) <= width * 2 // 3 else ""
    head = set_cell_size(name, max(0, width - 1 - cell_len(tail))).rstrip(" ,·")
    return set_cell_size(f"{head}…{tail}", width).rstrip()


def beside(code: str, place: str) -> str:
    """A code's name beside the place that sold: without what stands there already."""
    if code == f"Door of {place}":
        return "the door"
    if code.endswith(f", {place}"):
        return code.removesuffix(f", {place}")
    brand = place.partition(" ")[0]
    return code.removeprefix(f"{brand} ") if brand else code
