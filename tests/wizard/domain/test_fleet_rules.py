"""A rule of many accounts: what it is in each, and which existing rules are like it."""

from dataclasses import replace

import pytest

from wizard.domain import Rule, Target
from wizard.domain.fleet_rules import (
    FleetChange,
    FleetRule,
    change_record,
    fleet_rule_like,
    likely_secret_name,
    recorded_change,
    recorded_rule,
    rule_record,
)

HERE = Target(account_id="123456789012", region="us-east-2")
OTHER = Target(account_id="210987654321", region="eu-west-1")
NAME = "ecr-pullthroughcache/hub"
ARN = f"arn:aws:secretsmanager:us-east-2:123456789012:secret:{NAME}-AbCdEf"
HUB = Rule(
    ecr_repository_prefix="hub",
    upstream_registry_url="registry-1.docker.io",
    registry_id=HERE.account_id,
    credential_arn=ARN,
)


def ecr(account_id: str, region: str, role: str | None = None) -> Rule:
    url = f"{account_id}.dkr.ecr.{region}.amazonaws.com"
    return replace(HUB, upstream_registry_url=url, credential_arn=None, custom_role_arn=role)


def test_a_rule_is_like_itself_and_not_like_one_with_another_secret_url_or_prefix() -> None:
    rule = fleet_rule_like(HUB, secret_name=NAME)
    assert rule.is_like(HUB, HERE)
    for other in (
        replace(HUB, credential_arn=ARN.replace("hub", "hub-two")),
        replace(HUB, credential_arn=None),
        replace(HUB, upstream_registry_url="ghcr.io"),
        replace(HUB, upstream_repository_prefix="library"),
    ):
        assert not rule.is_like(other, HERE)
    assert rule.is_like(replace(HUB, upstream_repository_prefix="ROOT"), HERE)


def test_the_own_registry_and_the_role_follow_the_account() -> None:
    own = fleet_rule_like(ecr(HERE.account_id, "eu-west-1"), secret_name="")
    there = own.in_place(replace(OTHER, region="us-east-1"), credential_arn=None)
    assert there.upstream_registry_url == "210987654321.dkr.ecr.eu-west-1.amazonaws.com"
    assert own.is_upstream(OTHER)
    assert not own.is_upstream(replace(OTHER, region="us-east-1"))
    role = "arn:aws:iam::123456789012:role/upstream"
    cross = fleet_rule_like(ecr("111122223333", "eu-west-1", role), secret_name="")
    there = cross.in_place(OTHER, credential_arn=None)
    assert there.custom_role_arn == "arn:aws:iam::210987654321:role/upstream"
    assert there.upstream_registry_url == "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
    # In the account of the upstream, in whichever Region, no role is needed.
    assert cross.is_upstream(Target(account_id="111122223333", region="us-east-1"))
    assert not cross.is_upstream(OTHER)


@pytest.mark.parametrize(
    ("arn", "name"),
    [(ARN, NAME), (ARN.removesuffix("-AbCdEf"), NAME), ("arn:aws:iam::1:role/x", ""), ("", "")],
)
def test_the_name_of_a_secret_is_without_the_suffix_of_its_arn(arn: str, name: str) -> None:
    assert likely_secret_name(arn) == name


def test_what_is_stored_is_read_again_and_more_or_less_is_no_error() -> None:
    rule = fleet_rule_like(HUB, secret_name=NAME)
    assert recorded_rule(rule_record(rule)) == rule
    assert recorded_rule({"ecr_repository_prefix": "hub", "upstream_registry_url": None}) == (
        FleetRule(ecr_repository_prefix="hub", upstream_registry_url="")
    )
    change = FleetChange(upstream_repository_prefix="")
    assert recorded_change(change_record(change)) == change


def test_a_change_leaves_what_it_does_not_name_and_what_a_rule_does_not_have() -> None:
    hub = fleet_rule_like(HUB, secret_name=NAME)
    open_rule = replace(hub, secret_name="")
    secret = FleetChange(secret_name="ecr-pullthroughcache/new")
    assert secret.applied_to(open_rule) == open_rule
    assert secret.applied_to(hub) == replace(hub, secret_name="ecr-pullthroughcache/new")
    assert not secret.replaces(hub)
    narrow = FleetChange(upstream_repository_prefix="library")
    assert narrow.replaces(hub)
    assert not narrow.is_possible_for(replace(hub, ecr_repository_prefix="ROOT"))
    assert not FleetChange(upstream_repository_prefix="").replaces(hub)
