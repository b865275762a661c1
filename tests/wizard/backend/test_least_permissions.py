"""The policy that the console asks for allows all that it calls, and contains nothing in vain.

The simulated IAM decides by the policy's text. What the whole console does with this policy, every
test tries with an unkind AWS.
"""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from ptcconsole.fakeaws.policies import PTC_PRINCIPAL
from ptcconsole.fakeaws.server import FakeAws
from tests.fakeaws.test_images import INDEX, image, put
from tests.person import REGION
from tests.wizard.conftest import TARGET
from wizard.backend import (
    account_roles,
    ecr,
    iam,
    image_deletion,
    images,
    lifecycle,
    organizations,
    pull_times,
    secretsmanager,
    templates,
)
from wizard.domain import Credential
from wizard.domain.changes import permitted
from wizard.domain.errors import AwsError
from wizard.domain.permissions import PERMISSIONS, PolicyPlace, console_policy
from wizard.domain.rules import NewRule, RuleChange
from wizard.domain.simulations import Question
from wizard.domain.templates import CreationTemplate

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

OTHER = "210987654321"
CALLER = f"arn:aws:iam::{TARGET.account_id}:user/console"
READER = f"arn:aws:iam::{TARGET.account_id}:role/reader"
LOGIN = Credential(username="demo", access_token="demo-access-token")
NAME = "ecr-pullthroughcache/login"
EXPIRY = json.dumps(
    {
        "rules": [
            {
                "rulePriority": 1,
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "sinceImagePushed",
                    "countUnit": "days",
                    "countNumber": 7,
                },
                "action": {"type": "expire"},
            }
        ]
    }
)
PULLABLE = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
                "Action": "ecr:BatchGetImage",
            }
        ],
    }
)
PLAIN = CreationTemplate(prefix="plain", applied_for=frozenset({"PULL_THROUGH_CACHE"}))

Step = tuple[str, Callable[[], Any]]


@pytest.fixture
def registry(aws: FakeAws) -> "ECRClient":
    """ECR by an administrator of the account."""
    client: ECRClient = boto3.client("ecr", REGION, **aws.keys_of(TARGET.account_id))  # type: ignore[call-overload]
    return client


def _rule(prefix: str, url: str, **more: Any) -> NewRule:
    return NewRule(ecr_repository_prefix=prefix, upstream_registry_url=url, **more)


def _of_rules(arn: Callable[[], str]) -> Iterator[Step]:
    quay = _rule("quay", "quay.io")
    second = _rule("second", "quay.io")
    private = f"{OTHER}.dkr.ecr.{REGION}.amazonaws.com"
    yield "iam:CreateServiceLinkedRole", lambda: ecr.create_rule(TARGET, quay)
    yield "ecr:CreatePullThroughCacheRule", lambda: ecr.create_rule(TARGET, second)
    yield "ecr:DescribePullThroughCacheRules", lambda: ecr.describe_rules(TARGET)
    yield "ecr:ValidatePullThroughCacheRule", lambda: ecr.validate_rule(TARGET, "quay")
    yield "ecr:DeletePullThroughCacheRule", lambda: ecr.delete_rule(TARGET, "second")
    yield (
        "secretsmanager:GetSecretValue",
        lambda: ecr.create_rule(TARGET, _rule("github", "ghcr.io", credential_arn=arn())),
    )
    yield (
        "ecr:UpdatePullThroughCacheRule",
        lambda: ecr.update_rule(TARGET, "github", RuleChange(credential_arn=arn())),
    )
    yield (
        "iam:PassRole",
        lambda: ecr.create_rule(TARGET, _rule("partner", private, custom_role_arn=READER)),
    )
    yield "iam:ListRoles", lambda: iam.list_roles(TARGET.account_id)
    yield "iam:GetRole", lambda: iam.get_role(TARGET.account_id, "reader")
    question = Question(actions=("ecr:PutImage",), resource="*", context=())
    yield (
        "iam:SimulatePrincipalPolicy",
        lambda: iam.simulate(TARGET.account_id, CALLER, question),
    )


def _of_secrets(arn: Callable[[], str]) -> Iterator[Step]:
    yield "secretsmanager:ListSecrets", lambda: secretsmanager.list_secrets(TARGET)
    yield "secretsmanager:DescribeSecret", lambda: secretsmanager.describe_secret(TARGET, arn())
    yield (
        "secretsmanager:PutSecretValue",
        lambda: secretsmanager.put_secret_value(
            TARGET, arn(), credential=LOGIN, client_request_token=f"{2:032}"
        ),
    )
    yield (
        "secretsmanager:UpdateSecretVersionStage",
        lambda: secretsmanager.make_current(
            TARGET, arn(), version=f"{1:032}", instead_of=f"{2:032}"
        ),
    )
    yield (
        "secretsmanager:ReplicateSecretToRegions",
        lambda: secretsmanager.replicate_secret(TARGET, arn(), ["eu-west-1"]),
    )
    yield (
        "secretsmanager:RemoveRegionsFromReplication",
        lambda: secretsmanager.remove_replicas(TARGET, arn(), ["eu-west-1"]),
    )
    yield (
        "secretsmanager:DeleteSecret",
        lambda: secretsmanager.schedule_secret_deletion(TARGET, arn(), days=7),
    )
    yield "secretsmanager:RestoreSecret", lambda: secretsmanager.restore_secret(TARGET, arn())


def _of_images(digest: str, listed: str) -> Iterator[Step]:
    yield "ecr:DescribeRepositories", lambda: images.describe_repositories(TARGET)
    yield "ecr:DescribeImages", lambda: images.describe_images(TARGET, "app")
    yield "ecr:BatchGetImage", lambda: images.children(TARGET, "app", [listed])
    yield "ecr:GetLifecyclePolicy", lambda: lifecycle.lifecycle_policy(TARGET, "app")
    yield (
        "ecr:StartLifecyclePolicyPreview",
        lambda: lifecycle.start_preview(TARGET, "app", EXPIRY),
    )
    yield "ecr:GetLifecyclePolicyPreview", lambda: lifecycle.get_preview(TARGET, "app")
    yield "ecr:BatchDeleteImage", lambda: image_deletion.delete_images(TARGET, "app", [digest])
    yield "ecr:ListPullTimeUpdateExclusions", lambda: pull_times.list_exclusions(TARGET)
    yield (
        "ecr:RegisterPullTimeUpdateExclusion",
        lambda: pull_times.register_exclusion(TARGET, READER),
    )
    yield (
        "ecr:DeregisterPullTimeUpdateExclusion",
        lambda: pull_times.deregister_exclusion(TARGET, READER),
    )


def _of_templates() -> Iterator[Step]:
    expiring = CreationTemplate(
        prefix="expiring", applied_for=PLAIN.applied_for, lifecycle_policy=EXPIRY
    )
    shared = CreationTemplate(
        prefix="shared", applied_for=PLAIN.applied_for, repository_policy=PULLABLE
    )
    yield (
        "ecr:CreateRepositoryCreationTemplate",
        lambda: templates.create_template(TARGET, PLAIN),
    )
    yield (
        "ecr:DescribeRepositoryCreationTemplates",
        lambda: templates.describe_templates(TARGET),
    )
    yield (
        "ecr:UpdateRepositoryCreationTemplate",
        lambda: templates.update_template(TARGET, PLAIN, PLAIN),
    )
    yield (
        "ecr:DeleteRepositoryCreationTemplate",
        lambda: templates.delete_template(TARGET, "plain"),
    )
    yield "ecr:PutLifecyclePolicy", lambda: templates.create_template(TARGET, expiring)
    yield "ecr:SetRepositoryPolicy", lambda: templates.create_template(TARGET, shared)


# What AWS may check and the simulation does not: whose policies a template sets, by documentation.
UNCHECKED = {"ecr:CreateRepository"}


@pytest.mark.kind_aws("changes must be seen at once")
def test_each_action_of_the_policy_is_needed_and_with_all_of_them_each_call_goes_through(
    aws: FakeAws, registry: "ECRClient"
) -> None:
    role = aws.add_account(OTHER, external_id="right-one")
    trust = {"Effect": "Allow", "Principal": {"Service": PTC_PRINCIPAL}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    administrator = boto3.client("iam", **aws.keys_of(TARGET.account_id))  # type: ignore[call-overload]
    administrator.create_role(RoleName="reader", AssumeRolePolicyDocument=document)
    aws.add_to_organization(OTHER)
    registry.create_repository(repositoryName="app")
    registry.put_lifecycle_policy(repositoryName="app", lifecyclePolicyText=EXPIRY)
    digest = image(registry, 100)
    listed = put(registry, "all", INDEX, manifests=[{"digest": digest}])
    made: list[str] = []

    def create() -> None:
        made.append(
            secretsmanager.create_secret(
                TARGET, name=NAME, credential=LOGIN, client_request_token=f"{1:032}"
            )
        )

    steps: list[Step] = [
        ("secretsmanager:CreateSecret", create),
        *_of_rules(lambda: made[0]),
        *_of_secrets(lambda: made[0]),
        *_of_images(digest, listed),
        *_of_templates(),
        (
            "sts:AssumeRole",
            lambda: account_roles.account_of_session(role, external_id="right-one"),
        ),
        ("organizations:ListAccounts", organizations.list_accounts),
    ]
    failed = []
    for action, call in steps:
        aws.limit_anybody(_policy_without(action))
        if (refused := _told_by(call)) is None or action not in refused:
            failed.append(f"{action} is not missed: {refused}")
        aws.limit_anybody(_policy_without(""))
        if (refused := _told_by(call)) is not None:
            failed.append(f"{action} does not suffice: {refused}")
    assert failed == []
    assert {action for action, _ in steps} | UNCHECKED == {each.action for each in PERMISSIONS}


def _told_by(call: Callable[[], Any]) -> str | None:
    """Return AWS's words if it refuses a call."""
    try:
        with permitted("a test"):
            call()
    except AwsError as error:
        return error.message
    return None


def _policy_without(action: str) -> dict[str, Any]:
    return console_policy([each for each in PERMISSIONS if each.action != action], PolicyPlace())
