"""The service-linked role of pull through cache with AWS's name, which differs from moto's."""

import json

from moto.iam.models import IAMBackend, Role, iam_backends

from ptcconsole.fakeaws.policies import PTC_PRINCIPAL

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/slr-pullthroughcache.html
ROLE_NAME = "AWSServiceRoleForECRPullThroughCache"
ROLE_PATH = f"/aws-service-role/{PTC_PRINCIPAL}/"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": PTC_PRINCIPAL},
            "Action": "sts:AssumeRole",
        }
    ],
}


class ServiceLinkedRoleBackend(IAMBackend):
    """moto's IAM of one account."""

    def create_service_linked_role(self, service_name: str, description: str, suffix: str) -> Role:
        """Create the role; for pull through cache with the name that AWS documents."""
        if service_name != PTC_PRINCIPAL:
            return super().create_service_linked_role(service_name, description, suffix)
        return self.create_role(
            ROLE_NAME,
            json.dumps(_TRUST),
            ROLE_PATH,
            permissions_boundary=None,
            description=description,
            tags=[],
            max_session_duration="3600",
            linked_service=service_name,
        )

    def ensure_pull_through_cache_role(self) -> None:
        """Create the role if missing, as ECR does for the first rule of the account."""
        if not any(role.name == ROLE_NAME for role in list(self.roles.values())):
            self.create_service_linked_role(PTC_PRINCIPAL, "", "")


def service_linked_role_arn(account_id: str) -> str:
    """Return the ARN of the role, whether it exists or not."""
    return f"arn:aws:iam::{account_id}:role{ROLE_PATH}{ROLE_NAME}"


def install() -> None:
    """Replace moto's backend with this one, before anything is stored in it."""
    if iam_backends.backend is not ServiceLinkedRoleBackend:
        iam_backends.backend = ServiceLinkedRoleBackend
        iam_backends.clear()
