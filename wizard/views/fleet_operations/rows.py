"""Operations over accounts, and the accounts in them, as rows of tables."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wizard.domain.errors import AwsError
from wizard.models import (
    Account,
    FleetOperation,
    FleetPart,
    FleetVerb,
    PartState,
)
from wizard.services import fleet_operations
from wizard.services.fleet import rules
from wizard.services.fleet_operations import (
    AccountPlan,
    FleetProgress,
    OperationParts,
    PartFailure,
)
from wizard.words import ErrorView, Text, error_view

# The icons of states.
ICONS: Final[Mapping[str, str]] = {
    PartState.WAITING: "pending",
    PartState.RUNNING: "pending",
    PartState.DONE: "valid",
    PartState.FAILED: "failed",
    PartState.CANCELLED: "not-validated",
}
TITLES: Final[Mapping[str, Text]] = {
    FleetVerb.VALIDATE: gettext_lazy("Validation in several accounts"),
    FleetVerb.CREATE: gettext_lazy("New rules in several accounts"),
    FleetVerb.COPY: gettext_lazy("Copies of rules in several accounts"),
    FleetVerb.ROTATE: gettext_lazy("Rotation of credentials in several accounts"),
    FleetVerb.REPLACE: gettext_lazy("Changes of rules in several accounts"),
}
# The pages of operations whose retry needs a credential, which is not kept.
RETRY_PAGES: Final[Mapping[str, str]] = {FleetVerb.ROTATE: "fleet-rotate"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The name of an icon, and a word."""

    icon: str
    word: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """One account of an operation."""

    part: FleetPart
    account: Account | None
    progress: FleetProgress
    failure: PartFailure | None = None

    @property
    def account_id(self) -> str:
        return self.part.account_id

    @property
    def name(self) -> str:
        return self.account.label if self.account else self.account_id

    @property
    def status(self) -> Status:
        return Status(icon=ICONS[self.part.state], word=PartState(self.part.state).label)

    @property
    def url(self) -> str:
        """The page of the account's own results; empty before there are any."""
        if self.part.bulk_id is not None:
            kwargs = {"account_id": self.account_id, "bulk_id": self.part.bulk_id}
            return reverse("bulk-validation-detail", kwargs=kwargs)
        if self.part.import_id is not None:
            kwargs = {"account_id": self.account_id, "import_id": self.part.import_id}
            return reverse("import-detail", kwargs=kwargs)
        if self.part.rotation_id is not None:
            kwargs = {"account_id": self.account_id, "rotation_id": self.part.rotation_id}
            return reverse("rotation-detail", kwargs=kwargs)
        return ""

    @property
    def error(self) -> ErrorView | None:
        """Why nothing could be done, in the account or in one of its Regions."""
        errors: list[AwsError] = list(self.part.region_errors.values())
        of_rule = self.failure.error if self.failure else None
        found = self.part.error or next(iter(errors), None) or of_rule
        return error_view(found) if found else None

    @property
    def reason(self) -> str:
        """What the upstream or AWS said about one of the rules that failed."""
        return self.failure.reason if self.failure else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRow:
    """One operation of the list."""

    operation: FleetOperation

    @property
    def title(self) -> Text:
        return TITLES[self.operation.verb]

    @property
    def url(self) -> str:
        return detail_url(self.operation.pk)

    @property
    def is_finished(self) -> bool:
        return self.operation.finished_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAccount:
    """One account of the plan."""

    plan: AccountPlan
    account: Account | None

    @property
    def account_id(self) -> str:
        return self.plan.account_id

    @property
    def name(self) -> str:
        return self.account.label if self.account else self.account_id

    @property
    def owner(self) -> str:
        return self.account.owner if self.account else ""

    @property
    def regions(self) -> Sequence[str]:
        return self.plan.regions

    @property
    def rules(self) -> int:
        return len(self.plan.rules)


def detail_url(operation_id: uuid.UUID, name: str = "fleet-operation-detail") -> str:
    """Return the address of an operation."""
    return reverse(name, kwargs={"fleet_operation_id": operation_id})


def retry_page(operation: FleetOperation) -> str:
    """Return the page that asks for what a retry needs; empty if a button is enough."""
    name = RETRY_PAGES.get(operation.verb)
    if fleet_operations.makes_secrets(operation):
        name = "fleet-create"
    elif fleet_operations.deletes_rules(operation):
        name = "fleet-replace"
    return f"{reverse(name)}?retry={operation.pk}" if name else ""


def planned_rows(plans: Iterable[AccountPlan]) -> list[PlannedAccount]:
    """Return the accounts of a plan, whose rows take one query."""
    listed = list(plans)
    known = rules.accounts_of(each.account_id for each in listed)
    return [PlannedAccount(plan=each, account=known.get(each.account_id)) for each in listed]


def rows_of(listed: Collection[FleetPart]) -> list[PartRow]:
    """Return the rows of a page of parts; the accounts and numbers take a query each."""
    known = rules.accounts_of(each.account_id for each in listed)
    progress = fleet_operations.progress_of_parts(listed)
    failures = fleet_operations.first_failures(listed)
    return [
        PartRow(
            part=each,
            account=known.get(each.account_id),
            progress=progress[each.pk],
            failure=failures.get(each.pk),
        )
        for each in listed
    ]


def status_of(operation: FleetOperation, parts: OperationParts) -> Status:
    """Return the state of an operation."""
    if operation.finished_at is None:
        is_cancelling = operation.cancel_requested_at is not None
        return Status(icon="pending", word=_("Cancelling") if is_cancelling else _("In progress"))
    if parts.number(PartState.FAILED):
        return Status(icon="failed", word=_("Finished with failures"))
    if parts.number(PartState.CANCELLED):
        return Status(icon="not-validated", word=_("Cancelled"))
    return Status(icon="valid", word=_("Finished"))


def counts_of(parts: OperationParts) -> Sequence[tuple[str, Text, int]]:
    """Return how many accounts have each state: its icon, its word, and the number."""
    counts = [
        (ICONS[state], state.label, parts.number(state))
        for state in (
            PartState.FAILED,
            PartState.RUNNING,
            PartState.WAITING,
            PartState.CANCELLED,
            PartState.DONE,
        )
    ]
    return [each for each in counts if each[2]]
