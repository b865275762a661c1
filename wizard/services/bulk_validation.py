"""Validating many rules in the background, each once, whatever happens to the process.

The rows are the truth: items wait, are claimed one by one, and end with a result or an error. Who
works on them holds a lease and renews it; when it is cut off, the lease runs out, and the next one
goes on with what has no result yet.
"""

import hashlib
import logging
import re
import secrets
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from wizard.domain.errors import (
    AwsError,
    BulkValidationNotFound,
    BulkValidationOfAnotherPerson,
    UnexpectedAwsError,
    error_record,
)
from wizard.domain.grants import Role
from wizard.domain.origins import Origin, Way, acting
from wizard.domain.regions import Target
from wizard.domain.rules import Rule
from wizard.models import (
    AuditOutcome,
    BulkState,
    BulkValidation,
    BulkValidationItem,
    ItemState,
    ValidationSchedule,
)
from wizard.services import access, last_known, rules, validation
from wizard.services.audit.writing import record_event
from wizard.services.bounded import AT_ONCE, TICK_SECONDS, BoundedPool, Ended
from wizard.services.validation import Trial

LEASE: Final = timedelta(seconds=30)
LATEST: Final = 20

_OPEN = (ItemState.WAITING, ItemState.RUNNING)
# The list of a Region's rules is work, but no rule; only its failure is worth a row.
_LISTS = Q(ecr_repository_prefix="") & ~Q(state=ItemState.ERROR)

# ARNs and host names.
_NAMES = re.compile(r"arn:[\w-]+:\S+|[\w-]+(?:\.[\w-]+)+")

logger = logging.getLogger(__name__)

# Region codes to keep to; None keeps to none.
Regions = Collection[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The rules of a Region, and when AWS was asked for them."""

    rules: list[Rule]
    asked_at: datetime


Answer = Trial | Listed
Pool = BoundedPool[BulkValidationItem, Answer]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Scope:
    """What to validate: one rule, or without a prefix every rule of the Region."""

    region: str
    ecr_repository_prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a bulk validation is: `ended` of `total` rules, of which so many came to what.

    `unread` Regions still have to be listed, so `total` may grow; `is_held` is whether a worker is
    at it right now.
    """

    total: int
    ended: int
    valid: int
    failed: int
    errors: int
    cancelled: int
    unread: int
    is_held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureGroup:
    """Rules that failed for one reason; `error` when the call itself failed.

    `reasons` are AWS's own words. They are of one shape and differ in the names that they mention.
    """

    error: AwsError | None
    reasons: list[str] = field(default_factory=list)
    items: list[BulkValidationItem] = field(default_factory=list)


def start_bulk_validation(
    *,
    account_id: str,
    scopes: Collection[Scope],
    actor: User,
    schedule: ValidationSchedule | None = None,
) -> tuple[BulkValidation, bool]:
    """Write down what to validate: the row and whether it is new.

    Asking again for the same while it is under way gives the row that exists. Nothing is called
    here; the caller hands the id to the background.
    """
    wanted = sorted(set(scopes))
    digest = _digest(wanted)
    try:
        with transaction.atomic():
            bulk = BulkValidation.objects.create(
                account_id=account_id, actor=actor, schedule=schedule, scope_digest=digest
            )
            BulkValidationItem.objects.bulk_create(
                BulkValidationItem(
                    bulk=bulk,
                    region=scope.region,
                    ecr_repository_prefix=scope.ecr_repository_prefix,
                )
                for scope in wanted
            )
            _record_start(bulk, wanted)
    except IntegrityError:
        under_way = BulkValidation.objects.filter(
            account_id=account_id, scope_digest=digest, finished_at__isnull=True
        ).first()
        if under_way is not None:
            return under_way, False
        # It ended between the two looks.
        return start_bulk_validation(
            account_id=account_id, scopes=scopes, actor=actor, schedule=schedule
        )
    return bulk, True


def get_bulk_validation(
    *, bulk_id: uuid.UUID, account_id: str, regions: Regions = None
) -> BulkValidation:
    """Find one of this account, with something in these Regions; raises BulkValidationNotFound."""
    bulk = _of_account(account_id, regions).filter(pk=bulk_id).first()
    if bulk is None:
        raise BulkValidationNotFound(str(bulk_id))
    return bulk


def latest_bulk_validations(*, account_id: str, regions: Regions = None) -> list[BulkValidation]:
    """The last ones of an account, with something in these Regions, newest first."""
    return list(_of_account(account_id, regions)[:LATEST])


def unfinished_bulk_validations() -> list[BulkValidation]:
    """Those with work left, oldest first; what a restart has to go on with."""
    return list(BulkValidation.objects.filter(finished_at__isnull=True).order_by("created_at"))


def may_cancel(*, bulk: BulkValidation, actor: User) -> bool:
    """Whoever started it, and administrators."""
    return bulk.actor_id == actor.pk or access.is_administrator(user=actor)


def cancel_bulk_validation(*, bulk: BulkValidation, actor: User) -> None:
    """Start no more calls; those under way end and count.

    Raises BulkValidationOfAnotherPerson. Does nothing to one that has ended.
    """
    if not may_cancel(bulk=bulk, actor=actor):
        raise BulkValidationOfAnotherPerson(str(bulk.pk))
    with transaction.atomic():
        cancelled = BulkValidation.objects.filter(
            pk=bulk.pk, finished_at__isnull=True, cancel_requested_at__isnull=True
        ).update(cancel_requested_at=timezone.now())
        _drop_waiting(bulk)
        _close(bulk)
        if cancelled:
            _record(bulk, "CancelBulkValidation")


def progress_of(bulk: BulkValidation, regions: Regions = None) -> Progress:
    """Count the items in these Regions."""
    counted = _within(bulk, regions)
    items = list(counted.values_list("state", "ecr_repository_prefix", "result__is_valid"))
    of_rules = [
        (state, verdict) for state, prefix, verdict in items if prefix or state == ItemState.ERROR
    ]
    states = [state for state, _ in of_rules]
    verdicts = [verdict for state, verdict in of_rules if state == ItemState.DONE]
    return Progress(
        total=len(of_rules),
        ended=sum(state not in _OPEN for state in states),
        valid=sum(verdict is True for verdict in verdicts),
        failed=sum(verdict is False for verdict in verdicts),
        errors=states.count(ItemState.ERROR),
        cancelled=states.count(ItemState.CANCELLED),
        unread=sum(state in _OPEN and not prefix for state, prefix, _ in items),
        is_held=bulk.lease_until is not None and bulk.lease_until > timezone.now(),
    )


def items_of(bulk: BulkValidation, regions: Regions = None) -> "QuerySet[BulkValidationItem]":
    """Every rule, and every Region whose rules could not be listed, by Region and prefix."""
    return _within(bulk, regions).exclude(_LISTS).select_related("bulk", "result")


def ended_items(
    bulk: BulkValidation, *, most: int, regions: Regions = None
) -> list[BulkValidationItem]:
    """The rules that ended last, newest first."""
    ended = items_of(bulk, regions).exclude(state__in=_OPEN)
    return list(ended.order_by("-finished_at", "-pk")[:most])


def group_failures(items: Iterable[BulkValidationItem]) -> list[FailureGroup]:
    """Sort what failed under its reasons, the most frequent first."""
    groups: dict[tuple[str, str], FailureGroup] = {}
    for item in items:
        error, reason = item.error, ""
        if error is not None:
            reason = error.message
        elif item.result is not None and not item.result.is_valid:
            reason = item.result.failure
        else:
            continue
        key = (f"{type(error).__name__} {error.code if error else ''}", _shape_of(reason))
        group = groups.setdefault(key, FailureGroup(error=error))
        group.items.append(item)
        if reason and reason not in group.reasons:
            group.reasons.append(reason)
    return sorted(groups.values(), key=lambda group: -len(group.items))


def _shape_of(reason: str) -> str:
    """A reason without the names in it, so that one trouble at two registries is one."""
    return _NAMES.sub("*", reason)


def run_bulk_validation(
    *, bulk_id: uuid.UUID, at_once: int = AT_ONCE, tick_seconds: float = TICK_SECONDS
) -> bool:
    """Validate what is waiting; return False when there was nothing to take up.

    Nothing is done when it has ended or somebody else holds it. At most `at_once` calls run at a
    time in each Region, Regions side by side.
    """
    bulk = _take_up(bulk_id)
    if bulk is None:
        return False
    person = bulk.actor
    with acting(Origin(user_id=person.pk, username=person.get_username(), way=Way.BACKGROUND)):
        _work_off(bulk, at_once=at_once, tick_seconds=tick_seconds)
    return True


def _work_off(bulk: BulkValidation, *, at_once: int, tick_seconds: float) -> None:
    """Validate what is waiting, as the doing of the person who asked for it."""
    pool = Pool(
        place_of=lambda item: item.region,
        call=_ask,
        may_start=lambda item: _claim(bulk, item),
        at_once=at_once,
    )
    pool.add(_waiting(bulk))
    for ended in pool.outcomes(tick_seconds=tick_seconds):
        if not _renew(bulk):
            logger.warning("Bulk validation %s was taken over by another worker", bulk.pk)
            return
        for each in ended:
            pool.add(_settle(bulk, each))
    if BulkValidation.objects.filter(pk=bulk.pk, cancel_requested_at__isnull=False).exists():
        _drop_waiting(bulk)
    _close(bulk)


def _record_start(bulk: BulkValidation, scopes: Sequence[Scope]) -> None:
    facts: dict[str, Any] = {
        "rules": [f"{each.region}/{each.ecr_repository_prefix or '*'}" for each in scopes]
    }
    if bulk.schedule:
        # The console starts it by itself; this is on whose behalf.
        facts |= {"every_hours": bulk.schedule.every_hours, "set_by": bulk.actor.get_username()}
    regions = {scope.region for scope in scopes}
    region = regions.pop() if len(regions) == 1 else ""
    _record(bulk, "StartBulkValidation", region=region, after=facts)


def _record(
    bulk: BulkValidation, action: str, *, region: str = "", after: dict[str, Any] | None = None
) -> None:
    record_event(
        action,
        subject=str(bulk.pk),
        outcome=AuditOutcome.SUCCEEDED,
        target=Target(account_id=bulk.account_id, region=region),
        after=after,
    )


def _of_account(account_id: str, regions: Regions) -> "QuerySet[BulkValidation]":
    found = BulkValidation.objects.select_related("actor", "schedule")
    found = found.filter(account_id=account_id)
    if regions is None:
        return found
    items = BulkValidationItem.objects.filter(bulk=OuterRef("pk"), region__in=regions)
    return found.filter(Exists(items))


def _within(bulk: BulkValidation, regions: Regions) -> "QuerySet[BulkValidationItem]":
    return bulk.items.all() if regions is None else bulk.items.filter(region__in=regions)


def _digest(scopes: Sequence[Scope]) -> str:
    text = "\n".join(f"{scope.region}/{scope.ecr_repository_prefix}" for scope in scopes)
    return hashlib.sha256(text.encode()).hexdigest()


def _take_up(bulk_id: uuid.UUID) -> BulkValidation | None:
    """Get hold of the work, with what a runner that was cut off had under way put back."""
    now = timezone.now()
    is_free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    runner = secrets.token_hex(16)
    with transaction.atomic():
        taken = BulkValidation.objects.filter(is_free, pk=bulk_id, finished_at__isnull=True).update(
            runner=runner, lease_until=now + LEASE, state=BulkState.RUNNING
        )
        if not taken:
            return None
        bulk = BulkValidation.objects.select_related("actor").get(pk=bulk_id)
        bulk.items.filter(state=ItemState.RUNNING).update(state=ItemState.WAITING)
    return bulk


def _renew(bulk: BulkValidation) -> bool:
    """Keep hold of the work; False when it is somebody else's by now."""
    ours = BulkValidation.objects.filter(pk=bulk.pk, runner=bulk.runner)
    return ours.update(lease_until=timezone.now() + LEASE) == 1


def _waiting(bulk: BulkValidation) -> list[BulkValidationItem]:
    return list(bulk.items.select_related("bulk").filter(state=ItemState.WAITING))


def _claim(bulk: BulkValidation, item: BulkValidationItem) -> bool:
    """Mark an item as under way, unless it was cancelled or the work is not ours any more.

    It is cancelled when who asked for it may not operate there any more.
    """
    ours = BulkValidationItem.objects.filter(
        pk=item.pk,
        state=ItemState.WAITING,
        bulk__runner=bulk.runner,
        bulk__cancel_requested_at__isnull=True,
    )
    if not _may_operate(item):  # guard: W9
        ours.update(state=ItemState.CANCELLED, finished_at=timezone.now())
        return False
    return ours.update(state=ItemState.RUNNING) == 1


def _may_operate(item: BulkValidationItem) -> bool:
    """Read anew for each item, for a run may last for hours; beside its call that costs nothing."""
    actor = User.objects.get(pk=item.bulk.actor_id)
    return access.may(user=actor, role=Role.OPERATOR, target=item.target)


def _ask(item: BulkValidationItem) -> Answer:
    """The item's call, made in a thread: it touches no database."""
    target = Target(account_id=item.bulk.account_id, region=item.region)
    prefix = item.ecr_repository_prefix
    if not prefix:
        asked_at = timezone.now()
        return Listed(rules=rules.list_rules(target=target), asked_at=asked_at)
    if item.rule_created_at is None:
        rule = rules.get_rule(target=target, ecr_repository_prefix=prefix)
    else:
        rule = Rule(
            ecr_repository_prefix=prefix,
            upstream_registry_url="",
            registry_id=target.account_id,
            created_at=item.rule_created_at,
        )
    return validation.try_rule(target=target, rule=rule)


def _settle(
    bulk: BulkValidation, ended: Ended[BulkValidationItem, Answer]
) -> list[BulkValidationItem]:
    """Write down what came of an item; return the items that it brought to light."""
    item = ended.job
    with transaction.atomic():
        ours = BulkValidationItem.objects.filter(
            pk=item.pk, state=ItemState.RUNNING, bulk__runner=bulk.runner
        )
        fields = {"state": ItemState.DONE, "finished_at": timezone.now()}
        if ended.error is not None:
            record = error_record(_told(ended.error, item))
            ours.update(**fields | {"state": ItemState.ERROR, "error_record": record})
            return []
        if ours.update(**fields) == 0:
            return []
        if isinstance(ended.value, Trial):
            result = validation.keep_trial(target=item.target, trial=ended.value, actor=bulk.actor)
            BulkValidationItem.objects.filter(pk=item.pk).update(result=result)
            return []
        return _add_rules(bulk, item, ended.value) if ended.value else []


def _told(error: BaseException, item: BulkValidationItem) -> AwsError:
    """The error as it is kept; one that nobody foresaw is logged, and does not stop the others."""
    if isinstance(error, AwsError):
        return error
    logger.error("Validating %s failed", item, exc_info=error)
    return UnexpectedAwsError(code=type(error).__name__, region=item.region)


def _add_rules(
    bulk: BulkValidation, item: BulkValidationItem, listed: Listed
) -> list[BulkValidationItem]:
    last_known.remember_rules(
        target=item.target,
        rules=listed.rules,
        asked_at=listed.asked_at,  # guard: C3
    )
    known = set(
        bulk.items.filter(region=item.region).values_list("ecr_repository_prefix", flat=True)
    )
    BulkValidationItem.objects.bulk_create(
        BulkValidationItem(
            bulk=bulk,
            region=item.region,
            ecr_repository_prefix=rule.ecr_repository_prefix,
            rule_created_at=rule.created_at,
        )
        for rule in listed.rules
        if rule.ecr_repository_prefix not in known
    )
    # Those that were there before, asked for by name, are in the pool already.
    return [
        each
        for each in _waiting(bulk)
        if each.region == item.region and each.ecr_repository_prefix not in known
    ]


def _drop_waiting(bulk: BulkValidation) -> None:
    bulk.items.filter(state=ItemState.WAITING).update(
        state=ItemState.CANCELLED, finished_at=timezone.now()
    )


def _close(bulk: BulkValidation) -> None:
    """Write down the end, once no item is left open."""
    if bulk.items.filter(state__in=_OPEN).exists():
        return
    cancelled = bulk.items.filter(state=ItemState.CANCELLED).exists()
    BulkValidation.objects.filter(pk=bulk.pk, finished_at__isnull=True).update(
        state=BulkState.CANCELLED if cancelled else BulkState.DONE,
        finished_at=timezone.now(),
        lease_until=None,
    )
