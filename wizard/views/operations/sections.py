"""The section of an operation on the page of its batch: state, journal, possible actions.

AWS is called only for operations that are not settled, in all Regions concurrently.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wizard.domain import NewRule, Region, Role, Rule, Target, new_rule_like
from wizard.domain.errors import AwsError, RuleAlreadyExists, error_record
from wizard.forms.operation import CredentialForm
from wizard.models import Operation, OperationState, OperationStep
from wizard.services import places
from wizard.services.fanout import fan_out
from wizard.services.operations import Comparison, can_retry, compare
from wizard.views.operations.titles import is_running
from wizard.views.operations.ways_out import Recovery, is_unsettled, needs_credential, recovery_of
from wizard.views.pull_images import pull_command
from wizard.web import ConsoleRequest, permitted_targets
from wizard.words import ErrorView, Text, error_view

_MEMBERS: dict[str, Text] = {
    "ecr_repository_prefix": gettext_lazy("Amazon ECR repository prefix"),
    "upstream_registry_url": gettext_lazy("Source registry URL"),
    "credential_arn": gettext_lazy("Secret ARN"),
    "custom_role_arn": gettext_lazy("Role ARN"),
    "upstream_repository_prefix": gettext_lazy("Upstream repository prefix"),
}


# Icons of states; the others are pending.
_STATUS = {
    OperationState.SUCCEEDED.value: "valid",
    OperationState.FAILED.value: "failed",
    OperationState.UNTRIED.value: "failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """A field in which the existing rule differs from the rule that was asked for."""

    label: Text
    asked: str
    existing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """One AWS call of the journal; `status` is the name of its icon, `reason` AWS's refusal."""

    action: str
    identifier: str
    status: str
    word: Text
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationSection:
    """One Region of a batch: its state, its journal, its refusal, and what can be done.

    `waits_for` is a refusal that passes by itself while the background goes on. `pull_command` is
    empty unless the rule exists.
    """

    operation: Operation
    region: Region
    status: str
    word: Text
    steps: list[StepRow]
    error: ErrorView | None
    waits_for: ErrorView | None
    recovery: Recovery | None
    differences: list[Mismatch]
    pull_command: str
    may_work: bool

    @property
    def may_retry(self) -> bool:
        return self.may_work and can_retry(self.operation)

    @property
    def may_complete(self) -> bool:
        is_told = self.recovery is not None and self.recovery.finding.error is None
        return self.may_work and is_told and bool(self.recovery and self.recovery.completes)

    @property
    def may_validate(self) -> bool:
        """Whether the person can validate the rule, which exists now."""
        return self.may_work and self.operation.state == OperationState.SUCCEEDED

    @property
    def needs_attention(self) -> bool:
        """Whether a person has to read it: it failed, or left something that is to be ended."""
        return self.error is not None or self.recovery is not None

    @property
    def asks_for_credential(self) -> bool:
        """Whether a retry needs the credential: AWS holds no secret of the operation."""
        if self.recovery is None or self.recovery.finding.error is not None:
            return self.operation.needs_credential
        return needs_credential(self.operation, self.recovery.finding)


def sections_of(
    request: ConsoleRequest,
    batch: Sequence[Operation],
    *,
    form: CredentialForm | None = None,
    at: Operation | None = None,
) -> list[OperationSection]:
    """Return a section per operation; `form` has errors and belongs to the operation `at`."""
    workable = set(permitted_targets(request, Role.OPERATOR))
    # While the work goes on, what AWS holds is about to be something else.
    findings = {} if is_running(batch) else _findings(batch)
    return [
        _section(
            operation,
            findings.get(operation.target),
            may_work=operation.target in workable,
            form=form if at is not None and at.pk == operation.pk else None,
        )
        for operation in batch
    ]


def journal_sections(batch: Sequence[Operation]) -> list[OperationSection]:
    """Return a section per operation without a comparison with AWS, and without actions."""
    return [_section(each, None, may_work=False, form=None) for each in batch]


def findings_of(sections: Sequence[OperationSection]) -> list[Comparison]:
    return [each.recovery.finding for each in sections if each.recovery is not None]


def _section(
    operation: Operation, finding: Comparison | None, *, may_work: bool, form: CredentialForm | None
) -> OperationSection:
    refused = _refusal_of(operation)
    passing = operation.last_error if operation.is_waiting else None
    is_open = finding is not None and is_unsettled(operation)
    return OperationSection(
        operation=operation,
        region=places.region_named(operation.region),
        status=_status_of(operation),
        word=_word_of(operation),
        steps=[_step_row(step, operation, shown=refused) for step in operation.steps.all()],
        error=error_view(refused) if refused else None,
        waits_for=error_view(passing) if passing else None,
        recovery=recovery_of(operation, finding, form) if finding and is_open else None,
        differences=_differences(operation, finding, refused),
        pull_command=_pull_command(operation),
        may_work=may_work,
    )


def _pull_command(operation: Operation) -> str:
    if operation.state != OperationState.SUCCEEDED:
        return ""
    rule = Rule(**asdict(operation.rule), registry_id=operation.account_id)
    return pull_command(rule, operation.target)


def _status_of(operation: Operation) -> str:
    """Return the name of the icon, or `running`."""
    if operation.is_interrupted:
        return "failed"
    if operation.state == OperationState.RUNNING:
        return "running"
    return _STATUS.get(operation.state, "pending")


def _word_of(operation: Operation) -> Text:
    if operation.is_interrupted:
        return _("Interrupted")
    if operation.is_waiting and not operation.steps.all():
        return _("Waiting")
    return _("Already exists") if operation.found_as_asked else operation.get_state_display()


def _step_row(step: OperationStep, operation: Operation, *, shown: AwsError | None) -> StepRow:
    """Return the row of a step, without the reason if the section shows it in full.

    A step that failed is not told as failed while the background is going to repeat it.
    """
    if operation.is_waiting and step.state == OperationState.FAILED:
        return StepRow(
            action=step.action,
            identifier=step.identifier,
            status="pending",
            word=_("Waiting to retry"),
            reason="",
        )
    words = {
        OperationState.SUCCEEDED: _("Done"),
        OperationState.FAILED: _("Failed"),
        OperationState.UNTRIED: _("Not tried"),
    }
    return StepRow(
        action=step.action,
        identifier=step.identifier,
        status=_STATUS.get(step.state, "pending"),
        word=words.get(OperationState(step.state), _("Not done yet")),
        reason=_reason(step.error) if step.error and not _is_same(step.error, shown) else "",
    )


def _reason(error: AwsError) -> str:
    return error.message or str(error)


def _is_same(error: AwsError, shown: AwsError | None) -> bool:
    return shown is not None and error_record(error) == error_record(shown)


def _refusal_of(operation: Operation) -> AwsError | None:
    """Return the error that ended the operation; None if it did not fail."""
    is_refused = operation.state in (OperationState.FAILED, OperationState.UNTRIED)
    return operation.last_error if is_refused else None


def _findings(batch: Sequence[Operation]) -> dict[Target, Comparison]:
    """Compare unsettled operations, and those whose prefix was taken, with AWS, concurrently."""
    asked = {
        each.target: each
        for each in batch
        if is_unsettled(each) or _is_taken(each, _refusal_of(each))
    }
    outcomes = fan_out(targets=asked, call=lambda target: compare(asked[target]))
    return {
        outcome.target: outcome.value
        or Comparison(operation=asked[outcome.target], error=outcome.error)
        for outcome in outcomes
    }


def _is_taken(operation: Operation, refused: AwsError | None) -> bool:
    return isinstance(refused, RuleAlreadyExists)


def _differences(
    operation: Operation, finding: Comparison | None, refused: AwsError | None
) -> list[Mismatch]:
    """Return the fields in which the rule with the prefix differs; empty if it was not read."""
    if finding is None or finding.rule is None or not _is_taken(operation, refused):
        return []
    asked, existing = operation.rule, new_rule_like(finding.rule)
    return [
        Mismatch(
            label=_MEMBERS[field.name],
            asked=getattr(asked, field.name) or "-",
            existing=getattr(existing, field.name) or "-",
        )
        for field in fields(NewRule)
        if field.compare
        if getattr(asked, field.name) != getattr(existing, field.name)
    ]
