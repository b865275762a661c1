"""The demo data: rules, secrets and roles in every state that the console can display.

It is written through AWS's API like by any client, and can be written repeatedly. Nothing is
validated; that is for the person who tries the demo.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from ptcconsole.fakeaws.control import FakeAwsControl
from ptcconsole.fakeaws.policies import PTC_PRINCIPAL
from ptcconsole.fakeaws.upstream import ACCOUNTS

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

ACCOUNT_ID = "123456789012"
OTHER_ACCOUNT_ID = "210987654321"

# The registry policy of the other account that allows pull through cache.
EXTERNAL_ID = "ptc-console-demo"
CONSOLE_ROLE = "ptc-console"

_READER = "ecr-pull-through-cache"
_FORMER_READER = "former-partner-reader"
_KEY_ALIAS = "alias/registry-logins"

# The error codes for an existing resource, by service.
_ALREADY_THERE = {
    "EntityAlreadyExists",
    "InvalidRequestException",
    "ResourceExistsException",
}


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
    upstream_prefix: str = "ROOT"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRegion:
    """The contents of one Region."""

    region: str
    secrets: tuple[DemoSecret, ...]
    rules: tuple[DemoRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRole:
    """A role and its trust policy, which `trust_later` replaces after the rules are created."""

    name: str
    trust: str
    description: str
    trust_later: str | None = None
    actions: tuple[str, ...] = ()


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _trust(service: str, *, effect: str = "Allow", **condition: Any) -> dict[str, Any]:
    statement = {"Effect": effect, "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {**statement, "Condition": condition} if condition else statement


def _login(username: str, token: str | None = None) -> dict[str, str]:
    return {"username": username, "accessToken": token or ACCOUNTS[username]}


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
        trust=_policy(_trust(PTC_PRINCIPAL)),
        description="Lets pull through cache read the partner account's registry",
        actions=_READING,
    ),
    DemoRole(
        name="ecr-pull-through-cache-conditional",
        trust=_policy(_trust(PTC_PRINCIPAL, StringEquals={"aws:SourceAccount": ACCOUNT_ID})),
        description="The same, for registries of this account only",
        actions=_READING,
    ),
    DemoRole(
        name="ecr-pull-through-cache-denied",
        trust=_policy(_trust(PTC_PRINCIPAL), _trust(PTC_PRINCIPAL, effect="Deny")),
        description="Allowed in one statement and denied in the next",
        actions=_READING,
    ),
    DemoRole(
        name=_FORMER_READER,
        trust=_policy(_trust(PTC_PRINCIPAL)),
        trust_later=_policy(_trust("ec2.amazonaws.com")),
        description="Trusted pull through cache until the partner left",
        actions=_READING,
    ),
    DemoRole(
        name="build-server",
        trust=_policy(_trust("ec2.amazonaws.com")),
        description="For the build servers; pull through cache cannot assume it",
    ),
    DemoRole(
        name="nightly-report",
        trust=_policy(_trust("lambda.amazonaws.com")),
        description="For a function; pull through cache cannot assume it",
    ),
)

OTHER_ACCOUNT_ROLE = DemoRole(
    name=CONSOLE_ROLE,
    trust=_policy(
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

_KEYS = {
    "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key": "the-simulated-aws-checks-no-key",
}


def seed(endpoint_url: str) -> None:
    """Write the demo data to the AWS at this URL; existing resources are not changed."""
    account = _Writer(endpoint_url, _KEYS)
    new_roles = [role for role in ROLES if account.make_role(role)]
    for contents in REGIONS:
        account.fill(contents)
    for role in new_roles:
        if role.trust_later:
            account.iam.update_assume_role_policy(
                RoleName=role.name, PolicyDocument=role.trust_later
            )
    other = _Writer(endpoint_url, FakeAwsControl(endpoint_url).keys_of(OTHER_ACCOUNT_ID))
    other.make_role(OTHER_ACCOUNT_ROLE)
    other.fill(DemoRegion(region="us-east-2", secrets=(), rules=(OTHER_ACCOUNT_RULE,)))


class _Writer:
    """Writes to one account through boto3."""

    def __init__(self, endpoint_url: str, keys: dict[str, str]) -> None:
        self._session = boto3.Session(
            aws_access_key_id=keys["aws_access_key_id"],
            aws_secret_access_key=keys["aws_secret_access_key"],
            region_name="us-east-1",
        )
        self._endpoint_url = endpoint_url
        self.iam: IAMClient = self._client("iam")

    def make_role(self, role: DemoRole) -> bool:
        """Return whether it was created now."""
        made = _unless_there(
            self.iam.create_role,
            RoleName=role.name,
            AssumeRolePolicyDocument=role.trust,
            Description=role.description,
        )
        if made and role.actions:
            permissions = {"Effect": "Allow", "Action": list(role.actions), "Resource": "*"}
            self.iam.put_role_policy(
                RoleName=role.name,
                PolicyName="pull-through-cache",
                PolicyDocument=_policy(permissions),
            )
        return made

    def fill(self, contents: DemoRegion) -> None:
        """Create the secrets, then the rules, then delete secrets that the rules refer to."""
        secrets: SecretsManagerClient = self._client("secretsmanager", contents.region)
        ecr: ECRClient = self._client("ecr", contents.region)
        wanted = _missing(ecr, contents.rules)
        living = {secret.name for secret in contents.secrets if self._make(secrets, secret)}
        for name in {rule.secret for rule in wanted if rule.secret} - living:
            # A rule cannot be created with a secret that is scheduled for deletion.
            secrets.restore_secret(SecretId=name)
            living.add(name)
        for rule in wanted:
            ecr.create_pull_through_cache_rule(**_members(rule, secrets))
        for secret in contents.secrets:
            if secret.deleted and secret.name in living:
                secrets.delete_secret(SecretId=secret.name, RecoveryWindowInDays=30)

    def _make(self, secrets: "SecretsManagerClient", secret: DemoSecret) -> bool:
        """Return whether it was created now."""
        extras: dict[str, Any] = {}
        if secret.value is not None:
            plain = isinstance(secret.value, str)
            extras["SecretString"] = secret.value if plain else json.dumps(secret.value)
        if secret.own_key:
            extras["KmsKeyId"] = self._own_key(secrets.meta.region_name)
        if secret.replicas:
            extras["AddReplicaRegions"] = [{"Region": region} for region in secret.replicas]
        return _unless_there(
            secrets.create_secret, Name=secret.name, Description=secret.description, **extras
        )

    def _own_key(self, region: str) -> str:
        kms = self._client("kms", region)
        aliases = {alias["AliasName"]: alias for alias in kms.list_aliases()["Aliases"]}
        if _KEY_ALIAS not in aliases:
            key = kms.create_key(Description="Registry logins")["KeyMetadata"]["KeyId"]
            kms.create_alias(AliasName=_KEY_ALIAS, TargetKeyId=key)
        return str(kms.describe_key(KeyId=_KEY_ALIAS)["KeyMetadata"]["Arn"])

    def _client(self, service: Any, region: str | None = None) -> Any:
        return self._session.client(service, region, endpoint_url=self._endpoint_url)


def _missing(ecr: "ECRClient", rules: tuple[DemoRule, ...]) -> list[DemoRule]:
    there = ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    prefixes = {rule["ecrRepositoryPrefix"] for rule in there}
    return [rule for rule in rules if rule.prefix not in prefixes]


def _members(rule: DemoRule, secrets: "SecretsManagerClient") -> dict[str, Any]:
    """Return the API's members of a rule."""
    members = {
        "ecrRepositoryPrefix": rule.prefix,
        "upstreamRegistryUrl": rule.url,
        "upstreamRepositoryPrefix": rule.upstream_prefix,
    }
    if rule.secret:
        members["credentialArn"] = secrets.describe_secret(SecretId=rule.secret)["ARN"]
    if rule.role:
        members["customRoleArn"] = f"arn:aws:iam::{ACCOUNT_ID}:role/{rule.role}"
    return members


def _unless_there(create: Callable[..., Any], **members: Any) -> bool:
    """Return whether it was created now."""
    try:
        create(**members)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _ALREADY_THERE:
            raise
        return False
    return True
