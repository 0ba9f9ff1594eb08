"""The pieces that several answers share: ids, names, prices, offers."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from highstreet.kernel.ids import stable_id
from highstreet.rooms.goods import PricedVariant
from highstreet.rooms.offers import OfferFacts
from highstreet.rooms.parties import Brand, PlaceOfBusiness

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_ANY = "[0-9a-hjkmnp-tv-z]"


def _pattern(prefix: str) -> str:
    return f"^{prefix}_[0-7]{_ANY}{{9}}[e-h]{_ANY}{{2}}[89abrstv]{_ANY}{{12}}$"


def example(prefix: str) -> str:
    """An id to show in the documentation."""
    return stable_id(prefix, "example")


BrandId = Annotated[str, StringConstraints(pattern=_pattern("brd"))]
PlaceId = Annotated[str, StringConstraints(pattern=_pattern("plc"))]
OfferId = Annotated[str, StringConstraints(pattern=_pattern("ofr"))]
SaleId = Annotated[str, StringConstraints(pattern=_pattern("sal"))]
PointsId = Annotated[str, StringConstraints(pattern=_pattern("pnt"))]
SessionId = Annotated[str, StringConstraints(pattern=_pattern("ses"))]
DeviceId = Annotated[str, StringConstraints(pattern=_pattern("dev"))]
TouchId = Annotated[str, StringConstraints(pattern=_pattern("tch"))]
CouponId = Annotated[str, StringConstraints(pattern=_pattern("cpn"))]
ConsentId = Annotated[str, StringConstraints(pattern=_pattern("cst"))]
MemberId = Annotated[str, StringConstraints(pattern=_pattern("mbr"))]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,19}$")]
Entry = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


def _in_range(at: datetime) -> datetime:
    if not FIRST <= at <= LAST:
        raise ValueError("an instant between the years 2000 and 2200")
    return at.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_in_range)]
_WORDS, _IDEOGRAPHS = 4, "\u2e80"


def _searchable(text: str) -> str:
    words = text.split()
    if len(words) > _WORDS or any(len(word) < 2 and word < _IDEOGRAPHS for word in words):
        raise ValueError("at most four words, each of two letters or an ideograph")
    return text


# Printable: a database takes no NUL, and a search needs no control characters.
Words = Annotated[
    str,
    StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=80),
    AfterValidator(_searchable),
    Field(description="At most four words, each of two letters or more, or of one ideograph."),
]
Purpose = Literal["service", "offers", "measurement", "insights"]


class Asked(BaseModel):
    """A request body: unknown members are refused."""

    model_config = ConfigDict(extra="forbid", str_max_length=200)


class Told(BaseModel):
    """An answer. `_zh` and `_en` are the same text in Chinese and English."""

    model_config = ConfigDict(extra="forbid")


class BrandTold(Told):
    """A brand."""

    brand_id: str = Field(description="`brd_…`", examples=[example("brd")])
    name_en: str = Field(description="Name in English.", examples=["Nordlys"])
    name_zh: str = Field(description="Name in Chinese.", examples=["北光"])
    category: str = Field(description="What it sells, in one word.", examples=["outdoor"])
    currency: str = Field(description="ISO 4217.", examples=["EUR"])


class PlaceName(Told):
    """Which place."""

    place_id: str = Field(description="`plc_…`", examples=[example("plc")])
    name_en: str = Field(description="Name in English.", examples=["Nordlys Centre"])
    name_zh: str = Field(description="Name in Chinese.", examples=["北光中心店"])


class GoodsTold(Told):
    """An article with its unit prices from the price lists; the register may go lower by offers."""

    variant_id: str = Field(description="`var_…`", examples=[example("var")])
    product_id: str = Field(description="Variants of one product share it.", examples=[example("prd")])
    gtin: str | None = Field(description="14 digits; null without one.", examples=["02000000000015"])
    sku: str = Field(description="The brand's own number.", examples=["S-0"])
    name_en: str = Field(description="Name in English.", examples=["Shell, S"])
    name_zh: str = Field(description="Name in Chinese.", examples=["冲锋衣, S"])
    category: str = Field(description="What it is, in English.", examples=["Jackets"])
    attributes: dict[str, Any] = Field(
        description='Size, colour, …: one text, or `{"en": …, "zh": …}`.', examples=[{"size": "S"}]
    )
    currency: str = Field(description="ISO 4217.", examples=["EUR"])
    list_minor: int = Field(description="List price.", examples=[10000])
    member_minor: int | None = Field(description="Members' price, if there is one.", examples=[9000])


class OfferTold(Told):
    """An offer that runs now."""

    brand_id: str = Field(description="`brd_…`", examples=[example("brd")])
    offer_id: str = Field(description="`ofr_…`", examples=[example("ofr")])
    kind: str = Field(description="`spend_get`, `percent` or `member_price`.", examples=["spend_get"])
    title_en: str = Field(description="In English.", examples=["10 off from 50"])
    title_zh: str = Field(description="In Chinese.", examples=["满50减10"])
    spend_minor: int | None = Field(None, description="`spend_get`: from this total.", examples=[5000])
    off_minor: int | None = Field(None, description="`spend_get`: so much off, once.", examples=[1000])
    percent_bp: int | None = Field(None, description="`percent`: hundredths of a percent.", examples=[1500])
    max_off_minor: int | None = Field(None, description="`percent`: never more than this.", examples=[2000])
    is_stackable: bool = Field(description="Whether it goes together with others.")
    needs_coupon: bool = Field(description="False: members get it by themselves.")
    starts_at: datetime = Field(description="From when it can be claimed.")
    ends_at: datetime = Field(description="Until before when it can be claimed.")
    coupon_valid_s: int = Field(
        description="How long a claimed coupon is good, in seconds.", examples=[604800]
    )
    limit_total: int | None = Field(description="How many there are; null: no limit.", examples=[500])
    left: int | None = Field(description="How many are left; null: no limit.", examples=[120])
    limit_per_person: int | None = Field(description="How many one person can have.", examples=[1])


def brand_told(brand: Brand) -> BrandTold:
    """A brand, without its parties."""
    return BrandTold(
        brand_id=brand.id,
        name_en=brand.name_en,
        name_zh=brand.name_zh,
        category=brand.category,
        currency=brand.currency,
    )


def place_name(place: PlaceOfBusiness) -> PlaceName:
    """A place, without who operates it."""
    return PlaceName(place_id=place.id, name_en=place.name_en, name_zh=place.name_zh)


def goods_told(variant: PricedVariant) -> GoodsTold:
    """An article."""
    return GoodsTold(
        variant_id=variant.variant_id,
        product_id=variant.product_id,
        gtin=variant.gtin,
        sku=variant.sku,
        name_en=variant.name_en,
        name_zh=variant.name_zh,
        category=variant.category,
        attributes=dict(variant.attributes),
        currency=variant.currency,
        list_minor=variant.list_minor,
        member_minor=variant.member_minor,
    )


def offer_told(offer: OfferFacts) -> OfferTold:
    """An offer, without who pays for it and from which budget."""
    left = None if offer.limit_total is None else max(0, offer.limit_total - offer.claimed)
    return OfferTold(
        brand_id=offer.brand_id,
        offer_id=offer.offer_id,
        kind=offer.kind,
        title_en=offer.title_en,
        title_zh=offer.title_zh,
        spend_minor=offer.terms.get("spend_minor"),
        off_minor=offer.terms.get("off_minor"),
        percent_bp=offer.terms.get("percent_bp"),
        max_off_minor=offer.terms.get("max_off_minor"),
        is_stackable=offer.is_stackable,
        needs_coupon=offer.kind != "member_price",
        starts_at=offer.starts_at,
        ends_at=offer.ends_at,
        coupon_valid_s=offer.coupon_valid_s,
        limit_total=offer.limit_total,
        left=left,
        limit_per_person=offer.limit_per_person,
    )
