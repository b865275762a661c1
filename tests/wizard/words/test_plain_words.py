"""The console's texts are in AWS's plain style: no phrase of the list below is in any of them."""

import ast
import re
from collections.abc import Iterator
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
    (r"\bdoes(n't| not) validate\b", "The rule does not validate", "Validation failed: (reason)"),
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
)

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


TEXTS: Final = (*texts_of_templates(), *texts_of_modules())


def test_the_texts_are_found() -> None:
    """Otherwise the tests below would pass without having read anything."""
    texts = {words.text for words in TEXTS}
    assert len(texts) > 900
    assert "Pull through cache configuration" in texts
    assert "Interrupted" in texts
    assert "The token is invalid or expired." in texts
    assert "Choose a registry." in texts


@pytest.mark.parametrize(("pattern", "example", "better"), REFUSED)
def test_no_text_has_a_refused_phrase(pattern: str, example: str, better: str) -> None:
    assert re.search(pattern, example), "the pattern does not find its own example"
    found = [f"{words.file}: {words.text}" for words in TEXTS if re.search(pattern, words.text)]
    assert not found, f"write {better}"


def test_only_the_wizard_has_the_word_namespace() -> None:
    found = [words for words in TEXTS if NAMESPACE.search(words.text)]
    assert {words.text for words in found} >= {"Cache namespace", "Upstream namespace"}
    assert [words for words in found if not words.file.startswith(WITH_NAMESPACE)] == []


def test_a_region_is_its_name_and_its_code_in_parentheses() -> None:
    assert Region(code="eu-west-1", name="Europe (Ireland)").label == "Europe (Ireland) (eu-west-1)"
