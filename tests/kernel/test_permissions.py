"""Who may: every permission against every scope, and that nothing of another brand is revealed."""

from itertools import product

import pytest

from highstreet.kernel.errors import Refusal
from highstreet.kernel.permissions import (
    NOBODY,
    ROLE_SCOPES,
    ROLES,
    Actor,
    ActorKind,
    Grant,
    Permission,
    ScopeKind,
    grants_of,
)

BRAND, OTHER, DEALER, LANDLORD, PLACE = "brd_1", "brd_2", "pty_d", "pty_l", "plc_1"


def staff(*roles: tuple[str, str]) -> Actor:
    grants = frozenset[Grant]().union(*(grants_of(role, scope) for role, scope in roles))
    return Actor(ActorKind.STAFF, "stf_1", brand_id=BRAND, party_id=DEALER, grants=grants)


def may_all(actor: Actor, **where) -> set[Permission]:
    return {p for p in Permission if actor.may(p, **where)}


def test_every_role_has_a_scope_and_fits_its_column():
    assert ROLES.keys() == ROLE_SCOPES.keys()
    assert all(len(role) <= 20 for role in ROLES)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_reaches_its_own_scope_with_its_own_permissions_and_no_other(role):
    scopes = {ScopeKind.BRAND: BRAND, ScopeKind.PARTY: DEALER, ScopeKind.PLACE: PLACE}
    kind = ROLE_SCOPES[role]
    actor = staff((role, scopes[kind]))
    asked = {
        ScopeKind.BRAND: {"brand_id": BRAND},
        ScopeKind.PARTY: {"brand_id": BRAND, "party_id": DEALER},
        ScopeKind.PLACE: {"brand_id": BRAND, "place_id": PLACE},
    }
    for where, question in asked.items():
        reached = where is kind or kind is ScopeKind.BRAND
        assert may_all(actor, **question) == (ROLES[role] if reached else set())
    assert may_all(actor, brand_id=OTHER, party_id=DEALER, place_id=PLACE) == set()
    assert may_all(actor, brand_id=BRAND, party_id="pty_x", place_id="plc_x") == (
        ROLES[role] if kind is ScopeKind.BRAND else set()
    )


def test_the_table_of_roles():
    assert ROLES["office_manager"] == set(Permission)
    assert ROLES["landlord_manager"] == {
        "sales.read",
        "earnings.read",
        "contracts.read",
        "contracts.accept",
    }
    assert ROLES["assistant"] == {
        "sales.sell",
        "sales.refund",
        "stock.read",
        "parcels.pack",
        "goods.read",
    }
    for role in set(ROLES) - {"office_manager"}:
        assert not ROLES[role] & {
            "members.read",
            "staff.write",
            "contracts.write",
            "import.run",
            "insights.read",
        }


def test_any_of_a_places_parties_counts_and_a_missing_landlord_is_nobody():
    landlord = staff(("landlord_manager", LANDLORD))
    assert landlord.may(Permission.SALES_READ, brand_id=BRAND, party_id=(DEALER, LANDLORD), place_id=PLACE)
    assert not landlord.may(Permission.SALES_READ, brand_id=BRAND, party_id=(DEALER, None), place_id=PLACE)
    # A string is one party, not a row of letters.
    assert not staff(("landlord_manager", "p")).may(Permission.SALES_READ, brand_id=BRAND, party_id="pty")


def test_nobody_may_nothing_and_learns_nothing():
    for permission, brand in product(Permission, (BRAND, "", "nobody")):
        assert not NOBODY.may(permission, brand_id=brand)
        with pytest.raises(Refusal) as refused:
            NOBODY.require(permission, brand_id=brand)
        assert (refused.value.code, refused.value.status) == ("request.not_found", 404)


def test_require_hides_other_brands_and_names_the_permission_missing_in_ones_own():
    actor = staff(("dealer_manager", DEALER))
    actor.require(Permission.STOCK_WRITE, brand_id=BRAND, party_id=DEALER)
    with pytest.raises(Refusal) as refused:
        actor.require(Permission.STOCK_WRITE, brand_id=OTHER, party_id=DEALER)
    assert (refused.value.code, refused.value.status, refused.value.facts) == ("request.not_found", 404, {})
    for where in ({"party_id": LANDLORD}, {}, {"place_id": PLACE}):
        with pytest.raises(Refusal) as refused:
            actor.require(Permission.STOCK_WRITE, brand_id=BRAND, **where)
        assert (refused.value.code, refused.value.status) == ("auth.forbidden", 403)
        assert refused.value.facts == {"permission": "stock.write"}


def test_a_grant_in_another_brand_counts_for_nothing():
    actor = Actor(ActorKind.STAFF, "stf_1", brand_id=BRAND, grants=grants_of("office_manager", OTHER))
    assert may_all(actor, brand_id=BRAND) == may_all(actor, brand_id=OTHER) == set()


def test_scopes_are_what_a_list_may_show():
    actor = staff(("dealer_manager", DEALER), ("assistant", PLACE))
    assert actor.scopes(Permission.STOCK_READ) == {DEALER, PLACE}
    assert actor.scopes(Permission.EARNINGS_READ) == {DEALER}
    assert actor.scopes(Permission.SALES_SELL) == {PLACE}
    assert actor.scopes(Permission.STAFF_WRITE) == frozenset()


def test_a_role_that_is_not_known_any_more_gives_nothing():
    assert grants_of("regional_manager", BRAND) == frozenset()
