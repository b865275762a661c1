"""The shipped font: two weights, preloaded, with its license beside it."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from ptcconsole.bundles import bundle

FONTS = Path(__file__).resolve().parents[2] / "static" / "fonts"


def test_each_face_of_the_style_sheet_is_a_shipped_file() -> None:
    named = re.findall(r'url\("\.\./fonts/([^"]+)"\)', bundle("css/ptcconsole.css"))
    assert sorted(named) == sorted(file.name for file in FONTS.glob("*.woff2"))
    assert all((FONTS / name).read_bytes().startswith(b"wOF2") for name in named)
    assert sum(file.stat().st_size for file in FONTS.glob("*latin-[47]00.woff2")) < 40_000


def test_the_license_of_the_font_is_beside_it() -> None:
    text = (FONTS / "OFL.txt").read_text(encoding="utf-8")
    assert "The Open Sans Project Authors" in text
    assert "SIL OPEN FONT LICENSE Version 1.1" in text


@pytest.mark.django_db
def test_pages_preload_the_latin_faces() -> None:
    page = BeautifulSoup(Client().get("/sign-in/").content, "html.parser")
    links = page.select('link[rel="preload"][as="font"][crossorigin]')
    assert [str(link["href"]) for link in links] == [
        "/static/fonts/open-sans-latin-400.woff2",
        "/static/fonts/open-sans-latin-700.woff2",
    ]
