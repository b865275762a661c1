"""The repository creation template of an operation: created before the rule, so that the first pull
already meets it, and deleted again when there is no rule in the end.

A template of the same prefix that exists is left as it is, and the operation goes on: ECR applies
that one.
"""

from contextlib import suppress
from datetime import datetime

from wizard.backend import ecr, templates
from wizard.domain import AwsAction, new_rule_like
from wizard.domain.clocks import CLOCK_TOLERANCE
from wizard.domain.errors import (
    AwsError,
    RuleNotFound,
    TemplateAlreadyExists,
    TemplateNotFound,
    is_answer_lost,
)
from wizard.domain.templates import CreationTemplate, settings_of, template_facts
from wizard.models import Operation, OperationState, OperationStep
from wizard.services.operations.journal import journal


def make_template(operation: Operation) -> None:
    """Create the operation's template, if it has one and did not create it already."""
    template = operation.template
    if template is None:
        return

    def create(step: OperationStep) -> str:
        try:
            templates.create_template_surely(operation.target, template)
        except TemplateAlreadyExists as error:
            # A repeated call answers so if an earlier attempt of it was executed.
            is_earlier = own_template(operation, before=step.started_at) is not None
            if not is_earlier and not _is_made_now(operation, template, error):
                raise
        return template.prefix

    with suppress(TemplateAlreadyExists):
        journal(
            operation,
            AwsAction.CREATE_TEMPLATE,
            template.prefix,
            create,
            after=template_facts(template),
        )


def take_back_unused(operation: Operation, error: AwsError) -> None:
    """Delete the template that the operation created, when AWS has refused its rule.

    What cannot be deleted stays: it does nothing without a rule, and the journal has it. After a
    lost answer the rule may exist, so the template stays, too.
    """
    if operation.template is None or is_answer_lost(error):
        return
    with suppress(AwsError):
        delete_template(operation)


def delete_template(operation: Operation) -> None:
    """Delete the template that the operation created, unless it was changed, or its rule exists."""
    own = own_template(operation)
    if own is None or _has_its_rule(operation):
        return

    def delete(_step: OperationStep) -> str:
        with suppress(TemplateNotFound):
            templates.delete_template_surely(operation.target, own.prefix)
        return own.prefix

    journal(operation, AwsAction.DELETE_TEMPLATE, own.prefix, delete)


def has_template(operation: Operation) -> bool | None:
    """Whether the operation created its template; None if AWS does not tell."""
    try:
        return own_template(operation) is not None
    except AwsError:
        return None


def own_template(
    operation: Operation, *, before: datetime | None = None
) -> CreationTemplate | None:
    """Return the template as AWS has it, if the operation created it and nobody changed it.

    With `before`, only steps that began earlier count.
    """
    template, step = operation.template, _made_by(operation, before)
    if template is None or step is None:
        return None
    try:
        found = templates.describe_template(operation.target, template.prefix)
    except TemplateNotFound:
        return None
    is_ours = step.state == OperationState.SUCCEEDED or _is_born_since(found, step)
    return found if is_ours and settings_of(found) == settings_of(template) else None


def _made_by(operation: Operation, before: datetime | None) -> OperationStep | None:
    """Return the step that created the template, or may have; None if it was deleted since."""
    made: OperationStep | None = None
    steps = operation.steps.order_by("pk")
    for step in steps.filter(started_at__lt=before) if before else steps:
        if step.action == AwsAction.CREATE_TEMPLATE:
            is_made = step.state == OperationState.SUCCEEDED or step.is_unknown
            made = step if is_made else made
        if step.action == AwsAction.DELETE_TEMPLATE and step.state == OperationState.SUCCEEDED:
            made = None
    return made


def _is_made_now(
    operation: Operation, template: CreationTemplate, error: TemplateAlreadyExists
) -> bool:
    """Whether an attempt of this call, whose answer was lost, created the template."""
    if not error.was_lost:
        return False
    found = templates.describe_template(operation.target, template.prefix)
    return settings_of(found) == settings_of(template)


def _is_born_since(found: CreationTemplate, step: OperationStep) -> bool:
    """Whether AWS created a template after the step began, within the tolerance of the clocks."""
    moment = step.started_at - CLOCK_TOLERANCE
    return found.created_at is not None and found.created_at >= moment


def _has_its_rule(operation: Operation) -> bool:
    """Whether AWS has the rule of the operation, whoever created it, and not another one."""
    try:
        found = ecr.describe_rule(operation.target, operation.ecr_repository_prefix)
    except RuleNotFound:
        return False
    return new_rule_like(found) == operation.rule
