"""Decides who may assume a role and for how long, and returns caller ARNs in AWS's format."""

import re

from moto.iam.models import Role
from moto.sts.models import STSBackend, sts_backends

from ptcconsole.fakeaws import policies
from ptcconsole.fakeaws.callers import ANYBODY_ARN, ANYBODY_ID
from ptcconsole.fakeaws.iam.roles import role_as_seen
from ptcconsole.fakeaws.policies import Caller

_DEFAULT_SECONDS = 3600
# The longest session of a role that another role's session assumes.
_CHAINED_SECONDS = 3600


class TrustCheckingBackend(STSBackend):
    """moto's STS of one account."""

    def get_caller_identity(self, access_key_id: str, region: str) -> tuple[str, str, str]:
        """Return ID, ARN and account; moto returns an STS ARN for a user, AWS does not."""
        user_id, arn, account_id = super().get_caller_identity(access_key_id, region)
        if arn.endswith(":user/moto"):
            return ANYBODY_ID, ANYBODY_ARN.replace("123456789012", account_id), account_id
        return user_id, arn, account_id

    def may_assume(self, role_arn: str, *, access_key_id: str, external_id: str | None) -> bool:
        """Whether the role exists and trusts the caller with this external ID."""
        role = role_as_seen(role_arn)
        if role is None:
            return False
        caller = self._caller(access_key_id, external_id)
        return policies.allows(role.assume_role_policy_document, "sts:AssumeRole", caller)

    def is_named(self, role_arn: str, *, access_key_id: str, external_id: str | None) -> bool:
        """Whether a role of the own account trusts the caller itself, and not just its account."""
        role = role_as_seen(role_arn)
        if role is None or f":{self.account_id}:" not in role_arn:
            return False
        caller = self._caller(access_key_id, external_id)
        whole = {self.account_id, f"arn:{self.partition}:iam::{self.account_id}:root"}
        names = frozenset((kind, name) for kind, name in caller.names if name not in whole)
        itself = Caller(names=names, context=caller.context)
        return policies.allows(role.assume_role_policy_document, "sts:AssumeRole", itself)

    def duration_problem(self, role_arn: str, seconds: int, *, access_key_id: str) -> str:
        """Return why a session of the role cannot be that long; empty if it can."""
        is_chained = self.get_assumed_role_from_access_key(access_key_id) is not None
        if is_chained and seconds > _CHAINED_SECONDS:
            return (
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed "
                "by role chaining."
            )
        return too_long(role_as_seen(role_arn), seconds)

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


def too_long(role: Role | None, seconds: int) -> str:
    """Return why a session of the role cannot be that long; empty if it can."""
    most = int((role.max_session_duration if role else None) or _DEFAULT_SECONDS)
    if seconds <= most:
        return ""
    return "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."


def trusts_provider(role_arn: str) -> bool:
    """Whether the role exists and trusts some identity provider for web identities."""
    role = role_as_seen(role_arn)
    if role is None:
        return False
    providers = re.findall(
        r"arn:aws:iam::[0-9]{12}:oidc-provider/[^\"]+", role.assume_role_policy_document
    )
    names = frozenset(("Federated", name) for name in providers)
    action = "sts:AssumeRoleWithWebIdentity"
    return policies.allows(role.assume_role_policy_document, action, Caller(names=names))


def install() -> None:
    """Replace moto's backend with this one, before anything is stored in it."""
    if sts_backends.backend is not TrustCheckingBackend:
        sts_backends.backend = TrustCheckingBackend
        sts_backends.clear()
