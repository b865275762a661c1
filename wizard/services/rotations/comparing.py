"""What AWS holds of the secrets of a rotation, written down for changes without a result."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from wizard.backend import secretsmanager
from wizard.domain import AwsAction, Target
from wizard.domain.errors import SecretNotFound
from wizard.domain.waiting import begin_change
from wizard.models import (
    AuditEvent,
    AuditOutcome,
    AuditPhase,
    OpenChange,
    RotatedSecret,
    RotatedState,
    RotationStep,
)
from wizard.services.audit import close_intent
from wizard.services.fanout import fan_out

# The state of a secret with the change of a step, and without it.
_STATES: Final[Mapping[AwsAction, tuple[RotatedState, RotatedState]]] = {
    AwsAction.PUT_SECRET_VALUE: (RotatedState.SUCCEEDED, RotatedState.FAILED),
    AwsAction.MOVE_STAGE: (RotatedState.PUT_BACK, RotatedState.SUCCEEDED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What AWS holds of a secret: whether the new version exists, and whether it is current."""

    has_new: bool
    is_new_current: bool
    is_old_current: bool


def look(secrets: Collection[RotatedSecret]) -> dict[int, Held]:
    """Return what AWS holds of these secrets, by row; without those that it does not tell."""
    by_target: dict[Target, list[RotatedSecret]] = {}
    for each in secrets:
        by_target.setdefault(each.target, []).append(each)
    found: dict[int, Held] = {}
    for answer in fan_out(targets=by_target, call=lambda target: _look(by_target[target])):
        found |= answer.value or {}
    return found


def _look(secrets: Collection[RotatedSecret]) -> dict[int, Held]:
    return {each.pk: _held(each) for each in secrets}


def _held(secret: RotatedSecret) -> Held:
    try:
        now = secretsmanager.staged_versions(secret.target, secret.arn)
    except SecretNotFound:
        return Held(has_new=False, is_new_current=False, is_old_current=False)
    return Held(
        has_new=secret.version in now.versions,
        is_new_current=now.current == secret.version,
        is_old_current=now.current == secret.previous_version,
    )


def settle(secrets: Collection[RotatedSecret]) -> None:
    """Write down what became of the changes without a result.

    What AWS does not tell stays without a result.
    """
    begin_change()
    unknown = [each for each in secrets if each.is_unknown]
    held = look(unknown)
    for each in unknown:
        if each.pk in held:
            _settle(each, held[each.pk])


def _settle(secret: RotatedSecret, held: Held) -> None:
    step = secret.steps.last()
    if step is None:
        return
    is_put = step.action == AwsAction.PUT_SECRET_VALUE
    was_made = held.has_new if is_put else held.is_old_current  # guard: F7
    made, not_made = _STATES[AwsAction(step.action)]
    outcome = AuditOutcome.SUCCEEDED if was_made else AuditOutcome.FAILED
    for intent in _open_intents(secret, step):
        close_intent(intent, outcome=outcome)
    step.state = made if was_made else RotatedState.FAILED
    step.finished_at = step.finished_at or timezone.now()
    step.save(update_fields=["state", "finished_at"])
    secret.state = made if was_made else not_made
    if was_made:
        secret.error_record = None
        secret.changed_at = step.finished_at
    secret.save(update_fields=["state", "error_record", "changed_at"])


def _open_intents(secret: RotatedSecret, step: RotationStep) -> Sequence[AuditEvent]:
    intents = AuditEvent.objects.filter(
        event_id__in=OpenChange.objects.values("event_id"),
        phase=AuditPhase.INTENT,
        action=step.action,
        subject=secret.name,
        account_id=secret.target.account_id,
        region=secret.region,
    )
    # The version is the step's own; other changes of the secret may be open too.
    return [each for each in intents if (each.after or {}).get("version") == step.version]
