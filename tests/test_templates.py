"""The templates: referenced files exist, and short fragments of a single page have no file."""

import re
from collections import Counter
from pathlib import Path

from django.template.loader import get_template

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "templates"
# Django names these by the class of a form's widget.
NAMED_BY_DJANGO = "components/_widgets.html"

_NAME = re.compile(r"""["']([\w/-]+\.html(?:#[\w-]+)?)["']""")
_DEFINED = re.compile(r"{% partialdef ([\w-]+)")
_PLACED = re.compile(r"{% partial ([\w-]+) %}")
_COMMENT = re.compile(r"{#.*?#}")
_COUNTER = re.compile(r'class="counter"[^>]*>(.*?)</span>', re.DOTALL)
_SHOWN = re.compile(r"{{ (.*?) }}")
_PROGRESS_ROW = re.compile(r'<div class="progress-row">.*?</div>', re.DOTALL)


def _templates() -> dict[str, str]:
    """Every template of the pages: its name and its text without comments."""
    return {
        path.relative_to(FOLDER).as_posix(): _COMMENT.sub("", path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.rglob("*.html"))
    }


def _named() -> list[str]:
    """Every template that a template or a module names, once for each time that it is named."""
    code = (path.read_text(encoding="utf-8") for path in (ROOT / "wizard").rglob("*.py"))
    return [name for text in (*_templates().values(), *code) for name in _NAME.findall(text)]


def test_every_template_and_fragment_that_is_named_exists() -> None:
    for name in sorted(set(_named())):
        assert get_template(name), name


def test_every_fragment_is_used_and_every_used_fragment_is_defined() -> None:
    named = set(_named())
    wrong = []
    for name, text in _templates().items():
        defined, placed = set(_DEFINED.findall(text)), set(_PLACED.findall(text))
        elsewhere = {each for each in defined if f"{name}#{each}" in named}
        wrong += [f"{name} has no fragment {each}" for each in placed - defined]
        if name != NAMED_BY_DJANGO:
            wrong += [f"nothing uses {name}#{each}" for each in defined - placed - elsewhere]
    assert wrong == []


SHORT = 8  # lines


def test_a_few_lines_that_are_used_once_stand_where_they_are_used() -> None:
    used = Counter(name.partition("#")[0] for name in _named())
    alone = [
        name
        for name, text in _templates().items()
        if "{% extends" not in text and text.count("\n") < SHORT and used[name] < 2
    ]
    assert alone == []


def test_the_numbers_beside_headings_are_grouped() -> None:
    """1,700 and not 1700."""
    numbers = [
        (name, number)
        for name, text in _templates().items()
        for counter in _COUNTER.findall(text)
        for number in _SHOWN.findall(counter)
    ]
    assert len(numbers) > 20
    assert [each for each in numbers if not each[1].endswith("|grouped")] == []


def test_the_bar_of_long_work_is_below_its_words() -> None:
    """As wide as the page allows, and not within a line of text."""
    bars = {name: text for name, text in _templates().items() if "<progress" in text}
    assert len(bars) > 3
    assert [name for name, text in bars.items() if "<progress" in _PROGRESS_ROW.sub("", text)] == []
