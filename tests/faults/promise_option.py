"""`--promise N` runs the tests of that promise only. Every report has the promises of its test."""

import pytest

from tests.faults.marks import numbers_of


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--promise",
        action="append",
        default=[],
        metavar="N",
        help="run only the tests of this promise; may be given more than once",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of the requested promise, and add the promises to their reports."""
    wanted = set(config.getoption("promise", default=None) or [])
    kept: list[pytest.Item] = []
    others: list[pytest.Item] = []
    for item in items:
        numbers = numbers_of(item)
        item.user_properties += [("promise", number) for number in sorted(numbers)]
        (kept if not wanted or wanted & numbers else others).append(item)
    items[:] = kept
    if others:
        config.hook.pytest_deselected(items=others)
