"""The fixture `production`: one console for all journeys, as production runs it.

It runs with `make servers` only: SQLite has no place in it.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.production.site import Site, production_site


@pytest.fixture(scope="session")
def _site(aws: FakeAws) -> Iterator[Site]:
    """In a folder that PostgreSQL's own user can reach, unlike those of pytest."""
    with (
        tempfile.TemporaryDirectory(prefix="ptcconsole-production-") as folder,
        production_site(Path(folder), aws=aws) as site,
    ):
        yield site


@pytest.fixture
def production(request: pytest.FixtureRequest, aws: FakeAws) -> Iterator[Site]:
    """The console; the simulated AWS is empty at the start of each test."""
    if not os.environ.get("TEST_DATABASE_URL"):
        pytest.skip("runs on PostgreSQL and Redis: make servers")
    site: Site = request.getfixturevalue("_site")
    yield site
    aws.release()
