"""Who sits at the office's desk: their name, their brand, and the brand's usual time."""

from dataclasses import dataclass

from highstreet.flows import lists
from highstreet.kernel.errors import AUTH_REQUIRED
from highstreet.kernel.tx import Reader
from highstreet.rooms.identity import staff_by_id
from highstreet.rooms.parties import Brand, brand_by_id


@dataclass(frozen=True, slots=True)
class Desk:
    """A member of staff at work. `zone` is the time zone of most of the brand's places."""

    staff_id: str
    name: str
    login: str
    brand: Brand
    zone: str


def desk_of(reader: Reader, brand_id: str, staff_id: str) -> Desk:
    """Their desk. Errors: Refusal auth.required for who left meanwhile."""
    staff, brand = staff_by_id(reader, brand_id, staff_id), brand_by_id(reader, brand_id)
    if staff is None or brand is None:
        raise AUTH_REQUIRED()
    return Desk(staff.id, staff.name, staff.login, brand, lists.usual_time_zone(reader, brand_id))
