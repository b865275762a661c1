"""IAM's roles: AWS's words, the service-linked role, trust policies, and who sees changes late."""

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from ptcconsole.fakeaws.iam.models import ROLE_NAME, AccurateBackend
from ptcconsole.fakeaws.policies import PTC_PRINCIPAL
from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_sts import STSClient

ACCOUNT = "123456789012"


def test_a_role_that_does_not_exist_is_named_in_awss_words(iam: "IAMClient") -> None:
    refusal = refusal_of(iam.get_role, RoleName="nope")
    assert (refusal.code, refusal.message) == (
        "NoSuchEntity",
        "The role with name nope cannot be found.",
    )


def test_the_service_linked_role_is_made_once(iam: "IAMClient") -> None:
    iam.create_service_linked_role(AWSServiceName=PTC_PRINCIPAL)
    refusal = refusal_of(iam.create_service_linked_role, AWSServiceName=PTC_PRINCIPAL)
    assert (refusal.code, refusal.status) == ("InvalidInput", 400)
    assert refusal.message == (
        f"Service role name {ROLE_NAME} has been taken in this account, please try a different "
        "suffix."
    )


def test_the_service_linked_role_stays_while_a_rule_exists(
    iam: "IAMClient", client_of: Callable[..., Any]
) -> None:
    ecr = client_of("ecr", "eu-west-1")
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    task = iam.delete_service_linked_role(RoleName=ROLE_NAME)["DeletionTaskId"]
    status = iam.get_service_linked_role_deletion_status(DeletionTaskId=task)
    assert (status["Status"], status["Reason"]["Reason"]) == (
        "FAILED",
        "The role is used by pull through cache rules in eu-west-1",
    )
    assert iam.get_role(RoleName=ROLE_NAME)["Role"]["RoleName"] == ROLE_NAME
    ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="quay")
    task = iam.delete_service_linked_role(RoleName=ROLE_NAME)["DeletionTaskId"]
    status = iam.get_service_linked_role_deletion_status(DeletionTaskId=task)
    assert status["Status"] == "SUCCEEDED"
    assert refusal_of(iam.get_role, RoleName=ROLE_NAME).code == "NoSuchEntity"


@pytest.mark.parametrize(
    ("principal", "shown"),
    [
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/none"}, f'"AWS":"arn:aws:iam::{ACCOUNT}:user/none"'),
        ({"AWS": [ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/none"]}, "role/none"),
        ({"Service": "no service"}, '"SERVICE":"no service"'),
    ],
)
def test_a_trust_policy_names_existing_principals_if_policies_are_checked(
    aws: FakeAws, iam: "IAMClient", principal: dict[str, Any], shown: str
) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.create_role(RoleName="unchecked", AssumeRolePolicyDocument=trust)
    aws.check("policies")
    for call in (
        lambda: iam.create_role(RoleName="checked", AssumeRolePolicyDocument=trust),
        lambda: iam.update_assume_role_policy(RoleName="unchecked", PolicyDocument=trust),
    ):
        refusal = refusal_of(call)
        assert (refusal.code, refusal.status) == ("MalformedPolicyDocument", 400)
        assert refusal.message.startswith("Invalid principal in policy: ")
        assert shown in refusal.message


@pytest.mark.parametrize("document", ["not json", "[]", "{}"])
def test_a_trust_policy_is_a_policy_if_policies_are_checked(
    aws: FakeAws, iam: "IAMClient", document: str
) -> None:
    aws.check("policies")
    refusal = refusal_of(iam.create_role, RoleName="m", AssumeRolePolicyDocument=document)
    assert refusal.code == "MalformedPolicyDocument"


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": ACCOUNT},
        {"AWS": "arn:aws:iam::111122223333:root"},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:role/known"},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:user/ada"},
        {"Service": PTC_PRINCIPAL},
        {"Federated": "cognito-identity.amazonaws.com"},
    ],
)
def test_principals_that_exist_are_taken(
    aws: FakeAws, iam: "IAMClient", make_role: Callable[..., str], principal: Any
) -> None:
    make_role("known", "ec2.amazonaws.com")
    iam.create_user(UserName="ada")
    aws.check("policies")
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.create_role(RoleName="m", AssumeRolePolicyDocument=trust)


def test_a_new_role_and_a_new_trust_hold_later_if_roles_lag(
    aws: FakeAws, iam: "IAMClient", sts: "STSClient"
) -> None:
    def trust(account: str) -> str:
        statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def assume() -> bool:
        try:
            sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/m", RoleSessionName="me")
        except sts.exceptions.ClientError:
            return False
        return True

    aws.lag("roles", reads=1)
    iam.create_role(RoleName="m", AssumeRolePolicyDocument=trust(ACCOUNT))
    assert iam.get_role(RoleName="m")["Role"]["RoleName"] == "m"
    assert (assume(), assume()) == (False, True)
    # A session asks twice, because its length is checked too.
    aws.lag("roles", reads=2)
    iam.update_assume_role_policy(RoleName="m", PolicyDocument=trust("111122223333"))
    assert (assume(), assume()) == (True, False)
    iam.delete_role(RoleName="m")
    assert not assume()


def test_a_rule_with_an_empty_role_arn_is_not_changed(
    ecr: "ECRClient", make_role: Callable[..., str]
) -> None:
    arn = make_role("reader", PTC_PRINCIPAL)
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="partner",
        upstreamRegistryUrl="210987654321.dkr.ecr.us-east-2.amazonaws.com",
        customRoleArn=arn,
    )
    refusal = refusal_of(
        ecr.update_pull_through_cache_rule, ecrRepositoryPrefix="partner", customRoleArn=""
    )
    assert refusal.code == "InvalidParameterException"
    (rule,) = ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    assert (rule["customRoleArn"], "updatedAt" in rule) == (arn, False)


def test_first_rules_of_several_regions_at_once_make_the_service_linked_role_once() -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            for _ in range(50):
                account = AccurateBackend("aws", "123456789012")
                made = [pool.submit(account.ensure_pull_through_cache_role) for _ in range(8)]
                assert [each.exception() for each in made] == [None] * 8
                assert len(account.roles) == 1
    finally:
        sys.setswitchinterval(interval)
