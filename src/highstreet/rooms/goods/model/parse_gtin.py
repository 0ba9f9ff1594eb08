"""GS1 numbers from whatever a scanner or a person gives."""

from __future__ import annotations

from highstreet.rooms.goods.errors import GTIN_MALFORMED

_LENGTHS = (8, 12, 13, 14)
_MAX_TEXT = 500
_WEIGHTS = (3, 1) * 7


def parse_gtin(text: str) -> str:
    """The GTIN in `text` as 14 digits, zero-filled.

    Takes GTIN-8, -12, -13 and -14, and GS1 Digital Link URIs and element strings (plain, with a symbology
    identifier, or in brackets) that hold AI 01.
    Errors: Refusal goods.gtin_malformed, also for a wrong check digit.
    """
    text = text.strip()
    if text.isdecimal() and text.isascii() and len(text) in _LENGTHS:
        return _checked(text.rjust(14, "0"))
    if not text or len(text) > _MAX_TEXT or not text.isascii():
        raise GTIN_MALFORMED()
    return _from_gs1(text)


def _checked(gtin: str) -> str:
    # GS1 General Specifications 7.9: weights 3, 1, 3, ... from the left of 14 digits; the sum ends in 0.
    if sum(int(digit) * weight for digit, weight in zip(gtin, _WEIGHTS, strict=True)) % 10 or not int(gtin):
        raise GTIN_MALFORMED()
    return gtin


def _from_gs1(text: str) -> str:
    # biip takes 0.3 s to import and plain numbers do without it.
    import biip
    from biip.gs1_messages import GS1Message

    try:
        if text.startswith("("):
            elements = GS1Message.parse_hri(text).element_strings
            gtin = next((element.gtin for element in elements if element.ai.ai == "01"), None)
        else:
            gtin = biip.parse(text).gtin
    # biip 5.2 falls over a symbology identifier that is cut short ("]", "]C").
    except (biip.ParseError, ValueError, IndexError) as error:
        raise GTIN_MALFORMED() from error
    if gtin is None:
        raise GTIN_MALFORMED()
    return gtin.as_gtin_14()
