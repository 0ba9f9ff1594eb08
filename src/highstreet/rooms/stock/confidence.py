"""How sure we are that pieces are where the numbers say: by the age of the count, by what was not found, by sales."""

from datetime import timedelta
from enum import StrEnum

LOW_AVAILABLE = 2
ASK_AFTER = timedelta(days=14)
DOUBT_OF_A_MISS = 3
SALES_FOR_A_DOUBT = 10


class StockWords(StrEnum):
    """What a shopper is told; the texts stand in the locale files of the front."""

    IN_STOCK = "in_stock"
    FEW_LEFT = "few_left"
    ASK = "ask"


def doubt(age: timedelta, missed: int, sold: int) -> int:
    """How many pieces fewer there may well be.

    Shelves drift by theft and misplacing: each day since the count takes one piece from our certainty. Where one
    piece was not found others are not, so a miss takes three; and among ten sales one is scanned as something else.
    """
    days = max(age, timedelta()).days
    return days + DOUBT_OF_A_MISS * missed + sold // SALES_FOR_A_DOUBT


def confidence(available: int, age: timedelta, missed: int = 0, sold: int = 0) -> float:
    """From 0 (nothing there) towards 1. Above one half exactly when the words are `in_stock`.

    `age` is the count's; since it `missed` pieces were looked for and not found, `sold` pieces were sold.
    It falls with age, misses and sales and grows with pieces. After `ASK_AFTER` it is one half at most, and wanes.
    """
    if available <= 0:
        return 0.0
    sure = available / (available + LOW_AVAILABLE + doubt(age, missed, sold))
    if age > ASK_AFTER:
        return min(sure, 0.5) * (ASK_AFTER / age)
    return min(sure, 0.5) if missed >= available else sure


def confidence_words(available: int, age: timedelta, missed: int = 0, sold: int = 0) -> StockWords:
    """The same in words: a person should be asked after `ASK_AFTER`, or when as many were missed as should be left."""
    if available <= 0 or age > ASK_AFTER or missed >= available:
        return StockWords.ASK
    if available <= LOW_AVAILABLE + doubt(age, missed, sold):
        return StockWords.FEW_LEFT
    return StockWords.IN_STOCK
