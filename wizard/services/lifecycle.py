"""Previews of lifecycle policies: ECR says what a policy would do to a repository's images.

A preview deletes and archives nothing. It replaces the last preview of the repository, so it is
audited, and a viewer cannot start one. To start the same one again is harmless: a lost answer is
resolved by reading, and a preview of the same policy that is in progress is the one that is wanted.
"""

from typing import Any

from django.contrib.auth.models import User

from wizard.backend import lifecycle, templates
from wizard.domain import AwsAction, Role, Target
from wizard.domain.errors import (
    AwsError,
    PreviewInProgress,
    PreviewNotFound,
    RepositoryNotFound,
    is_answer_lost,
    known_not_made,
)
from wizard.domain.lifecycle import FaultyPolicy, LifecyclePreview, read_policy
from wizard.services import access
from wizard.services.audit import audited


def own_policy(*, target: Target, repository: str) -> str:
    """Return the policy of a repository; raises LifecyclePolicyNotFound, RepositoryNotFound."""
    return lifecycle.lifecycle_policy(target, repository)


def policy_of_template(*, target: Target, prefix: str) -> str:
    """Return the policy of a template; empty without one, or if AWS does not tell it."""
    try:
        return templates.describe_template(target, prefix).lifecycle_policy
    except AwsError:
        return ""


def start_preview(*, target: Target, repository: str, text: str, actor: User) -> None:
    """Start a preview of a policy on a repository.

    Raises NotPermitted, FaultyPolicy, PreviewInProgress and RepositoryNotFound.
    """
    access.check_access(user=actor, role=Role.OPERATOR, target=target)
    after: dict[str, Any] = {
        "rules": [rule.members() for rule in read_policy(text).rules],
    }
    with audited(AwsAction.START_PREVIEW, target=target, subject=repository, after=after):
        try:
            lifecycle.start_preview(target, repository, text)
        except AwsError as error:  # guard: F12
            if not isinstance(error, PreviewInProgress) and not is_answer_lost(error):
                raise
            if _is_started(target, repository, text, error):
                return
            raise known_not_made(error) from None


def get_preview(*, target: Target, repository: str) -> LifecyclePreview:
    """Return the last preview of a repository; raises PreviewNotFound, RepositoryNotFound."""
    return lifecycle.get_preview(target, repository)


def is_previewed(*, target: Target, repository: str, rules: Any) -> bool | None:
    """Whether the last preview is of a policy with these rules, as the audit trail keeps them.

    None if it is of another policy: somebody can have started that one since.
    """
    try:
        text = lifecycle.get_preview(target, repository).text
    except (PreviewNotFound, RepositoryNotFound):
        return False
    try:
        found = [rule.members() for rule in read_policy(text).rules]
    except FaultyPolicy:
        return None
    return True if found == rules else None


def _is_started(target: Target, repository: str, text: str, error: AwsError) -> bool:
    """Whether the last preview of the repository is of this policy; raises `error` if unknown."""
    try:
        return lifecycle.get_preview(target, repository).is_of(text)
    except PreviewNotFound:
        return False
    except AwsError:
        raise error from None
