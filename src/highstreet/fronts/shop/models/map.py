"""Places: near, of a brand, and each one's page."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from highstreet.fronts.shop.models.shared import BrandTold, GoodsTold, OfferTold, PlaceName, Told, example
from highstreet.kernel.geo import Datum


class PositionTold(Told):
    """Degrees in the datum that was asked for."""

    lat: float = Field(description="Latitude.", examples=[60.1699])
    lon: float = Field(description="Longitude.", examples=[24.9384])
    datum: Datum = Field(description="The map's coordinate system.", examples=["wgs84"])


class NearbyTold(Told):
    """A place near the shopper."""

    brand: BrandTold
    place: PlaceName
    position: PositionTold
    distance_m: int = Field(description="In a straight line, to the metre.", examples=[420])
    walking_minutes: int = Field(description="On foot, about.", examples=[7])
    is_open: bool | None = Field(description="Now; null: nobody knows.")
    changes_at: datetime | None = Field(description="When it opens or closes next.")
    time_zone: str | None = Field(
        description="IANA, of its hours; null when nobody knows them.", examples=["Europe/Helsinki"]
    )
    stock: str | None = Field(
        description="`in_stock`, `few_left` or `ask`; null when no goods were asked for.",
        examples=["in_stock"],
    )
    counted_at: datetime | None = Field(description="When the stock was counted last.")
    goods: list[GoodsTold] = Field(description="Which of the goods asked for it has.")


class PlaceTold(Told):
    """A place of a brand."""

    place: PlaceName
    position: PositionTold | None = Field(description="Null where it is not on the map.")
    address: str | None = Field(description="Street and town.", examples=["Mannerheimintie 1"])
    time_zone: str | None = Field(description="IANA.", examples=["Europe/Helsinki"])
    is_open: bool | None = Field(description="Now; null: nobody knows.")
    changes_at: datetime | None = Field(description="When it opens or closes next.")


class PlacesTold(Told):
    """Places by id."""

    places: list[PlaceTold]
    next_after: str | None = Field(description="Ask again with `after` for more; null: that was all.")


class DayTold(Told):
    """A day's hours, at the place's own clock."""

    day: date = Field(description="Local date.", examples=["2026-11-20"])
    weekday: str = Field(description="In the language asked for.", examples=["Friday"])
    words: str = Field(description="In the language asked for.", examples=["09:00–13:00, 14:00–20:00"])


class StockedTold(Told):
    """Goods in stock at a place."""

    goods: GoodsTold
    stock: str = Field(description="`in_stock`, `few_left` or `ask`.", examples=["in_stock"])
    counted_at: datetime = Field(description="When it was counted last.")


class PlacePageTold(PlaceTold):
    """A place's page."""

    brand: BrandTold
    week: list[DayTold] | None = Field(description="From today on; null: nobody knows.")
    goods: list[StockedTold] = Field(description="In stock here, by name.")
    has_more_goods: bool = Field(description="Whether there are more than were asked for.")
    offers: list[OfferTold] = Field(description="The brand's, running now, the newest first.")
    takes_orders: bool = Field(description="Whether goods can be ordered here for a deposit.")


class FoundPlaceTold(PlaceTold):
    """A place found by its name."""

    brand: BrandTold
    distance_m: int | None = Field(description="In a straight line; null when it is not known.")
    walking_minutes: int | None = Field(description="On foot, about.")


class FoundGoodsTold(Told):
    """Goods found by their name."""

    brand: BrandTold
    goods: GoodsTold


class FoundTold(Told):
    """What has the words in its name."""

    brands: list[BrandTold] = Field(description="By name.")
    places: list[FoundPlaceTold] = Field(description="Nearest first when it is known where you are.")
    goods: list[FoundGoodsTold] = Field(description="By name; `/nearest?gtin=` says who has them.")


class WayTold(Told):
    """The way to a place."""

    points: list[Annotated[list[float], Field(min_length=2, max_length=2)]] = Field(
        description="Latitude and longitude from you to the door, in the datum asked for.",
        examples=[[[60.17, 24.94], [60.171, 24.941]]],
    )
    distance_m: int = Field(examples=[480])
    minutes: int = Field(description="On foot.", examples=[6])
    is_straight: bool = Field(description="True: no streets are known here; as the crow flies.")


class PinTold(Told):
    """A place as a pin."""

    brand_id: str = Field(description="`brd_…`", examples=[example("brd")])
    place_id: str = Field(description="`plc_…`", examples=[example("plc")])
    name_en: str = Field(description="Name in English.", examples=["Nordlys Centre"])
    name_zh: str = Field(description="Name in Chinese.", examples=["北光中心店"])
    lat: float = Field(description="Latitude in the datum asked for.", examples=[60.1699])
    lon: float = Field(description="Longitude in the datum asked for.", examples=[24.9384])
    is_open: bool | None = Field(description="Now; null: nobody knows.")


class PinBrandTold(BrandTold):
    """A brand of the pins."""

    offers: int = Field(description="How many of its offers run now.", examples=[2])


class PinsTold(Told):
    """Pins around a point."""

    pins: list[PinTold] = Field(description="Nearest first.")
    brands: list[PinBrandTold] = Field(description="Those the pins belong to.")
