"""Pull-time update exclusions: the roles and users whose pulls do not count as last pulls.

Both changes are idempotent: an exclusion that exists already, or is gone already, is as requested.
The list is read after a lost answer.
"""

from collections.abc import Callable

from wizard.backend import pull_times
from wizard.domain import AwsAction, PrincipalArn, Target
from wizard.domain.errors import (
    AwsError,
    PullTimeExclusionExists,
    PullTimeExclusionNotFound,
    is_answer_lost,
    known_not_made,
)
from wizard.services.audit import audited


def list_exclusions(*, target: Target) -> list[str]:
    """Return the ARNs of the excluded principals of the registry."""
    return pull_times.list_exclusions(target)


def register_exclusion(*, target: Target, principal_arn: str) -> bool:
    """Exclude a principal; False if it was excluded before.

    Raises InvalidIdentifier for an ARN that is not of a role or user.
    """
    PrincipalArn.parse(principal_arn)
    with audited(AwsAction.REGISTER_EXCLUSION, target=target, subject=principal_arn) as change:
        try:
            _send(target, principal_arn, pull_times.register_exclusion, wanted=True)
        except PullTimeExclusionExists as error:
            # A repeated call answers so if an earlier attempt of it was executed.
            if not error.was_lost:
                change.after = {"was_excluded": True}
                return False
    return True


def deregister_exclusion(*, target: Target, principal_arn: str) -> bool:
    """End an exclusion; False if there was none. Raises InvalidIdentifier."""
    PrincipalArn.parse(principal_arn)
    with audited(AwsAction.DEREGISTER_EXCLUSION, target=target, subject=principal_arn) as change:
        try:
            _send(target, principal_arn, pull_times.deregister_exclusion, wanted=False)
        except PullTimeExclusionNotFound as error:
            if not error.was_lost:
                change.after = {"was_excluded": False}
                return False
    return True


def is_excluded(target: Target, principal_arn: str) -> bool:
    return principal_arn in pull_times.list_exclusions(target)


def _send(target: Target, arn: str, send: Callable[[Target, str], None], *, wanted: bool) -> None:
    """Send the change, and read the list after a lost answer."""
    try:
        send(target, arn)
    except (PullTimeExclusionExists, PullTimeExclusionNotFound):
        raise
    except AwsError as error:  # guard: F12
        if not is_answer_lost(error):
            raise
        try:
            found = is_excluded(target, arn)
        except AwsError:
            raise error from None
        if found is not wanted:
            raise known_not_made(error) from None
