"""Static files of production are made once of the same sources, and always as a whole."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.storage import FileSystemStorage

from ptcconsole.collected import CollectedStorage

Collect = Callable[[], Iterator[str]]


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "page.css").write_text("a { color: red }\n" * 99)
    (folder / "page.js").write_text("console.log(1);\n" * 99)
    return folder


@pytest.fixture
def collect(sources: Path, tmp_path: Path, settings: LazySettings) -> Collect:
    """Collect as `collectstatic` does; the items are the names that are made."""
    settings.STATIC_URL = "/static/"
    settings.WHITENOISE_KEEP_ONLY_HASHED_FILES = True
    found = FileSystemStorage(location=sources)

    def collect() -> Iterator[str]:
        storage: Any = CollectedStorage(location=tmp_path / "static")
        paths = {path.name: (found, path.name) for path in sources.iterdir()}
        for name in paths:
            storage.delete(name)
            with found.open(name) as source:
                storage.save(name, source)
        yield from (made for _name, made, _done in storage.post_process(paths, dry_run=False))

    return collect


def of(folder: Path, pattern: str) -> list[str]:
    return sorted(path.name for path in folder.glob(pattern))


def test_the_same_sources_are_made_once(collect: Collect, tmp_path: Path) -> None:
    made = list(collect())
    assert len([name for name in made if name.endswith(".br")]) == 2
    all_files = of(tmp_path / "static", "*")
    assert "page.css" not in all_files, "only hashed names are kept"
    assert list(collect()) == []
    assert of(tmp_path / "static", "*") == all_files


@pytest.mark.parametrize("change", ["changed", "added", "removed"])
def test_other_sources_are_made_again(collect: Collect, sources: Path, change: str) -> None:
    list(collect())
    if change == "changed":
        (sources / "page.css").write_text("a { color: tan }\n" * 99)
    elif change == "added":
        (sources / "more.css").write_text("a { color: tan }\n" * 99)
    else:
        (sources / "page.css").unlink()
    assert list(collect()) != []
    assert list(collect()) == []


@pytest.mark.parametrize("lost", ["page.*.css", "staticfiles.json", "sources.sha256"])
def test_a_folder_that_lacks_a_file_is_made_again(
    collect: Collect, tmp_path: Path, lost: str
) -> None:
    list(collect())
    before = of(tmp_path / "static", "*")
    for file in (tmp_path / "static").glob(lost):
        file.unlink()
    assert list(collect()) != []
    assert of(tmp_path / "static", "*") == before


def test_what_was_interrupted_is_made_again(collect: Collect, sources: Path) -> None:
    list(collect())
    before = (sources / "page.css").read_text()
    (sources / "page.css").write_text("a { color: tan }\n" * 99)
    next(collect())
    (sources / "page.css").write_text(before)
    assert list(collect()) != []
