"""Whether the principals of a policy exist, as AWS checks when a policy is stored."""

import json
import re
from collections.abc import Iterator
from typing import Any

from moto.iam.models import iam_backends

from ptcconsole.fakeaws.callers import ANYBODY_ARN
from ptcconsole.fakeaws.iam.roles import role_as_seen

_ENTITY = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>[0-9]{12}):(?P<kind>user|role)/.+"
)
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")


def unknown_principal(document: str) -> tuple[str, str] | None:
    """Return type and name of the first principal that does not exist, or None.

    Raises ValueError for a document that is not a policy.
    """
    policy = json.loads(document)
    if not isinstance(policy, dict) or "Statement" not in policy:
        raise ValueError("A policy has statements")
    statements = policy["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        for kind, name in _principals(statement):
            if not _exists(kind, name):
                return kind, name
    return None


def _principals(statement: dict[str, Any]) -> Iterator[tuple[str, str]]:
    named = statement.get("Principal") or statement.get("NotPrincipal") or {}
    by_kind = {"AWS": named} if isinstance(named, str) else named
    for kind, names in by_kind.items():
        for name in names if isinstance(names, list) else [names]:
            yield kind, name


def _exists(kind: str, name: str) -> bool:
    if kind == "Service":
        return _SERVICE.fullmatch(name) is not None
    entity = _ENTITY.fullmatch(name) if kind == "AWS" else None
    if entity is None or name == ANYBODY_ARN:
        return True
    if entity["kind"] == "role":
        return role_as_seen(name) is not None
    users = iam_backends[entity["account"]][entity["partition"]].users
    return any(user.arn == name for user in list(users.values()))
