"""The permissions that a rule implies, if permissions are checked."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ptcconsole.fakeaws.iam.models import service_linked_role_arn
from ptcconsole.fakeaws.policies import PTC_PRINCIPAL
from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.refusals import refusal_of

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_sts import STSClient

ACCOUNT = "123456789012"
ARN = f"arn:aws:iam::{ACCOUNT}:user/ada"
QUAY: Any = {"ecrRepositoryPrefix": "quay", "upstreamRegistryUrl": "quay.io"}
PARTNER = "210987654321.dkr.ecr.us-east-2.amazonaws.com"


def _policy(*actions: str, resource: str = "*") -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def ada(aws: FakeAws, iam: "IAMClient", client_of: Callable[..., Any]) -> "ECRClient":
    """ECR for a user who may call ECR and nothing else."""
    iam.create_user(UserName="ada")
    iam.put_user_policy(UserName="ada", PolicyName="ecr", PolicyDocument=_policy("ecr:*"))
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    aws.check("permissions")
    client: ECRClient = client_of(
        "ecr",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    return client


def _allow(iam: "IAMClient", action: str, resource: str = "*") -> None:
    iam.put_user_policy(
        UserName="ada", PolicyName="more", PolicyDocument=_policy(action, resource=resource)
    )


def _denial(action: str, resource: str) -> str:
    return (
        f"User: {ARN} is not authorized to perform: {action} on resource: {resource} because no "
        f"identity-based policy allows the {action} action"
    )


def test_the_first_rule_needs_the_service_linked_role(
    iam: "IAMClient", ada: "ECRClient", ecr: "ECRClient"
) -> None:
    refusal = refusal_of(ada.create_pull_through_cache_rule, **QUAY)
    assert (refusal.code, refusal.message) == (
        "AccessDeniedException",
        _denial("iam:CreateServiceLinkedRole", service_linked_role_arn(ACCOUNT)),
    )
    ecr.create_pull_through_cache_rule(**(QUAY | {"ecrRepositoryPrefix": "first"}))
    ada.create_pull_through_cache_rule(**QUAY)


def test_a_rule_with_a_secret_needs_its_value(
    iam: "IAMClient", ada: "ECRClient", ecr: "ECRClient", secret_arn: str
) -> None:
    rule: Any = {"upstreamRegistryUrl": "ghcr.io", "credentialArn": secret_arn}
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="first", **rule)
    denial = _denial("secretsmanager:GetSecretValue", secret_arn)
    for refusal in (
        refusal_of(ada.create_pull_through_cache_rule, ecrRepositoryPrefix="second", **rule),
        refusal_of(
            ada.update_pull_through_cache_rule,
            ecrRepositoryPrefix="first",
            credentialArn=secret_arn,
        ),
        refusal_of(ada.validate_pull_through_cache_rule, ecrRepositoryPrefix="first"),
    ):
        assert refusal.message == denial
    _allow(iam, "secretsmanager:Get*", "arn:aws:secretsmanager:*:*:secret:ecr-pullthroughcache/*")
    ada.create_pull_through_cache_rule(ecrRepositoryPrefix="second", **rule)
    assert ada.validate_pull_through_cache_rule(ecrRepositoryPrefix="second")["isValid"]


def test_a_rule_with_a_role_needs_to_pass_it(
    iam: "IAMClient", ada: "ECRClient", ecr: "ECRClient", make_role: Callable[..., str]
) -> None:
    ecr.create_pull_through_cache_rule(**QUAY)
    role = make_role("reader", PTC_PRINCIPAL)
    rule: Any = {
        "ecrRepositoryPrefix": "partner",
        "upstreamRegistryUrl": PARTNER,
        "customRoleArn": role,
    }
    refusal = refusal_of(ada.create_pull_through_cache_rule, **rule)
    assert refusal.message == _denial("iam:PassRole", role)
    _allow(iam, "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/other")
    assert refusal_of(ada.create_pull_through_cache_rule, **rule).code == "AccessDeniedException"
    _allow(iam, "iam:PassRole", role)
    ada.create_pull_through_cache_rule(**rule)


def test_a_session_has_the_permissions_of_its_role(
    aws: FakeAws,
    iam: "IAMClient",
    sts: "STSClient",
    client_of: Callable[..., Any],
) -> None:
    principal = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [principal]})
    arn = iam.create_role(RoleName="console", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    keys = sts.assume_role(RoleArn=arn, RoleSessionName="me")["Credentials"]
    ecr = client_of(
        "ecr",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    aws.check("permissions")
    assert refusal_of(ecr.create_pull_through_cache_rule, **QUAY).code == "AccessDeniedException"
    policy = iam.create_policy(
        PolicyName="linked", PolicyDocument=_policy("iam:CreateServiceLinkedRole")
    )["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="console", PolicyArn=policy)
    ecr.create_pull_through_cache_rule(**QUAY)


def test_whom_iam_does_not_know_and_administrators_may_do_everything(
    aws: FakeAws, ecr: "ECRClient", client_of: Callable[..., Any]
) -> None:
    aws.check("permissions")
    ecr.create_pull_through_cache_rule(**QUAY)
    administrator = client_of("ecr", **aws.keys_of("210987654321"))
    administrator.create_pull_through_cache_rule(**QUAY)


def _decisions(client: "IAMClient", arn: str, *actions: str, **context: str) -> list[str]:
    answer = client.simulate_principal_policy(
        PolicySourceArn=arn,
        ActionNames=list(actions),
        ContextEntries=[
            {"ContextKeyName": name, "ContextKeyType": "string", "ContextKeyValues": [value]}
            for name, value in context.items()
        ],
    )
    return [result["EvalDecision"] for result in answer["EvaluationResults"]]


def test_a_simulation_goes_by_the_policies_of_a_user_and_by_what_is_ordered(
    aws: FakeAws, iam: "IAMClient", ada: "ECRClient"
) -> None:
    actions = ("ecr:PutImage", "secretsmanager:ListSecrets")
    assert _decisions(iam, ARN, *actions) == ["allowed", "implicitDeny"]
    denial = {"Effect": "Deny", "Action": "ecr:Put*", "Resource": "*"}
    iam.put_user_policy(
        UserName="ada",
        PolicyName="more",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [denial]}),
    )
    assert _decisions(iam, ARN, *actions) == ["explicitDeny", "implicitDeny"]
    anybody = f"arn:aws:iam::{ACCOUNT}:user/console"
    aws.refuse(service="ecr", operation="PutImage", region="eu-west-1")
    here, there = ({"aws:RequestedRegion": code} for code in ("us-east-2", "eu-west-1"))
    assert _decisions(iam, anybody, *actions, **here) == ["allowed", "allowed"]
    assert _decisions(iam, anybody, *actions, **there) == ["implicitDeny", "allowed"]
    # To simulate is not to use up an order.
    aws.clear_faults()
    aws.refuse(operation="PutImage", times=1)
    assert _decisions(iam, anybody, "ecr:PutImage") * 2 == ["implicitDeny"] * 2


def test_simulating_is_a_permission_too(
    aws: FakeAws, client_of: Callable[..., Any], iam: "IAMClient", ada: "ECRClient"
) -> None:
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    own = client_of(
        "iam",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    refusal = refusal_of(lambda: _decisions(own, ARN, "ecr:PutImage"))
    assert (refusal.code, refusal.status) == ("AccessDenied", 403)
    assert refusal.message == _denial("iam:SimulatePrincipalPolicy", ARN)
    _allow(iam, "iam:SimulatePrincipalPolicy", ARN)
    assert _decisions(own, ARN, "ecr:PutImage") == ["allowed"]
