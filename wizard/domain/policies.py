"""The IAM policies of cross-account rules: evaluating trust policies, and templates.

Source: "IAM policies required for cross-account ECR to ECR pull through cache" in the user guide.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

SERVICE_PRINCIPAL: Final = "pullthroughcache.ecr.amazonaws.com"

_VERSION = "2012-10-17"
_ASSUME = frozenset({"sts:assumerole", "sts:*", "*"})


class Trust(StrEnum):
    """Whether a role's trust policy lets pull through cache assume it."""

    TRUSTED = "trusted"
    CONDITIONAL = "conditional"
    DENIED = "denied"
    NOT_NAMED = "not-named"


def trust_of(policy: Mapping[str, Any]) -> Trust:
    """Evaluate a trust policy (AssumeRolePolicyDocument). Deny wins; conditions are unknown."""
    named = [statement for statement in _statements(policy) if _names_service(statement)]
    if any(statement.get("Effect") == "Deny" for statement in named):
        return Trust.DENIED
    allowing = [statement for statement in named if statement.get("Effect") == "Allow"]
    if not allowing:
        return Trust.NOT_NAMED
    is_open = any(not statement.get("Condition") for statement in allowing)
    return Trust.TRUSTED if is_open else Trust.CONDITIONAL


def trust_policy() -> dict[str, Any]:
    """Return the trust policy for the role of a cross-account rule."""
    return _policy(
        {
            "Effect": "Allow",
            "Principal": {"Service": SERVICE_PRINCIPAL},
            "Action": "sts:AssumeRole",
        }
    )


def permissions_policy() -> dict[str, Any]:
    """Return the permissions policy for that role."""
    return _policy(
        {
            "Effect": "Allow",
            "Action": [
                "ecr:GetDownloadUrlForLayer",
                "ecr:GetAuthorizationToken",
                "ecr:BatchImportUpstreamImage",
                "ecr:BatchGetImage",
                "ecr:GetImageCopyStatus",
                "ecr:InitiateLayerUpload",
                "ecr:UploadLayerPart",
                "ecr:CompleteLayerUpload",
                "ecr:PutImage",
            ],
            "Resource": "*",
        }
    )


def upstream_registry_policy(
    *, account_id: str, upstream_account_id: str, upstream_region: str
) -> dict[str, Any]:
    """Return the registry policy for the upstream account that allows `account_id` to read."""
    return _policy(
        {
            "Sid": "PullThroughCacheFromAnotherAccount",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
            "Action": [
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
                "ecr:BatchImportUpstreamImage",
                "ecr:GetImageCopyStatus",
            ],
            "Resource": f"arn:aws:ecr:{upstream_region}:{upstream_account_id}:repository/*",
        }
    )


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": _VERSION, "Statement": list(statements)}


def _statements(policy: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in _listed(policy.get("Statement")) if isinstance(each, Mapping)]


def _names_service(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    services = _listed(principal.get("Service")) if isinstance(principal, Mapping) else []
    actions = {str(action).lower() for action in _listed(statement.get("Action"))}
    is_named = SERVICE_PRINCIPAL in services or principal == "*"
    return is_named and not actions.isdisjoint(_ASSUME)


def _listed(value: Any) -> Iterable[Any]:
    """Return a list; IAM policies may have a single value instead of a list."""
    return value if isinstance(value, list) else [value]
