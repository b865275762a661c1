"""The rules that are selected to be deleted, and the secrets that no rule uses afterwards."""

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.wizard.conftest import TARGET
from wizard.domain import Target
from wizard.domain.errors import AccessDenied
from wizard.services import fanout
from wizard.services.deletions import RuleName, find_rules, left_secrets

SECRET = "arn:aws:secretsmanager:us-east-2:123456789012:secret:ecr-pullthroughcache/hub-AbC123"


def test_rules_are_found_where_their_region_can_be_read(
    aws: FakeAws, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 600.0)
    boto3.client("ecr", region_name=TARGET.region).create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
    )
    other = Target(account_id=TARGET.account_id, region="eu-west-1")
    aws.refuse(operation="DescribePullThroughCacheRules", region=other.region)
    names = [
        RuleName(target=target, ecr_repository_prefix=prefix)
        for target in (other, TARGET)
        for prefix in ("quay", "ghost")
    ]
    selection = find_rules(names=names)
    found = {name.ecr_repository_prefix: rule for name, rule in selection.rules}
    assert {name.target for name, _rule in selection.rules} == {TARGET}
    assert found["ghost"] is None
    assert found["quay"] is not None
    assert [(target, type(error)) for target, error in selection.unread.items()] == [
        (other, AccessDenied)
    ]


def test_a_secret_that_no_rule_uses_is_left(aws: FakeAws, db: None) -> None:
    secrets = boto3.client("secretsmanager", region_name=TARGET.region)
    arn = secrets.create_secret(Name="ecr-pullthroughcache/prod-github", SecretString="x")["ARN"]
    for written in (arn, arn[:-7]):
        left = left_secrets({TARGET: {written}})
        assert [orphan.name for orphan in left.orphans] == ["ecr-pullthroughcache/prod-github"]
        assert left.unknown == []


def test_a_secret_that_does_not_exist_any_more_is_not_left(aws: FakeAws, db: None) -> None:
    left = left_secrets({TARGET: {SECRET}})
    assert (left.orphans, left.unknown) == ([], [])


def test_where_the_rules_cannot_be_read_every_secret_counts_as_in_use(
    aws: FakeAws, db: None
) -> None:
    aws.refuse(operation="DescribePullThroughCacheRules")
    left = left_secrets({TARGET: {SECRET}})
    assert (left.orphans, left.unknown) == ([], [TARGET])


def test_a_secret_that_another_rule_uses_is_not_left(aws: FakeAws, db: None) -> None:
    secrets = boto3.client("secretsmanager", region_name=TARGET.region)
    value = '{"username": "demo", "accessToken": "token"}'
    arn = secrets.create_secret(Name="ecr-pullthroughcache/hub", SecretString=value)["ARN"]
    boto3.client("ecr", region_name=TARGET.region).create_pull_through_cache_rule(
        ecrRepositoryPrefix="other",
        upstreamRegistryUrl="registry-1.docker.io",
        credentialArn=arn,
    )
    left = left_secrets({TARGET: {arn}})
    assert (left.orphans, left.unknown) == ([], [])
