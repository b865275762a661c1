"""The results of a deletion, as rows of the table of operations; failures first."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wizard.domain import AwsAction, Role, Target
from wizard.exports import ListedOutcome
from wizard.models import DeletedRule, DeletedState, Deletion
from wizard.services import deletions, places
from wizard.views.operations.results import Progress, ResultRow, failures_first
from wizard.web import ConsoleRequest, permitted_targets, place_url
from wizard.words import Text, error_view, in_utc

_STATUS: Final[Mapping[str, str]] = {
    DeletedState.WAITING: "pending",
    DeletedState.RUNNING: "warning",
    DeletedState.SUCCEEDED: "valid",
    DeletedState.ABSENT: "valid",
    DeletedState.FAILED: "failed",
}
_UNKNOWN: Final[Text] = gettext_lazy("It isn't known whether AWS deleted it")
_CUT_OFF: Final[Text] = gettext_lazy("Interrupted. The rule still exists")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleProgress(Progress):
    """How many of the rules have ended."""

    @property
    def text(self) -> str:
        numbers = {"ended": self.ended, "total": self.total}
        text = ngettext("%(ended)d of %(total)d rule", "%(ended)d of %(total)d rules", self.total)
        return text % numbers


def own_rules(request: ConsoleRequest, deletion: Deletion) -> list[DeletedRule]:
    """Return the rules in the person's Regions; raises DeletionNotFound without any."""
    regions = [target.region for target in permitted_targets(request, Role.VIEWER)]
    return deletions.rules_of(deletion, regions=regions)


def rows_of(deletion: Deletion, rules: Iterable[DeletedRule]) -> list[ResultRow]:
    """Return a row per rule; failures first, unless a process works on them."""
    rows = [_row(each, is_running=deletion.is_running) for each in rules]
    return rows if deletion.is_running else failures_first(rows)


def progress_of(rules: Collection[DeletedRule]) -> RuleProgress:
    under_way = (DeletedState.WAITING, DeletedState.RUNNING)
    return RuleProgress(ended=sum(each.state not in under_way for each in rules), total=len(rules))


def left_of(
    request: ConsoleRequest, deletion: Deletion, rules: Iterable[DeletedRule]
) -> list[DeletedRule]:
    """Return the rules that Retry deletes: not gone, where the person is an operator."""
    workable = set() if deletion.is_running else set(permitted_targets(request, Role.OPERATOR))
    return [each for each in rules if not each.is_gone and each.target in workable]


def secrets_of(rules: Iterable[DeletedRule]) -> dict[Target, set[str]]:
    """Return the ARNs of the secrets that the deleted ones among these rules used."""
    arns: dict[Target, set[str]] = {}
    for each in rules:
        if each.is_gone and (arn := each.rule.get("credential_arn")):
            arns.setdefault(each.target, set()).add(arn)
    return arns


def lines_of(rules: Iterable[DeletedRule]) -> list[ListedOutcome]:
    """Return a line of a file per rule; failures first."""
    return [_line(each) for each in sorted(rules, key=lambda each: each.is_gone)]


def _line(rule: DeletedRule) -> ListedOutcome:
    error = rule.error
    is_done = rule.state == DeletedState.SUCCEEDED
    return ListedOutcome(
        account_id=rule.target.account_id,
        region=rule.region,
        ecr_repository_prefix=rule.ecr_repository_prefix,
        status=rule.state,
        done=str(AwsAction.DELETE_RULE) if is_done else "",
        failure=error.message if error else "",
        error_code=error.code if error else "",
        request_id=error.request_id if error else "",
        finished_at=in_utc(rule.finished_at) if rule.finished_at else "",
    )


def _row(rule: DeletedRule, *, is_running: bool) -> ResultRow:
    is_working = is_running and rule.state == DeletedState.RUNNING
    error = rule.error
    return ResultRow(
        region=places.region_named(rule.region),
        name=rule.ecr_repository_prefix,
        status="running" if is_working else _STATUS[rule.state],
        word=_word(rule, is_running=is_running),
        made=_made(rule),
        error=error_view(error) if error else None,
        url="" if rule.is_gone else _rule_url(rule),
    )


def _word(rule: DeletedRule, *, is_running: bool) -> Text:
    if rule.state == DeletedState.RUNNING and not is_running:
        return _UNKNOWN
    if rule.state == DeletedState.FAILED and rule.error is None:
        return _CUT_OFF
    return DeletedState(rule.state).label


def _made(rule: DeletedRule) -> list[str]:
    if rule.state == DeletedState.ABSENT:
        return [_("Nothing. The rule no longer existed.")]
    return [_("Rule deleted")] if rule.state == DeletedState.SUCCEEDED else []


def _rule_url(rule: DeletedRule) -> str:
    parts = {"ecr_repository_prefix": rule.ecr_repository_prefix}
    return place_url("rule-detail", rule.target, **parts)
