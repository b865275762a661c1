"""Templates of the IAM policies of cross-account rules, which pages offer to copy.

Source: "IAM policies required for cross-account ECR to ECR pull through cache" in the user guide.
"""

from typing import Any, Final

from wizard.domain.trust import SERVICE_PRINCIPAL

_VERSION: Final = "2012-10-17"


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
