"""What a town plan is made of. Plain values only: the one who seeds a Highstreet turns them into commands."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Text:
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class PriceList:
    key: str
    brand_key: str
    kind: Literal["list", "member"]
    currency: str
    amounts: tuple[tuple[str, int], ...]  # (gtin, amount_minor); a member list names only what differs


@dataclass(frozen=True, slots=True)
class Brand:
    key: str
    name: Text
    category_key: str  # clothes, shoes, outdoor, jewelry...; shoppers' tastes name it
    category: Text
    currency: str
    colour: str
    price_list_key: str
    party_key: str


@dataclass(frozen=True, slots=True)
class Party:
    key: str
    kind: Literal["brand", "dealer", "landlord"]
    legal_name: Text
    brand_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Register:
    key: str
    name: Text


@dataclass(frozen=True, slots=True)
class Place:
    key: str
    brand_key: str
    operator_key: str
    landlord_key: str | None
    contract_key: str | None  # None: the brand's own store in nobody's building
    osm_id: str
    osm_kind: str
    name: Text
    lat: float
    lon: float
    opening_hours: str
    has_default_hours: bool  # the map knew none: a usual week for the kind was taken
    tz: str
    address: str
    has_estimated_address: bool  # the map knew none: the nearest named street was taken
    level: str
    registers: tuple[Register, ...]


@dataclass(frozen=True, slots=True)
class Attribute:
    name: Text
    value: Text


@dataclass(frozen=True, slots=True)
class Variant:
    gtin: str
    product_key: str
    attributes: tuple[Attribute, ...]
    list_price_minor: int


@dataclass(frozen=True, slots=True)
class Product:
    key: str
    brand_key: str
    name: Text
    category: Text
    vat_bp: int
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class StockLine:
    place_key: str
    gtin: str
    owner_key: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Share:
    role: Literal["seller", "stock_owner", "brand_fee", "landlord_commission", "assistant"]
    party_key: str | None  # None: the assistant credited with the sale; nobody credited: the remainder party
    bp: int


@dataclass(frozen=True, slots=True)
class Contract:
    key: str
    brand_key: str
    operator_key: str
    landlord_key: str | None
    collector: Literal["dealer", "brand", "landlord"]
    shares: tuple[Share, ...]  # when the operator sells its own stock
    consignment_shares: tuple[Share, ...]  # when a dealer sells the brand's stock; empty: not allowed
    remainder_key: str  # who gets leftover minor units
    starts_day: int  # days from the plan's start date; below zero: before it
    place_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    key: str
    brand_key: str
    kind: Literal["spend_get", "percent", "member_price"]
    title: Text
    currency: str
    spend_minor: int
    get_minor: int
    percent_bp: int
    category: Text | None  # None: everything
    price_list_key: str | None
    per_person: int
    total: int
    funder_key: str
    starts_day: int
    ends_day: int
    place_keys: tuple[str, ...]  # empty: all places of the brand


@dataclass(frozen=True, slots=True)
class Staff:
    key: str
    party_key: str
    brand_key: str | None
    place_key: str | None
    role: Literal["office_manager", "dealer_manager", "landlord_manager", "assistant"]
    name: str
    login: str


@dataclass(frozen=True, slots=True)
class Code:
    key: str
    kind: Literal["poster", "place", "assistant"]
    brand_key: str
    place_key: str | None
    staff_key: str | None
    campaign: Text | None
    lat: float
    lon: float
    label: Text


@dataclass(frozen=True, slots=True)
class Taste:
    category_key: str
    weight: int  # of 100


@dataclass(frozen=True, slots=True)
class Shopper:
    key: str
    name: str
    phone: str
    lat: float
    lon: float
    locale: Literal["en", "zh"]
    tastes: tuple[Taste, ...]
