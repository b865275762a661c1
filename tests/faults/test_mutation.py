"""Removing a guard removes nothing else, and the report of a mutation run is correct."""

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.guards import BadGuard, Guard, guards_in, guards_of, without
from tests.faults.marks import ROOT, files_by_promise, numbers_in
from tests.faults.mutation import GuardOutcome, Measurement, Result, main, summary


def _planted(root: Path, name: str, text: str) -> list[Guard]:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return list(guards_in(root, Path(name)))


REMOVALS = {
    "a statement": (
        "wizard/a.py",
        "def f(x):\n    if x:  # guard: I1\n        raise ValueError\n    return x\n",
        "def f(x):\n    pass\n    return x\n",
    ),
    "a statement with its else": (
        "wizard/a.py",
        "if a:  # guard: I1\n    b()\nelse:\n    c()\nd()\n",
        "pass\nd()\n",
    ),
    "a statement over many lines": (
        "wizard/a.py",
        "check(  # guard: I1\n    a,\n    b,\n)\nd()\n",
        "pass\nd()\n",
    ),
    "a statement, marked where its brackets close": (
        "wizard/a.py",
        "b()\ncheck(\n    a,\n)  # guard: I1\nd()\n",
        "b()\npass\nd()\n",
    ),
    "a statement, marked where the brackets of its head close": (
        "wizard/a.py",
        "if (\n    a\n    and b\n):  # guard: I1\n    c()\nd()\n",
        "pass\nd()\n",
    ),
    "a decorator, marked where its brackets close": (
        "wizard/a.py",
        "@allow(\n    a,\n)  # guard: H3\ndef f():\n    return 1\n",
        "def f():\n    return 1\n",
    ),
    "the outer of two statements on a line": (
        "wizard/a.py",
        "if a: raise B  # guard: I1\nd()\n",
        "pass\nd()\n",
    ),
    "a branch between others": (
        "wizard/a.py",
        "if a:\n    b()\nelif c:  # guard: I1\n    d()\nelse:\n    e()\n",
        "if a:\n    b()\nelse:\n    pass\n",
    ),
    "a decorator": (
        "wizard/a.py",
        "@first\n@require_POST  # guard: H3\ndef f():\n    return 1\n",
        "@first\ndef f():\n    return 1\n",
    ),
    "a decorator over many lines": (
        "wizard/a.py",
        "@allow(  # guard: H3\n    a,\n)\ndef f():\n    return 1\n",
        "def f():\n    return 1\n",
    ),
    "a function with its decorators": (
        "wizard/a.py",
        "@first\ndef f():  # guard: H3\n    return 1\nx = 1\n",
        "pass\nx = 1\n",
    ),
    "a handler": (
        "wizard/a.py",
        "try:\n    a()\nexcept B:  # guard: F4\n    c()\n    d()\nexcept C:\n    e()\n",
        "try:\n    a()\nexcept B:  # guard: F4\n    raise\nexcept C:\n    e()\n",
    ),
    "a handler on one line": (
        "wizard/a.py",
        "try: a()\nexcept B: pass  # guard: F4\nd()\n",
        "try: a()\nexcept B: raise\nd()\n",
    ),
    "an element": (
        "wizard/a.py",
        'M = [\n    "a",\n    "b",  # guard: H1\n    "c",\n]\n',
        'M = [\n    "a",\n    "c",\n]\n',
    ),
    "an argument": (
        "wizard/a.py",
        "call(\n    a,\n    strict=True,  # guard: H1\n)\n",
        "call(\n    a,\n)\n",
    ),
    "an entry": (
        "wizard/a.py",
        'P = {\n    "a": 1,  # noqa: E501  # guard: H1\n    "b": 2,\n}\n',
        'P = {\n    "b": 2,\n}\n',
    ),
    "a condition": (
        "wizard/a.py",
        "ok = (\n    a\n    and b  # guard: H1\n    and c\n)\n",
        "ok = (\n    a\n    and c\n)\n",
    ),
    "a template's line": (
        "templates/a.html",
        "<form>\n  {% csrf_token %} {# guard: H3 #}\n</form>\n",
        "<form>\n</form>\n",
    ),
    "a template's line with tags of its own": (
        "templates/a.html",
        "<b>\n{% if a %}{{ a }}{% else %}b{% endif %} {# guard: H3 #}\n</b>\n",
        "<b>\n</b>\n",
    ),
    "a script's line": (
        "static/js/a.js",
        "f();\nif (a) { stop(); } // guard: S4\ng();\n",
        "f();\ng();\n",
    ),
    "a style's line": (
        "static/css/a.css",
        "a {\n  color: red; /* guard: S4 */\n  top: 0;\n}\n",
        "a {\n  top: 0;\n}\n",
    ),
    "a rule's line of the Makefile": (
        "Makefile",
        "A := 1\nPIP := pip --require-hashes # guard: P1\nB := 2\n",
        "A := 1\nB := 2\n",
    ),
}


@pytest.mark.parametrize(("name", "text", "left"), REMOVALS.values(), ids=REMOVALS)
def test_a_guard_is_taken_out_whole_and_alone(
    tmp_path: Path, name: str, text: str, left: str
) -> None:
    (guard,) = _planted(tmp_path, name, text)
    assert without(guard, text) == left


UNREMOVABLE = {
    "the head of a finally": (
        "wizard/a.py",
        "try:\n    a()\nfinally:  # guard: I1\n    c()\n",
        "wizard/a.py:3: cannot be taken out",
    ),
    "the last line of an element": (
        "wizard/a.py",
        'P = {\n    "a": [\n        1,\n    ],  # guard: I1\n}\n',
        "wizard/a.py:4: cannot be taken out",
    ),
    "an element that goes on": (
        "wizard/a.py",
        'P = {\n    "a": [  # guard: I1\n        1,\n    ],\n}\n',
        "wizard/a.py:2: cannot be taken out",
    ),
    "a tag that ends elsewhere": (
        "templates/a.html",
        "{% if a %} {# guard: I1 #}\n{% endif %}\n",
        "templates/a.html:1: the line is not complete in itself",
    ),
    "a tag between others": (
        "templates/a.html",
        "{% if a %}\n{% else %} {# guard: I1 #}\n{% endif %}\n",
        "templates/a.html:2: the line is not complete in itself",
    ),
    "a bracket that closes elsewhere": (
        "static/js/a.js",
        "if (a) { // guard: I1\n  b();\n}\n",
        "static/js/a.js:1: the line is not complete in itself",
    ),
}


@pytest.mark.parametrize(("name", "text", "words"), UNREMOVABLE.values(), ids=UNREMOVABLE)
def test_a_guard_that_cannot_be_taken_out_is_an_error_that_names_its_line(
    tmp_path: Path, name: str, text: str, words: str
) -> None:
    (guard,) = _planted(tmp_path, name, text)
    with pytest.raises(BadGuard, match=words):
        without(guard, text)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("wizard/a.py", "x = 1  # guard: everything"),
        ("wizard/a.py", "x = 1  # Guard: I1"),
        ("wizard/a.py", "x = 1  # guard: I1, I2"),
        ("templates/a.html", "<p> {# guard: I1 #} </p>"),
        ("static/css/a.css", "top: 0; // guard: I1"),
        ("Makefile", "A := 1 # guard: I1 and more"),
    ],
)
def test_a_marker_that_is_written_wrongly_is_an_error_that_names_its_line(
    tmp_path: Path, name: str, line: str
) -> None:
    with pytest.raises(BadGuard, match=f"{name}:2: "):
        _planted(tmp_path, name, f"\n{line}\n")


def test_a_marker_names_one_promise_or_several(tmp_path: Path) -> None:
    (guard,) = _planted(tmp_path, "wizard/a.py", "x = 1  # guard: H1 H7\n")
    assert guard.numbers == ("H1", "H7")


def test_words_of_a_marker_in_a_text_mark_nothing(tmp_path: Path) -> None:
    assert _planted(tmp_path, "wizard/a.py", 'x = "# guard: H1"\n') == []


def test_guards_are_looked_for_in_what_is_the_consoles(tmp_path: Path) -> None:
    places = (
        "wizard/views/a.py",
        "ptcconsole/settings.py",
        "ptcconsole/fakeaws/a.py",
        "tests/a.py",
    )
    for place in places:
        _planted(tmp_path, place, "x = 1  # guard: H1\n")
    assert [str(guard) for guard in guards_of(tmp_path)] == [
        "wizard/views/a.py:1",
        "ptcconsole/settings.py:1",
    ]


# --- A whole project, planted ---------------------------------------------------------------------

PROJECT = """[tool.pytest.ini_options]
addopts = "--strict-markers -p no:django -p no:socket -p no:xdist"
pythonpath = ["."]
markers = ["promise(number): planted"]
"""
CODE = '''"""Planted."""

def halve(number):
    if number % 2:  # guard: I1
        raise ValueError
    if number > 100:  # guard: I2
        raise ValueError
    while number > 10:
        number -= 1  # guard: I3
    return number // 2

LIMIT = 7  # guard: I4
BROKEN = 1  # guard: I5
ALONE = 1  # guard: I6
'''
TESTS = '''"""Planted."""
import pytest
from wizard.numbers import LIMIT, halve

@pytest.mark.promise("I1")
def test_odd_numbers_are_refused():
    with pytest.raises(ValueError):
        halve(3)

@pytest.mark.promise("I2")
def test_that_does_not_look():
    assert halve(4) == 2

@pytest.mark.promise("I3")
def test_that_needs_an_end():
    assert halve(12) == 5

@pytest.mark.promise("I4")
def test_that_needs_the_limit():
    assert LIMIT == 7

@pytest.mark.promise("I5")
def test_that_is_red_anyway():
    assert LIMIT == 8
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project with our own way of naming promises."""
    faults = tmp_path / "tests" / "faults"
    faults.mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "faults" / "promise_option.py", faults / "conftest.py")
    shutil.copy(ROOT / "tests" / "faults" / "marks.py", faults)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "tests" / "__init__.py").touch()
    (faults / "__init__.py").touch()
    (faults / "test_numbers.py").write_text(TESTS)
    (tmp_path / "wizard").mkdir()
    (tmp_path / "wizard" / "numbers.py").write_text(CODE)
    return tmp_path


def test_every_guard_is_told_as_caught_survived_or_not_measured(project: Path) -> None:
    told: list[Result] = []
    results = Measurement(told=told.append, patience=2).results(project)
    assert {result.number: (result.guard, result.outcome) for result in results} == {
        "I1": ("wizard/numbers.py:4", GuardOutcome.CAUGHT),
        "I2": ("wizard/numbers.py:6", GuardOutcome.SURVIVED),
        "I3": ("wizard/numbers.py:9", GuardOutcome.TIMED_OUT),
        "I4": ("wizard/numbers.py:12", GuardOutcome.DOES_NOT_START),
        "I5": ("wizard/numbers.py:13", GuardOutcome.NOT_MEASURED),
        "I6": ("wizard/numbers.py:14", GuardOutcome.NOT_MEASURED),
    }
    assert Counter(map(str, told)) == Counter(map(str, results))
    words = summary(results)
    assert (
        "guards removed: 4, caught: 3, survivors: wizard/numbers.py:6 (I2)\n"
        "not measured: wizard/numbers.py:13 (I5), wizard/numbers.py:14 (I6)"
    ) in words
    assert "  I2   0 of 1\n" in words
    assert (project / "wizard" / "numbers.py").read_text() == CODE


@pytest.mark.parametrize(("number", "code"), [("I1", 0), ("I2", 1), ("I5", 1), ("I7", 1)])
def test_only_a_run_in_which_every_guard_was_caught_is_a_success(
    project: Path, number: str, code: int
) -> None:
    file = project / "results.json"
    assert main(["--only", number, "--json", str(file)], project) == code
    assert {row["number"] for row in json.loads(file.read_text())} <= {number}


def test_nothing_is_measured_while_some_guard_cannot_be_taken_out(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _planted(project, "wizard/b.py", "try:\n    a()\nfinally:  # guard: I1\n    c()\n")
    assert main([], project) == 2
    assert "wizard/b.py:3: cannot be taken out" in capsys.readouterr().err


def test_promises_whose_tests_are_elsewhere_can_be_asked_for_by_number() -> None:
    """pytest knows the option before it reads the files that are named."""
    one_of_each_folder = {
        path.parent: path
        for paths in files_by_promise(ROOT).values()
        for path in paths
        if path.parent.name != "faults"
    }
    assert one_of_each_folder
    for path in one_of_each_folder.values():
        number = min(numbers_in(ROOT / path))
        command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "--promise", number]
        run = subprocess.run([*command, str(path)], cwd=ROOT, capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr
