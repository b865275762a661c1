"""Writes the demo data (`demo_contents`) into the simulated AWS.

It is written through AWS's API like by any client, and can be written repeatedly. Meanwhile AWS's
clock is set back, so that the rules are some days old. Nothing is validated here.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
import botocore.auth
from botocore.compat import get_current_datetime
from botocore.exceptions import ClientError

from ptcconsole.fakeaws.control import FakeAwsControl
from ptcconsole.fakeaws.demo_accounts import seed_accounts
from ptcconsole.fakeaws.demo_contents import (
    ACCOUNT_ID,
    GRANT,
    OTHER_ACCOUNT_ID,
    OTHER_ACCOUNT_ROLE,
    OTHER_ACCOUNT_RULE,
    REGIONS,
    ROLES,
    DemoRegion,
    DemoRole,
    DemoRule,
    DemoSecret,
    DemoTemplate,
    policy_document,
)

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

_KEY_ALIAS = "alias/registry-logins"

# The error codes for an existing resource, by service.
_ALREADY_THERE = {
    "EntityAlreadyExists",
    "InvalidRequestException",
    "ResourceExistsException",
    "TemplateAlreadyExistsException",
}

_KEYS = {
    "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key": "the-simulated-aws-checks-no-key",
}


# A secret that is scheduled for deletion must not be gone yet, so less than 30 days.
_AGE = timedelta(days=12)


def seed(endpoint_url: str) -> None:
    """Write the demo data to the AWS at this URL; existing resources are not changed."""
    with _days_ago(FakeAwsControl(endpoint_url)):
        _seed(endpoint_url)


@contextmanager
def _days_ago(control: FakeAwsControl) -> Iterator[None]:
    """Set AWS's clock back, and sign requests with its time."""

    def earlier(*arguments: Any, **options: Any) -> datetime:
        return get_current_datetime(*arguments, **options) - _AGE

    control.set_clock(ahead=-_AGE.total_seconds())
    with patch.object(botocore.auth, "get_current_datetime", earlier):
        yield
    control.set_clock(ahead=0)


def _seed(endpoint_url: str) -> None:
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
    for region in {contents.region for contents in REGIONS}:
        other.grant(region)
    seed_accounts(FakeAwsControl(endpoint_url))


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
                PolicyDocument=policy_document(permissions),
            )
        return made

    def grant(self, region: str) -> None:
        """Let the first account pull from the registry in this Region."""
        policy = GRANT.replace("REGION", region)
        self._client("ecr", region).put_registry_policy(policyText=policy)

    def fill(self, contents: DemoRegion) -> None:
        """Create secrets, rules and templates, pull images, and delete secrets of some rules."""
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
        for template in contents.templates:
            _unless_there(ecr.create_repository_creation_template, **_template_members(template))
        for image in contents.pulled:
            repository, _, tag = image.partition(":")
            if any(repository.startswith(f"{rule.prefix}/") for rule in wanted):
                ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": tag}])
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
    }
    if rule.upstream_prefix:
        members["upstreamRepositoryPrefix"] = rule.upstream_prefix
    if rule.secret:
        members["credentialArn"] = secrets.describe_secret(SecretId=rule.secret)["ARN"]
    if rule.role:
        members["customRoleArn"] = _role_arn(rule.role)
    return members


def _template_members(template: DemoTemplate) -> dict[str, Any]:
    """Return the API's members of a template."""
    members = {
        "prefix": template.prefix,
        "description": template.description,
        "appliedFor": list(template.applied_for),
        "imageTagMutability": "MUTABLE",
        "lifecyclePolicy": template.lifecycle,
        "resourceTags": [{"Key": key, "Value": value} for key, value in template.tags],
    }
    return members | ({"customRoleArn": _role_arn(template.role)} if template.role else {})


def _role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT_ID}:role/{name}"


def _unless_there(create: Callable[..., Any], **members: Any) -> bool:
    """Return whether it was created now."""
    try:
        create(**members)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _ALREADY_THERE:
            raise
        return False
    return True
