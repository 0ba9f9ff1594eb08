"""The design language: tokens, icons, drawings, the layout and parts of pages. Only fronts and app.py use it."""

from highstreet.look.pages import Pages
from highstreet.look.web import PAGE_HEADERS, page_locale, shell, static_file

__all__ = ["PAGE_HEADERS", "Pages", "page_locale", "shell", "static_file"]
