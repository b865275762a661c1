"""The registry policy: the actions that it may contain, and how AWS returns it."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

ACCOUNT = "123456789012"
PULL_THROUGH_CACHE = ["ecr:CreateRepository", "ecr:BatchImportUpstreamImage"]


def _policy(action: Any) -> str:
    statement = {
        "Sid": "PullThroughCache",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": action,
        "Resource": f"arn:aws:ecr:us-east-2:{ACCOUNT}:repository/quay/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    "action",
    [PULL_THROUGH_CACHE, "ecr:ReplicateImage", "ecr:BatchGetImage", "ecr:*", "ECR:batchget*"],
)
def test_a_policy_with_actions_of_ecr_is_kept_as_it_is(ecr: "ECRClient", action: Any) -> None:
    policy = _policy(action)
    put = ecr.put_registry_policy(policyText=policy)
    got = ecr.get_registry_policy()
    deleted = ecr.delete_registry_policy()
    for answer in (put, got, deleted):
        assert answer["registryId"] == ACCOUNT
        assert json.loads(answer["policyText"]) == json.loads(policy)
    assert refusal_of(ecr.get_registry_policy).code == "RegistryPolicyNotFoundException"
    assert refusal_of(ecr.delete_registry_policy).code == "RegistryPolicyNotFoundException"


@pytest.mark.parametrize(
    "text",
    [
        *map(_policy, ("s3:GetObject", "*", "ecr:Wat", "ecr:Wat*", ["ecr:*", "ecr:Nothing"])),
        _policy("ecr:*").replace("us-east-2", "eu-west-1"),
        _policy("ecr:*").replace(f"us-east-2:{ACCOUNT}", "us-east-2:210987654321"),
        _policy("ecr:*").replace("repository/quay/*", "registry"),
        "not JSON",
        "{}",
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(ecr: "ECRClient", text: str) -> None:
    refusal = refusal_of(ecr.put_registry_policy, policyText=text)
    assert (refusal.code, refusal.status) == ("InvalidParameterException", 400)
    assert refusal_of(ecr.get_registry_policy).code == "RegistryPolicyNotFoundException"


@pytest.mark.parametrize("entity", ["role/none", "user/none", "role/new"])
def test_a_principal_that_does_not_exist_is_refused_if_principals_are_checked(
    aws: FakeAws, ecr: "ECRClient", make_role: Callable[..., str], entity: str
) -> None:
    aws.lag("roles", reads=1)
    make_role("new", "ec2.amazonaws.com")
    policy = _policy("ecr:*").replace(f"{ACCOUNT}:root", f"{ACCOUNT}:{entity}")
    aws.check("policies")
    refusal = refusal_of(ecr.put_registry_policy, policyText=policy)
    assert refusal.code == "InvalidParameterException"
    assert refusal.message == (
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'"
    )
    if entity == "role/new":
        ecr.put_registry_policy(policyText=policy)


def test_the_registry_is_described_by_its_account(ecr: "ECRClient") -> None:
    answer = ecr.describe_registry()
    assert answer["registryId"] == ACCOUNT
    assert answer["replicationConfiguration"] == {"rules": []}
