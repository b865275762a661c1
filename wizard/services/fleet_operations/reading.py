"""Operations over accounts, as pages show them: a person sees the parts of their own places."""

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import User
from django.db.models import Count, Exists, Min, OuterRef, Q

from wizard.domain import Role, Target
from wizard.domain.errors import AwsError, FleetOperationNotFound
from wizard.models import (
    OPEN_PARTS,
    BulkValidationItem,
    FleetOperation,
    FleetPart,
    ItemState,
    PartState,
)
from wizard.services import access
from wizard.services.fleet_operations import import_progress, rotation_results

LATEST: Final = 50
# As many parts with their rules are in memory for a file.
_AT_ONCE: Final = 100
# Failures first, then what is still open.
_URGENCY: Final = (
    PartState.FAILED,
    PartState.RUNNING,
    PartState.WAITING,
    PartState.CANCELLED,
    PartState.DONE,
)


_HAS_FAILED: Final = Q(state=ItemState.ERROR) | Q(state=ItemState.DONE, result__is_valid=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationParts:
    """The parts of an operation that a person may look at, the failures first.

    There may be thousands, and a page polls them: they are IDs and states. `load` has the rest.
    """

    operation: FleetOperation
    states: Mapping[uuid.UUID, PartState]

    @property
    def ids(self) -> Sequence[uuid.UUID]:
        return list(self.states)

    @property
    def total(self) -> int:
        return len(self.states)

    def number(self, state: PartState) -> int:
        return Counter(self.states.values())[state]

    @property
    def ended(self) -> int:
        return self.total - sum(map(self.number, OPEN_PARTS))

    def load(self, ids: Iterable[uuid.UUID], *, with_rules: bool = False) -> list[FleetPart]:
        """Return parts in the order of the IDs, in one query."""
        wanted = list(ids)
        rows = FleetPart.objects.filter(operation=self.operation)
        found = (rows if with_rules else rows.defer("rules")).in_bulk(wanted)
        for each in found.values():
            each.operation = self.operation
        return [found[each] for each in wanted if each in found]

    def loaded(self, *states: PartState) -> Iterator[FleetPart]:
        """Yield the parts in these states, or all, with their rules; some at a time."""
        ids = [pk for pk, state in self.states.items() if not states or state in states]
        for start in range(0, len(ids), _AT_ONCE):
            yield from self.load(ids[start : start + _AT_ONCE], with_rules=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetProgress:
    """How many of a part's rules are done."""

    total: int
    succeeded: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFailure:
    """Why a rule of a part failed: an error, or what the upstream or AWS said of it."""

    error: AwsError | None = None
    reason: str = ""


def get_operation(*, operation_id: uuid.UUID) -> FleetOperation:
    """Return an operation; raises FleetOperationNotFound."""
    operation = FleetOperation.objects.select_related("actor").filter(pk=operation_id).first()
    if operation is None:
        raise FleetOperationNotFound(str(operation_id))
    return operation


def is_started(*, operation_id: uuid.UUID) -> bool:
    """Whether there is an operation with this ID, which came from a form."""
    return FleetOperation.objects.filter(pk=operation_id).exists()


def parts_of(operation: FleetOperation, *, user: User) -> OperationParts:
    """Return the parts in accounts and Regions of the person; raises FleetOperationNotFound.

    A part is shown if the person may look at each of its Regions, because its numbers are those of
    all of them.
    """
    rows = operation.parts.filter(access.visible_accounts(user=user))
    columns = rows.order_by("number").values_list("pk", "state", "account_id", "regions")
    sees_all = not access.visible_places(user=user)
    found: dict[PartState, list[uuid.UUID]] = {state: [] for state in _URGENCY}
    for pk, state, account_id, regions in columns:
        if sees_all or _may_see(account_id, regions, user):
            found[PartState(state)].append(pk)
    states = {pk: state for state, listed in found.items() for pk in listed}
    if not states:
        raise FleetOperationNotFound(str(operation.pk))
    return OperationParts(operation=operation, states=states)


def latest_operations(*, user: User) -> list[FleetOperation]:
    """Return the latest operations with a part in an account of the person, newest first."""
    own = FleetPart.objects.filter(access.visible_accounts(user=user))
    rows = FleetOperation.objects.select_related("actor")
    found = list(rows.filter(Exists(own.filter(operation=OuterRef("pk"))))[:LATEST])
    parts = own.filter(operation__in=found).only("operation_id", "account_id", "regions")
    seen = {
        each.operation_id
        for each in parts.order_by()
        if _may_see(each.account_id, each.regions, user)
    }
    return [each for each in found if each.pk in seen]


def progress_of_parts(parts: Collection[FleetPart]) -> Mapping[uuid.UUID, FleetProgress]:
    """Return how far the parts are, with one query of each kind for those that are under way."""
    running = [each for each in parts if each.is_open]
    counted = _counted([each.bulk_id for each in running if each.bulk_id])
    imported = import_progress.succeeded_and_failed(running)
    imported |= rotation_results.succeeded_and_failed(running)
    found = {}
    for each in parts:
        ended = FleetProgress(total=each.total, succeeded=each.succeeded, failed=each.failed)
        found[each.pk] = ended
        if each.is_open and each.bulk_id:
            found[each.pk] = counted.get(each.bulk_id, ended)
        elif each.pk in imported:
            succeeded, failed = imported[each.pk]
            total = len(each.rules)
            found[each.pk] = FleetProgress(total=total, succeeded=succeeded, failed=failed)
    return found


def first_failures(parts: Collection[FleetPart]) -> Mapping[uuid.UUID, PartFailure]:
    """Return one of the failures of each part that has any, by the ID of the part."""
    failed = [each for each in parts if not each.is_open and each.failed]
    errors = {
        each.pk: PartFailure(error=error)
        for each in failed
        if (error := next(iter(each.rule_errors.values()), None))
    }
    errors_of = import_progress.first_errors(failed) | rotation_results.first_errors(failed)
    of_rows = {pk: PartFailure(error=error) for pk, error in errors_of.items()}
    return _of_validations(failed) | of_rows | errors


def _of_validations(failed: Collection[FleetPart]) -> dict[uuid.UUID, PartFailure]:
    part_of = {each.bulk_id: each.pk for each in failed if each.bulk_id}
    part_of |= rotation_results.bulks_of(failed)
    if not part_of:
        return {}
    rows = BulkValidationItem.objects.filter(_HAS_FAILED, bulk__in=part_of).order_by()
    first = rows.values("bulk").annotate(first=Min("pk")).values("first")
    found = BulkValidationItem.objects.filter(pk__in=first).select_related("result")
    return {
        part_of[each.bulk_id]: PartFailure(
            error=each.error, reason=each.result.failure if each.result else ""
        )
        for each in found
    }


def _counted(
    bulk_ids: Collection[uuid.UUID],
) -> dict[uuid.UUID | None, FleetProgress]:
    if not bulk_ids:
        return {}
    done = Q(state=ItemState.DONE)
    rows = (
        BulkValidationItem.objects.filter(bulk__in=bulk_ids)
        .order_by()
        .values_list("bulk")
        .annotate(
            total=Count("pk"),
            succeeded=Count("pk", filter=done & Q(result__is_valid=True)),
            failed=Count("pk", filter=_HAS_FAILED),
        )
    )
    return {
        bulk_id: FleetProgress(total=total, succeeded=succeeded, failed=failed)
        for bulk_id, total, succeeded, failed in rows
    }


def _may_see(account_id: str, regions: Iterable[str], user: User) -> bool:
    targets = (Target(account_id=account_id, region=region) for region in regions)
    return all(access.may(user=user, role=Role.VIEWER, target=target) for target in targets)
