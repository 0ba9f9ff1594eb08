"""Templates of contracts: each is terms that a contract takes, has its words, and a page that tells it."""

import pytest

from highstreet.kernel.i18n import LOCALES, has_text
from highstreet.rooms.channel import (
    ROLES,
    TEMPLATES,
    ShareBase,
    Template,
    compute_shares,
    parse_terms,
    template_by_name,
)

each = pytest.mark.parametrize("template", TEMPLATES, ids=[one.name for one in TEMPLATES])


def test_every_name_is_one() -> None:
    assert len({one.name for one in TEMPLATES}) == len(TEMPLATES) == 6
    assert [template_by_name(one.name) for one in TEMPLATES] == list(TEMPLATES)
    assert template_by_name("nothing") is None


@each
def test_it_is_terms_that_a_contract_takes(template: Template) -> None:
    document = template.terms.as_document()
    assert parse_terms(document) == template.terms
    assert parse_terms(document).as_document() == document


@each
@pytest.mark.parametrize("channel", ["register", "shop"])
@pytest.mark.parametrize("net", [0, 1, 9999])
def test_nobody_pays_for_a_sale(template: Template, channel: str, net: int) -> None:
    roles = {role: role for role in ROLES}
    (line,) = compute_shares(template.terms, roles, [ShareBase(1, net, "stock_owner")], channel)
    assert sum(share.amount_minor for share in line.shares) == net
    assert min(share.amount_minor for share in line.shares) >= 0


@each
def test_it_has_words(template: Template) -> None:
    for locale in LOCALES:
        assert has_text(locale, template.title_key)
        assert has_text(locale, template.does_key)
