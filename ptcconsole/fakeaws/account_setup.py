"""Further accounts, as tests and the demo want them: a role for the console, rules, organization.

Everything here could be done through AWS's API with the keys of `accounts`, in many calls.
"""

import json
from collections.abc import Mapping
from typing import Any

from moto.ecr.models import ecr_backends
from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.models import Role, iam_backends
from moto.secretsmanager.models import secretsmanager_backends

from ptcconsole.fakeaws.ecr.models import PullThroughCacheBackend
from ptcconsole.fakeaws.ecr.templates import prefix_key
from ptcconsole.fakeaws.iam.models import AccurateBackend
from ptcconsole.fakeaws.organizations.models import organizations_of
from ptcconsole.fakeaws.registries import Access, registry_for
from ptcconsole.fakeaws.upstream import ACCOUNTS

_PARTITION = "aws"
_POLICY_NAME = "permissions"
_SECRET_PREFIX = "ecr-pullthroughcache/"  # noqa: S105 - the beginning of names


def add_account(
    account_id: str,
    *,
    role: str,
    trusts: Any,
    external_id: str | None,
    max_session_duration: int,
    policy: Any,
    rules: Mapping[str, Mapping[str, str]],
) -> str:
    """Make or replace the role, add the rules that are missing; return the role's ARN.

    Without a name of a role the account has none, and the ARN is empty. Raises ValueError.
    """
    if len(account_id) != 12 or not account_id.isdecimal():
        raise ValueError(f"{account_id} is not an account id")
    for region, upstreams in rules.items():
        for prefix, url in upstreams.items():
            _add_rule(account_id, region, prefix, url)
    if not role:
        return ""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"AWS": trusts},
        "Action": "sts:AssumeRole",
    }
    if external_id is not None:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    made = _role(account_id, role, _document(statement), max_session_duration)
    try:
        iam_of(account_id).put_role_policy(made.name, _POLICY_NAME, json.dumps(policy))
    except MalformedPolicyDocument as error:
        raise ValueError(str(error)) from None
    return str(made.arn)


def add_to_organization(account_id: str, *, name: str, state: str, manager: str) -> str:
    """Add an account to the manager's organization, or change it there; return the account's ID.

    Raises ValueError.
    """
    email = f"aws+{account_id}@example.com"
    organizations_of(manager).add_account(account_id, name=name, email=email, state=state)
    return account_id


def restrict(account_id: str, *, statements: list[dict[str, Any]]) -> str:
    """Give a member account a service control policy of these statements, or none; return its ID.

    Raises ValueError.
    """
    manager = organizations_of(account_id).manager
    if manager is None or manager.account_id == account_id:
        raise ValueError(f"{account_id} is not a member of an organization")
    document = {"Version": "2012-10-17", "Statement": statements}
    manager.replace_control_policy(account_id, json.dumps(document) if statements else "")
    return account_id


def iam_of(account_id: str) -> AccurateBackend:
    """Return the IAM of an account."""
    backend = iam_backends[account_id][_PARTITION]
    assert isinstance(backend, AccurateBackend)  # noqa: S101 - `install()` was called
    return backend


def _role(account_id: str, role: str, trust: str, seconds: int) -> Role:
    head, _, name = role.strip("/").rpartition("/")
    iam = iam_of(account_id)
    known = next((each for each in list(iam.roles.values()) if each.name == name), None)
    if known is not None:
        iam.update_assume_role_policy(name, trust)
        known.max_session_duration = str(seconds)
        return known
    return iam.create_role(
        name,
        trust,
        f"/{head}/" if head else "/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration=str(seconds),
    )


def _add_rule(account_id: str, region: str, prefix: str, url: str) -> None:
    ecr = ecr_backends[account_id][region]
    assert isinstance(ecr, PullThroughCacheBackend)  # noqa: S101 - `install()` was called
    if prefix_key(prefix) in ecr.pull_through_cache_rules:
        return
    registry = registry_for(url)
    needs_secret = registry is not None and registry.access is Access.SECRET
    arn = _add_secret(account_id, region, prefix) if needs_secret else None
    ecr.create_pull_through_cache_rule(
        ecr_repository_prefix=prefix, upstream_registry_url=url, credential_arn=arn
    )


def _add_secret(account_id: str, region: str, prefix: str) -> str:
    value = {"username": "demo", "accessToken": ACCOUNTS["demo"]}
    made = secretsmanager_backends[account_id][region].create_secret(
        name=f"{_SECRET_PREFIX}{prefix}",
        secret_string=json.dumps(value),
        secret_binary=None,
        description="",
        tags=[],
        kms_key_id=None,
        client_request_token=None,
        replica_regions=[],
        force_overwrite=False,
    )
    return str(json.loads(made)["ARN"])


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
