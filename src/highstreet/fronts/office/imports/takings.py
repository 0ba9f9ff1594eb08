"""What landlords took: place, business day, amount, and whose till it was."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, ClassVar

from highstreet.flows import compare_takings as flow
from highstreet.flows.import_errors import PARTY_UNKNOWN, TIME_MALFORMED, VALUE_MISSING
from highstreet.fronts.office.imports.kind import Kind
from highstreet.fronts.office.imports.known import KnownParties, KnownPlaces
from highstreet.fronts.office.imports.values import Fields
from highstreet.kernel.tx import Reader


class Takings(Kind):
    """Each row is one place's day; without a collector, the place's landlord's."""

    names: ClassVar[Mapping[str, str]] = {
        "place_ref": "place_ref",
        "place": "place_ref",
        "store_id": "place_ref",
        "counter": "place_ref",
        "门店编号": "place_ref",
        "专柜": "place_ref",
        "day": "day",
        "date": "day",
        "日期": "day",
        "amount": "amount",
        "takings": "amount",
        "金额": "amount",
        "销售额": "amount",
        "collector": "collector",
        "landlord": "collector",
        "业主": "collector",
    }
    write_flow = staticmethod(flow.import_takings)

    def prepare(self, reader: Reader) -> None:
        """Read parties and places."""
        self._parties = KnownParties(reader, self.setting.brand)
        self._places = KnownPlaces(reader, self.setting.brand)

    def key(self, fields: Fields) -> str:
        """Collector, place and day."""
        row = self._row(fields)
        return f"{row.party_id} {row.place_id} {row.day}"

    def row(self, fields: Fields) -> tuple[tuple[Any, ...], str | None]:
        """A day's takings."""
        return self._row(fields), None

    def group(self, rows: Sequence[tuple[Any, ...]]) -> flow.TakingImport:
        """One row."""
        return flow.TakingImport._make(rows[0])

    def _row(self, fields: Fields) -> flow.TakingImport:
        place, currency = self._places.find(fields, "place_ref"), self.setting.brand.currency
        collector = self._parties.find(fields, "collector") or place.landlord_party_id
        if collector is None:
            raise PARTY_UNKNOWN(field="collector")
        amount = fields.money("amount", currency)
        if amount is None:
            raise VALUE_MISSING(field="amount")
        return flow.TakingImport(collector, place.id, self._day(fields), currency, amount)

    def _day(self, fields: Fields) -> str:
        try:
            day = date.fromisoformat(fields.need_text("day", 10))
        except ValueError:
            raise TIME_MALFORMED(field="day") from None
        if not date(2000, 1, 1) <= day <= self.setting.now.date() + timedelta(days=1):
            raise TIME_MALFORMED(field="day")
        return f"{day}"
