"""Texts and forms of Complete and Clean up, from the comparison of an operation with AWS."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from wizard.forms.operation import CredentialForm
from wizard.models import Operation
from wizard.services.operations import Comparison
from wizard.services.secrets import RECOVERY_DAYS
from wizard.words import ErrorView, error_view


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """The state in AWS of an operation that did not finish, and the ways to end it.

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
        """Whether the secret is all that a failed operation left."""
        is_all = len(self.takes_back) == 1
        return not self.completes and is_all and bool(self.finding.secret_arn)


def needs_credential(operation: Operation, finding: Comparison) -> bool:
    """Whether the credential is needed to continue: the secret does not exist."""
    is_missing = operation.makes_secret and not finding.secret_arn
    return is_missing and not finding.is_rule_as_planned


def credential_form(operation: Operation) -> CredentialForm:
    """Return an empty form with IDs of its own, because a page can have several."""
    return CredentialForm(is_needed=True, auto_id=f"id_%s_{operation.region}")


def complete_all_form(
    findings: Iterable[Comparison], sent: QueryDict | None = None
) -> CredentialForm:
    """Return the form for all interrupted operations: it asks for the credential at most once."""
    asks = any(needs_credential(each.operation, each) for each in findings if each.error is None)
    return CredentialForm(sent, is_needed=asks, auto_id="id_%s_all")


def is_unsettled(operation: Operation) -> bool:
    """Whether a person has to act: interrupted, or a secret or prefix is without its rule."""
    is_left = operation.has_orphan or operation.has_lost_rule
    return operation.is_interrupted or is_left


def can_complete(operation: Operation) -> bool:
    """Whether Complete is a way: the operation was interrupted, and no later one took its place."""
    return operation.is_interrupted and not operation.is_superseded


def recovery_of(operation: Operation, finding: Comparison, form: CredentialForm | None) -> Recovery:
    is_open = can_complete(operation)
    asks = is_open and needs_credential(operation, finding)
    return Recovery(
        finding=finding,
        error=error_view(finding.error) if finding.error else None,
        form=(form or credential_form(operation)) if asks else None,
        completes=_completes(operation, finding) if is_open else "",
        takes_back=_takes_back(operation, finding),
    )


def _completes(operation: Operation, finding: Comparison) -> str:
    """Return what Complete does."""
    if finding.is_rule_as_planned:
        return _("Complete performs only the remaining steps and records the result.")
    if finding.rule is not None:
        return _("AWS rejects the rule as long as another rule uses this prefix.")
    if needs_credential(operation, finding):
        return _("Complete creates the secret, and then the rule.")
    if operation.waits_for_replica:
        return _("Complete replicates the secret, and then creates the rule.")
    return _("Complete creates the rule.")


def _takes_back(operation: Operation, finding: Comparison) -> list[str]:
    """Return what Clean up does in AWS; empty if it only closes the operation."""
    lines = []
    rule, replaced = finding.rule, operation.replaced
    is_ours = finding.is_rule_ours
    if rule is not None and finding.is_rule_as_planned and is_ours:
        text = _("Deletes the rule %(prefix)s, which this operation created.")
        lines.append(text % {"prefix": rule.ecr_repository_prefix})
    is_freed = is_ours and operation.replaces_its_prefix
    if replaced is not None and (operation.is_old_rule_gone or is_freed):
        text = _("Restores the rule %(prefix)s if it does not exist.")
        lines.append(text % {"prefix": replaced.ecr_repository_prefix})
    if finding.secret_arn:
        text = _(
            "Deletes the secret, unless another rule uses it. The secret can be restored for"
            " %(days)d days."
        )
        lines.append(text % {"days": RECOVERY_DAYS})
    return lines
