"""Pictures of goods, shop fronts and empty pages, drawn by us: the same for the same category and seed, always."""

import hashlib
import re
from functools import lru_cache

from highstreet.look.motifs import KINDS, MOTIFS, SCENES

# ground, main, shade, light, second
PALETTES = (
    ("#e6f0ee", "#0f766e", "#0b4f4a", "#8fc9c1", "#f0a63a"),
    ("#fbeedd", "#c8642b", "#8f4218", "#f2bd95", "#2f6f73"),
    ("#e8ecf5", "#3f5f9c", "#283f6d", "#a9bde3", "#e8a04a"),
    ("#f7e8e6", "#b4504b", "#7c2f2c", "#e9b0ab", "#3d6d63"),
    ("#eef1e2", "#6f8a3c", "#4a5f22", "#c2d398", "#c9663a"),
    ("#f1e9f3", "#7a5a94", "#533a69", "#c8b1d8", "#dd9b3e"),
    ("#fdf3d8", "#d3951f", "#936410", "#f3d48d", "#47727f"),
    ("#e4eff5", "#2f7fa3", "#1c556f", "#9ccbe0", "#db7c54"),
    ("#f3ece4", "#8a6a4d", "#5c4430", "#d2b99f", "#4d8078"),
    ("#e9eeea", "#4f6f5c", "#33493c", "#aec6b8", "#d7a24a"),
)
# Nobody eats blue meat: which palettes a motif may have, if not all.
NATURAL = {
    "bread": (1, 6, 8), "pastry": (1, 6, 8), "cake": (1, 3, 5, 6, 8), "beans": (0, 1, 8, 9), "meat": (1, 3),
    "fruit": (1, 3, 4, 6), "fish": (0, 2, 7), "meal": (0, 1, 3, 6, 8), "plant": (0, 4, 9), "bouquet": (1, 3, 5, 6),
    "bear": (1, 6, 8), "necklace": (0, 2, 5, 7, 9), "sweets": (1, 3, 5, 6, 7),
}  # fmt: skip
INK, PAPER = "#2c2825", "#fffdf9"
GROUNDS = (
    "",
    "<circle cx='48' cy='48' r='36' fill='w' opacity='0.55'/>",
    "<path d='M0 64c20-10 40-8 56-2s28 6 40 0v34H0Z' fill='w' opacity='0.6'/>",
    "<path d='M16 96V46a32 32 0 0 1 64 0v50Z' fill='w' opacity='0.55'/>",
)
GOODS = {category: motif for motif, categories in KINDS.items() for category in categories}
_LETTER = re.compile(r"(fill|stroke)='([abcdkwg])'")


@lru_cache(maxsize=2000)
def draw_goods(category: str, seed: str) -> str:
    """Goods of a category (in English, any case; unknown: a parcel)."""
    category = category.lower()
    motif = GOODS.get(category, "parcel")
    palette, ground, is_mirrored = _dice("goods", motif, seed)
    shape = MOTIFS[motif]
    turned = f"<g transform='matrix(-1 0 0 1 96 0)'>{shape}</g>" if is_mirrored else shape
    return _svg(96, 96, f"<path d='M0 0h96v96H0Z' fill='g'/>{GROUNDS[ground]}{turned}", palette)


@lru_cache(maxsize=2000)
def draw_place(category: str, seed: str) -> str:
    """The front of a shop that sells goods of a category: its window shows them."""
    category = category.lower()
    palette, style, is_mirrored = _dice("places", category, seed)
    motif = MOTIFS[GOODS.get(category, "parcel")]
    window, door = (10, 64) if not is_mirrored else (36, 12)
    roofs = (
        "<path d='M6 18h84v8H6Z' fill='b'/>",
        "<path d='M6 26 14 12h68l8 14Z' fill='b'/>",
        "<path d='M6 26V16h10v-5h14v5h36v-5h14v5h10v10Z' fill='b'/>",
        "<path d='M6 26c0-18 84-18 84 0Z' fill='b'/>",
    )
    awning = "".join(
        f"<path d='M{6 + 12 * n} 34h12v7a6 6 0 0 1-12 0Z' fill='{'a' if n % 2 else 'w'}'/>" for n in range(7)
    )
    shop = (
        "<path d='M0 0h96v96H0Z' fill='g'/><circle cx='76' cy='20' r='26' fill='w' opacity='0.5'/>"
        "<path d='M0 84h96v12H0Z' fill='c'/><path d='M8 24h80v62H8Z' fill='w'/>"
        f"{roofs[style]}<path d='M6 26h84v8H6Z' fill='a'/>"
        f"<path d='M{window + 2} 44h48v34H{window + 2}Z' fill='g'/>"
        f"<g transform='translate({window + 9} 43) scale(.36)'>{motif}</g>"
        f"<path d='M{window + 2} 44h48v34H{window + 2}Z' fill='none' stroke='b' stroke-width='2.5'/>"
        f"<path d='M{door} 46h20v40H{door}Z' fill='b'/><path d='M{door + 4} 50h12v20H{door + 4}Z' fill='c'/>"
        f"<circle cx='{door + (4 if not is_mirrored else 16)}' cy='75' r='1.8' fill='d'/>"
        f"{awning}<path d='M6 34h84' stroke='b' stroke-width='1.5'/>"
        "<path d='M4 84h88v4H4Z' fill='k' opacity='0.25'/>"
    )
    return _svg(96, 96, shop, palette)


@lru_cache(maxsize=32)
def draw_scene(name: str) -> str:
    """A picture for an empty page. Errors: KeyError for a name that is not in SCENES."""
    return _svg(160, 120, SCENES[name], PALETTES[0])


def _dice(of: str, what: str, seed: str) -> tuple[tuple[str, ...], int, bool]:
    thrown = hashlib.sha256(f"{of}\0{what}\0{seed}".encode()).digest()
    allowed = NATURAL.get(what, range(len(PALETTES))) if of == "goods" else range(len(PALETTES))
    return PALETTES[allowed[thrown[0] % len(allowed)]], thrown[1] % len(GROUNDS), thrown[2] % 2 == 1


def _svg(width: int, height: int, shapes: str, palette: tuple[str, ...]) -> str:
    colours = dict(zip("gabcd", palette, strict=True)) | {"k": INK, "w": PAPER}
    painted = _LETTER.sub(lambda found: f"{found[1]}='{colours[found[2]]}'", shapes)
    opening = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' height='{height}'>"
    return f"{opening}{painted}</svg>"
