"""The shipped font: two weights, preloaded, with its license beside it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from fontTools.ttLib import TTFont

from ptcconsole.bundles import bundle
from tests import fonts

ROOT = fonts.ROOT
TEXTS = ("templates/**/*.html", "wizard/**/*.po")


def _faces() -> Iterator[tuple[str, frozenset[str]]]:
    """Each font file of the style sheet with the characters that it is declared for."""
    for face in re.findall(r"@font-face \{(.*?)\}", bundle("css/ptcconsole.css"), flags=re.DOTALL):
        (name,) = re.findall(r'url\("\.\./fonts/([^"]+)"\)', face)
        yield name, fonts.characters_in_range(face)


def test_each_face_of_the_style_sheet_is_a_shipped_file() -> None:
    named = [name for name, _characters in _faces()]
    assert sorted(named) == sorted(file.name for file in fonts.FONTS.glob("*.woff2"))
    assert all((fonts.FONTS / name).read_bytes().startswith(b"wOF2") for name in named)
    assert sum(fonts.face(weight).stat().st_size for weight in fonts.WEIGHTS) < 22_000


@pytest.mark.parametrize("weight", fonts.WEIGHTS)
def test_the_basic_faces_are_cut_from_the_latin_ones_with_their_hints(weight: int) -> None:
    """Without hints, a Chromium that rounds glyphs to whole pixels draws them wider and blurred."""
    shipped = TTFont(fonts.face(weight))
    latin = TTFont(fonts.FONTS / f"open-sans-latin-{weight}.woff2")
    assert fonts.characters_of(fonts.face(weight)) == fonts.CHARACTERS
    for table in ("fpgm", "prep", "cvt "):
        assert shipped[table].compile(shipped) == latin[table].compile(latin)
    for character, name in shipped.getBestCmap().items():
        before = latin.getBestCmap()[character]
        assert shipped["hmtx"][name] == latin["hmtx"][before], chr(character)
        program, kept = (
            getattr(font["glyf"][glyph], "program", None)
            for font, glyph in ((latin, before), (shipped, name))
        )
        assert (program is None) == (kept is None), chr(character)
        if program is not None and kept is not None:
            assert kept.getBytecode() == program.getBytecode(), chr(character)


def test_each_character_has_one_face_and_those_of_the_pages_a_basic_one() -> None:
    declared: dict[str, list[frozenset[str]]] = {}
    for name, characters in _faces():
        declared.setdefault(name.removeprefix("open-sans-")[:-10], []).append(characters)
    assert {kind: len(set(both)) for kind, both in declared.items()} == {
        "basic": 1,
        "latin": 1,
        "latin-ext": 1,
    }
    basic, latin = declared["basic"][0], declared["latin"][0]
    assert basic - frozenset(map(chr, range(0x20))) == fonts.CHARACTERS
    assert not basic & latin
    has = fonts.characters_of(fonts.FONTS / "open-sans-latin-400.woff2")
    assert {each for each in has if ord(each) < 0x300} <= basic | latin


def test_the_texts_of_pages_need_the_basic_faces_alone() -> None:
    paths = [path for pattern in TEXTS for path in ROOT.glob(pattern)]
    used = frozenset("".join(path.read_text(encoding="utf-8") for path in paths))
    assert used - {"\n"} <= fonts.CHARACTERS


def test_the_license_of_the_font_is_beside_it_and_named_in_it() -> None:
    text = (fonts.FONTS / "OFL.txt").read_text(encoding="utf-8")
    assert "The Open Sans Project Authors" in text
    assert "SIL OPEN FONT LICENSE Version 1.1" in text
    for weight in fonts.WEIGHTS:
        names = TTFont(fonts.face(weight))["name"]
        assert "The Open Sans Project Authors" in names.getDebugName(0)


@pytest.mark.django_db
def test_pages_preload_the_basic_faces() -> None:
    page = BeautifulSoup(Client().get("/sign-in/").content, "html.parser")
    links = page.select('link[rel="preload"][as="font"][crossorigin]')
    assert [Path(str(link["href"])) for link in links] == [
        Path("/static/fonts") / fonts.face(weight).name for weight in fonts.WEIGHTS
    ]
