"""Receipts on paper: one layout, as bytes for an ESC/POS printer and as a page to print."""

from highstreet.fronts.register.paper.escpos import WIDTHS_MM, escpos
from highstreet.fronts.register.paper.layout import Row, columns, layout

__all__ = ["WIDTHS_MM", "Row", "columns", "escpos", "layout"]
