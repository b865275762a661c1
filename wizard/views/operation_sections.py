"""Operations as pages show them: a batch's title, and a section for each of its operations.

AWS is asked only about operations that are not settled, all Regions concurrently.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wizard.domain.errors import AwsError, RuleAlreadyExists
from wizard.domain.grants import Role
from wizard.domain.regions import Region, Target
from wizard.domain.rules import NewRule, new_rule_like
from wizard.forms.operation import CredentialForm
from wizard.models import Operation, OperationState, OperationStep
from wizard.services import places
from wizard.services.fanout import fan_out
from wizard.services.operations.batches import can_retry
from wizard.services.operations.comparing import Comparison, compare
from wizard.services.operations.rule_steps import is_made_by_a_step
from wizard.services.secrets import RECOVERY_DAYS
from wizard.web.requests import ConsoleRequest, targets_of
from wizard.words import Text
from wizard.words.errors import ErrorView, error_view

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
class Recovery:
    """What AWS holds of an operation that did not finish, and how a person ends it.

    `form` asks for the credential; None when none is needed. `completes` says what Complete does;
    empty where "Retry failed" is the way. `takes_back` lists what Clean up does.
    """

    finding: Comparison
    error: ErrorView | None
    form: CredentialForm | None
    completes: str
    takes_back: list[str]

    @property
    def is_secret_alone(self) -> bool:
        """Whether a failed operation left its secret and nothing else."""
        is_all = len(self.takes_back) == 1
        return not self.completes and is_all and bool(self.finding.secret_arn)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """One AWS call of the journal; `status` is the name of its icon, `reason` AWS's refusal."""

    action: str
    identifier: str
    status: str
    word: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationSection:
    """One Region of a batch: its state, its journal, its refusal, and what can be done.

    `waits_for` is a refusal that passes by itself while the background goes on.
    """

    operation: Operation
    region: Region
    status: str
    word: str
    steps: list[StepRow]
    error: ErrorView | None
    waits_for: ErrorView | None
    recovery: Recovery | None
    differences: list[Mismatch]
    may_work: bool

    @property
    def may_retry(self) -> bool:
        return self.may_work and can_retry(self.operation)

    @property
    def asks_for_credential(self) -> bool:
        """Whether a retry needs the credential: AWS holds no secret of the operation."""
        if self.recovery is None or self.recovery.finding.error is not None:
            return self.operation.needs_credential
        return needs_credential(self.operation, self.recovery.finding)


def batch_url(operation: Operation) -> str:
    """The page of everything confirmed together with this operation."""
    kwargs = {"account_id": operation.account_id, "batch_id": operation.batch_id}
    return reverse("batch-detail", kwargs=kwargs)


def operation_url(operation: Operation) -> str:
    """The operation's own section on that page."""
    return f"{batch_url(operation)}#region-{operation.region}"


def is_running(batch: Collection[Operation]) -> bool:
    """Whether somebody is working at one of them."""
    return any(each.is_under_way for each in batch)


def title_of(batch: Sequence[Operation]) -> str:
    """The result of a batch in one line."""
    return _title_of_one(batch[0]) if len(batch) == 1 else _title_of_many(batch)


def heading_of(batch: Sequence[Operation]) -> str:
    """The heading of the batch's page; of several Regions it names the rule too."""
    title = title_of(batch)
    return title if len(batch) == 1 else f"{title}: {batch[0].ecr_repository_prefix}"


def outcome_of(batch: Sequence[Operation]) -> str:
    """Where the rule exists now; empty unless every operation succeeded."""
    if any(each.state != OperationState.SUCCEEDED for each in batch):
        return ""
    first, every = batch[0], len(batch)
    names = {"prefix": first.ecr_repository_prefix, "region": first.region, "number": every}
    if every > 1:
        return _("The rule %(prefix)s now exists in %(number)d Regions.") % names
    if first.found_as_asked:
        text = _("The rule %(prefix)s existed in %(region)s exactly as asked; nothing was created.")
        return text % names
    return _("The rule %(prefix)s now exists in %(region)s.") % names


def _title_of_one(operation: Operation) -> str:
    if operation.is_interrupted:
        return _("Creating the rule was cut off")
    if operation.found_as_asked:
        return _("The rule exists exactly as asked")
    titles = {
        OperationState.SUCCEEDED: _("Rule created"),
        OperationState.FAILED: _("The rule was not created"),
        OperationState.UNTRIED: _("The rule was not created"),
        OperationState.CLEANED: _("Cleaned up"),
    }
    return titles.get(OperationState(operation.state), _("Creating the rule"))


def _title_of_many(batch: Sequence[Operation]) -> str:
    every, states = len(batch), [each.state for each in batch]
    done = states.count(OperationState.SUCCEEDED)
    numbers = {"done": done, "all": every}
    if is_running(batch):
        return _("Creating the rule in %d Regions") % every
    if any(each.is_interrupted for each in batch):
        return _("Cut off: the rule was created in %(done)d of %(all)d Regions") % numbers
    if done == 0:
        is_cleaned = states.count(OperationState.CLEANED) == every
        return _("Cleaned up") if is_cleaned else _("The rule was not created")
    made = done - sum(each.found_as_asked for each in batch)
    if done == every and made:
        return ngettext("Rule created in %d Region", "Rule created in %d Regions", made) % made
    if done == every:
        return _("The rule exists in %d Regions") % done
    if made == done:
        return _("Rule created in %(done)d of %(all)d Regions") % numbers
    return _("The rule exists in %(done)d of %(all)d Regions") % numbers


def sections_of(
    request: ConsoleRequest,
    batch: Sequence[Operation],
    *,
    form: CredentialForm | None = None,
    at: Operation | None = None,
) -> list[OperationSection]:
    """A section for each operation; `form` is what was sent about the one `at`."""
    workable = set(targets_of(request, Role.OPERATOR))
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


def needs_credential(operation: Operation, finding: Comparison) -> bool:
    """Whether going on with it takes the credential: its secret is still to be made, or gone."""
    is_missing = operation.makes_secret and not finding.secret_arn
    return is_missing and not finding.is_rule_as_planned


def credential_form(operation: Operation) -> CredentialForm:
    """An empty form for one Region; a page may have several, each with ids of its own."""
    return CredentialForm(is_needed=True, auto_id=f"id_%s_{operation.region}")


def _section(
    operation: Operation, finding: Comparison | None, *, may_work: bool, form: CredentialForm | None
) -> OperationSection:
    refused = refusal_of(operation)
    passing = _last_refusal(operation) if operation.is_waiting else None
    is_open = finding is not None and is_unsettled(operation)
    return OperationSection(
        operation=operation,
        region=places.region_named(operation.region),
        status=_status_of(operation),
        word=_("Cut off") if operation.is_interrupted else operation.get_state_display(),
        steps=[_step_row(step) for step in operation.steps.all()],
        error=error_view(refused) if refused else None,
        waits_for=error_view(passing) if passing else None,
        recovery=_recovery(operation, finding, form) if finding and is_open else None,
        differences=_differences(operation, finding, refused),
        may_work=may_work,
    )


def _status_of(operation: Operation) -> str:
    """The icon of an operation's state."""
    if operation.is_interrupted:
        return "failed"
    return _STATUS.get(operation.state, "pending")


def _step_row(step: OperationStep) -> StepRow:
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
        reason=(step.error.message or str(step.error)) if step.error else "",
    )


def is_unsettled(operation: Operation) -> bool:
    """Whether it is a person's turn: it was cut off, or left a secret or prefix without a rule."""
    is_left = operation.has_orphan or operation.has_lost_rule
    return operation.is_interrupted or is_left


def refusal_of(operation: Operation) -> AwsError | None:
    """What stopped it: the last refusal in the journal, while it is not overcome."""
    is_refused = operation.state in (OperationState.FAILED, OperationState.UNTRIED)
    return _last_refusal(operation) if is_refused else None


def _last_refusal(operation: Operation) -> AwsError | None:
    return next((step.error for step in reversed(operation.steps.all()) if step.error), None)


def _findings(batch: Sequence[Operation]) -> dict[Target, Comparison]:
    """What AWS holds of those that are not settled or met another rule, Regions in parallel."""
    asked = {
        each.target: each
        for each in batch
        if is_unsettled(each) or _is_taken(each, refusal_of(each))
    }
    outcomes = fan_out(targets=asked, call=lambda target: compare(asked[target]))
    return {
        outcome.target: outcome.value
        or Comparison(operation=asked[outcome.target], error=outcome.error)
        for outcome in outcomes
    }


def _recovery(operation: Operation, finding: Comparison, form: CredentialForm | None) -> Recovery:
    can_complete = operation.is_interrupted and not operation.is_superseded
    asks = can_complete and needs_credential(operation, finding)
    return Recovery(
        finding=finding,
        error=error_view(finding.error) if finding.error else None,
        form=(form or credential_form(operation)) if asks else None,
        completes=_completes(operation, finding) if can_complete else "",
        takes_back=_takes_back(operation, finding),
    )


def _completes(operation: Operation, finding: Comparison) -> str:
    """What Complete comes to."""
    if finding.is_rule_as_planned:
        return _("Complete makes nothing twice: it does what is left and writes down the result.")
    if finding.rule is not None:
        return _("Complete will be refused as long as another rule has this prefix.")
    if needs_credential(operation, finding):
        return _("Complete creates the secret, then the rule.")
    if operation.waits_for_replica:
        return _("Complete lets Secrets Manager replicate the secret, then creates the rule.")
    return _("Complete creates the rule.")


def _takes_back(operation: Operation, finding: Comparison) -> list[str]:
    """What cleaning up does to AWS; empty when it only closes the operation."""
    lines = []
    rule, replaced = finding.rule, operation.replaced
    is_ours = rule is not None and is_made_by_a_step(operation, rule)
    if rule is not None and finding.is_rule_as_planned and is_ours:
        text = _("Deletes the rule %(prefix)s, which this operation made.")
        lines.append(text % {"prefix": rule.ecr_repository_prefix})
    is_freed = rule is not None and is_ours and operation.replaces_its_prefix
    if replaced is not None and (operation.is_old_rule_gone or is_freed):
        text = _("Puts back the rule %(prefix)s as it was, where it is gone.")
        lines.append(text % {"prefix": replaced.ecr_repository_prefix})
    if finding.secret_arn:
        text = _(
            "Deletes the secret, unless another rule uses it by now. It can be restored for"
            " %(days)d days."
        )
        lines.append(text % {"days": RECOVERY_DAYS})
    return lines


def _is_taken(operation: Operation, refused: AwsError | None) -> bool:
    return isinstance(refused, RuleAlreadyExists)


def _differences(
    operation: Operation, finding: Comparison | None, refused: AwsError | None
) -> list[Mismatch]:
    """In what the rule that took the prefix is another; empty when nobody can tell."""
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
        if getattr(asked, field.name) != getattr(existing, field.name)
    ]
