"""Changes outside of the wizard that were cut off: found in the audit trail, settled by reading.

Each of them is one call of AWS. Its intent is in the trail, and no result, because the process died
in between. AWS is read to find out whether the change was made, and the result is appended. The
changes of operations, rotations, deletions, clean-ups and operations on templates are settled with
these, and not listed here.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from wizard.backend import ecr, image_deletion, images, templates
from wizard.domain import AwsAction, Rule, Target
from wizard.domain.clocks import CLOCK_TOLERANCE
from wizard.domain.errors import RuleNotFound, TemplateNotFound
from wizard.domain.facts import plain_facts
from wizard.domain.templates import template_facts
from wizard.models import (
    AuditEvent,
    AuditOutcome,
    AuditPhase,
    CleanedBatch,
    CleanedState,
    DeletedRule,
    DeletedState,
    OpenChange,
    OperationState,
    OperationStep,
    RotatedState,
    RotationStep,
    TemplateChange,
    TemplateState,
)
from wizard.services import lifecycle, pull_times, secret_writes
from wizard.services.audit import close_intent, rule_facts

# A call with all of its attempts ends sooner. A younger change may be running still.
_LONGEST: Final = timedelta(seconds=90)


def list_cut_off(*, account_id: str, regions: Collection[str]) -> list[AuditEvent]:
    """Return the intents of the changes that were cut off there, oldest first."""
    intents = AuditEvent.objects.filter(
        event_id__in=OpenChange.objects.values("event_id"),
        phase=AuditPhase.INTENT,
        action__in=_LOOKS,
        account_id=account_id,
        region__in=regions,
        happened_at__lt=timezone.now() - _LONGEST,  # guard: F7
    ).order_by("sequence")
    of_deletions = DeletedRule.objects.filter(state=DeletedState.RUNNING, event_id__isnull=False)
    of_cleanups = CleanedBatch.objects.filter(state=CleanedState.RUNNING, event_id__isnull=False)
    of_templates = TemplateChange.objects.filter(
        state=TemplateState.RUNNING, event_id__isnull=False
    )
    found = list(
        intents.exclude(event_id__in=of_deletions.values("event_id"))
        .exclude(event_id__in=of_cleanups.values("event_id"))
        .exclude(event_id__in=of_templates.values("event_id"))
    )
    steps = OperationStep.objects.filter(
        state=OperationState.RUNNING, operation__account_id=account_id
    ).values_list("action", "operation__region", "identifier")
    secrets = RotationStep.objects.filter(
        state=RotatedState.RUNNING, secret__rotation__account_id=account_id
    ).values_list("action", "secret__region", "secret__name")
    of_operations = {*steps, *secrets} if found else set()
    return [each for each in found if (each.action, each.region, each.subject) not in of_operations]


def settle(*, target: Target, event_id: UUID) -> AuditOutcome | None:
    """Read what became of a change and append the result; None if there is nothing to settle.

    Raises an AwsError, and appends nothing, when AWS cannot be read.
    """
    found = list_cut_off(account_id=target.account_id, regions=[target.region])
    intent = next((each for each in found if each.event_id == event_id), None)
    if intent is None:
        return None
    outcome = outcome_of(target, intent)
    return outcome if close_intent(intent, outcome=outcome) else None


def outcome_of(target: Target, intent: AuditEvent) -> AuditOutcome:
    """Read what became of a change. Raises an AwsError when AWS cannot be read."""
    was_made = _LOOKS[intent.action](target, intent)
    outcomes = {True: AuditOutcome.SUCCEEDED, False: AuditOutcome.FAILED}
    return AuditOutcome.UNKNOWN if was_made is None else outcomes[was_made]


def _has_version(target: Target, intent: AuditEvent) -> bool | None:
    version = _facts(intent.after).get("version", "")
    return secret_writes.has_version(target, intent.subject, version) if version else None


def _is_deleted(target: Target, intent: AuditEvent) -> bool:
    return secret_writes.is_deleted(target, intent.subject)


def _is_restored(target: Target, intent: AuditEvent) -> bool:
    return not secret_writes.is_deleted(target, intent.subject)


def _is_excluded(target: Target, intent: AuditEvent) -> bool:
    return pull_times.is_excluded(target, intent.subject)


def _is_included(target: Target, intent: AuditEvent) -> bool:
    return not pull_times.is_excluded(target, intent.subject)


def _is_previewed(target: Target, intent: AuditEvent) -> bool | None:
    rules = _facts(intent.after).get("rules")
    return lifecycle.is_previewed(target=target, repository=intent.subject, rules=rules)


def _are_images_deleted(target: Target, intent: AuditEvent) -> bool | None:
    """Whether all of the images are gone, or none; None if some are."""
    facts = _facts(intent.before)
    if tag := facts.get("tag"):
        return not image_deletion.is_tagged(target, intent.subject, tag, facts.get("digest", ""))
    wanted = set(facts.get("digests", ()))
    present = wanted & images.every_image(target, intent.subject).keys()
    return None if present and present != wanted else not present


def _is_rule_gone(target: Target, intent: AuditEvent) -> bool:
    """Whether the rule is gone; one that was created since is another rule."""
    rule = _rule(target, intent.subject)
    if rule is None or rule.created_at is None:
        return rule is None
    is_same = rule.created_at.isoformat() == _facts(intent.before).get("created_at")
    earliest = intent.happened_at
    earliest -= CLOCK_TOLERANCE  # guard: F7
    return not is_same and rule.created_at >= earliest


def _is_rule_changed(target: Target, intent: AuditEvent) -> bool | None:
    """Whether the rule is as requested; None if it is neither that nor as before."""
    rule = _rule(target, intent.subject)
    now = _arns(rule_facts(rule)) if rule else None
    if now == _arns(_facts(intent.after)):
        return True
    return False if now == _arns(_facts(intent.before)) else None


def _is_template_as_asked(target: Target, intent: AuditEvent) -> bool | None:
    """Whether the template is as requested; None if it is neither that nor as before."""
    now = _settings(_template(target, intent.subject))
    if now == _settings(intent.after):
        return True
    return False if now == _settings(intent.before) else None


def _is_template_gone(target: Target, intent: AuditEvent) -> bool:
    """Whether the template is gone; one that was created since is another one."""
    now = _facts(_template(target, intent.subject))
    born = _facts(intent.before).get("created_at")
    return not now or now.get("created_at") != born


def _template(target: Target, prefix: str) -> Any:
    """Return the template as the trail has it, where long policies are cut; None without one."""
    try:
        return plain_facts(template_facts(templates.describe_template(target, prefix)))
    except TemplateNotFound:
        return None


def _settings(kept: Any) -> dict[str, Any]:
    hidden = ("created_at", "updated_at", "found_afterwards")
    return {name: value for name, value in _facts(kept).items() if name not in hidden}


def _rule(target: Target, prefix: str) -> Rule | None:
    try:
        return ecr.describe_rule(target, prefix)
    except RuleNotFound:
        return None


def _arns(facts: Mapping[str, Any]) -> tuple[Any, Any]:
    return facts.get("credential_arn"), facts.get("custom_role_arn")


def _facts(kept: Any) -> Mapping[str, Any]:
    return kept if isinstance(kept, Mapping) else {}


_LOOKS: Final[Mapping[str, Callable[[Target, AuditEvent], bool | None]]] = {
    AwsAction.CREATE_SECRET: _has_version,
    AwsAction.PUT_SECRET_VALUE: _has_version,
    AwsAction.DELETE_SECRET: _is_deleted,
    AwsAction.RESTORE_SECRET: _is_restored,
    AwsAction.DELETE_RULE: _is_rule_gone,
    AwsAction.UPDATE_RULE: _is_rule_changed,
    AwsAction.START_PREVIEW: _is_previewed,
    AwsAction.DELETE_IMAGES: _are_images_deleted,
    AwsAction.REGISTER_EXCLUSION: _is_excluded,
    AwsAction.DEREGISTER_EXCLUSION: _is_included,
    AwsAction.CREATE_TEMPLATE: _is_template_as_asked,
    AwsAction.UPDATE_TEMPLATE: _is_template_as_asked,
    AwsAction.DELETE_TEMPLATE: _is_template_gone,
}
