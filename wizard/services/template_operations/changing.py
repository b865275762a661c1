"""One Region of an operation whose lease is held: read the template, change it, write the result.

Reading first is what makes a retry harmless: a Region that is as wanted is left alone. A template
that is neither as wanted nor as the person saw it is left alone as well.
"""

import uuid
from contextlib import suppress

from django.utils import timezone

from wizard.backend import templates
from wizard.domain import AwsAction, Role
from wizard.domain.errors import (
    AwsError,
    NotTried,
    OtherTemplate,
    RoleWithdrawn,
    TemplateNotFound,
    error_record,
    known_not_made,
)
from wizard.domain.templates import CreationTemplate, settings_of, template_facts, template_of
from wizard.models import TemplateChange, TemplateState, TemplateVerb
from wizard.services import access, held
from wizard.services.audit import audited


def change(row: TemplateChange) -> None:
    """Copy or delete the template in the Region; the row has the result, or the error of AWS.

    Raises AuditUnavailable, and changes nothing, when the intent cannot be written, and LeaseLost
    when another process has taken the operation.
    """
    wanted = _wanted_of(row)
    try:
        _check_role(row)
        now = _read(row)
        if _is_as_wanted(now, wanted):
            _end_untried(row, _found_state(row))
            return
        if _settings(now) != row.before:  # guard: C1
            raise OtherTemplate(operation=_action(row, now), region=row.region)
    except AwsError as error:
        _end_untried(row, TemplateState.FAILED, error)
        return
    with suppress(AwsError):  # The row has it.
        _send(row, now, wanted)


def leave(row: TemplateChange, silent: AwsError) -> None:
    """Note that the Region is not tried, because it did not respond before."""
    if not row.is_unknown:
        untried = NotTried("Not tried.", code=silent.code, region=row.region)
        _end_untried(row, TemplateState.FAILED, known_not_made(untried))


def _wanted_of(row: TemplateChange) -> CreationTemplate | None:
    """Return the template as it is wanted in the Region; None for none."""
    operation = row.operation
    if operation.verb == TemplateVerb.DELETE:
        return None
    return template_of(operation.settings, operation.prefix)


def _is_as_wanted(now: CreationTemplate | None, wanted: CreationTemplate | None) -> bool:
    return _settings(now) == _settings(wanted)


def _settings(template: CreationTemplate | None) -> dict[str, object]:
    return settings_of(template) if template else {}


def _read(row: TemplateChange) -> CreationTemplate | None:
    try:
        return templates.describe_template(row.target, row.operation.prefix)
    except TemplateNotFound:
        return None


def _check_role(row: TemplateChange) -> None:
    """Read the person's grants once more: a role that was removed meanwhile ends here."""
    actor = access.user_with_grants(row.operation.actor_id)
    is_allowed = actor and access.may(user=actor, role=Role.OPERATOR, target=row.target)
    if not is_allowed:  # guard: Z2
        raise RoleWithdrawn(operation=_action(row, None), region=row.region)


def _found_state(row: TemplateChange) -> TemplateState:
    """Return the state of a Region that is as wanted: an earlier attempt may have done it."""
    if not row.is_unknown:
        return TemplateState.UNCHANGED
    if row.operation.verb == TemplateVerb.DELETE:
        return TemplateState.DELETED
    return TemplateState.UPDATED if row.before else TemplateState.CREATED


def _action(row: TemplateChange, now: CreationTemplate | None) -> AwsAction:
    if row.operation.verb == TemplateVerb.DELETE:
        return AwsAction.DELETE_TEMPLATE
    return AwsAction.UPDATE_TEMPLATE if now else AwsAction.CREATE_TEMPLATE


def _send(
    row: TemplateChange, now: CreationTemplate | None, wanted: CreationTemplate | None
) -> None:
    row.event_id = uuid.uuid4()
    with audited(
        _action(row, now),
        target=row.target,
        subject=row.operation.prefix,
        before=template_facts(now) if now else None,
        after=template_facts(wanted) if wanted else None,
        event_id=row.event_id,
        alongside=lambda: _begin(row),
    ) as made:
        made.alongside = lambda: _end(row)
        try:
            row.state = _call(row, now, wanted)
        except Exception as error:
            row.state = TemplateState.FAILED
            if isinstance(error, AwsError):
                row.error_record = error_record(error)
            raise


def _call(
    row: TemplateChange, now: CreationTemplate | None, wanted: CreationTemplate | None
) -> TemplateState:
    if wanted is None:
        templates.delete_template_surely(row.target, row.operation.prefix)
        return TemplateState.DELETED
    if now is None:
        templates.create_template_surely(row.target, wanted)
        return TemplateState.CREATED
    templates.update_template_surely(row.target, wanted, now)
    return TemplateState.UPDATED


def _begin(row: TemplateChange) -> None:
    held.renew(row.operation)
    row.state, row.error_record, row.finished_at = TemplateState.RUNNING, None, None
    row.save(update_fields=["state", "error_record", "event_id", "finished_at"])


def _end(row: TemplateChange) -> None:
    row.finished_at = timezone.now()
    # Another process that has taken the operation meanwhile has looked at AWS itself.
    ours = TemplateChange.objects.filter(pk=row.pk, operation__runner=row.operation.runner)
    ours.update(state=row.state, error_record=row.error_record, finished_at=row.finished_at)


def _end_untried(row: TemplateChange, state: TemplateState, error: AwsError | None = None) -> None:
    """Note the state of a Region in which no change was requested of AWS."""
    held.renew(row.operation)
    row.state, row.finished_at = state, timezone.now()
    row.error_record = error_record(error) if error else None
    row.save(update_fields=["state", "error_record", "finished_at"])
