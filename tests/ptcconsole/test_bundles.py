"""The bundles of style sheets and scripts: complete, the only ones that pages load, never stale."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django.fixtures import Settings

from ptcconsole.bundles import BUNDLES, BundleFinder, bundle

STATIC = Path(__file__).resolve().parents[2] / "static"


def test_each_style_sheet_and_script_is_in_one_bundle() -> None:
    bundled = [source for sources in BUNDLES.values() for source in sources]
    paths = [path for kind in ("css", "js") for path in (STATIC / kind).iterdir()]
    files = [str(path.relative_to(STATIC)) for path in paths]
    assert sorted(bundled) == sorted(files)


@pytest.mark.django_db
def test_pages_load_the_bundles_alone() -> None:
    page = BeautifulSoup(Client().get("/sign-in/").content, "html.parser")
    styles = [str(link["href"]) for link in page.select('link[rel="stylesheet"]')]
    scripts = [str(script["src"]) for script in page.select("script")]
    assert styles == ["/static/css/ptcconsole.css"]
    assert scripts == ["/static/js/ptcconsole.js"]


@pytest.mark.parametrize("path", BUNDLES)
def test_a_bundle_is_its_sources_one_after_the_other(path: str) -> None:
    found = finders.find(path)
    assert found is not None
    text = Path(found).read_text(encoding="utf-8")
    assert text == bundle(path)
    places = [text.index(f"/* {source} */") for source in BUNDLES[path]]
    assert places == sorted(places)


def test_bundles_have_no_comments_or_indentation_but_with_debug(settings: Settings) -> None:
    style, script = bundle("css/ptcconsole.css"), bundle("js/ptcconsole.js")
    assert re.findall(r"/\* (.*?) \*/", style) == list(BUNDLES["css/ptcconsole.css"])
    assert not re.search(r"^ |^//", style + script, flags=re.MULTILINE)
    settings.DEBUG = True
    for path, sources in BUNDLES.items():
        assert all(_text_of(source) in bundle(path) for source in sources)


def test_no_line_of_a_script_is_part_of_a_text_or_of_a_longer_comment() -> None:
    """There, a line may begin with spaces or slashes that count."""
    for path in (STATIC / "js").iterdir():
        text = path.read_text(encoding="utf-8")
        assert [line for line in text.splitlines() if line.count("`") % 2] == [], path
        assert all("*/" in line for line in text.splitlines() if "/*" in line), path
        assert not re.search(r"\\$", text, flags=re.MULTILINE), path


def _text_of(source: str) -> str:
    return Path(str(finders.find(source))).read_text(encoding="utf-8")


def test_an_edited_source_is_in_the_bundle_when_it_is_looked_for_again(
    settings: Settings, tmp_path: Path
) -> None:
    settings.STATICFILES_DIRS, settings.DATA_DIR = [tmp_path / "static"], tmp_path / "data"
    for source in BUNDLES["js/ptcconsole.js"]:
        (tmp_path / "static" / source).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "static" / source).write_text("before();\n", encoding="utf-8")
    finder = BundleFinder()
    found = Path(finder.find("js/ptcconsole.js"))
    assert "before();" in found.read_text(encoding="utf-8")
    (tmp_path / "static" / "js" / "console.js").write_text("after();\n", encoding="utf-8")
    assert Path(finder.find("js/ptcconsole.js")) == found
    assert "after();" in found.read_text(encoding="utf-8")
    assert [path.name for path in found.parent.iterdir()] == ["ptcconsole.js"]


def test_other_files_are_left_to_djangos_finders() -> None:
    assert BundleFinder().find("img/favicon.svg") == []
    assert finders.find("img/favicon.svg") == str(STATIC / "img" / "favicon.svg")
