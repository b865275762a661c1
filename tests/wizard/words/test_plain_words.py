"""The console's texts are in AWS's plain style: no phrase of the list below is in any of them."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from wizard.domain import Region

ROOT: Final = Path(__file__).resolve().parents[3]

# A pattern, a text that has it, and what AWS's style says instead.
REFUSED: Final = (
    (r"\b[Mm]ay\b", "You may not do this here", "can, or might for what is possible"),
    (r"\bby itself\b", "Validate by itself", "automatically"),
    (r"\b[Cc]ut off\b", "An operation was cut off", "interrupted"),
    (r"\bgo(es)? on\b", "The console goes on in the background", "continue"),
    (r"\b[Ss]witch(ed|ing)? (off|on)\b", "Switched off", "deactivate, activate"),
    (r"\b[Gg]rants?\b", "Give a grant", "permission"),
    (r"\b[Ff]urther Regions\b", "Further Regions", "additional Regions"),
    (r"\bany ?more\b", "does not validate any more", "no longer"),
    (
        r"\bdo(es)?(n't| not) validate\b",
        "The rule does not validate",
        "Validation failed: (reason)",
    ),
    (r"\b[Mm]akes? (a|an|another|it|the (rule|secret|link))\b", "Make a link", "create"),
    (r"\bholds?\b", "What AWS holds now", "contain"),
    (r"\b(come|comes|let|lets|came) in\b", "Whoever has the link can come in", "sign in"),
    (r"\blet(s)? you in\b", "Single sign-on did not let you in", "sign in"),
    (r"\bstands?\b", "Failures stand under their reason", "be, appear"),
    (r"\b[Ww]hoever\b", "Whoever has the link", "anyone who, the operator"),
    (r"\b([Ss]ome|[Nn]o|[Ee]very)body\b", "changed by somebody else", "another person, everyone"),
    (r"\bNothing has to be done\b", "Nothing has to be done", "You don't need to do anything"),
    (r"\bis to be\b", "If there is to be no retry", "If you don't want to retry"),
    (r"\btakes? the place\b", "A grant takes the place of one", "replace"),
    (r"\bland(s)?\b", "Cached images land in repositories", "are stored"),
    (r"\bnothing else of\b", "AWS can exchange nothing else of a rule", "only"),
    (r"\bexactly as\b", "The rule existed exactly as asked", "identical"),
    (r"\b[Hh]and\b.*\bover\b", "Hand this link over", "share"),
    (r"\b[Nn]oted\b", "Noted where nobody can change it", "store, set"),
    (r"\bopens? this\b", "No token opens this.", "access"),
    (r"\bnot good\b", "This token is not good.", "invalid"),
    (r"\bAWS's (words|reason)\b", "AWS's words", "message from AWS"),
    (r"\bthe (console's|rule's) own\b", "the rule's own Region", "its, of the rule"),
    (r"\b(lower|upper)-case\b", "lower-case letters", "lowercase, uppercase"),
    (r"\b[Uu]ser name\b", "Enter a user name", "username"),
    (r"\b[Ee]-mail\b", "Alerts go by e-mail", "email"),
    (r";", "It can be restored; until then its name is taken.", "two sentences"),
    (r"^[^.:]*: nothing\b", "Nothing to do: nothing", "a sentence"),
    (r"^Way$", "Way", "Source"),
    (r"^Numbers?$", "Numbers", "Sequence numbers"),
    (r"\bOpen drafts\b", "Choose it under Open drafts", "the drafts above the list of rules"),
    (r"\bbeforehand\b", "Nothing is known beforehand", "in advance"),
    (r"\btakes? no\b", "This registry takes no secret", "doesn't use"),
    (r"\bis of the\b", "The rule is of the account", "belongs to"),
    (r"\bof the text\b", "The secret of the text", "in the text"),
    (r"\bbecame of\b", "Retry reads what became of them", "their state"),
    (r"\bis there twice\b", "The argument is there twice", "appears twice"),
)

# What the documents for operators don't say either. They use the word grant, as the settings do.
REFUSED_IN_DOCUMENTS: Final = tuple(
    pattern
    for pattern, example, _ in REFUSED
    if example
    in {
        "You may not do this here",
        "Validate by itself",
        "An operation was cut off",
        "The console goes on in the background",
        "Switched off",
        "Further Regions",
        "The rule does not validate",
        "What AWS holds now",
        "Failures stand under their reason",
        "Whoever has the link",
        "changed by somebody else",
        "Cached images land in repositories",
        "Enter a user name",
        "Alerts go by e-mail",
        "Nothing is known beforehand",
    }
)
DOCUMENTS: Final = ("README.md", "OPERATIONS.md")

# A name and a code of a Region side by side, as in "Europe (Ireland) eu-west-1". In menus of
# Regions, the code is a column of its own.
SIDE_BY_SIDE: Final = re.compile(r"\.name }}(</(a|span)>)?\s*(<span[^>]*>)?\s*{{ [\w.]*code }}")
MENUS: Final = {"components/_top_bar.html", "overview/_add_rule.html"}

# The word of a rule is "prefix". "Namespace" is a label of the guide, in the wizard alone.
NAMESPACE: Final = re.compile(r"\b[Nn]amespaces?\b")
WITH_NAMESPACE: Final = (
    "wizard/drafting/",
    "wizard/words/help.py",
    "templates/wizard/",
    "templates/help/",
)


class Words(NamedTuple):
    """A text, and the file that contains it."""

    file: str
    text: str


_TAGS: Final = (
    re.compile(r"{%\s*translate\s+(?P<quote>[\"'])(?P<text>.*?)(?P=quote)"),
    re.compile(r"{%\s*blocktranslate\b[^%]*%}(?P<text>.*?){%\s*endblocktranslate\s*%}", re.DOTALL),
    re.compile(r"\b_\((?P<quote>[\"'])(?P<text>.*?)(?P=quote)\)"),
)
_MARKERS: Final = {
    *("_", "gettext", "gettext_lazy", "gettext_noop"),
    *("ngettext", "ngettext_lazy", "pgettext", "refused"),
}


def texts_of_templates() -> Iterator[Words]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        file = str(path.relative_to(ROOT))
        source = path.read_text(encoding="utf-8")
        for tag in _TAGS:
            for found in tag.finditer(source):
                text = re.sub(r"{{.*?}}|{%.*?%}|<[^>]*>", "X", found["text"])
                yield Words(file, " ".join(text.split()))


def texts_of_modules() -> Iterator[Words]:
    for path in sorted((ROOT / "wizard").rglob("*.py")):
        if "migrations" in path.parts:
            continue
        file = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _MARKERS:
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield Words(file, re.sub(r"%\(\w+\)[sd]", "X", argument.value))


@cache
def texts() -> tuple[Words, ...]:
    """All texts. They are read when a test asks, because every worker imports this module."""
    return (*texts_of_templates(), *texts_of_modules())


def test_the_texts_are_found() -> None:
    """Otherwise the tests below would pass without having read anything."""
    found = {words.text for words in texts()}
    assert len(found) > 900
    assert "Pull through cache configuration" in found
    assert "Interrupted" in found
    assert "The token is invalid or expired." in found
    assert "Choose a registry." in found


@pytest.mark.parametrize(("pattern", "example", "better"), REFUSED)
def test_no_text_has_a_refused_phrase(pattern: str, example: str, better: str) -> None:
    assert re.search(pattern, example), "the pattern does not find its own example"
    found = [f"{words.file}: {words.text}" for words in texts() if re.search(pattern, words.text)]
    assert not found, f"write {better}"


def test_only_the_wizard_has_the_word_namespace() -> None:
    found = [words for words in texts() if NAMESPACE.search(words.text)]
    assert {words.text for words in found} >= {"Cache namespace", "Upstream namespace"}
    assert [words for words in found if not words.file.startswith(WITH_NAMESPACE)] == []


def test_a_region_is_its_name_and_its_code_in_parentheses() -> None:
    assert Region(code="eu-west-1", name="Europe (Ireland)").label == "Europe (Ireland) (eu-west-1)"


def test_no_page_has_a_name_and_a_code_of_a_region_without_parentheses() -> None:
    folder = ROOT / "templates"
    found = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.html")
        if SIDE_BY_SIDE.search(path.read_text(encoding="utf-8"))
    }
    assert found == MENUS


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_document_for_operators_has_a_refused_phrase(document: str) -> None:
    assert len(REFUSED_IN_DOCUMENTS) == 15
    text = (ROOT / document).read_text(encoding="utf-8")
    prose = [
        re.sub("`[^`]*`", "", line) for line in text.splitlines() if not line.startswith("    ")
    ]
    found = [line for line in prose if any(re.search(each, line) for each in REFUSED_IN_DOCUMENTS)]
    assert found == []
