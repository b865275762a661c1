"""The results of a rotation for its page: a row for each secret, what needs a person first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wizard.domain import Role
from wizard.domain.errors import NotTried
from wizard.models import RotatedSecret, RotatedState, Rotation, UsedBy, ValidationResult
from wizard.services import places, rotations
from wizard.services.rotations import Held
from wizard.views.tables import Listing, listing_of
from wizard.web import ConsoleRequest, permitted_targets
from wizard.words import ErrorView, error_view

# In the order of the page: what needs a person first.
_FAILED, UNKNOWN, _INVALID, _OPEN, _DONE = range(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResult:
    """A rule of a rotated secret, and its validation since."""

    rule: UsedBy
    region: str
    result: ValidationResult | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """A secret of a rotation with its result; `held` is what AWS holds of a change cut off."""

    secret: RotatedSecret
    region: str
    key: str
    rules: list[RuleResult]
    error: ErrorView | None
    held: Held | None
    rank: int

    @property
    def short_name(self) -> str:
        """The secret's name without ECR's fixed prefix."""
        return self.key.partition("/")[2]

    @property
    def was_not_tried(self) -> bool:
        """Whether nothing was sent, because the Region did not respond to another secret."""
        return isinstance(self.secret.error, NotTried)

    @property
    def rule_count(self) -> int:
        return len(self.rules)

    @property
    def status(self) -> str:
        """The name of the icon."""
        if self.rank == _FAILED:
            return "failed"
        if self.rank == UNKNOWN:
            return "warning"
        return "pending" if self.secret.state != RotatedState.SUCCEEDED else "valid"


def own_secrets(request: ConsoleRequest, rotation: Rotation) -> list[RotatedSecret]:
    """Return the secrets in the person's Regions; raises RotationNotFound without any."""
    regions = [target.region for target in permitted_targets(request, Role.VIEWER)]
    return rotations.secrets_of(rotation, regions=regions)


def rows(rotation: Rotation, secrets: Sequence[RotatedSecret]) -> list[ResultRow]:
    unknown = [] if rotation.is_running else [each for each in secrets if each.is_unknown]
    held, results = rotations.look(unknown), rotations.results_of(secrets)
    rows = [_row(each, held, results, is_running=rotation.is_running) for each in secrets]
    return sorted(rows, key=lambda row: (row.rank, row.secret.region, row.secret.name))


def listing(
    request: ConsoleRequest, rows: Sequence[ResultRow], *, is_changing: bool
) -> Listing[ResultRow]:
    """Return a page of the results; in their own order while they change."""
    return listing_of(request, rows, table="rotated", searched=_searched, sorts=not is_changing)


def _searched(row: ResultRow) -> list[str]:
    state = row.secret.get_state_display()
    prefixes = [each.rule.ecr_repository_prefix for each in row.rules]
    return [row.region, row.short_name, str(state), *prefixes]


def rows_under_way(secrets: Sequence[RotatedSecret]) -> list[ResultRow]:
    """Return the rows while a process works on them; they keep their places."""
    return [_row(each, {}, {}, is_running=True) for each in secrets]


def _row(
    secret: RotatedSecret,
    held: Mapping[int, Held],
    results: Mapping[UsedBy, ValidationResult],
    *,
    is_running: bool,
) -> ResultRow:
    rules = [
        RuleResult(rule=rule, region=places.region_label(rule.region), result=results.get(rule))
        for rule in secret.rules
    ]
    return ResultRow(
        secret=secret,
        region=places.region_label(secret.region),
        key=rotations.key_of(secret),
        rules=rules,
        error=error_view(secret.error) if secret.error else None,
        held=held.get(secret.pk),
        rank=_rank(secret, rules, is_running=is_running),
    )


def _rank(secret: RotatedSecret, rules: Sequence[RuleResult], *, is_running: bool) -> int:
    if secret.is_unknown and not is_running:
        return UNKNOWN
    if secret.state == RotatedState.FAILED or secret.error is not None:
        return _FAILED
    if any(each.result is not None and not each.result.is_valid for each in rules):
        return _INVALID
    if secret.changed_at is None or any(each.result is None for each in rules):
        return _OPEN
    return _DONE


def may_put_back(row: ResultRow) -> bool:
    is_new = row.held is not None and row.held.is_new_current
    return is_new or rotations.can_put_back(row.secret)


def is_missing(row: ResultRow) -> bool:
    if row.rank == UNKNOWN:
        return row.held is None or not row.held.has_new
    return rotations.is_missing(row.secret)


def outcome(rotation: Rotation, rows: Sequence[ResultRow]) -> str:
    """Return what became of it, and how many secrets were not tried."""
    text, untried = _outcome(rotation, rows), sum(row.was_not_tried for row in rows)
    if rotation.is_running or not untried:
        return text
    silence = ngettext(
        "%d secret was not tried, because its Region doesn't respond.",
        "%d secrets were not tried, because their Region doesn't respond.",
        untried,
    )
    return f"{text} {silence % untried}"


def _outcome(rotation: Rotation, rows: Sequence[ResultRow]) -> str:
    states = [row.secret.state for row in rows]
    numbers = {"done": states.count(RotatedState.SUCCEEDED), "all": len(rows)}
    if rotation.is_running:
        return _("%(done)d of %(all)d secrets have the new token so far.") % numbers
    if rotation.is_interrupted or any(row.rank == UNKNOWN for row in rows):
        return _("The rotation was interrupted. Complete it, or put the old versions back.")
    back = states.count(RotatedState.PUT_BACK)
    if back:
        text = ngettext(
            "The old version of %d secret is put back.",
            "The old versions of %d secrets are put back.",
            back,
        )
        return text % back
    invalid = sum(row.rank == _INVALID for row in rows)
    if numbers["done"] == numbers["all"] and invalid:
        return _("The new token is stored, but the validation of rules that use it failed.")
    if numbers["done"] == numbers["all"]:
        text = ngettext(
            "The new token is stored in %d secret.",
            "The new token is stored in %d secrets.",
            len(rows),
        )
        return text % len(rows)
    return _("The new token is stored in %(done)d of %(all)d secrets.") % numbers


def kind(rotation: Rotation, rows: Sequence[ResultRow]) -> str:
    """Return the kind of the box around the outcome."""
    if rotation.is_running:
        return "info"
    worst = min((row.rank for row in rows), default=_DONE)
    return {_FAILED: "error", UNKNOWN: "warning", _INVALID: "error", _OPEN: "info"}.get(
        worst, "success"
    )
