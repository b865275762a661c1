"""What a copy or a deletion would do in each Region, as AWS has the templates now."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from wizard.backend import templates
from wizard.domain import Target
from wizard.domain.errors import AwsError, TemplateNotFound
from wizard.domain.templates import CreationTemplate, differing
from wizard.services.fanout import fan_out


class Planned(StrEnum):
    """What is to be done in a Region."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    # The template is there as wanted, or absent as wanted.
    NOTHING = "nothing"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionPlan:
    """One Region: what is there, what differs from the template, and what is to be done."""

    target: Target
    planned: Planned
    found: CreationTemplate | None = None
    differing: list[str] = field(default_factory=list)
    error: AwsError | None = None

    @property
    def changes_something(self) -> bool:
        return self.planned in (Planned.CREATE, Planned.UPDATE, Planned.DELETE)


def plan_copies(*, template: CreationTemplate, targets: Collection[Target]) -> list[RegionPlan]:
    """Return what copying the template to these Regions would do, sorted by Region."""
    return [_copy(template, *each) for each in _read(template.prefix, targets)]


def plan_deletions(*, template: CreationTemplate, targets: Collection[Target]) -> list[RegionPlan]:
    """Return what deleting the templates of this prefix would do, sorted by Region."""
    return [_deletion(template, *each) for each in _read(template.prefix, targets)]


def _copy(
    template: CreationTemplate,
    target: Target,
    found: CreationTemplate | None,
    error: AwsError | None,
) -> RegionPlan:
    if error is not None:
        return RegionPlan(target=target, planned=Planned.UNREAD, error=error)
    if found is None:
        return RegionPlan(target=target, planned=Planned.CREATE)
    names = differing(found, template)
    planned = Planned.UPDATE if names else Planned.NOTHING
    return RegionPlan(target=target, planned=planned, found=found, differing=names)


def _deletion(
    template: CreationTemplate,
    target: Target,
    found: CreationTemplate | None,
    error: AwsError | None,
) -> RegionPlan:
    if error is not None:
        return RegionPlan(target=target, planned=Planned.UNREAD, error=error)
    if found is None:
        return RegionPlan(target=target, planned=Planned.NOTHING)
    names = differing(found, template)
    return RegionPlan(target=target, planned=Planned.DELETE, found=found, differing=names)


def _read(
    prefix: str, targets: Collection[Target]
) -> list[tuple[Target, CreationTemplate | None, AwsError | None]]:
    """Read the template in each Region; one that does not answer has its error."""
    found = []
    for answer in fan_out(
        targets=targets, call=lambda target: templates.describe_template(target, prefix)
    ):
        is_absent = isinstance(answer.error, TemplateNotFound)
        found.append((answer.target, answer.value, None if is_absent else answer.error))
    return sorted(found, key=lambda each: each[0])
