"""Brands and what they sell: products, variants with GTIN-13 from the restricted range, price lists."""

from random import Random
from typing import Any

from highstreet_simulator.town.records import Attribute, Brand, PriceList, Product, Text, Variant
from highstreet_simulator.town.words import brand_specs, dice, text, words

CURRENCY = "EUR"
SERIES_PER_TYPE = 3
MAX_VARIANTS = 4
FULL_VAT_BP = 2_550
FULL_VAT_CATEGORIES = frozenset({"Household", "Pets", "Stationery", "Gifts"})  # beside food and books


def make_brands() -> tuple[Brand, ...]:
    return tuple(
        Brand(
            key=key,
            name=text(spec["name"]),
            category_key=category,
            category=text(spec["category"]),
            currency=CURRENCY,
            colour=spec["colour"],
            price_list_key=f"{key}-list",
            party_key=key,
        )
        for category, key, spec in brand_specs()
    )


def make_gtin(brand_no: int, product_no: int, variant_no: int) -> str:
    """GS1 prefix 29: numbers for use inside a company, never another's goods."""
    body = f"29{brand_no:02d}{product_no:05d}{variant_no:03d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return f"{body}{-total % 10}"


def priced(minor: float, ending: int) -> int:
    """The nearest price of the brand's habit: 90, 95: x.90, x.95; 0: whole; 5: x.x5; 10: x.x0."""
    if ending in (5, 10):
        return max(round(minor / 10) * 10 - (5 if ending == 5 else 0), ending)
    euros = round(minor / 100)
    if euros >= 30:  # shelves like 34, 39, 149; beyond 300 only 309, 319...
        step = 5 if euros < 300 else 10
        euros = round((minor / 100 + 1) / step) * step - (1 if ending == 0 else 0)
    return max(euros * 100 - (100 - ending) % 100, ending or 100)


def make_variants(
    product_key: str, numbers: tuple[int, int], price: float, axis: str, ending: int, die: Random
) -> tuple[Variant, ...]:
    axes = words("axes")[axis]
    combos: list[tuple[list[Attribute], float]] = [([], 1.0)]
    for place, (name_en, name_zh, values) in enumerate(axes):
        count = min(len(values), MAX_VARIANTS if len(axes) == 1 else 2)
        is_graded = any(len(value) > 2 for value in values)
        chosen = sorted(die.sample(range(len(values)), count)) if not is_graded else range(count)
        if len(axes) > 1 and place == 1:
            first = die.randrange(len(values) - count + 1)
            chosen = range(first, first + count)
        combos = [
            (
                [*attributes, Attribute(Text(name_en, name_zh), text(values[at]))],
                factor * (values[at][2:] or [1.0])[0],
            )
            for attributes, factor in combos
            for at in chosen
        ]
    return tuple(
        Variant(make_gtin(*numbers, number), product_key, tuple(attributes), priced(price * factor, ending))
        for number, (attributes, factor) in enumerate(combos)
    )


def named_goods(spec: dict[str, Any], die: Random) -> list[tuple[Text, Text, float, str]]:
    """(name, category, euros, axis) of each product."""
    goods = [
        (Text(en, zh), Text(cat_en, cat_zh), float(euros), axis)
        for en, zh, cat_en, cat_zh, euros, axis in spec.get("items", [])
    ]
    for en, zh, cat_en, cat_zh, low, high, axis in spec.get("types", []):
        series = spec["series"]
        chosen = sorted(die.sample(range(len(series)), min(SERIES_PER_TYPE, len(series))))
        for line_en, line_zh, factor in (series[at] for at in chosen):
            euros = min(max((low + high) / 2 * factor * die.uniform(0.92, 1.08), low), high)
            gap = " " if line_zh.isascii() else ""
            goods.append((Text(f"{line_en} {en}", f"{line_zh}{gap}{zh}"), Text(cat_en, cat_zh), euros, axis))
    return goods


def make_products(seed: int) -> tuple[Product, ...]:
    products = []
    for brand_no, (_, brand_key, spec) in enumerate(brand_specs(), start=1):
        die = dice(seed, "goods", brand_key)
        for number, (name, category, euros, axis) in enumerate(named_goods(spec, die), start=1):
            key = f"{brand_key}-p{number:03d}"
            variants = make_variants(key, (brand_no, number), euros * 100, axis, spec["ending"], die)
            vat_bp = FULL_VAT_BP if category.en in FULL_VAT_CATEGORIES else spec["vat_bp"]
            products.append(Product(key, brand_key, name, category, vat_bp, variants))
    return tuple(products)


def make_price_lists(seed: int, products: tuple[Product, ...]) -> tuple[PriceList, ...]:
    lists = []
    for _, brand_key, spec in brand_specs():
        die = dice(seed, "member prices", brand_key)
        own = [product for product in products if product.brand_key == brand_key]
        full = tuple((v.gtin, v.list_price_minor) for product in own for v in product.variants)
        lists.append(PriceList(f"{brand_key}-list", brand_key, "list", CURRENCY, full))
        if not spec["member_bp"]:
            continue
        lower = []
        for product in own:
            if die.random() < 0.4:
                for v in product.variants:
                    amount = priced(
                        v.list_price_minor * (10_000 - spec["member_bp"]) / 10_000, spec["ending"]
                    )
                    if amount < v.list_price_minor:
                        lower.append((v.gtin, amount))
        lists.append(PriceList(f"{brand_key}-member", brand_key, "member", CURRENCY, tuple(lower)))
    return tuple(lists)
