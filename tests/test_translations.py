"""The catalogues: complete, compiled, and with the placeholders of the source."""

import ast
import gettext
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings

ROOT: Final = Path(__file__).resolve().parents[1]
LOCALE: Final = "wizard/locale"
CATALOGUES: Final = [
    ROOT / LOCALE / code / "LC_MESSAGES" / "django.po"
    for code, _ in settings.LANGUAGES
    if code != "en"
]

# What a translation must have as often as its source.
_PLACEHOLDER: Final = re.compile(r"%\(\w+\)[sd]|%[sd]|{\w*}|<[^>]+>|`[^`]*`")
# Functions that translate at once, in the language that is active then.
_AT_ONCE: Final = frozenset({"gettext", "ngettext", "pgettext", "npgettext"})

each_catalogue = pytest.mark.parametrize("po", CATALOGUES, ids=lambda po: po.parts[-3])

Texts = dict[str | tuple[str, int], str]


def _texts(mo: Path) -> Texts:
    """Every translation of a compiled catalogue; one with a plural has an entry for each form."""
    with mo.open("rb") as file:
        texts: Texts = vars(gettext.GNUTranslations(file))["_catalog"]
    return texts


def _counted(text: str) -> Counter[str]:
    return Counter(_PLACEHOLDER.findall(text))


@each_catalogue
def test_a_clone_needs_no_compiler(po: Path, tmp_path: Path) -> None:
    """What is in the repository is what the catalogue compiles to: run `make messages`."""
    compiled = tmp_path / "django.mo"
    subprocess.run(["msgfmt", "--check-format", "-o", compiled, po], check=True)
    assert _texts(po.with_suffix(".mo")) == _texts(compiled)


@each_catalogue
def test_a_translation_has_the_placeholders_and_tags_of_its_source(po: Path) -> None:
    """The form of a plural for one may have fewer, and the others more: `msgfmt` checks these."""
    wrong = []
    for source, text in _texts(po.with_suffix(".mo")).items():
        message, form = source if isinstance(source, tuple) else (source, None)
        wanted, found = _counted(message.rpartition("\x04")[2]), _counted(text)
        is_missing = form != 0 and bool(wanted - found)
        is_unknown = not form and bool(found - wanted)
        if message and (is_missing or is_unknown):
            wrong.append(f"{message} => {text}")
    assert wrong == []


@each_catalogue
def test_a_catalogue_differs_only_if_texts_do(po: Path) -> None:
    lines = po.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "-Date:" in line] == []
    assert [line for line in lines if re.match(r"#: .*:\d", line)] == []
    assert [line for line in lines if line.startswith(("#~", "#:  /", "#, fuzzy"))] == []


def _at_import(tree: ast.Module, names: set[str]) -> Iterator[int]:
    """The lines of calls of these names that run when the module is imported."""
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            pending += [*node.args.defaults, *filter(None, node.args.kw_defaults)]
            pending += getattr(node, "decorator_list", [])
            continue
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
            yield node.lineno
        pending += ast.iter_child_nodes(node)


def _names_of(tree: ast.Module) -> set[str]:
    """The names by which a module calls the functions that translate at once."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in _AT_ONCE
    }


def test_no_text_is_translated_before_there_is_a_language() -> None:
    """At import the language is that of the console, for as long as the process lives."""
    found = []
    for folder in ("wizard", "ptcconsole"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            name = path.relative_to(ROOT)
            found += [f"{name}:{line}" for line in _at_import(tree, _names_of(tree))]
    assert found == [], "use gettext_lazy"


def test_a_text_that_is_translated_at_import_is_found() -> None:
    source = "from django.utils.translation import gettext as _\nNAME = {1: _('Name')}\n"
    tree = ast.parse(source + "def name(text: str = _('Name')) -> str:\n    return _('Name')\n")
    assert sorted(_at_import(tree, _names_of(tree))) == [2, 3]


def test_every_text_is_translated(tmp_path: Path) -> None:
    """The catalogues are what `make messages` finds now, and no translation is missing."""
    for folder in ("wizard", "ptcconsole", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "ptcconsole.settings",
        "CONSOLE_ENV": "local",
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(tmp_path / "data"),
    }
    command = [sys.executable, "manage.py", "makemessages", "--verbosity", "0"]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    for po in CATALOGUES:
        found = tmp_path / po.relative_to(ROOT)
        untranslated = ["msgattrib", "--untranslated", "--no-wrap", str(found)]
        told = subprocess.run(untranslated, capture_output=True, text=True, check=True).stdout
        assert re.findall(r'^msgid "(.+)"', told, re.MULTILINE) == [], "run `make messages`"
        subprocess.run(["msgfmt", "-o", found.with_suffix(".mo"), found], check=True)
        assert _texts(found.with_suffix(".mo")) == _texts(po.with_suffix(".mo"))
