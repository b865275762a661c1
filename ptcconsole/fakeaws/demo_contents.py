"""What the demo consists of: rules, secrets and roles in every state that a page can show."""

import json
from dataclasses import dataclass
from typing import Any

from ptcconsole.fakeaws.policies import PTC_PRINCIPAL
from ptcconsole.fakeaws.upstream import ACCOUNTS

ACCOUNT_ID = "123456789012"
OTHER_ACCOUNT_ID = "210987654321"

EXTERNAL_ID = "ptc-console-demo"
CONSOLE_ROLE = "ptc-console"

_READER = "ecr-pull-through-cache"
_FORMER_READER = "former-partner-reader"
_CREATOR = "ecr-repository-creation"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSecret:
    """A secret of one Region; None is a secret without a value, a text is not JSON.

    `deleted` schedules its deletion after the rules are created. `own_key` gives it a
    customer-managed KMS key. `replicas` are the Regions with a replica.
    """

    name: str
    value: dict[str, str] | str | None
    description: str = ""
    deleted: bool = False
    own_key: bool = False
    replicas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRule:
    """A rule of one Region; secret and role are given by name."""

    prefix: str
    url: str
    secret: str | None = None
    role: str | None = None
    upstream_prefix: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTemplate:
    """A repository creation template of one Region; the role is given by name."""

    prefix: str
    description: str
    applied_for: tuple[str, ...]
    lifecycle: str
    role: str | None = None
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRegion:
    """The contents of one Region; `pulled` are images that were pulled through its rules.

    Its templates are made before, and set up the repositories of these images.
    """

    region: str
    secrets: tuple[DemoSecret, ...]
    rules: tuple[DemoRule, ...]
    pulled: tuple[str, ...] = ()
    templates: tuple[DemoTemplate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRole:
    """A role and its trust policy, which `trust_later` replaces after the rules are created."""

    name: str
    trust: str
    description: str
    trust_later: str | None = None
    actions: tuple[str, ...] = ()


def policy_document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _trust(service: str, *, effect: str = "Allow", **condition: Any) -> dict[str, Any]:
    statement = {"Effect": effect, "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {**statement, "Condition": condition} if condition else statement


def _login(username: str, token: str | None = None) -> dict[str, str]:
    return {"username": username, "accessToken": token or ACCOUNTS[username]}


def _lifecycle(*rules: dict[str, Any]) -> str:
    return json.dumps({"rules": list(rules)}, indent=2)


def _expiry(priority: int, days: int, *, status: str = "untagged") -> dict[str, Any]:
    """A rule of a lifecycle policy: images expire this long after they were cached."""
    count = {"countType": "sinceImagePushed", "countUnit": "days", "countNumber": days}
    return {
        "rulePriority": priority,
        "selection": {"tagStatus": status, **count},
        "action": {"type": "expire"},
    }


_DOCKER_HUB = "ecr-pullthroughcache/docker-hub"
_GITHUB = "ecr-pullthroughcache/github"
_CHAINGUARD = "ecr-pullthroughcache/chainguard"
_AZURE = "ecr-pullthroughcache/azure"
_GITLAB = "ecr-pullthroughcache/gitlab"
_GITLAB_OLD = "ecr-pullthroughcache/gitlab-old"

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
                name=_GITLAB_OLD,
                value=_login("demo"),
                description="Replaced in winter",
                deleted=True,
            ),
            DemoSecret(
                name=_AZURE,
                value={"username": "demo", "token": ACCOUNTS["demo"]},
                description="Azure registry, with a key that ECR does not look for",
            ),
            DemoSecret(
                name="ecr-pullthroughcache/plain-text",
                value="demo-access-token",
                description="A token alone, not JSON",
            ),
            DemoSecret(
                name="ecr-pullthroughcache/own-key",
                value=_login("demo"),
                description="Encrypted with a key of the account",
                own_key=True,
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
            DemoRule(prefix="gitlab", url="registry.gitlab.com", secret=_GITLAB_OLD),
            DemoRule(prefix="azure", url="datateam.azurecr.io", secret=_AZURE),
            DemoRule(prefix="chainguard", url="cgr.dev", secret=_CHAINGUARD),
            DemoRule(prefix="base-images", url=f"{ACCOUNT_ID}.dkr.ecr.eu-west-1.amazonaws.com"),
            DemoRule(
                prefix="partner",
                url=f"{OTHER_ACCOUNT_ID}.dkr.ecr.us-east-2.amazonaws.com",
                role=_READER,
                upstream_prefix="shared",
            ),
            DemoRule(
                prefix="former-partner",
                url=f"{OTHER_ACCOUNT_ID}.dkr.ecr.us-west-2.amazonaws.com",
                role=_FORMER_READER,
            ),
        ),
        pulled=(
            "docker-hub/grafana/grafana:11.2.0",
            "docker-hub/grafana/grafana:latest",
            "docker-official/nginx:1.27",
            "docker-official/nginx:latest",
            "docker-official/redis:7",
            "kubernetes/pause:3.10",
            "quay/prometheus/node-exporter:v1.8.2",
        ),
        templates=(
            DemoTemplate(
                prefix="docker-hub",
                description="Docker Hub, platform team",
                applied_for=("PULL_THROUGH_CACHE",),
                lifecycle=_lifecycle(_expiry(1, 7), _expiry(2, 180, status="any")),
                role=_CREATOR,
                tags=(("team", "platform"),),
            ),
            DemoTemplate(
                prefix="ROOT",
                description="All other repositories",
                applied_for=("PULL_THROUGH_CACHE", "CREATE_ON_PUSH"),
                lifecycle=_lifecycle(_expiry(1, 30)),
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
            DemoSecret(
                name="ecr-pullthroughcache/shared",
                value=_login("robot$demo"),
                description="The same login everywhere",
                replicas=("us-east-2",),
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
_READING = (
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
        name=_READER,
        trust=policy_document(_trust(PTC_PRINCIPAL)),
        description="Lets pull through cache read the partner account's registry",
        actions=_READING,
    ),
    DemoRole(
        name="ecr-pull-through-cache-conditional",
        trust=policy_document(
            _trust(PTC_PRINCIPAL, StringEquals={"aws:SourceAccount": ACCOUNT_ID})
        ),
        description="The same, for registries of this account only",
        actions=_READING,
    ),
    DemoRole(
        name="ecr-pull-through-cache-denied",
        trust=policy_document(_trust(PTC_PRINCIPAL), _trust(PTC_PRINCIPAL, effect="Deny")),
        description="Allowed in one statement and denied in the next",
        actions=_READING,
    ),
    DemoRole(
        name=_FORMER_READER,
        trust=policy_document(_trust(PTC_PRINCIPAL)),
        trust_later=policy_document(_trust("ec2.amazonaws.com")),
        description="Trusted pull through cache until the partner left",
        actions=_READING,
    ),
    DemoRole(
        name=_CREATOR,
        trust=policy_document(_trust("ecr.amazonaws.com")),
        description="Lets ECR create repositories with tags",
        actions=("ecr:CreateRepository", "ecr:TagResource"),
    ),
    DemoRole(
        name="build-server",
        trust=policy_document(_trust("ec2.amazonaws.com")),
        description="For the build servers; pull through cache cannot assume it",
    ),
    DemoRole(
        name="nightly-report",
        trust=policy_document(_trust("lambda.amazonaws.com")),
        description="For a function; pull through cache cannot assume it",
    ),
)

OTHER_ACCOUNT_ROLE = DemoRole(
    name=CONSOLE_ROLE,
    trust=policy_document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}},
        }
    ),
    description="Lets the console of the first account in",
)
OTHER_ACCOUNT_RULE = DemoRule(prefix="quay", url="quay.io")

# The registry policy of the other account, which lets the first pull. The Region is filled in.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html
GRANT = policy_document(
    {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"},
        "Action": [
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchImportUpstreamImage",
            "ecr:GetImageCopyStatus",
        ],
        "Resource": f"arn:aws:ecr:REGION:{OTHER_ACCOUNT_ID}:repository/*",
    }
)
