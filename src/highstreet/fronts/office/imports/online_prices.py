"""What other sellers ask online: SKU or GTIN, seller, price, address, when it was seen."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from highstreet.flows import import_online as flow
from highstreet.flows.import_errors import ADDRESS_MALFORMED, VALUE_MISSING
from highstreet.fronts.office.imports.kind import Given, Kind
from highstreet.fronts.office.imports.known import KnownGoods
from highstreet.fronts.office.imports.values import Fields
from highstreet.kernel.time import to_micros
from highstreet.kernel.tx import Reader


class OnlinePrices(Kind):
    """Each row is one seller's price of one article."""

    names: ClassVar[Mapping[str, str]] = {
        "sku": "sku",
        "货号": "sku",
        "gtin": "gtin",
        "ean": "gtin",
        "barcode": "gtin",
        "条码": "gtin",
        "source": "source",
        "seller": "source",
        "shop": "source",
        "卖家": "source",
        "price": "price",
        "价格": "price",
        "url": "url",
        "link": "url",
        "链接": "url",
        "seen_at": "seen_at",
        "时间": "seen_at",
    }
    write_flow = staticmethod(flow.import_online_prices)

    def prepare(self, reader: Reader) -> None:
        """Nothing is known yet."""
        self._goods = KnownGoods(self.setting.brand)

    def look_up(self, reader: Reader, given: Sequence[Given]) -> None:
        """Read the variants of these rows."""
        self._goods.look_up(reader, (fields for _, fields in given))

    def key(self, fields: Fields) -> str:
        """Article and seller."""
        _, words = self._goods.find(fields)
        return f"{words.variant_id} {fields.need_text('source', 80)}"

    def row(self, fields: Fields) -> tuple[tuple[Any, ...], str | None]:
        """A price that was seen."""
        _, words = self._goods.find(fields)
        currency = self.setting.brand.currency
        price = fields.money("price", currency)
        if price is None:
            raise VALUE_MISSING(field="price")
        now = to_micros(self.setting.now)
        seen = fields.text("seen_at", 60)
        return flow.OnlineImport(
            words.variant_id,
            fields.need_text("source", 80),
            price,
            _address(fields),
            # What claims to be of later than now would hide all that is seen until then.
            min(fields.time("seen_at", self.setting.time_zone or "UTC"), now) if seen else now,
        ), None

    def group(self, rows: Sequence[tuple[Any, ...]]) -> flow.OnlineImport:
        """One row."""
        return flow.OnlineImport._make(rows[0])


def _address(fields: Fields) -> str:
    """A web address: pages link to it, so it is nothing else."""
    text = fields.need_text("url", 400)
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ADDRESS_MALFORMED(field="url") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ADDRESS_MALFORMED(field="url")
    return text
