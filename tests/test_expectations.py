"""The list of expectations is whole, and each test that it names exists."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.expectations import EXPECTATIONS, OPEN

TESTS = Path(__file__).resolve().parent


@cache
def _functions(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_the_list_is_whole() -> None:
    assert list(EXPECTATIONS) == list(range(1, 26))
    assert OPEN.keys() <= EXPECTATIONS.keys()


@pytest.mark.parametrize("number", EXPECTATIONS)
def test_an_expectation_has_its_tests(number: int) -> None:
    named = EXPECTATIONS[number].tests
    assert named or number in OPEN
    for each in named:
        file, _, function = each.partition("::")
        assert function in _functions(TESTS / file), each
