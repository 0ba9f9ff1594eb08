"""Pages that the server draws: Jinja templates with our layout, parts, icons, words and formats.

A front makes `pages = Pages("office")` once; `pages.answer(request, "today.html", sales=...)` draws
`fronts/office/templates/today.html`, which extends `look/page.html` and imports `look/parts.html`.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, format_timedelta, get_datetime_format
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision
from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from highstreet.kernel import i18n
from highstreet.look.assets import assets_of
from highstreet.look.web import PAGE_HEADERS, page_locale, page_theme

BABEL = {"en": "en_GB", "zh": "zh_Hans_CN"}
SCRIPT = "pages.ts"
JUST_NOW = timedelta(seconds=10)


class Pages:
    """The pages of one front; its templates lie in `fronts/<audience>/templates`."""

    def __init__(self, audience: str) -> None:
        self.audience = audience

    def draw(self, request: Request, template: str, /, **shown: Any) -> str:
        """The page or a part of it as HTML. Errors: jinja2's own, for what a template lacks: never a silent gap."""
        locale = page_locale(request)
        script, styles = assets_of("look").entry(SCRIPT)
        whole: Mapping[str, Any] = {
            "audience": self.audience,
            "locale": locale,
            "theme": page_theme(request),
            "theme_chosen": request.cookies.get("theme", "system"),
            "path": request.url.path,
            "script": script,
            "styles": styles,
            "is_part": request.headers.get("hx-request") == "true",
            "t": _words(locale),
            **shown,
        }
        return _environment().get_template(f"{self.audience}/{template}").render(whole)

    def answer(
        self,
        request: Request,
        template: str,
        /,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **shown: Any,
    ) -> Response:
        """The same as an answer that nobody keeps, with the headers of every page of ours."""
        whole = {
            **PAGE_HEADERS,
            "Cache-Control": "no-store",
            "Vary": "Accept-Language, Cookie, HX-Request",
            **(headers or {}),
        }
        return Response(self.draw(request, template, **shown), status, whole, "text/html")


def _words(locale: str) -> Callable[..., str]:
    def t(key: str, /, **args: Any) -> str:
        return i18n.text(locale, key, **args)

    return t


@cache
def _environment() -> Environment:
    root = Path(str(files("highstreet")))
    folders = {"look": root / "look" / "templates"}
    folders |= {found.parent.name: found for found in root.glob("fronts/*/templates")}
    made = Environment(
        loader=PrefixLoader({name: FileSystemLoader(folder) for name, folder in folders.items()}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"icon": icon, "icon_shape": icon_shape, "picture": picture_url, "named": named}
    made.filters |= {
        "money": money,
        "minus": minus,
        "number": number,
        "percent": percent,
        "agreed_percent": agreed_percent,
        "day": day,
        "clock": clock,
        "moment": moment,
        "ago": ago,
    }
    return made


@cache
def _symbols() -> dict[str, str]:
    text = files("highstreet").joinpath("look", "icons.svg").read_text()
    return dict(re.findall(r'<symbol id="([\w-]+)" viewBox="0 0 24 24">(.*?)</symbol>', text))


def icon(name: str, label: str = "", more: str = "") -> Markup:
    """One of our icons, drawn in place; without a label it is not read out. Errors: KeyError for an unknown one."""
    read = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return Markup('<svg class="icon {}" viewBox="0 0 24 24" {}>{}</svg>').format(
        more, Markup(read), Markup(_symbols()[name])
    )


def icon_shape(name: str) -> Markup:
    """An icon's shapes alone, to be drawn inside another SVG, in a field of 24 × 24. Errors: as icon."""
    return Markup(
        '<g fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round">{}</g>'
    ).format(Markup(_symbols()[name]))


def picture_url(of: str, category: str, seed: str) -> str:
    """The address of a drawing: picture("goods", category, id), picture("places", category, id)."""
    from urllib.parse import quote

    return f"/look/pictures/{of}/{quote(category or 'other', safe='')}/{quote(seed, safe='')}.svg"


@pass_context
def named(context: Context, thing: Any, field: str = "name") -> str:
    """`name_en` or `name_zh` of a thing or a mapping, as the reader has it; the other when it is empty."""
    wanted = ("zh", "en") if context["locale"] == "zh" else ("en", "zh")
    for locale in wanted:
        key = f"{field}_{locale}"
        found = thing.get(key) if isinstance(thing, Mapping) else getattr(thing, key, None)
        if found:
            return str(found)
    return ""


@pass_context
def money(context: Context, minor: int, currency: str) -> str:
    """Minor units as text: €1,234.50."""
    amount = minor / 10 ** get_currency_precision(currency)
    text = str(format_currency(amount, currency, locale=_babel(context)))
    # A line may end after a sign: the word joiner holds it to its amount.
    return text.replace("-", "-\N{WORD JOINER}", 1) if minor < 0 else text


@pass_context
def minus(context: Context, minor: int, currency: str) -> Markup:
    """What goes off, with its sign: −€1,234.50. A line may end between the two signs, so they are held together."""
    return Markup('<span class="whitespace-nowrap">−{}</span>').format(money(context, minor, currency))


@pass_context
def number(context: Context, value: float) -> str:
    """1,234."""
    return str(format_decimal(value, locale=_babel(context)))


@pass_context
def percent(context: Context, bp: int) -> str:
    """Basis points as percent: 1250 is 12.5%."""
    return str(format_percent(bp / 10_000, "#,##0.#%", locale=_babel(context)))


@pass_context
def agreed_percent(context: Context, bp: int) -> str:
    """As `percent`, to the basis point, as contracts say it: 1234 is 12.34%."""
    return str(format_percent(bp / 10_000, "#,##0.##%", locale=_babel(context)))


@pass_context
def day(context: Context, at: datetime | str, zone: str = "UTC") -> str:
    """22 Nov 2026: of an instant in the given zone, or of a trading day as it is stored, 2026-11-22."""
    there = date.fromisoformat(at) if isinstance(at, str) else at.astimezone(ZoneInfo(zone))
    return str(format_date(there, "medium", locale=_babel(context)))


@pass_context
def clock(context: Context, at: datetime, zone: str = "UTC") -> str:
    """14:05."""
    return str(format_time(at, "HH:mm", tzinfo=ZoneInfo(zone), locale=_babel(context)))


@pass_context
def moment(context: Context, at: datetime, zone: str = "UTC") -> Markup:
    """Day and clock as a <time> element."""
    there, locale = at.astimezone(ZoneInfo(zone)), _babel(context)
    pattern = str(get_datetime_format("medium", locale=locale))
    words = pattern.replace("{0}", format_time(there, "short", locale=locale))
    words = words.replace("{1}", format_date(there, "medium", locale=locale))
    return Markup('<time datetime="{}" class="figures">{}</time>').format(at.isoformat(), words)


@pass_context
def ago(context: Context, at: datetime, now: datetime) -> str:
    """3 minutes ago; what is younger than ten seconds was just now."""
    if abs(now - at) < JUST_NOW:
        return str(context["t"]("look-just_now"))
    return str(format_timedelta(at - now, add_direction=True, locale=_babel(context)))


def _babel(context: Context) -> str:
    return BABEL[context["locale"]]
