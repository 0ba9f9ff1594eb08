"""What stands on a receipt, row by row, in one language; how wide a text is on paper."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision

from highstreet.flows.receipt_on_paper import PaperReceipt
from highstreet.kernel import i18n

MARK = "*** TRAINING 训练 ***"


@dataclass(frozen=True, slots=True)
class Row:
    """A text, or one at each side. `kind`: title, text, item, reason, total, mark, or rule (a line across)."""

    kind: str
    left: str = ""
    right: str = ""


def layout(receipt: PaperReceipt, locale: str) -> list[Row]:
    """All rows in order; the QR of the receipt's code comes after them."""
    return list(_rows(receipt, locale))


def _rows(receipt: PaperReceipt, locale: str) -> Iterator[Row]:
    def t(key: str, **args: Any) -> str:
        return i18n.text(locale, key, **args)

    told = receipt.told
    money = _money_of(str(told["currency"]))
    if receipt.is_training:
        yield Row("mark", MARK)
    yield from _head(receipt, locale, t)
    yield Row("rule")
    for line in told["lines"]:
        yield Row("text", named(line, locale))
        gross = line["unit_list_minor"] * line["quantity"]
        yield Row("item", f"{line['quantity']} x {money(line['unit_list_minor'])}", money(gross))
    yield Row("rule")
    if told["discount_minor"]:
        yield Row("text", t("receipt-sum"), money(told["list_minor"]))
        for discount in told["discounts"]:
            yield Row("reason", named(discount, locale, "title"), money(-discount["amount_minor"]))
    yield Row("total", f"{t('receipt-total')} {told['currency']}", money(told["total_minor"]))
    yield Row("rule")
    for tender in told["tenders"]:
        given = tender["given_minor"]
        yield Row(
            "text",
            t(f"register-rail_{tender['rail']}"),
            money(tender["amount_minor"] if given is None else given),
        )
        if tender["change_minor"]:
            yield Row("text", t("receipt-change"), money(-tender["change_minor"]))
    yield Row("rule")
    if receipt.is_training:
        yield Row("mark", MARK)
        yield Row("title", t("receipt-training"))
    yield Row("title", t("receipt-thanks"))


def _head(receipt: PaperReceipt, locale: str, t: Callable[..., str]) -> Iterator[Row]:
    yield Row("title", _of(receipt.brand, locale))
    yield Row("title", _of(receipt.place, locale))
    if receipt.address:
        yield Row("title", receipt.address)
    yield Row("title", receipt.seller.legal_name or _of(receipt.seller, locale))
    if receipt.seller.tax_number:
        yield Row("title", f"{t('receipt-tax_number')} {receipt.seller.tax_number}")
    there = receipt.paid_at.astimezone(ZoneInfo(receipt.time_zone))
    yield Row("text", there.strftime("%Y-%m-%d"), there.strftime("%H:%M"))
    if receipt.register_name:
        yield Row("text", t("receipt-register"), receipt.register_name)


def _of(thing: Any, locale: str) -> str:
    return str((thing.name_zh if locale == "zh" else thing.name_en) or thing.name_en or thing.name_zh)


def named(told: dict[str, Any], locale: str, field: str = "name") -> str:
    """A name in the receipt's language; the other one when it has none."""
    first, second = ("zh", "en") if locale == "zh" else ("en", "zh")
    return str(told[f"{field}_{first}"] or told[f"{field}_{second}"])


def _money_of(currency: str) -> Callable[[int], str]:
    digits = get_currency_precision(currency)

    def money(minor: int) -> str:
        return f"{Decimal(minor).scaleb(-digits):.{digits}f}"

    return money


def columns(text: str) -> int:
    """How many columns a text takes: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in text)


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines of at most `width` columns, broken at spaces, or between Chinese characters."""
    lines, line, used = [], "", 0
    for piece in _pieces(text):
        wide = columns(piece)
        if used + columns(piece.rstrip()) > width and line:
            lines.append(line.rstrip())
            line, used = "", 0
        while columns(piece) > width:
            head = _head_of(piece, width)
            lines.append(head)
            piece = piece[len(head) :]
            wide = columns(piece)
        line, used = line + piece, used + wide
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _pieces(text: str) -> Iterator[str]:
    word = ""
    for ch in text:
        if columns(ch) == 2:
            if word:
                yield word
                word = ""
            yield ch
        else:
            word += ch
            if ch == " ":
                yield word
                word = ""
    if word:
        yield word


def _head_of(text: str, width: int) -> str:
    used = 0
    for at, ch in enumerate(text):
        used += columns(ch)
        if used > width:
            return text[:at]
    return text


def as_lines(row: Row, width: int) -> list[str]:
    """A row as it stands on paper of so many columns."""
    if row.kind == "rule":
        return ["-" * width]
    if row.kind in ("title", "mark"):
        return [" " * ((width - columns(line)) // 2) + line for line in wrapped(row.left, width)]
    if not row.right:
        return wrapped(row.left, width)
    indent = "  " if row.kind in ("item", "reason") else ""
    room = width - columns(row.right) - 1
    left = wrapped(indent + row.left, room) if columns(indent + row.left) > room else [indent + row.left]
    last = left[-1] + " " * (width - columns(left[-1]) - columns(row.right)) + row.right
    return [*left[:-1], last]
