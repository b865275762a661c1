"""The journal of a rotation: a row per AWS change, its intent written before the call.

Lease, step and audit row are written in one transaction before the call, their results in another
one after it. A step without a result says that it is not known whether AWS made the change.
"""

from collections.abc import Callable
from functools import partial

from django.utils import timezone

from wizard.domain import AwsAction
from wizard.domain.errors import AwsError, error_record
from wizard.models import RotatedSecret, RotatedState, RotationStep
from wizard.services import held
from wizard.services.audit import audited


def journal(
    secret: RotatedSecret,
    action: AwsAction,
    change: Callable[[], str],
    *,
    version: str,
    done: RotatedState,
    undone: RotatedState = RotatedState.FAILED,
) -> None:
    """Write the intent, make the change, write its result; `change` returns the version.

    The secret's state is `done` after a success, `undone` after an error of AWS, which is noted and
    not raised. Raises AuditUnavailable, and changes nothing, when the intent cannot be written, and
    LeaseLost when another process has taken the rotation.
    """
    step = RotationStep(secret=secret, action=action, version=version)
    after = {"arn": secret.arn, "version": version}
    begin = partial(_begin, secret, step)
    try:
        with audited(
            action, target=secret.target, subject=secret.name, after=after, alongside=begin
        ) as audit:
            audit.alongside = partial(_end, secret, step)
            try:
                step.version = change()
                audit.after = after | {"version": step.version}
                step.state, secret.state, secret.error_record = done, done, None
            except Exception as error:
                step.state, secret.state = RotatedState.FAILED, undone
                if isinstance(error, AwsError):
                    step.error_record = secret.error_record = error_record(error)
                raise
    except AwsError:
        return


def refuse(secret: RotatedSecret, error: AwsError, *, state: RotatedState) -> None:
    """Note why a change was not requested of AWS."""
    held.renew(secret.rotation)
    secret.state, secret.error_record = state, error_record(error)
    secret.save(update_fields=["state", "error_record"])


def _begin(secret: RotatedSecret, step: RotationStep) -> None:
    held.renew(secret.rotation)
    step.save(force_insert=True)
    secret.state, secret.error_record = RotatedState.RUNNING, None
    secret.save(update_fields=["state", "error_record", "version", "previous_version"])


def _end(secret: RotatedSecret, step: RotationStep) -> None:
    step.finished_at = timezone.now()
    step.save(update_fields=["version", "state", "error_record", "finished_at"])
    if step.state != RotatedState.FAILED:
        secret.changed_at = step.finished_at
    if step.state == RotatedState.SUCCEEDED:
        secret.version = step.version
    # Another process that has taken the rotation meanwhile has looked at AWS itself.
    ours = RotatedSecret.objects.filter(
        pk=secret.pk,
        rotation__runner=secret.rotation.runner,  # guard: F7
    )
    ours.update(
        version=secret.version,
        state=secret.state,
        error_record=secret.error_record,
        changed_at=secret.changed_at,
    )
