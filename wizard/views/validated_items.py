"""How a result of a bulk validation and a group of failures are shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import gettext as _

from wizard.models import BulkValidationItem, ItemState
from wizard.views.cures import CureButton, Patient, cures_of
from wizard.views.failure_groups import FailureGroup
from wizard.views.patients import Patients, known_patients
from wizard.views.rotate_together import RotateLink, rotate_links
from wizard.web import ConsoleRequest, place_url
from wizard.words import Cure, Text, error_reason, failure_reason

# The rules of a group by the Region and ARN of their secret or role.
_Shared = dict[tuple[str, str], list[Patient]]

# How many groups, rules of a group, and secrets or roles of a group a page shows.
MOST_GROUPS: Final = 20
MOST_RULES: Final = 10
MOST_CAUSES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """A row of the table; `prefix` is empty for a Region that could not be listed."""

    item: BulkValidationItem

    @property
    def anchor(self) -> str:
        return f"item-{self.item.pk}"

    @property
    def prefix(self) -> str:
        return self.item.ecr_repository_prefix

    @property
    def status(self) -> str:
        """Return the result, or the state of the item, for the status component."""
        if self.item.state == ItemState.DONE and self.item.result is not None:
            return "valid" if self.item.result.is_valid else "failed"
        return str(self.item.state)

    @property
    def reason(self) -> str:
        """Return AWS's message verbatim."""
        error = self.item.error
        if error is not None:
            return error.message or error.code
        return self.item.result.failure if self.item.result else ""

    @property
    def reason_key(self) -> str:
        """Return the key of the reason; empty without a failure."""
        error = self.item.error
        if error is not None:
            return error_reason(error).key
        return failure_reason(self.reason).key if self.status == "failed" else ""

    @property
    def url(self) -> str:
        """Return the rule's page, which opens with its state."""
        return place_url("rule-detail", self.item.target, ecr_repository_prefix=self.prefix)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A secret or role that some rules of a group share, and the buttons that cure them."""

    name: str
    region: str
    rules: int
    buttons: Sequence[CureButton]


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRules:
    """Rules that failed for the same reason, the first of them with links."""

    key: str
    title: Text
    remedy: Text
    messages: Sequence[str]
    code: str
    total: int
    rows: Sequence[ItemRow]
    causes: Sequence[Cause]
    rotations: Sequence[RotateLink]

    @property
    def is_cut(self) -> bool:
        return self.total > len(self.rows)


def rows_of(items: Iterable[BulkValidationItem]) -> list[ItemRow]:
    return [ItemRow(item=item) for item in items]


def groups_of(request: ConsoleRequest, groups: Sequence[FailureGroup]) -> list[FailedRules]:
    """Return the first MOST_GROUPS groups, with cures from what is last known of the rules."""
    shown = groups[:MOST_GROUPS]
    if not shown:
        return []
    regions = {item.region for group in shown for item in group.items}
    patients = known_patients(account_id=request.account_id, regions=regions)
    return [_group(request, group, patients) for group in shown]


def _group(request: ConsoleRequest, group: FailureGroup, patients: Patients) -> FailedRules:
    title, shared = group.reason.title, _shared(group, patients)
    if group.items[0].error is None:
        title = _("Validation failed: %(reason)s") % {"reason": title}
    return FailedRules(
        key=group.key,
        title=title,
        remedy=group.reason.remedy,
        messages=group.messages,
        code=group.code,
        total=len(group.items),
        rows=rows_of(group.items[:MOST_RULES]),
        causes=_causes(request, group, shared),
        rotations=_rotations(request, group, shared),
    )


def _shared(group: FailureGroup, patients: Patients) -> _Shared:
    shared: _Shared = {}
    for item in group.items:
        patient = patients.find(item.region, item.ecr_repository_prefix)
        arn = (patient.rule.credential_arn or patient.rule.custom_role_arn) if patient else None
        if patient is not None and arn is not None:
            shared.setdefault((item.region, arn), []).append(patient)
    return shared


def _rotations(request: ConsoleRequest, group: FailureGroup, shared: _Shared) -> list[RotateLink]:
    """Return how to replace the token of all secrets of the group at once, if that cures it."""
    if Cure.REPLACE_TOKEN not in group.reason.cures:
        return []
    return rotate_links(request, [patient for ill in shared.values() for patient in ill])


def _causes(request: ConsoleRequest, group: FailureGroup, shared: _Shared) -> list[Cause]:
    """Return the secrets and roles with the most rules of the group."""
    most = sorted(shared.items(), key=lambda each: -len(each[1]))[:MOST_CAUSES]
    found = [_cause(request, group, arn, ill) for (_region, arn), ill in most]
    return [cause for cause in found if cause.buttons]


def _cause(request: ConsoleRequest, group: FailureGroup, arn: str, ill: list[Patient]) -> Cause:
    patient = ill[0]
    name = patient.secret_name or arn.rpartition(":")[2].removeprefix("role/")
    return Cause(
        name=name,
        region=patient.target.region,
        rules=len(ill),
        buttons=_buttons(request, group.reason.cures, patient, is_shared=len(ill) > 1),
    )


def _buttons(
    request: ConsoleRequest, wanted: Iterable[Cure], patient: Patient, *, is_shared: bool
) -> list[CureButton]:
    """Return the buttons for a secret or role.

    What changes one rule alone is offered if no other rule shares it. A policy is on the rule's
    page. After the change of a shared secret the Secrets page offers to validate all its rules.
    """
    of_one_rule = (Cure.VALIDATE, Cure.CHOOSE_SECRET, Cure.CHOOSE_ROLE)
    offered = [cure for cure in wanted if not (is_shared and cure in of_one_rule)]
    cures = cures_of(request, [cure for cure in offered if cure is not Cure.VALIDATE], patient)
    links = [
        CureButton(cure=Cure(policy.anchor), label=policy.label, url=url, next_url="")
        for policy in cures.policies
        for url in [f"{patient.page}#{policy.anchor}"]
    ]
    found = [replace(button, is_primary=False) for button in cures.buttons]
    if is_shared:
        found = [replace(button, next_url="") for button in found]
    return [*links, *found] if cures.begins_with_policy else [*found, *links]
