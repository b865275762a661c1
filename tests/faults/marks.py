"""Reads which tests have which promise, from the test files and from pytest's items."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# All tests in these folders are about promises. Others may carry one, too.
FOLDERS = ("tests/faults", "tests/scan")


def numbers_of(item: pytest.Item) -> set[str]:
    """The promises that a collected test carries."""
    return {str(number) for mark in item.iter_markers("promise") for number in mark.args}


def files_by_promise(root: Path = ROOT) -> dict[str, list[Path]]:
    """Return the test files of each promise, without importing them."""
    found: dict[str, list[Path]] = {}
    for path in sorted((root / "tests").rglob("test_*.py")):
        for number in numbers_in(path):
            found.setdefault(number, []).append(path.relative_to(root))
    return found


def files_elsewhere() -> list[Path]:
    """Return the test files outside those folders with a test that carries a promise."""
    of_promises = {path for paths in files_by_promise().values() for path in paths}
    return sorted(path for path in of_promises if str(path.parent) not in FOLDERS)


def numbers_in(path: Path) -> set[str]:
    """The promises that the tests of one file carry."""
    text = path.read_text(encoding="utf-8")
    if "promise" not in text:
        return set()
    tree = ast.parse(text, filename=str(path))
    return {number for node in ast.walk(tree) for number in _numbers_of_call(node, path)}


def _numbers_of_call(node: ast.AST, path: Path) -> Iterator[str]:
    """Return the arguments of `pytest.mark.promise(...)`, which must be literals."""
    if not isinstance(node, ast.Call) or ast.unparse(node.func) != "pytest.mark.promise":
        return
    if not node.args or node.keywords:
        raise ValueError(f"{path}:{node.lineno}: a promise is named by its number alone")
    for argument in node.args:
        if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
            raise ValueError(f"{path}:{node.lineno}: a promise's number is written out as text")
        yield argument.value
