"""Fixtures of the app's tests."""

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import Target

TARGET = Target(account_id=ACCOUNT, region=REGION)


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


@pytest.fixture
def quay(aws: FakeAws) -> str:
    """A rule without credentials; returns its prefix."""
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
    )
    return "quay"
