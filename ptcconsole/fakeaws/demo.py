"""The demo contents: rules, secrets and roles in every state that the console can show.

Answers for writing them through AWS's API like any client, as often as wanted. Refuses to touch the
simulation's insides, and to validate anything: whoever looks at the demo does that.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from ptcconsole.fakeaws.upstream import ACCOUNTS

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

ACCOUNT_ID = "123456789012"
OTHER_ACCOUNT_ID = "210987654321"

_PTC_PRINCIPAL = "pullthroughcache.ecr.amazonaws.com"
CROSS_ACCOUNT_ROLE = "ecr-pull-through-cache"

# What already being there is called by each service.
_ALREADY_THERE = {
    "EntityAlreadyExists",
    "InvalidRequestException",
    "PullThroughCacheRuleAlreadyExistsException",
    "ResourceExistsException",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSecret:
    """A secret of one Region; `value` None leaves it without one."""

    name: str
    value: dict[str, str] | None
    description: str = ""
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRule:
    """A rule of one Region; the secret is given by name, the role by name."""

    prefix: str
    url: str
    secret: str | None = None
    role: str | None = None
    upstream_prefix: str = "ROOT"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRegion:
    """What one Region holds."""

    region: str
    secrets: tuple[DemoSecret, ...]
    rules: tuple[DemoRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRole:
    """A role and the service that may assume it."""

    name: str
    trusted_service: str
    description: str
    actions: tuple[str, ...] = ()


def _login(username: str, token: str | None = None) -> dict[str, str]:
    return {"username": username, "accessToken": token or ACCOUNTS[username]}


_DOCKER_HUB = "ecr-pullthroughcache/docker-hub"
_GITHUB = "ecr-pullthroughcache/github"
_CHAINGUARD = "ecr-pullthroughcache/chainguard"
_AZURE = "ecr-pullthroughcache/azure"
_GITLAB = "ecr-pullthroughcache/gitlab"

REGIONS = (
    DemoRegion(
        region="us-east-2",
        secrets=(
            DemoSecret(
                name=_DOCKER_HUB, value=_login("demo"), description="Docker Hub, platform team"
            ),
            DemoSecret(
                name=_GITHUB,
                value=_login("demo", "an-access-token-that-expired"),
                description="GitHub packages, expired in spring",
            ),
            DemoSecret(
                name=_CHAINGUARD,
                value=_login("robot$demo"),
                description="Chainguard pull token",
            ),
            DemoSecret(name="ecr-pullthroughcache/azure-new", value=None, description="To be set"),
            DemoSecret(
                name="ecr-pullthroughcache/gitlab-old",
                value=_login("demo"),
                description="Replaced in winter",
                deleted=True,
            ),
            DemoSecret(
                name="payments/database",
                value={"username": "payments", "password": "not-for-registries"},
                description="Has nothing to do with registries",
            ),
        ),
        rules=(
            DemoRule(prefix="ecr-public", url="public.ecr.aws"),
            DemoRule(prefix="kubernetes", url="registry.k8s.io"),
            DemoRule(prefix="quay", url="quay.io"),
            DemoRule(prefix="docker-hub", url="registry-1.docker.io", secret=_DOCKER_HUB),
            DemoRule(
                prefix="docker-official",
                url="registry-1.docker.io",
                secret=_DOCKER_HUB,
                upstream_prefix="library",
            ),
            DemoRule(prefix="github", url="ghcr.io", secret=_GITHUB),
            DemoRule(prefix="chainguard", url="cgr.dev", secret=_CHAINGUARD),
            DemoRule(prefix="base-images", url=f"{ACCOUNT_ID}.dkr.ecr.eu-west-1.amazonaws.com"),
            DemoRule(
                prefix="partner",
                url=f"{OTHER_ACCOUNT_ID}.dkr.ecr.us-east-2.amazonaws.com",
                role=CROSS_ACCOUNT_ROLE,
                upstream_prefix="shared",
            ),
        ),
    ),
    DemoRegion(
        region="eu-west-1",
        secrets=(
            DemoSecret(name=_DOCKER_HUB, value=_login("demo"), description="Docker Hub, Europe"),
            DemoSecret(
                name=_GITLAB, value=_login("demo", "mistyped"), description="GitLab, mistyped"
            ),
            DemoSecret(
                name=_AZURE,
                value=_login("robot$demo"),
                description="Azure registry of the data team",
            ),
        ),
        rules=(
            DemoRule(prefix="docker-hub", url="registry-1.docker.io", secret=_DOCKER_HUB),
            DemoRule(prefix="gitlab", url="registry.gitlab.com", secret=_GITLAB),
            DemoRule(prefix="azure", url="datateam.azurecr.io", secret=_AZURE),
            DemoRule(prefix="kubernetes", url="registry.k8s.io"),
        ),
    ),
    DemoRegion(
        region="ap-southeast-2",
        secrets=(
            DemoSecret(name=_GITHUB, value=_login("robot$demo"), description="GitHub packages"),
        ),
        rules=(
            DemoRule(prefix="ROOT", url="public.ecr.aws"),
            DemoRule(prefix="github", url="ghcr.io", secret=_GITHUB),
            DemoRule(
                prefix="wrong-role",
                url=f"{OTHER_ACCOUNT_ID}.dkr.ecr.ap-southeast-2.amazonaws.com",
                role="build-server",
            ),
        ),
    ),
)

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html
_PTC_ACTIONS = (
    "ecr:GetDownloadUrlForLayer",
    "ecr:GetAuthorizationToken",
    "ecr:BatchImportUpstreamImage",
    "ecr:BatchGetImage",
    "ecr:GetImageCopyStatus",
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload",
    "ecr:PutImage",
)

ROLES = (
    DemoRole(
        name=CROSS_ACCOUNT_ROLE,
        trusted_service=_PTC_PRINCIPAL,
        description="Lets pull through cache read the partner account's registry",
        actions=_PTC_ACTIONS,
    ),
    DemoRole(
        name="build-server",
        trusted_service="ec2.amazonaws.com",
        description="For the build servers; pull through cache cannot assume it",
    ),
    DemoRole(
        name="nightly-report",
        trusted_service="lambda.amazonaws.com",
        description="For a function; pull through cache cannot assume it",
    ),
)


def seed(endpoint_url: str) -> None:
    """Write the demo contents to the AWS at that URL; what is already there stays as it is."""
    session = boto3.Session(
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="the-simulated-aws-checks-no-key",  # noqa: S106
        region_name="us-east-1",
    )
    _seed_roles(session.client("iam", endpoint_url=endpoint_url))
    for contents in REGIONS:
        where: Any = {"endpoint_url": endpoint_url, "region_name": contents.region}
        arns = _seed_secrets(session.client("secretsmanager", **where), contents.secrets)
        _seed_rules(session.client("ecr", **where), contents.rules, arns)


def _seed_roles(iam: "IAMClient") -> None:
    for role in ROLES:
        trust = _policy(Principal={"Service": role.trusted_service}, Action="sts:AssumeRole")
        _unless_there(
            iam.create_role,
            RoleName=role.name,
            AssumeRolePolicyDocument=trust,
            Description=role.description,
        )
        if role.actions:
            iam.put_role_policy(
                RoleName=role.name,
                PolicyName="pull-through-cache",
                PolicyDocument=_policy(Action=list(role.actions), Resource="*"),
            )


def _seed_secrets(
    secrets: "SecretsManagerClient", wanted: tuple[DemoSecret, ...]
) -> dict[str, str]:
    """ARNs by name."""
    for secret in wanted:
        value: Any = {"SecretString": json.dumps(secret.value)} if secret.value else {}
        made = _unless_there(
            secrets.create_secret, Name=secret.name, Description=secret.description, **value
        )
        if made and secret.deleted:
            secrets.delete_secret(SecretId=secret.name, RecoveryWindowInDays=30)
    return {secret.name: secrets.describe_secret(SecretId=secret.name)["ARN"] for secret in wanted}


def _seed_rules(ecr: "ECRClient", wanted: tuple[DemoRule, ...], arns: dict[str, str]) -> None:
    for rule in wanted:
        extras: Any = {}
        if rule.secret:
            extras["credentialArn"] = arns[rule.secret]
        if rule.role:
            extras["customRoleArn"] = f"arn:aws:iam::{ACCOUNT_ID}:role/{rule.role}"
        _unless_there(
            ecr.create_pull_through_cache_rule,
            ecrRepositoryPrefix=rule.prefix,
            upstreamRegistryUrl=rule.url,
            upstreamRepositoryPrefix=rule.upstream_prefix,
            **extras,
        )


def _unless_there(create: Callable[..., Any], **members: Any) -> bool:
    """Whether it was created now."""
    try:
        create(**members)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _ALREADY_THERE:
            raise
        return False
    return True


def _policy(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})
