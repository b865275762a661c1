"""IAM as AWS answers it where moto differs: service-linked roles, trust policies, pages, wording.

The service-linked role of pull through cache has AWS's name, and cannot be deleted while a rule
exists.
"""

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.ecr.models import ecr_backends
from moto.iam.exceptions import IAMException, MalformedPolicyDocument, NotFoundException
from moto.iam.models import IAMBackend, Role, iam_backends

from ptcconsole.fakeaws.checks import CHECKS, Check
from ptcconsole.fakeaws.iam import roles
from ptcconsole.fakeaws.iam.principals import unknown_principal
from ptcconsole.fakeaws.policies import PTC_PRINCIPAL
from ptcconsole.fakeaws.variety import VARIETY

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


class InvalidInputException(IAMException):
    """A name that is taken by a service-linked role."""

    code = "InvalidInput"


class AccurateBackend(IAMBackend):
    """moto's IAM of one account."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        # The reasons why deletions of service-linked roles failed, by the ID of the task.
        self.failed_deletions: dict[str, str] = {}
        # IAM is one for all Regions. moto looks a name up and adds the role in two steps.
        self.roles_lock = threading.RLock()

    def get_role(self, role_name: str) -> Role:
        """Return a role; raises NotFoundException in AWS's wording."""
        try:
            return super().get_role(role_name)
        except NotFoundException:
            raise NotFoundException(f"The role with name {role_name} cannot be found.") from None

    def create_role(
        self, role_name: str, assume_role_policy_document: str, *arguments: Any, **options: Any
    ) -> Role:
        """Create a role; raises MalformedPolicyDocument and moto's errors."""
        _check_trust(assume_role_policy_document)
        with self.roles_lock:
            role = super().create_role(
                role_name, assume_role_policy_document, *arguments, **options
            )
        roles.note_change(role.arn, None)
        return role

    def update_assume_role_policy(self, role_name: str, policy_document: str) -> None:
        """Replace a trust policy; raises MalformedPolicyDocument and moto's errors."""
        _check_trust(policy_document)
        with self._seen_later(role_name):
            super().update_assume_role_policy(role_name, policy_document)

    def put_role_policy(self, role_name: str, policy_name: str, policy_json: str) -> None:
        """Store an inline policy; raises moto's errors."""
        with self._seen_later(role_name):
            super().put_role_policy(role_name, policy_name, policy_json)

    def delete_role_policy(self, role_name: str, policy_name: str) -> None:
        """Delete an inline policy; raises moto's errors."""
        with self._seen_later(role_name):
            super().delete_role_policy(role_name, policy_name)

    def attach_role_policy(self, policy_arn: str, role_name: str) -> None:
        """Attach a managed policy; raises moto's errors."""
        with self._seen_later(role_name):
            super().attach_role_policy(policy_arn, role_name)

    def detach_role_policy(self, policy_arn: str, role_name: str) -> None:
        """Detach a managed policy; raises moto's errors."""
        with self._seen_later(role_name):
            super().detach_role_policy(policy_arn, role_name)

    def delete_role(self, role_name: str) -> None:
        """Delete a role; raises moto's errors."""
        with self._seen_later(role_name):
            super().delete_role(role_name)

    def list_roles(
        self,
        path_prefix: str | None = None,
        marker: str | None = None,
        max_items: int | None = None,
    ) -> tuple[list[Role], str | None]:
        """Return a page; IAM may return fewer roles than asked for, although more follow."""
        size = VARIETY.page_size(int(max_items or 100))
        return super().list_roles(path_prefix, marker, size)

    def create_service_linked_role(self, service_name: str, description: str, suffix: str) -> Role:
        """Create the role; for pull through cache with the name that AWS documents."""
        if service_name != PTC_PRINCIPAL:
            return super().create_service_linked_role(service_name, description, suffix)
        with self.roles_lock:
            if self.has_pull_through_cache_role():
                raise InvalidInputException(
                    f"Service role name {ROLE_NAME} has been taken in this account, please try a "
                    "different suffix."
                )
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

    def delete_service_linked_role(self, role_name: str) -> str:
        """Start to delete a role; return the ID of the task, which fails while a rule exists."""
        if role_name != ROLE_NAME or not (regions := self._regions_with_rules()):
            return super().delete_service_linked_role(role_name)
        self.get_role(role_name)
        task_id = f"task{ROLE_PATH}{ROLE_NAME}/{uuid.uuid4()}"
        self.failed_deletions[task_id] = (
            "The role is used by pull through cache rules in " + ", ".join(regions)
        )
        return task_id

    def ensure_pull_through_cache_role(self) -> None:
        """Create the role if missing, as ECR does for the first rule of the account.

        The first rules of several Regions may be created at the same time.
        """
        with self.roles_lock:
            if not self.has_pull_through_cache_role():
                self.create_service_linked_role(PTC_PRINCIPAL, "", "")

    def has_pull_through_cache_role(self) -> bool:
        """Whether the service-linked role exists."""
        return any(role.name == ROLE_NAME for role in list(self.roles.values()))

    def _regions_with_rules(self) -> list[str]:
        regions = ecr_backends[self.account_id]
        return sorted(
            name
            for name, registry in list(regions.items())
            if getattr(registry, "pull_through_cache_rules", None)
        )

    @contextmanager
    def _seen_later(self, role_name: str) -> Iterator[None]:
        """Note a change of a role, for services that see it later."""
        role = self.get_role(role_name)
        roles.note_change(role.arn, role)
        yield


def _check_trust(document: str) -> None:
    if Check.POLICIES not in CHECKS:
        return
    try:
        unknown = unknown_principal(document)
    except ValueError:
        raise MalformedPolicyDocument("This policy contains invalid Json") from None
    if unknown is not None:
        kind, name = unknown
        shown = kind.upper() if kind == "Service" else kind
        raise MalformedPolicyDocument(f'Invalid principal in policy: "{shown}":"{name}"')


def service_linked_role_arn(account_id: str) -> str:
    """Return the ARN of the role, whether it exists or not."""
    return f"arn:aws:iam::{account_id}:role{ROLE_PATH}{ROLE_NAME}"


def install() -> None:
    """Replace moto's backend with this one, before anything is stored in it."""
    if iam_backends.backend is not AccurateBackend:
        iam_backends.backend = AccurateBackend
        iam_backends.clear()
