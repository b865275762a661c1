"""The background's work on a bulk validation: calls in threads, results in the database.

Only the calls run in threads. The rows are written by the thread that runs the bulk validation. An
item whose result cannot be stored ends with an error. When the database itself fails, the run ends;
after its lease has expired, another run continues.
"""

import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from wizard.domain import Rule, Target
from wizard.domain.errors import (
    AwsError,
    UnexpectedAwsError,
    error_record,
)
from wizard.domain.origins import acting_for
from wizard.domain.prefixes import MAX_LENGTH
from wizard.models import BulkValidation, BulkValidationItem, ItemState
from wizard.services import last_known, places, rules, validation
from wizard.services.bounded import AT_ONCE, TICK_SECONDS, BoundedPool, Ended
from wizard.services.bulk_validation.items import close, drop, fail, fail_open_items, waiting
from wizard.services.bulk_validation.leases import claim, renew, take_up
from wizard.services.call_slots import SharedSlots, shared_slots
from wizard.services.refused_logins import RefusedLogins, refused_logins
from wizard.services.validation import Trial

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The rules of a Region, and when AWS was asked for them."""

    rules: list[Rule]
    asked_at: datetime


Answer = Trial | Listed
Pool = BoundedPool[BulkValidationItem, Answer]


def run_bulk_validation(
    *, bulk_id: uuid.UUID, at_once: int = AT_ONCE, tick_seconds: float = TICK_SECONDS
) -> bool:
    """Validate the waiting items; False when it has ended or another worker has the lease.

    In each Region at most `at_once` calls run at a time; Regions run in parallel.
    """
    bulk = take_up(bulk_id)
    if bulk is None:
        return False
    with acting_for(bulk.actor):
        if refusal := places.refusal_of_work(bulk.account_id):  # guard: B6
            fail_open_items(bulk, refusal)
        _work_off(bulk, at_once=at_once, tick_seconds=tick_seconds)
    return True


def _work_off(bulk: BulkValidation, *, at_once: int, tick_seconds: float) -> None:
    """Validate the waiting items on behalf of the person who started the bulk validation."""
    with shared_slots(account_id=bulk.account_id, holder=bulk.runner) as slots:
        is_ours = _work_within(slots, bulk, at_once=at_once, tick_seconds=tick_seconds)
    if not is_ours:
        logger.warning("Bulk validation %s was taken over by another worker", bulk.pk)
        return
    if BulkValidation.objects.filter(pk=bulk.pk, cancel_requested_at__isnull=False).exists():
        drop(bulk, ItemState.WAITING)
    close(bulk)


def _work_within(
    slots: SharedSlots, bulk: BulkValidation, *, at_once: int, tick_seconds: float
) -> bool:
    """Make the calls that there are slots for; False if another worker has the lease."""
    pool = Pool(
        place_of=lambda item: item.region,
        call=partial(_ask, refused_logins(account_id=bulk.account_id)),
        may_start=lambda item: claim(bulk, item),
        at_once=at_once,
        rooms=slots,
    )
    pool.add(waiting(bulk))
    for ended in pool.outcomes(tick_seconds=tick_seconds):
        if not renew(bulk):
            return False
        for each in ended:
            pool.add(_settle_or_fail(bulk, each))
        if refusal := places.refusal_of_work(bulk.account_id):  # guard: Z15
            fail(bulk.items.filter(state=ItemState.WAITING), refusal)
    return True


def _ask(logins: RefusedLogins, item: BulkValidationItem) -> Answer:
    """The call of an item. It runs in a thread and does not access the database."""
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
            credential_arn=item.credential_arn or None,
        )
    arn = rule.credential_arn or ""
    with logins.turn(target, arn):
        trial = validation.try_rule(target=target, rule=rule)
        logins.note(arn, is_valid=trial.is_valid, failure=trial.failure)
    return trial


def _settle_or_fail(
    bulk: BulkValidation, ended: Ended[BulkValidationItem, Answer]
) -> list[BulkValidationItem]:
    """Save the result of an item, or that it cannot be saved: the other items go on."""
    try:
        return _settle(bulk, ended)
    except (OperationalError, InterfaceError):
        raise  # the database does not answer, whatever is to be saved
    except Exception as error:  # noqa: BLE001 - the other items go on  # guard: B2
        return _settle(bulk, Ended(job=ended.job, error=error))


def _settle(
    bulk: BulkValidation, ended: Ended[BulkValidationItem, Answer]
) -> list[BulkValidationItem]:
    """Save the result of an item; return the items that the list of a Region added."""
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
    """The error to record. An unexpected one is logged and does not stop the other items."""
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
        each
        for each in _items_of(bulk, item.region, listed.rules)
        if each.ecr_repository_prefix not in known
    )
    # Items that were selected by name are in the pool already.
    return [
        each
        for each in waiting(bulk)
        if each.region == item.region and each.ecr_repository_prefix not in known
    ]


def _items_of(
    bulk: BulkValidation, region: str, listed: list[Rule]
) -> Iterable[BulkValidationItem]:
    """An item per rule; an item that ends with an error for a prefix that AWS does not allow."""
    items: dict[str, BulkValidationItem] = {}
    for rule in listed:
        prefix = rule.ecr_repository_prefix.replace("\0", "")[:MAX_LENGTH]
        made = BulkValidationItem(
            bulk=bulk,
            region=region,
            ecr_repository_prefix=prefix,
            rule_created_at=rule.created_at,
            credential_arn=rule.credential_arn or "",
        )
        if prefix == rule.ecr_repository_prefix:
            items[prefix] = made
            continue
        made.state, made.finished_at = ItemState.ERROR, timezone.now()
        made.error_record = error_record(UnexpectedAwsError(code="MalformedAnswer", region=region))
        items.setdefault(prefix, made)
    return items.values()
