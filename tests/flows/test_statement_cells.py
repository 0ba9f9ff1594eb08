"""A statement's texts open as texts in a spreadsheet."""

import csv
import io

import pytest

from highstreet.flows.earnings import _csv, cell


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_is_a_formula(first: str) -> None:
    text = f"{first}HYPERLINK(1)"
    assert cell(text) == f"'{text}"
    assert list(csv.reader(io.StringIO(_csv([(cell(text), 1)]), newline=""))) == [[f"'{text}", "1"]]


@pytest.mark.parametrize("text", ["", "Shell jacket", "'quoted", "a=b", " -5", "冲锋衣"])
def test_other_texts_stay(text: str) -> None:
    assert cell(text) == text
