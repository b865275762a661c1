"""The last checks of a rule before AWS is called."""

from dataclasses import replace

import pytest

from wizard.domain import NewRule, Rule, Target, check_new_rule
from wizard.domain.errors import InvalidIdentifier, InvalidRule

TARGET = Target(account_id="123456789012", region="us-east-2")
SECRET = "arn:aws:secretsmanager:us-east-2:123456789012:secret:ecr-pullthroughcache/hub-AbC123"
ROLE = "arn:aws:iam::123456789012:role/ptc"
OPEN = NewRule(ecr_repository_prefix="quay", upstream_registry_url="quay.io")
SECRETIVE = NewRule(
    ecr_repository_prefix="hub",
    upstream_registry_url="registry-1.docker.io",
    credential_arn=SECRET,
)
CROSS = NewRule(
    ecr_repository_prefix="ecr",
    upstream_registry_url="111122223333.dkr.ecr.eu-west-1.amazonaws.com",
    custom_role_arn=ROLE,
)


@pytest.mark.parametrize(
    "rule",
    [
        OPEN,
        SECRETIVE,
        CROSS,
        replace(CROSS, upstream_repository_prefix="team"),
        replace(CROSS, ecr_repository_prefix="ROOT"),
        replace(CROSS, ecr_repository_prefix="ROOT", upstream_repository_prefix="ROOT"),
    ],
)
def test_a_whole_rule_passes(rule: NewRule) -> None:
    check_new_rule(rule, TARGET)


@pytest.mark.parametrize(
    ("rule", "member"),
    [
        (replace(OPEN, ecr_repository_prefix="Quay"), "ecr_repository_prefix"),
        (replace(OPEN, ecr_repository_prefix=""), "ecr_repository_prefix"),
        (replace(OPEN, upstream_registry_url="harbor.example.com"), "upstream_registry_url"),
        (replace(OPEN, credential_arn=SECRET), "credential_arn"),
        (replace(OPEN, custom_role_arn=ROLE), "custom_role_arn"),
        (replace(SECRETIVE, credential_arn=None), "credential_arn"),
        (replace(CROSS, custom_role_arn=None), "custom_role_arn"),
        (replace(CROSS, upstream_repository_prefix="Team"), "upstream_repository_prefix"),
        (
            replace(CROSS, ecr_repository_prefix="ROOT", upstream_repository_prefix="team"),
            "upstream_repository_prefix",
        ),
    ],
)
def test_a_rule_aws_would_refuse_names_its_member(rule: NewRule, member: str) -> None:
    with pytest.raises(InvalidRule) as caught:
        check_new_rule(rule, TARGET)
    assert caught.value.member == member


def test_a_secret_or_role_of_elsewhere_is_refused() -> None:
    with pytest.raises(InvalidIdentifier):
        check_new_rule(replace(SECRETIVE, credential_arn=SECRET.replace("east", "west")), TARGET)
    with pytest.raises(InvalidIdentifier):
        check_new_rule(replace(CROSS, custom_role_arn=ROLE.replace("1234", "9999")), TARGET)


def test_a_rule_s_kind_is_read_off_its_url_even_where_aws_leaves_it_out() -> None:
    rule = Rule(
        ecr_repository_prefix="old", upstream_registry_url="quay.io", registry_id="123456789012"
    )
    assert rule.upstream_registry is None
    assert rule.registry is not None
    assert rule.registry.key == "quay"
