"""A bank account's statement as CSV: columns by the names that banks give them, or as somebody says. Pure.

Banks put lines of their own above the header, part columns by commas, semicolons, tabs or bars, and write amounts with
a decimal point or comma. Only what came in is read.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import date

from highstreet.kernel.errors import Refusal
from highstreet.kernel.money import Money
from highstreet.rooms.tenders.errors import STATEMENT_COLUMNS, STATEMENT_MALFORMED
from highstreet.rooms.tenders.rails.statement import Credit, made_ref, references_in

COLUMNS: dict[str, tuple[str, ...]] = {
    "date": ("date", "booking date", "booked", "buchungstag", "buchungsdatum", "kirjauspäivä", "bokföringsdag",
             "交易日期", "记账日期"),
    "amount": ("amount", "betrag", "umsatz", "määrä", "summa", "belopp", "金额", "交易金额", "收入金额"),
    "currency": ("currency", "währung", "valuutta", "valuta", "币种", "货币"),
    "reference": ("reference", "referenz", "kundenreferenz", "viite", "viitenumero", "referens", "ocr", "附言"),
    "text": ("text", "message", "description", "details", "verwendungszweck", "viesti", "meddelande", "摘要", "用途"),
    "id": ("id", "transaction id", "archive id", "arkistointitunnus", "交易流水号", "流水号"),
}  # fmt: skip
"""What is read, and what banks call it."""
NEEDED = ("date", "amount")
_DELIMITERS = ",;\t|"
_HEADER_WITHIN = 40
_COMMA = re.compile(r"^[^,]*(\.[0-9]{3})*,[0-9]{1,2}-?$")


def read_statement_csv(content: bytes, currency: str, named: Mapping[str, str] | None = None) -> list[Credit]:
    """Credits of a statement; `currency` where no column says another, `named`: column by what it holds.

    UTF-8, else Windows-1252. Errors: Refusal tenders.statement_columns (found, missing), tenders.statement_malformed.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    rows = _rows(text, named or {})
    _, header = rows[0]
    where = _find(header, named or {})
    filled = [(no, row) for no, row in rows[1:] if any(cell.strip() for cell in row)]
    amounts = [_cell(row, where["amount"]) for _, row in filled]
    has_comma = any(_COMMA.match(amount) for amount in amounts)
    dates = [_cell(row, where["date"]) for _, row in filled]
    is_month_first = any(_is_american(one) for one in dates)
    credits = []
    seen: dict[str, int] = {}
    for (no, row), amount, day in zip(filled, amounts, dates, strict=True):
        of = _cell(row, where.get("currency")).upper() or currency
        minor = _minor(no, amount, of, has_comma=has_comma)
        if minor <= 0:
            continue
        said = [_cell(row, where.get(name)) for name in ("reference", "text")]
        key = made_ref(_cell(row, where.get("id")), day, of, str(minor), *said)
        seen[key] = seen.get(key, 0) + 1
        bank_ref = f"{key}-{seen[key]}" if seen[key] > 1 else key
        booked_on = _date(no, day, is_month_first=is_month_first)
        credits.append(Credit(no, booked_on, of, minor, references_in(*said), bank_ref))
    return credits


def _rows(text: str, named: Mapping[str, str]) -> list[tuple[int, list[str]]]:
    """The header and what follows, by the delimiter and from the line that know most of the names."""
    lines = text.splitlines()[:_HEADER_WITHIN]
    best = (0, ",", 0)
    for no, line in enumerate(lines):
        for delimiter in _DELIMITERS:
            cells = next(csv.reader([line], delimiter=delimiter), [])
            known = len(_found(cells, named))
            if known > best[0]:
                best = (known, delimiter, no)
    start = sum(len(line) for line in text.splitlines(keepends=True)[: best[2]])
    reader = csv.reader(io.StringIO(text[start:], newline=""), delimiter=best[1])
    try:
        rows = [(best[2] + reader.line_num, row) for row in reader]
    except csv.Error:
        raise STATEMENT_MALFORMED(line=best[2] + reader.line_num) from None
    if not rows:
        raise STATEMENT_MALFORMED(line=1)
    return rows


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
            return date(year, month, day)
        return date.fromisoformat(text[:10].replace("/", "-"))
    except ValueError:
        raise STATEMENT_MALFORMED(line=no) from None
