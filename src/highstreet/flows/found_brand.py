"""The first brand of an installation: the brand, its own party, its head office's first person, its contract."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from highstreet.flows.errors import FIRST_LOGIN_ENDING
from highstreet.kernel.ids import new_id
from highstreet.kernel.tx import Tx
from highstreet.rooms.channel import SignContract, Terms, sign_contract
from highstreet.rooms.identity import AddStaff, add_staff, is_ending_in_use, login_ending
from highstreet.rooms.parties import AddBrand, GiveRole, add_brand, give_role


@dataclass(frozen=True, slots=True)
class FoundBrand:
    """Who it is; the ids are new ones unless they are given."""

    name_en: str
    name_zh: str
    category: str
    currency: str
    login: str
    password_hash: str = field(repr=False)
    now: datetime
    brand_id: str = field(default_factory=partial(new_id, "brd"))
    party_id: str = field(default_factory=partial(new_id, "pty"))
    staff_id: str = field(default_factory=partial(new_id, "stf"))
    contract_id: str = field(default_factory=partial(new_id, "ctr"))


def found_brand(tx: Tx, command: FoundBrand) -> str:
    """Make all of it; the brand's id comes back. At its own places the brand keeps everything.

    The first login says how all of the brand's end: `change_staff.add_staff` gives out no others.
    Errors: Refusal parties.* and identity.* for names, currency and login; office.first_login_ending.
    """
    brand_id, now = command.brand_id, command.now
    ending = login_ending(command.login)
    if len(ending) < 2 or is_ending_in_use(tx, ending):
        raise FIRST_LOGIN_ENDING()
    add_brand(
        tx,
        AddBrand(
            brand_id=brand_id,
            party_id=command.party_id,
            name_en=command.name_en,
            name_zh=command.name_zh,
            category=command.category,
            currency=command.currency,
            now=now,
        ),
    )
    staff = AddStaff(
        brand_id, command.staff_id, command.party_id, command.login, "Head office", command.password_hash, now
    )
    add_staff(tx, staff)
    give_role(tx, GiveRole(brand_id, command.staff_id, "office_manager", brand_id, now))
    terms = Terms(collector="operator", shares=(), leftover_to="operator")
    sign_contract(tx, SignContract(brand_id, command.contract_id, 1, command.party_id, None, terms, now, now))
    return brand_id
