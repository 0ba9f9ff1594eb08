"""Every rail has its name on every page that shows tenders, in both languages."""

import pytest

from highstreet.kernel.i18n import text
from highstreet.rooms.tenders import RAILS


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("prefix", ["office-rail_", "dealer-rail_", "shop-me-rail_", "register-rail_"])
def test_every_rail_has_a_name(prefix: str, locale: str) -> None:
    named = {rail: text(locale, prefix + rail) for rail in RAILS}
    assert all(name and not name.startswith(prefix) for name in named.values())
    assert len(set(named.values())) == len(RAILS)
