"""Enforces trust policies in AssumeRole, and returns caller ARNs in AWS's format.

Permissions of a role are not evaluated: every call is allowed unless a fault is injected.
"""

import re

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.sts.models import STSBackend, sts_backends

from ptcconsole.fakeaws import policies
from ptcconsole.fakeaws.policies import Caller

# The caller of an access key that IAM did not issue.
_ANYBODY_ID = "AIDAIOSFODNN7EXAMPLE"
_ANYBODY = "user/console"


class TrustCheckingBackend(STSBackend):
    """moto's STS of one account."""

    def get_caller_identity(self, access_key_id: str, region: str) -> tuple[str, str, str]:
        """Return ID, ARN and account; moto returns an STS ARN for a user, AWS does not."""
        user_id, arn, account_id = super().get_caller_identity(access_key_id, region)
        if arn.endswith(":user/moto"):
            return _ANYBODY_ID, f"arn:{self.partition}:iam::{account_id}:{_ANYBODY}", account_id
        return user_id, arn, account_id

    def may_assume(self, role_arn: str, *, access_key_id: str, external_id: str | None) -> bool:
        """Whether the role exists and trusts the caller with this external ID."""
        named = re.match(r"arn:aws:iam::([0-9]{12}):role/", role_arn)
        if named is None:
            return False
        try:
            role = iam_backends[named[1]][self.partition].get_role_by_arn(role_arn)
        except NotFoundException:
            return False
        caller = self._caller(access_key_id, external_id)
        return policies.allows(role.assume_role_policy_document, "sts:AssumeRole", caller)

    def _caller(self, access_key_id: str, external_id: str | None) -> Caller:
        _, arn, account_id = self.get_caller_identity(access_key_id, self.region_name)
        names = {account_id, f"arn:{self.partition}:iam::{account_id}:root", arn}
        session = self.get_assumed_role_from_access_key(access_key_id)
        if session is not None:
            names.add(session.role_arn)
        context = {"aws:PrincipalAccount": account_id, "aws:PrincipalArn": arn}
        if external_id is not None:
            context["sts:ExternalId"] = external_id
        return Caller(names=frozenset(("AWS", name) for name in names), context=context)


def install() -> None:
    """Replace moto's backend with this one, before anything is stored in it."""
    if sts_backends.backend is not TrustCheckingBackend:
        sts_backends.backend = TrustCheckingBackend
        sts_backends.clear()
