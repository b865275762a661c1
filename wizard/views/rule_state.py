"""The state of a rule as its page opens with: the last result, its reason, and the next step."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from wizard.domain import Rule, Secret, SecretProblem
from wizard.domain.errors import SecretNotFound
from wizard.services.fanout import Answer
from wizard.services.rule_context import RuleContext
from wizard.views.cures import Cures, Patient, cures_of
from wizard.views.rows import RuleRow
from wizard.web import ConsoleRequest
from wizard.words import Cure, FailureReason, failure_reason, problem_reason


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleState:
    """The state of a rule.

    `reason` is why the last validation failed, `problem` what is wrong with the secret now. With
    `is_outdated`, the secret or the rule has changed since the last validation.
    """

    reason: FailureReason | None
    problem: FailureReason | None
    is_outdated: bool
    cures: Cures


def state_of(
    request: ConsoleRequest, row: RuleRow, around: RuleContext, *, was_changed: bool
) -> RuleState:
    """Return the state; `was_changed` if the person comes from a change of the rule's secret."""
    result, secret = row.validation, around.secret or Answer()
    failed = result is not None and not result.is_valid
    reason = failure_reason(row.failure) if failed else None
    problem = _problem_of(secret)
    is_outdated = result is not None and (
        was_changed or _has_changed(row.rule, secret.value, result.validated_at)
    )
    found = secret.value
    patient = Patient(
        target=row.target,
        rule=row.rule,
        secret_name=found.name if found else "",
        secret_region=found.primary_region if found else "",
    )
    wanted = _cures(reason, problem, is_outdated=is_outdated)
    is_well = result is not None and result.is_valid and not is_outdated and problem is None
    cures = cures_of(request, wanted, patient, is_ill=not is_well)
    return RuleState(
        reason=reason,
        problem=problem_reason(problem) if problem else None,
        is_outdated=is_outdated,
        cures=cures if failed else _for_the_first_time(cures),
    )


def _for_the_first_time(cures: Cures) -> Cures:
    """Return the cures of a rule whose last validation did not fail."""
    buttons = [
        replace(button, label=_("Validate")) if button.cure is Cure.VALIDATE else button
        for button in cures.buttons
    ]
    return replace(cures, buttons=buttons)


def _cures(
    reason: FailureReason | None, problem: SecretProblem | None, *, is_outdated: bool
) -> Iterable[Cure]:
    """Return the cures in order: of the secret's problem, then of the last failure.

    A change since the last validation makes validating the first thing to do.
    """
    first = problem_reason(problem).cures if problem else ()
    wanted = dict.fromkeys((*first, *(reason.cures if reason else ()), Cure.VALIDATE))
    found = [cure for cure in wanted if _is_of_use(cure, problem)]
    if is_outdated and problem is None:
        found.sort(key=lambda cure: cure is not Cure.VALIDATE)
    return found


def _is_of_use(cure: Cure, problem: SecretProblem | None) -> bool:
    """Whether a cure can work with the secret as it is now."""
    if cure is Cure.RESTORE_SECRET:
        return problem is SecretProblem.SCHEDULED_FOR_DELETION
    is_gone = problem in (SecretProblem.SCHEDULED_FOR_DELETION, SecretProblem.NOT_FOUND)
    return not (is_gone and cure is Cure.REPLACE_TOKEN)


def _problem_of(answer: Answer[Secret]) -> SecretProblem | None:
    if isinstance(answer.error, SecretNotFound):
        return SecretProblem.NOT_FOUND
    return answer.value.problem if answer.value else None


def _has_changed(rule: Rule, secret: Secret | None, validated_at: datetime) -> bool:
    moments = (rule.updated_at, secret.changed_at if secret else None)
    return any(moment is not None and moment > validated_at for moment in moments)
