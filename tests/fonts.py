"""`python -m tests.fonts` cuts the two fonts that every page loads out of the latin files.

They contain the characters of the console's texts and of AWS's names, with their hints. Other
characters come from the files that fonts.css names for them, which browsers load when a page has
one of these, and from the fonts of the system.
"""

import re
from io import BytesIO
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parents[1]
FONTS = ROOT / "static" / "fonts"
WEIGHTS = (400, 700)
# What the texts of the pages have beyond ASCII.
SPECIAL = "\u00a0\u00adÄÖÜßäöü·“„…"
CHARACTERS = frozenset({*map(chr, range(0x20, 0x7F)), *SPECIAL})
# fi and ff are drawn as one glyph, as in the latin files.
FEATURES = ["liga"]
# Copyright, names, license.
NAMES = [*range(7), 14]


def main() -> None:
    for weight in WEIGHTS:
        face(weight).write_bytes(cut(weight))


def face(weight: int) -> Path:
    return FONTS / f"open-sans-basic-{weight}.woff2"


def cut(weight: int) -> bytes:
    """The latin file of this weight with the characters of the pages alone."""
    options = subset.Options(
        flavor="woff2", hinting=True, layout_features=FEATURES, name_IDs=NAMES, notdef_outline=True
    )
    font = subset.load_font(str(FONTS / f"open-sans-latin-{weight}.woff2"), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(CHARACTERS))
    subsetter.subset(font)
    written = BytesIO()
    subset.save_font(font, written, options)
    return written.getvalue()


def characters_of(file: Path) -> frozenset[str]:
    return frozenset(map(chr, TTFont(file).getBestCmap()))


def characters_in_range(declared: str) -> frozenset[str]:
    """The characters of a `unicode-range`."""
    ranges = re.findall(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", declared)
    numbers = (range(int(first, 16), int(last or first, 16) + 1) for first, last in ranges)
    return frozenset(chr(number) for each in numbers for number in each)


if __name__ == "__main__":
    main()
