"""A brand's office gives out its own brand's logins only, and learns nothing of another's; on both databases."""

from typing import Any

from highstreet.kernel.ids import new_id
from highstreet.kernel.time import utc_now
from highstreet.kernel.tx import Tx
from highstreet.rooms import identity
from tests.seeds import Seed, seed_brand
from tests.stories.acts import one
from tests.stories.conftest import PASSWORD, PASSWORD_HASH, Stage
from tests.stories.test_loop import ok


def _neighbour(tx: Tx, _: None) -> Seed:
    other = seed_brand(tx, "aarnivuo")
    for login in ("hq@aarnivuo", "flat"):
        staff = identity.AddStaff(
            other.brand_id, new_id("stf"), other.brand_party, login, "Aarni", PASSWORD_HASH, utc_now()
        )
        identity.add_staff(tx, staff)
    return other


def test_a_login_ends_as_the_brands_own_do(stage: Stage) -> None:
    stage.program.db.write_now(_neighbour, None)
    office = stage.office()
    new = {"party_id": stage.seed.dealer, "name": "Ceo", "password": PASSWORD}

    def hire(login: str, status: int, locale: str = "en") -> Any:
        sent = {**new, "login": login}
        return ok(office.post("/office/v1/staff", json=sent, headers={"Accept-Language": locale}), status)

    before = one(stage, "SELECT count(*) FROM staff")
    # Free or taken, elsewhere or nowhere: the same answer.
    told = [
        hire(login, 422)
        for login in ("ceo@aarnivuo", "hq@aarnivuo", "flat", "free", "ceo@", "x@aarnivuo@nordlys")
    ]
    assert told == [told[0]] * len(told)
    assert (told[0]["code"], told[0]["facts"]) == ("office.login_ending", {"ending": "@nordlys"})
    assert "end with @nordlys" in told[0]["detail"].translate({0x2068: None, 0x2069: None})
    assert "@nordlys" in hire("ceo@aarnivuo", 422, "zh")["detail"]
    assert one(stage, "SELECT count(*) FROM staff") == before
    assert hire("Ceo@Nordlys", 201)["login"] == "ceo@nordlys"
    assert hire("ceo@nordlys", 409)["code"] == "identity.login_taken"  # one of their own
