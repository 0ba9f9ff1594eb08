"""The two pictures of a payment code, drawn here so that the page needs nothing from anywhere: QR and Code 128."""

from itertools import product

SIZE = 21  # a QR of version 1
_DATA_BYTES, _CHECK_BYTES = 16, 10  # at error level M
_FORMAT = 0b101010000010010  # level M, mask 0, as the standard prints it
_START_C, _STOP = "211232", "2331112"
# Widths of bar, gap, bar, gap, bar, gap for the pairs 00 to 99.
_TABLE = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 "
    "122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 "
    "322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 "
    "112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 "
    "331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 "
    "112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 "
    "124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 "
    "411311 113141"
)
_PAIRS = [_TABLE[at : at + 6] for at in range(0, len(_TABLE), 7)]
# Values 100 to 102, which only a check character can have here.
_SWITCHES = ["114131", "311141", "411131"]


def qr_path(digits: str) -> str:
    """An SVG path of unit squares on a field of 21 by 21. Errors: ValueError beyond 34 digits."""
    rows = qr_rows(digits)
    return "".join(f"M{x} {y}h1v1h-1z" for y, x in product(range(SIZE), repeat=2) if rows[y][x])


def bars_path(digits: str) -> tuple[str, int]:
    """Code 128 of an even number of digits: an SVG path of bars 50 high, and its width."""
    pairs = [int(digits[at : at + 2]) for at in range(0, len(digits), 2)]
    check = (105 + sum(place * pair for place, pair in enumerate(pairs, 1))) % 103
    widths = _START_C + "".join(_PAIRS[pair] for pair in pairs) + (_PAIRS + _SWITCHES)[check] + _STOP
    path, x = "", 0
    for at, width in enumerate(map(int, widths)):
        path += "" if at % 2 else f"M{x} 0h{width}v50h-{width}z"
        x += width
    return path, x


def qr_rows(digits: str) -> list[list[bool]]:
    """The modules of a QR of version 1, level M, mask 0, without its quiet zone; True is dark."""
    rows: list[list[bool | None]] = [[None] * SIZE for _ in range(SIZE)]
    _put_patterns(rows)
    stream = iter(_bits(_codewords(digits)))
    for y, x in _way():
        if rows[y][x] is None:
            rows[y][x] = next(stream, False) ^ ((y + x) % 2 == 0)
    return [[bool(module) for module in row] for row in rows]


def _put_patterns(rows: list[list[bool | None]]) -> None:
    """Finders with their margins, timing, the dark module, and the format beside them."""
    for top, left in ((0, 0), (0, SIZE - 7), (SIZE - 7, 0)):
        for y, x in product(range(-1, 8), repeat=2):
            if 0 <= top + y < SIZE and 0 <= left + x < SIZE:
                ring = max(abs(y - 3), abs(x - 3))
                rows[top + y][left + x] = ring in (0, 1, 3)
    for at in range(8, SIZE - 8):
        rows[6][at] = rows[at][6] = at % 2 == 0
    beside = [(8, x) for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [(y, 8) for y in (7, 5, 4, 3, 2, 1, 0)]
    apart = [(SIZE - 1 - at, 8) for at in range(7)] + [(8, SIZE - 8 + at) for at in range(8)]
    for at, places in enumerate(zip(beside, apart, strict=True)):
        for y, x in places:
            rows[y][x] = bool(_FORMAT >> (14 - at) & 1)
    rows[SIZE - 8][8] = True


def _way() -> list[tuple[int, int]]:
    """Where the bits go: two columns at a time from the right, up and down in turn, around the timing column."""
    way: list[tuple[int, int]] = []
    for turn, right in enumerate((20, 18, 16, 14, 12, 10, 8, 5, 3, 1)):
        lines = range(SIZE) if turn % 2 else range(SIZE - 1, -1, -1)
        way += [(y, x) for y in lines for x in (right, right - 1)]
    return way


def _codewords(digits: str) -> list[int]:
    if len(digits) > 34 or not digits.isdecimal():
        raise ValueError("at most 34 digits")
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    text = f"0001{len(digits):010b}" + "".join(f"{int(part):0{3 * len(part) + 1}b}" for part in parts)
    text += "0" * min(4, 8 * _DATA_BYTES - len(text))
    text += "0" * (-len(text) % 8)
    data = [int(text[at : at + 8], 2) for at in range(0, len(text), 8)]
    fill = (0xEC, 0x11)
    data += [fill[at % 2] for at in range(_DATA_BYTES - len(data))]
    return data + _check(data)


def _check(data: list[int]) -> list[int]:
    """Reed and Solomon's remainder over GF(256)."""
    divisor, root = [1], 1
    for _ in range(_CHECK_BYTES):
        product_ = [*divisor, 0]
        for at, factor in enumerate(divisor):
            product_[at + 1] ^= _times(factor, root)
        divisor, root = product_, _times(root, 2)
    left = [*data, *[0] * _CHECK_BYTES]
    for at in range(len(data)):
        factor = left[at]
        for place, part in enumerate(divisor):
            left[at + place] ^= _times(part, factor)
    return left[-_CHECK_BYTES:]


def _times(a: int, b: int) -> int:
    found = 0
    while b:
        found ^= a * (b & 1)
        a = (a << 1) ^ (0x11D * (a >> 7))
        b >>= 1
    return found


def _bits(codewords: list[int]) -> list[bool]:
    return [bool(word >> (7 - at) & 1) for word in codewords for at in range(8)]
