"""Runs the scan only if it is requested by path (`make scan`), because it needs extra tools."""

from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the scan out of a run that was not requested by its path."""
    named = (Path(word.partition("::")[0]).resolve() for word in config.args)
    return None if any(path.is_relative_to(HERE) for path in named) else True
