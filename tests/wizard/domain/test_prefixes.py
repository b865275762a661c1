"""Our check of prefixes agrees with botocore's pattern, on generated strings."""

import random
import re
from functools import cache

import botocore.loaders
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard.domain.prefixes import PrefixProblem, is_root, prefix_problem

GOOD = ["ab", "1a", "a/b", "a/b/", "a.b-c_d", "docker--hub", "docker__hub", "docker.io", "a" * 30]
SEGMENT = st.from_regex(r"[a-z0-9]{1,4}((\.|_|__|-{1,4})[a-z0-9]{1,4}){0,3}", fullmatch=True)
PREFIXES = st.builds(
    lambda segments, slash: "/".join(segments) + slash,
    st.lists(SEGMENT, min_size=1, max_size=4),
    st.sampled_from(["", "", "/"]),
)
PIECES = ["", ".", "_", "-", "/", "//", "__", "___", "..", "._", "A", "ROOT", " ", "\n", "\0", "é"]
MUTATIONS = st.sampled_from(PIECES)


@cache
def aws_shape() -> dict[str, object]:
    model = botocore.loaders.Loader().load_service_model("ecr", "service-2")
    shape: dict[str, object] = model["shapes"]["PullThroughCacheRuleRepositoryPrefix"]
    return shape


def aws_accepts(prefix: str) -> bool:
    shape = aws_shape()
    low, high = int(str(shape["min"])), int(str(shape["max"]))
    return low <= len(prefix) <= high and bool(re.fullmatch(str(shape["pattern"]), prefix))


@settings(max_examples=400, deadline=None)
@given(PREFIXES)
def test_our_rule_agrees_with_aws_on_prefixes_made_by_its_grammar(prefix: str) -> None:
    assert (prefix_problem(prefix) is None) == aws_accepts(prefix)


@settings(max_examples=400, deadline=None)
@given(PREFIXES, MUTATIONS, st.integers(0, 30), st.integers(0, 3))
def test_our_rule_agrees_with_aws_on_mutated_prefixes(
    prefix: str, mutation: str, at: int, removed: int
) -> None:
    mutated = prefix[:at] + mutation + prefix[at + removed :]
    assert (prefix_problem(mutated) is None) == aws_accepts(mutated)


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet="ab0._-/AR OT\n\0", max_size=33))
def test_our_rule_agrees_with_aws_on_any_text_of_the_alphabet(text: str) -> None:
    assert (prefix_problem(text) is None) == aws_accepts(text)


def test_our_rule_agrees_with_aws_on_ten_thousand_strings_of_grammar_and_mutation() -> None:
    source = random.Random(20261124)
    disagreed = [
        text
        for text in (mutated(grammatical(source), source) for _ in range(10_000))
        if (prefix_problem(text) is None) != aws_accepts(text)
    ]
    assert disagreed == []


def grammatical(source: random.Random) -> str:
    """A string by ECR's grammar, of any length."""
    parts = [source.choice(("a", "b1", "0", "xyz"))]
    for _ in range(source.randrange(6)):
        parts += source.choice((".", "_", "__", "-", "---", "/")), source.choice(("a", "q7", "9"))
    return "".join(parts) + source.choice(("", "", "/"))


def mutated(text: str, source: random.Random) -> str:
    """The same string, in half of the cases with a piece put in or taken out somewhere."""
    if source.random() < 0.5:
        return text
    at, removed = source.randrange(len(text) + 1), source.randrange(3)
    return text[:at] + source.choice(PIECES) + text[at + removed :]


@pytest.mark.parametrize("prefix", [*GOOD, "ROOT", "root"])
def test_prefixes_that_aws_documents_as_good_are_good(prefix: str) -> None:
    assert prefix_problem(prefix) is None
    assert aws_accepts(prefix)


@pytest.mark.parametrize(
    ("prefix", "problem"),
    [
        ("", PrefixProblem.TOO_SHORT),
        ("a", PrefixProblem.TOO_SHORT),
        ("a" * 31, PrefixProblem.TOO_LONG),
        ("a" * 1_000_000, PrefixProblem.TOO_LONG),
        ("Docker", PrefixProblem.UPPERCASE),
        ("ROOT/", PrefixProblem.UPPERCASE),
        ("a b", PrefixProblem.CHARACTER),
        ("ab\n", PrefixProblem.CHARACTER),
        ("ab\0", PrefixProblem.CHARACTER),
        ("a//b", PrefixProblem.EMPTY_SEGMENT),
        ("/ab", PrefixProblem.EMPTY_SEGMENT),
        ("a-", PrefixProblem.SEGMENT_EDGE),
        ("-a", PrefixProblem.SEGMENT_EDGE),
        ("a..b", PrefixProblem.SEPARATOR_RUN),
        ("a._b", PrefixProblem.SEPARATOR_RUN),
        ("docker___hub", PrefixProblem.SEPARATOR_RUN),
    ],
)
def test_a_refused_prefix_is_told_why(prefix: str, problem: PrefixProblem) -> None:
    assert prefix_problem(prefix) is problem
    assert not aws_accepts(prefix)


@pytest.mark.parametrize(("prefix", "expected"), [(None, True), ("ROOT", True), ("root", False)])
def test_only_root_in_capitals_or_nothing_stands_for_every_repository(
    prefix: str | None, expected: bool
) -> None:
    assert is_root(prefix) is expected
