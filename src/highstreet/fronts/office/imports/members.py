"""Members: reference, phone if known, when and where they joined."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from highstreet.flows import import_members as flow
from highstreet.fronts.office.imports.kind import Kind
from highstreet.fronts.office.imports.known import KnownPlaces
from highstreet.fronts.office.imports.values import Fields
from highstreet.kernel.errors import Refusal
from highstreet.kernel.i18n import LOCALES
from highstreet.kernel.time import to_micros
from highstreet.kernel.tx import Reader
from highstreet.rooms.identity import parse_phone


class Members(Kind):
    """Each row is one member, known by member_ref."""

    names: ClassVar[Mapping[str, str]] = {
        "member_ref": "member_ref",
        "id": "member_ref",
        "member_id": "member_ref",
        "会员号": "member_ref",
        "phone": "phone",
        "mobile": "phone",
        "手机号": "phone",
        "joined_at": "joined_at",
        "入会时间": "joined_at",
        "home_place_ref": "home_place_ref",
        "home_place": "home_place_ref",
        "entry": "entry",
        "locale": "locale",
    }
    batch_rows = 40
    write_flow = staticmethod(flow.import_members)

    def prepare(self, reader: Reader) -> None:
        """Read the places."""
        self._places = KnownPlaces(reader, self.setting.brand)

    def key(self, fields: Fields) -> str:
        """The member's id."""
        return flow.member_id_of(self.brand_id, fields.need_text("member_ref", 120))

    def row(self, fields: Fields) -> tuple[tuple[Any, ...], str | None]:
        """A membership."""
        setting = self.setting
        home = self._places.find(fields, "home_place_ref").id if fields.text("home_place_ref", 80) else None
        joined_at = to_micros(setting.now)
        if fields.text("joined_at", 60):
            joined_at = fields.time("joined_at", setting.time_zone or "UTC")
        row = flow.MemberImport(
            member_ref=fields.need_text("member_ref", 120),
            phone=self._phone(fields),
            joined_at=joined_at,
            home_place_id=home,
            entry=fields.text("entry", 40) or "import",
            locale=fields.choice("locale", LOCALES, setting.locale),
        )
        return row, None

    def group(self, rows: Sequence[tuple[Any, ...]]) -> flow.MemberImport:
        """One row."""
        return flow.MemberImport._make(rows[0])

    def _phone(self, fields: Fields) -> str | None:
        text = fields.text("phone", 60)
        if text is None:
            return None
        try:
            return parse_phone(text, self.setting.country)
        except Refusal as refusal:
            raise Refusal(refusal.code, refusal.status, field="phone", **refusal.facts) from None
