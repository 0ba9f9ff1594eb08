"""Sales of the past, from files of lines."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from highstreet.flows import import_sales as flow
from highstreet.flows.import_errors import (
    LINES_DIFFER,
    MEMBER_UNKNOWN,
    OUT_OF_RANGE,
    QUANTITY_ZERO,
    SUMS_DIFFER,
    VALUE_MISSING,
)
from highstreet.flows.import_members import member_id_of
from highstreet.fronts.office.imports.kind import Given, Kind
from highstreet.fronts.office.imports.known import KnownGoods, KnownParties, KnownPlaces
from highstreet.fronts.office.imports.values import Fields
from highstreet.kernel.errors import Refusal
from highstreet.kernel.money import MAX_AMOUNT_MINOR
from highstreet.kernel.tx import Reader
from highstreet.rooms.members import members_for
from highstreet.rooms.places import sites_for

_MOST_PIECES = 1_000_000
_MEMBERS_CACHED = 500_000
KEPT_WITHOUT_GOODS = "import.note_without_goods"


class _Where(NamedTuple):
    key: str
    sale_ref: str
    place_id: str
    time_zone: str | None


class _Who(NamedTuple):
    at: int
    member_id: str | None
    person_id: str | None


class Sales(Kind):
    """Each row is one line of a sale; rows of one sale_ref at one place are one sale, written whole."""

    names: ClassVar[Mapping[str, str]] = {
        "sale_ref": "sale_ref",
        "sale_id": "sale_ref",
        "receipt": "sale_ref",
        "basket_id": "sale_ref",
        "小票号": "sale_ref",
        "at": "at",
        "sold_at": "at",
        "交易时间": "at",
        "place_ref": "place_ref",
        "place": "place_ref",
        "store_id": "place_ref",
        "门店编号": "place_ref",
        "sku": "sku",
        "product_id": "sku",
        "货号": "sku",
        "gtin": "gtin",
        "ean": "gtin",
        "barcode": "gtin",
        "条码": "gtin",
        "quantity": "quantity",
        "数量": "quantity",
        "net": "net",
        "amount": "net",
        "实收": "net",
        "list": "list",
        "discount": "discount",
        "优惠": "discount",
        "unit_price": "unit_price",
        "单价": "unit_price",
        "other_payer": "other_payer",
        "member_ref": "member_ref",
        "member_id": "member_ref",
        "会员号": "member_ref",
        "owner": "owner",
        "owner_party": "owner",
    }
    # Lines of a sale are light: 600 take about 20 ms, and fewer batches wait less often for the disk.
    batch_rows = 600
    is_grouped = True
    write_flow = staticmethod(flow.import_sales)

    def prepare(self, reader: Reader) -> None:
        """Read parties, places and their time zones."""
        brand = self.setting.brand
        self._parties = KnownParties(reader, brand)
        self._places = KnownPlaces(reader, brand)
        self._goods = KnownGoods(brand)
        self._people: dict[str, str | None] = {}
        self._last_where: tuple[Any, _Where] | None = None
        self._last_who: tuple[Any, _Who] | None = None
        keys = {(brand.id, place.id) for place in self._places.by_ref.values()}
        self._zones = {place_id: site.time_zone for (_, place_id), site in sites_for(reader, keys).items()}

    def look_up(self, reader: Reader, given: Sequence[Given]) -> None:
        """Read the variants and members of these lines."""
        self._goods.look_up(reader, (fields for _, fields in given))
        if len(self._people) > _MEMBERS_CACHED:
            self._people.clear()
        wanted = set()
        last = None
        for _, fields in given:
            raw = fields.values.get("member_ref")
            if raw is None or raw == last:
                continue
            last = raw
            try:
                ref = fields.text("member_ref", 120)
            except Refusal:  # said again, and reported, when the record is checked
                continue
            if ref is not None and ref not in self._people:
                wanted.add(ref)
        if wanted:
            ids = {ref: member_id_of(self.brand_id, ref) for ref in wanted}
            found = members_for(reader, {(self.brand_id, one) for one in ids.values()})
            for ref, member_id in ids.items():
                facts = found.get((self.brand_id, member_id))
                self._people[ref] = facts.person_id if facts else None

    def key(self, fields: Fields) -> str:
        """The sale's id."""
        return self._where(fields).key

    def row(self, fields: Fields) -> tuple[tuple[Any, ...], str | None]:
        """A line, its amounts in minor units."""
        setting = self.setting
        currency = setting.brand.currency
        where = self._where(fields)
        who = self._who(fields, where.time_zone)
        sku, _ = self._goods.find(fields)
        quantity = fields.whole("quantity", 0, _MOST_PIECES)
        if quantity == 0 and not setting.keeps_zero_quantity:
            raise QUANTITY_ZERO(field="quantity")
        list_minor, net_minor = _amounts(fields, quantity, currency)
        row = (
            where.sale_ref,
            where.place_id,
            where.time_zone or "UTC",
            who.at,
            who.member_id,
            who.person_id,
            sku,
            quantity,
            list_minor,
            net_minor,
            fields.money("other_payer", currency) or 0,
            self._parties.find(fields, "owner"),
        )
        return row, KEPT_WITHOUT_GOODS if quantity == 0 else None

    def _where(self, fields: Fields) -> "_Where":
        """What the lines of a sale share; they mostly follow each other, so the last answer is kept."""
        raw = fields.values.get("sale_ref"), fields.values.get("place_ref")
        if self._last_where is None or self._last_where[0] != raw:
            place = self._places.find(fields, "place_ref")
            sale_ref = fields.need_text("sale_ref", 80)
            key = flow.sale_id_of(self.brand_id, place.id, sale_ref)
            zone = self._zones.get(place.id) or self.setting.time_zone
            self._last_where = raw, _Where(key, sale_ref, place.id, zone)
        return self._last_where[1]

    def _who(self, fields: Fields, zone: str | None) -> "_Who":
        """When it was sold and to whom, kept likewise."""
        raw = fields.values.get("at"), fields.values.get("member_ref"), zone
        if self._last_who is None or self._last_who[0] != raw:
            if zone is None:
                raise VALUE_MISSING(field="time_zone")
            member_ref = fields.text("member_ref", 120)
            person_id = self._people.get(member_ref) if member_ref is not None else None
            if member_ref is not None and person_id is None:
                raise MEMBER_UNKNOWN(field="member_ref")
            member_id = member_id_of(self.brand_id, member_ref) if member_ref is not None else None
            self._last_who = raw, _Who(fields.time("at", zone), member_id, person_id)
        return self._last_who[1]

    def before_batch(self, reader: Reader, rows: Sequence[Sequence[Any]]) -> None:
        """See that the goods' words are at hand."""
        self._goods.look_up_skus(reader, {row[_SKU] for row in rows})

    def group(self, rows: Sequence[tuple[Any, ...]]) -> flow.SaleImport:
        """A sale. Errors: Refusal import.lines_differ (row_no, field)."""
        lines = [flow.LineImport._make(row) for row in rows]
        first = lines[0]
        for number, line in enumerate(lines, 1):
            if line.at != first.at:
                raise LINES_DIFFER(field="at", row_no=number)
            if line.member_id != first.member_id:
                raise LINES_DIFFER(field="member_ref", row_no=number)
        goods = {line.sku: self._goods.of_sku(line.sku) for line in lines}
        return flow.SaleImport(lines, goods, self.setting.brand.currency)


_SKU = flow.LineImport._fields.index("sku")


def _amounts(fields: Fields, quantity: int, currency: str) -> tuple[int, int]:
    """(list, net) of the line from any of net, list, discount and unit_price that settle both.

    Errors: Refusal import.value_missing, import.sums_differ, import.out_of_range.
    """
    net, listed, discount = (fields.money(name, currency) for name in ("net", "list", "discount"))
    unit = fields.money("unit_price", currency)
    if listed is None and unit is not None:
        listed = unit * max(quantity, 1)
    if net is None:
        if listed is None:
            raise VALUE_MISSING(field="net")
        net = listed - (discount or 0)
    if listed is None:
        listed = net + (discount or 0)
    if discount is not None and listed - discount != net:
        raise SUMS_DIFFER(field="net")
    if not 0 <= net <= listed <= MAX_AMOUNT_MINOR:
        raise OUT_OF_RANGE(field="net", least=0, most=listed)
    return listed, net
