"""The permissions that an operation of ECR needs besides its own, if permissions are checked."""

from collections.abc import Iterator

from moto.iam.models import Group, IAMBackend, User, get_account_id_from, iam_backends
from moto.sts.models import sts_backends

from ptcconsole.fakeaws import policies
from ptcconsole.fakeaws.accounts import ADMINISTRATOR
from ptcconsole.fakeaws.aws_errors import Refused
from ptcconsole.fakeaws.checks import CHECKS, Check
from ptcconsole.fakeaws.iam.roles import documents_of, role_as_seen

_PARTITION = "aws"


def require(
    access_key: str,
    caller_arn: str,
    *wanted: tuple[str, str],
    code: str = "AccessDeniedException",
    status: int = 400,
) -> None:
    """Raise Refused for the first action and resource that the caller's policies do not allow.

    A caller that IAM does not know, and the administrator whose keys the simulation gives out, may
    do everything.
    """
    if Check.PERMISSIONS not in CHECKS:
        return
    documents = _documents_of_caller(access_key)
    if documents is None:
        return
    for action, resource in wanted:
        if not policies.permits(documents, action, resource):
            raise Refused(
                code,
                f"User: {caller_arn} is not authorized to perform: {action} on resource: "
                f"{resource} because no identity-based policy allows the {action} action",
                status,
            )


def _documents_of_caller(access_key: str) -> list[str] | None:
    account_id = get_account_id_from(access_key)
    session = sts_backends[account_id][_PARTITION].get_assumed_role_from_access_key(access_key)
    if session is not None:
        role = role_as_seen(session.role_arn)
        return documents_of(role) if role is not None else []
    backend = iam_backends[account_id][_PARTITION]
    user = backend.get_user_from_access_key_id(access_key)
    if user is None or user.name == ADMINISTRATOR:
        return None
    return list(documents_of_user(backend, user))


def documents_of_user(backend: IAMBackend, user: User) -> Iterator[str]:
    """Yield the identity-based policies of the user and of its groups."""
    groups = [group for group in backend.groups.values() if user in group.users]
    owners: list[User | Group] = [user, *groups]
    for owner in owners:
        yield from owner.policies.values()
        for policy in owner.managed_policies.values():
            yield from (each.document for each in policy.versions if each.is_default)
