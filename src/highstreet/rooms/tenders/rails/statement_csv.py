"""A bank account's statement as CSV: columns by the names that banks give them, or as somebody says. Pure.

Banks put lines of their own above the header, part columns by commas, semicolons, tabs or bars, and write amounts with
a decimal point or comma. What left the account has a minus, or stands in a column of its own.
"""

import codecs
import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice

from highstreet.kernel.errors import Refusal
from highstreet.kernel.money import Money
from highstreet.rooms.tenders.errors import STATEMENT_COLUMNS, STATEMENT_MALFORMED
from highstreet.rooms.tenders.model.bounded import MAX_ROW, Bounds, csv_rows, day_within, text_lines
from highstreet.rooms.tenders.rails.statement import MAX_TEXT, BankRow, made_ref, payer_in, references_in

COLUMNS: dict[str, tuple[str, ...]] = {
    "date": ("date", "booking date", "booked", "buchungstag", "buchungsdatum", "kirjauspäivä", "bokföringsdag",
             "交易日期", "记账日期"),
    "amount": ("amount", "betrag", "umsatz", "määrä", "summa", "belopp", "金额", "交易金额", "收入金额",
               "贷方金额", "credit", "paid in", "money in"),
    "out": ("debit", "paid out", "money out", "支出金额", "借方金额"),
    "currency": ("currency", "währung", "valuutta", "valuta", "币种", "货币"),
    "reference": ("reference", "referenz", "kundenreferenz", "viite", "viitenumero", "referens", "ocr", "附言"),
    "text": ("text", "message", "description", "details", "verwendungszweck", "viesti", "meddelande", "摘要", "用途"),
    "name": ("name", "counterparty", "payer", "auftraggeber", "maksaja", "saaja/maksaja", "对方户名", "对方名称"),
    "id": ("id", "transaction id", "archive id", "arkistointitunnus", "交易流水号", "流水号"),
}  # fmt: skip
"""What is read, and what banks call it."""
NEEDED = ("date", "amount")
_DELIMITERS = ",;\t|"
_HEADER_WITHIN = 40
_COMMA = re.compile(r"[^,]*,[0-9]{1,2}-?$")


def read_statement_csv(
    content: bytes, currency: str, named: Mapping[str, str] | None = None, bounds: Bounds | None = None
) -> list[BankRow]:
    """The rows of a statement; `currency` where no column says another, `named`: column by what it holds.

    UTF-8, else GB 18030 if it then knows Chinese columns, else Windows-1252.

    Errors: Refusal tenders.statement_columns (found, missing), tenders.statement_malformed, tenders.file_too_long.
    """
    bounds = bounds or Bounds()
    encoding = _encoding(content)
    start, delimiter = _header(content, encoding, named or {})
    # Read twice: how amounts and dates are written shows somewhere in the file, which is not kept for it.
    rows = _rows(content, encoding, start, delimiter, bounds)
    if (header := next(rows, None)) is None:
        raise STATEMENT_MALFORMED(line=1)
    where = _find(header[1], named or {})
    has_comma = is_month_first = False
    for no, row in rows:
        _check_shape(no, row, len(header[1]), delimiter)
        has_comma = has_comma or _COMMA.match(_amount(row, where)) is not None
        is_month_first = is_month_first or _is_american(_cell(row, where["date"]))
    found = []
    seen: dict[str, int] = {}
    for no, row in islice(_rows(content, encoding, start, delimiter), 1, None):
        amount, day = _amount(row, where), _cell(row, where["date"])
        of = _cell(row, where.get("currency")).upper() or currency
        signed = _minor(no, amount, of, has_comma=has_comma)
        if signed == 0:
            continue
        said = [_cell(row, where.get(name)) for name in ("reference", "text")]
        references = references_in(*(text[:MAX_TEXT] for text in said))
        bounds.take("references", len(references))
        name = _cell(row, where.get("name"))
        key = made_ref(_cell(row, where.get("id")), day, of, str(signed), *said)
        seen[key] = seen.get(key, 0) + 1
        found.append(
            BankRow(
                line_no=no,
                booked_on=_date(no, day, is_month_first=is_month_first),
                currency=of,
                amount_minor=abs(signed),
                references=references,
                bank_ref=f"{key}-{seen[key]}" if seen[key] > 1 else key,
                direction="in" if signed > 0 else "out",
                payer=payer_in(*said, name) if signed > 0 else None,
            )
        )
    return found


def _check_shape(no: int, row: Sequence[str], columns: int, delimiter: str) -> None:
    """No more cells than the header, and no row inside of a cell: a stray quotation mark may have swallowed some.

    And no NUL, which PostgreSQL does not keep.
    """
    lines = (line for cell in row if "\n" in cell or "\r" in cell for line in cell.splitlines())
    has_nul = any("\0" in cell for cell in row)
    if (
        has_nul
        or any(cell.strip() for cell in row[columns:])
        or any(line.count(delimiter) >= max(columns - 1, 1) for line in lines)
    ):
        raise STATEMENT_MALFORMED(line=no)


def _encoding(content: bytes) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(content), MAX_ROW):
            decoder.decode(content[at : at + MAX_ROW], at + MAX_ROW >= len(content))
    except UnicodeDecodeError:
        # All other names begin with a letter of ASCII.
        names = (name for usual in COLUMNS.values() for name in usual if not name[0].isascii())
        chinese = content[: _HEADER_WITHIN * MAX_ROW].decode("gb18030", "replace")
        return "gb18030" if any(name in chinese for name in names) else "cp1252"
    return "utf-8"


def _amount(row: Sequence[str], where: Mapping[str, int]) -> str:
    """What came in; less than nothing where the row has something in the column of what left."""
    text, left = _cell(row, where["amount"]), _cell(row, where.get("out"))
    if not left.strip("0.,-+ "):
        return text if text or not left else "0"
    return f"-{left.strip('+-')}"


def _header(content: bytes, encoding: str, named: Mapping[str, str]) -> tuple[int, str]:
    """How many lines stand above the header, and what parts columns.

    The first line that has all that is needed: those after it hold what strangers wrote into their payments.
    """
    needed = {*NEEDED, *named}
    best = (0, ",", 0)
    for no, line in enumerate(islice(_lines(content, encoding), _HEADER_WITHIN)):
        whole = (0, "")
        for delimiter in _DELIMITERS:
            try:
                cells = next(csv.reader([line], delimiter=delimiter), [])
            except csv.Error:
                raise STATEMENT_MALFORMED(line=no + 1) from None
            found = _found(cells, named)
            best = max(best, (len(found), delimiter, no), key=lambda one: one[0])
            if needed <= found.keys():
                whole = max(whole, (len(found), delimiter), key=lambda one: one[0])
        if whole[0]:
            return no, whole[1]
    return best[2], best[1]


def _lines(content: bytes, encoding: str, bounds: Bounds | None = None) -> Iterator[str]:
    return text_lines(content, encoding, STATEMENT_MALFORMED, bounds, "replace")


def _rows(
    content: bytes, encoding: str, start: int, delimiter: str, bounds: Bounds | None = None
) -> Iterator[tuple[int, list[str]]]:
    """The header and what follows, without rows that have nothing in them."""
    lines = islice(_lines(content, encoding, bounds), start, None)
    rows = csv_rows(lines, STATEMENT_MALFORMED, delimiter=delimiter, strict=False, above=start)
    return ((no, row) for no, row in rows if any(cell.strip() for cell in row))


def _found(header: Sequence[str], named: Mapping[str, str]) -> dict[str, int]:
    plain = [cell.strip().lower() for cell in header]
    found = {}
    for name, usual in COLUMNS.items():
        wanted = (named[name].strip().lower(),) if name in named else usual
        for one in wanted:
            if one in plain:
                found[name] = plain.index(one)
                break
    return found


def _find(header: Sequence[str], named: Mapping[str, str]) -> dict[str, int]:
    found = _found(header, named)
    missing = [name for name in (*NEEDED, *named) if name not in found]
    if missing:
        seen = ", ".join(cell.strip()[:40] for cell in header)[:400]
        raise STATEMENT_COLUMNS(found=seen, missing=", ".join(dict.fromkeys(missing)))
    return found


def _cell(row: Sequence[str], column: int | None) -> str:
    return row[column].strip() if column is not None and column < len(row) else ""


def _minor(no: int, text: str, currency: str, *, has_comma: bool) -> int:
    plain = re.sub(r"[\s'\u00a0\u202f]", "", text)
    plain = plain.replace(".", "").replace(",", ".") if has_comma else plain.replace(",", "")
    if plain.endswith("-"):  # as German banks write what goes out
        plain = f"-{plain[:-1]}"
    try:
        return Money.from_decimal_text(plain.removeprefix("+"), currency).amount_minor
    except Refusal:
        raise STATEMENT_MALFORMED(line=no) from None


def _is_american(text: str) -> bool:
    match = re.fullmatch(r"[0-9]{1,2}/([0-9]{1,2})/[0-9]{4}", text)
    return match is not None and int(match[1]) > 12


def _date(no: int, text: str, *, is_month_first: bool) -> date:
    """2026-11-20, 20261120, 20.11.2026, 20/11/2026; 11/20/2026 where some day of the file cannot be a month."""
    try:
        if match := re.fullmatch(r"([0-9]{1,2})[./]([0-9]{1,2})[./]([0-9]{4})", text):
            first, second, year = (int(one) for one in match.groups())
            day, month = (second, first) if is_month_first and "/" in text else (first, second)
            return day_within(date(year, month, day))
        return day_within(date.fromisoformat(text[:10].replace("/", "-")))
    except ValueError:
        raise STATEMENT_MALFORMED(line=no) from None
