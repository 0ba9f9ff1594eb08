"""Values of one record, checked one field at a time: text, numbers, money and times from text or typed cells."""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from highstreet.flows.import_errors import (
    CHOICE_UNKNOWN,
    CONTROL_CHARACTER,
    CURRENCY_DIFFERS,
    MONEY_MALFORMED,
    NUMBER_MALFORMED,
    OUT_OF_RANGE,
    RECORD_MALFORMED,
    TIME_MALFORMED,
    VALUE_MISSING,
    VALUE_TOO_LONG,
)
from highstreet.kernel.errors import Refusal
from highstreet.kernel.money import MAX_AMOUNT_MINOR, Money, exponent
from highstreet.kernel.time import parse_utc, to_micros

_WHOLE = re.compile(r"[+-]?[0-9]{1,15}(\.0+)?")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,17})?")
_PRICE = re.compile(r"(?:([A-Z]{3}) ?)?(-?[0-9]+(?:\.[0-9]+)?)(?: ?([A-Z]{3}))?")
_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?)?")
_TRUE = {"true", "yes", "1", "y", "是"}
_FALSE = {"false", "no", "0", "n", "否"}
# Up to 10^11 minor units a double lies this near to the one it means; farther off, it is another number.
_FLOAT_SLACK = 1e-4
_FLOAT_MOST = 1e11


class Fields:
    """The fields of one record. Every method raises a Refusal with the fact `field`."""

    __slots__ = ("values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def text(self, name: str, limit: int) -> str | None:
        """Text with single spaces, or None when empty. Errors: value_too_long, control_character."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if type(value) is int:
            text = str(value)
            if len(text) <= limit:
                return text
        if not isinstance(value, str):
            value = _plain_text(name, value)
        text = value if value.isalnum() else " ".join(value.split())
        if len(text) > limit:
            raise VALUE_TOO_LONG(field=name, limit=limit)
        if not text.isprintable():
            raise CONTROL_CHARACTER(field=name)
        return text or None

    def need_text(self, name: str, limit: int) -> str:
        """The same; empty is value_missing."""
        text = self.text(name, limit)
        if text is None:
            raise VALUE_MISSING(field=name)
        return text

    def choice(self, name: str, choices: Collection[str], default: str) -> str:
        """One of these words."""
        text = self.text(name, 200)
        if text is None:
            return default
        if text.lower() not in choices:
            raise CHOICE_UNKNOWN(field=name, choices=", ".join(sorted(choices)))
        return text.lower()

    def flag(self, name: str, default: bool) -> bool:
        """true or false, yes or no, 1 or 0."""
        text = self.choice(name, _TRUE | _FALSE, "true" if default else "false")
        return text in _TRUE

    def whole(self, name: str, least: int, most: int, default: int | None = None) -> int:
        """A whole number."""
        value = self.values.get(name)
        if type(value) is not int:
            text = self.text(name, 60)
            if text is None:
                if default is None:
                    raise VALUE_MISSING(field=name)
                return default
            if not _WHOLE.fullmatch(text):
                raise NUMBER_MALFORMED(field=name)
            value = int(text.partition(".")[0])
        if not least <= value <= most:
            raise OUT_OF_RANGE(field=name, least=least, most=most)
        return value

    def number(self, name: str, least: float, most: float) -> float | None:
        """A number with decimals, or None when empty."""
        text = self.text(name, 60)
        if text is None:
            return None
        if not _DECIMAL.fullmatch(text):
            raise NUMBER_MALFORMED(field=name)
        value = float(text)
        if not least <= value <= most:
            raise OUT_OF_RANGE(field=name, least=least, most=most)
        return value

    def money(self, name: str, currency: str) -> int | None:
        """Minor units of "12.30", "12.30 EUR", 12.3 or a list of such; None when empty.

        A double counts as the minor units it lies next to; any other rest is refused, never rounded.
        """
        value = self.values.get(name)
        if isinstance(value, list):
            parts = [_minor(name, part, currency) for part in value if part not in (None, "")]
            return sum(parts) if parts else None
        if value is None or value == "":
            return None
        return _minor(name, value, currency)

    def time(self, name: str, zone: str) -> int:
        """Microseconds since 1970 of RFC 3339 text, or of a local time in `zone`."""
        value = self.values.get(name)
        if value is None or value == "":
            raise VALUE_MISSING(field=name)
        try:
            return _micros(value, zone)
        except (ValueError, OverflowError, TypeError):
            raise TIME_MALFORMED(field=name) from None


def _plain_text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.15f}".rstrip("0") if abs(value) < 1e9 else repr(value)
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    raise RECORD_MALFORMED(field=name)


def _minor(name: str, value: Any, currency: str) -> int:
    if type(value) is float:
        scaled = value * _units(currency)
        if not abs(scaled) <= _FLOAT_MOST or abs(scaled - (nearest := round(scaled))) > _FLOAT_SLACK:
            raise MONEY_MALFORMED(field=name, currency=currency)
        return nearest
    match = _PRICE.fullmatch(" ".join(value.split()) if isinstance(value, str) else str(value))
    if match is None:
        raise MONEY_MALFORMED(field=name, currency=currency)
    given = match[1] or match[3]
    if given is not None and given != currency:
        raise CURRENCY_DIFFERS(field=name, given=given, currency=currency)
    try:
        return Money.from_decimal_text(match[2], currency).amount_minor
    except Refusal:
        # "5.000" is exact, too; only what does not fit into minor units is refused.
        amount = Decimal(match[2]).scaleb(exponent(currency))
        if amount != amount.to_integral_value() or abs(amount) > MAX_AMOUNT_MINOR:
            raise MONEY_MALFORMED(field=name, currency=currency) from None
        return int(amount)


def _micros(value: Any, zone: str) -> int:
    if isinstance(value, str):
        text = value.strip()
        value = datetime.fromisoformat(text) if _LOCAL.fullmatch(text) else parse_utc(text)
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001
    if not isinstance(value, datetime):
        raise TypeError(f"not a time: {value!r}")
    if value.tzinfo is None:
        value = value.replace(tzinfo=_zone(zone))
    return to_micros(value)


@lru_cache(maxsize=64)
def _units(currency: str) -> int:
    return int(10 ** exponent(currency))


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
