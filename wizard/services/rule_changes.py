"""Changing a rule's secret or role, the only members that AWS can change, with conflict detection.

UpdatePullThroughCacheRule has no condition. Therefore the rule is read immediately before the call
and compared with what the person saw. A small race remains; the rule is read again after the call
to report a mismatch. An error of that last read is not a failure of the change.
"""

from dataclasses import asdict, dataclass

from wizard.backend import ecr
from wizard.domain import (
    AwsAction,
    IamRole,
    Rule,
    RuleChange,
    RuleChangedMeanwhile,
    Secret,
    Target,
    check_rule_change,
)
from wizard.domain.errors import AwsError, SecretNotFound, is_answer_lost, known_not_made
from wizard.services import new_secrets, roles, secrets
from wizard.services.audit import audited, rule_facts
from wizard.services.operations import repeat_call


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The result of a change: whether the rule is as requested, or the error of reading it."""

    is_as_asked: bool = False
    unread: AwsError | None = None


def choices(*, target: Target, rule: Rule, typed: str = "") -> list[Secret] | list[IamRole]:
    """Return the secrets that the rule can use instead of its own, or the roles.

    The rule's own secret and a typed ARN are looked up if the list lacks them.
    """
    if rule.credential_arn is not None:
        return secrets.list_secrets(target=target, also=[rule.credential_arn, typed])
    return roles.list_roles(target.account_id)


def update_rule(*, target: Target, change: RuleChange, seen: Rule) -> Changed:
    """Change the secret or the role of a rule.

    Raises RuleChangedMeanwhile when the rule is not as `seen`, InvalidRule or InvalidIdentifier
    when AWS would refuse the change, RuleNotFound, and AWS's refusals.
    """
    now = ecr.describe_rule(target, seen.ecr_repository_prefix)
    if now != seen:  # guard: C1
        raise RuleChangedMeanwhile(now)
    check_rule_change(now, change, target)
    with audited(
        AwsAction.UPDATE_RULE,
        target=target,
        subject=seen.ecr_repository_prefix,
        before=rule_facts(now),
        after=rule_facts(now) | _members_of(change),
    ):
        _send(target, seen.ecr_repository_prefix, change)
    return _read_back(target, seen.ecr_repository_prefix, change)


def _send(target: Target, prefix: str, change: RuleChange) -> None:
    """Send the change, again while ECR does not see a new secret yet.

    After a lost response, read the rule to find out whether the change was made.
    """
    try:
        repeat_call(
            lambda: ecr.update_rule(target, prefix, change),
            waits=new_secrets.waits(target, change.credential_arn),  # guard: F9
            passing=(SecretNotFound,),
        )
    except AwsError as error:  # guard: F12
        if not is_answer_lost(error):
            raise
        found = _read_back(target, prefix, change)
        if found.unread is not None:
            raise
        if not found.is_as_asked:
            raise known_not_made(error) from None


def _read_back(target: Target, prefix: str, change: RuleChange) -> Changed:
    try:
        after = ecr.describe_rule(target, prefix)
    except AwsError as error:  # guard: C1
        return Changed(unread=error)
    asked = (change.credential_arn, change.custom_role_arn)
    return Changed(is_as_asked=(after.credential_arn, after.custom_role_arn) == asked)


def _members_of(change: RuleChange) -> dict[str, str]:
    return {name: value for name, value in asdict(change).items() if value is not None}
