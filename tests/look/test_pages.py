"""Pages that the server draws: both languages, escaping, formats, parts; headers of every page."""

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import Request
from jinja2 import UndefinedError

from highstreet.look import PAGE_HEADERS
from highstreet.look.pages import BABEL, _environment, _words, icon, picture_url
from highstreet.look.web import page_locale, page_theme

AT = datetime(2026, 11, 22, 23, 5, tzinfo=UTC)
PARTS = '{% import "look/parts.html" as parts with context %}'


def drawn(source: str, locale: str = "en", **shown: Any) -> str:
    """A template of one line, drawn as a page of the office."""
    words = {"locale": locale, "path": "/office/sales", "t": _words(locale), "theme_chosen": "system"}
    return _environment().from_string(PARTS + source).render(words | shown).strip()


@pytest.mark.parametrize(
    ("source", "en", "zh"),
    [
        ('{{ 123450 | money("EUR") }}', "€1,234.50", "€1,234.50"),
        ('{{ 1500 | money("JPY") }}', "JP¥1,500", "JP¥1,500"),
        ('{{ -995 | money("CNY") }}', "-\N{WORD JOINER}CN¥9.95", "-\N{WORD JOINER}¥9.95"),
        (
            '{{ 3000 | minus("EUR") }}',
            '<span class="whitespace-nowrap">−€30.00</span>',
            '<span class="whitespace-nowrap">−€30.00</span>',
        ),
        ("{{ 1250 | percent }}", "12.5%", "12.5%"),
        ("{{ 1234567 | number }}", "1,234,567", "1,234,567"),
        ('{{ at | clock("Europe/Helsinki") }}', "01:05", "01:05"),
        ('{{ at | day("Europe/Helsinki") }}', "23 Nov 2026", "2026年11月23日"),
        ('{{ named({"name_en": "Door", "name_zh": "门口"}) }}', "Door", "门口"),
        ('{{ named({"name_en": "Door", "name_zh": ""}) }}', "Door", "Door"),
    ],
)
def test_formats_follow_the_reader(source: str, en: str, zh: str) -> None:
    assert drawn(source, "en", at=AT) == en
    assert drawn(source, "zh", at=AT) == zh


def test_everything_is_escaped() -> None:
    evil = "<script>alert(1)</script>"
    for source in (
        "{{ evil }}",
        "{{ parts.badge(evil) }}",
        '{{ parts.field("a", evil, evil) }}',
        "{{ icon('x', evil) }}",
    ):
        assert "<script>" not in drawn(source, evil=evil)


def test_what_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        drawn("{{ no_such_thing }}")
    with pytest.raises(LookupError):
        drawn('{{ t("look-no_such_text") }}')
    with pytest.raises(KeyError):
        icon("no-such-icon")


def test_menu_marks_where_one_is() -> None:
    assert 'aria-current="page"' in drawn('{{ parts.nav_link("/office/sales", "receipt", "Sales") }}')
    assert "aria-current" not in drawn('{{ parts.nav_link("/office/goods", "box", "Goods") }}')
    within = drawn('{{ parts.nav_link("/office/sales", "receipt", "Sales") }}', path="/office/sales/sal_1")
    assert 'aria-current="page"' in within


@pytest.mark.parametrize("locale", BABEL)
def test_every_part_draws(locale: str) -> None:
    page = drawn(
        '{% call parts.card("T", "L") %}x{% endcall %}{{ parts.stat("S", "1", "up", "good", "chart", "/x") }}'
        '{% call parts.table([("A", ""), ("B", "end")], "Cap") %}<tr><td>1</td></tr>{% endcall %}'
        '{{ parts.empty("T", "text", "map", "/x", "Go") }}{{ parts.field("n", "N", error="wrong") }}'
        '{{ parts.select("s", "S", [("a", "A")], "a") }}{{ parts.button("Go", icon_name="check") }}'
        '{{ parts.pager("/a", "/b") }}{% call parts.dialog("d", "D") %}x{% endcall %}{{ parts.problem("T", "D") }}'
        '{{ parts.goods_picture("Coats", "1") }}{{ parts.place_picture("Books", "1") }}{{ parts.preferences() }}',
        locale,
    )
    assert 'aria-invalid="true"' in page
    assert "style=" not in page  # the policy would not let it do anything
    assert "onclick" not in page


def test_addresses_of_pictures_are_quoted() -> None:
    assert picture_url("goods", "Fruit and vegetables/../x", "a b") == (
        "/look/pictures/goods/Fruit%20and%20vegetables%2F..%2Fx/a%20b.svg"
    )
    assert picture_url("places", "", "1") == "/look/pictures/places/other/1.svg"


def asked(**headers: str) -> Request:
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": pairs, "query_string": b""})


def test_language_and_theme_of_a_page() -> None:
    assert page_locale(asked(cookie="lang=zh")) == "zh"
    assert page_locale(asked(cookie="lang=fi", **{"accept-language": "zh-CN"})) == "zh"
    assert page_locale(asked()) == "en"
    assert page_theme(asked(cookie="theme=dark")) == "highstreet-dark"
    assert page_theme(asked(cookie="theme=blue")) is None


def test_policy_has_nothing_inline_and_no_other_host() -> None:
    policy = PAGE_HEADERS["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    assert "http" not in policy
    assert "*" not in policy
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts["default-src"] == parts["base-uri"] == parts["frame-ancestors"] == "'none'"
    assert parts["script-src"] == "'self' 'wasm-unsafe-eval'"
