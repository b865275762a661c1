"""The last-known rules, which are compared whenever the complete list of a Region was read.

Most page views change nothing, and SQLite has one write lock only. Therefore the comparison runs
outside a transaction, and only differences are written. The times (`last_seen` of a rule, `read_at`
of a Region) are up to REFRESH_AFTER old.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from wizard.domain import Rule, Target
from wizard.domain.errors import AwsError, error_record
from wizard.models import ClosedRegion, KeptCharField, LastKnownRule, RegionReading
from wizard.services.counted_regions import note_regions
from wizard.services.rule_numbers import (
    count_again,
    in_places,
    lock_known_regions,
    lock_regions,
)
from wizard.services.rule_statuses import STATUS_FIELDS, give_statuses

# The age of the times from which an unchanged list is written again. It is less than
# `secrets.RELIED_ON`, the maximum age of rules that are relied on.
REFRESH_AFTER: Final = timedelta(seconds=30)

_FIELDS: Final = (
    "upstream_registry_url",
    "upstream_registry",
    "upstream_repository_prefix",
    "credential_arn",
    "custom_role_arn",
    "created_at",
    "updated_at",
)

_KEPT: Final = {
    field.name: field
    for field in LastKnownRule._meta.concrete_fields
    if isinstance(field, KeptCharField) and field.name in (*_FIELDS, "ecr_repository_prefix")
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The last-known rules of one Region; `read_at` is None if it was never read."""

    target: Target
    rules: list[Rule]
    read_at: datetime | None


class StoredLists:
    """The lists that are stored with a time younger than REFRESH_AFTER, to compare with.

    It compares tuples instead of model instances, because a page may have 1,700 rules.
    """

    def __init__(self, lists: Mapping[Target, set[tuple[Any, ...]]]) -> None:
        self._lists = lists

    def has(self, target: Target, rules: Iterable[Rule]) -> bool:
        """Whether the Region's list is stored as it is."""
        listed = {(rule.ecr_repository_prefix, *_members(rule).values()) for rule in rules}
        return self._lists.get(target) == listed


def stored_lists(targets: Collection[Target]) -> StoredLists:
    """Read what is stored of these Regions, with two queries."""
    if not targets:
        return StoredLists({})
    fresh = RegionReading.objects.filter(
        in_places(targets), read_at__gt=timezone.now() - REFRESH_AFTER, failed_at=None
    ).values_list("account_id", "region")
    lists: dict[Target, set[tuple[Any, ...]]] = {
        Target(account_id=account_id, region=region): set() for account_id, region in fresh
    }
    if lists:
        known = LastKnownRule.objects.filter(in_places(lists), gone_since__isnull=True)
        columns = ("account_id", "region", "ecr_repository_prefix", *_FIELDS)
        for account_id, region, *members in known.values_list(*columns):
            lists[Target(account_id=account_id, region=region)].add(tuple(members))
    return StoredLists(lists)


def remember_rules(
    *, target: Target, rules: Iterable[Rule], asked_at: datetime | None = None
) -> None:
    """Store a Region's complete list; missing rules are marked as gone.

    `asked_at` is the time of the request. A rule that was deleted after it stays gone, although the
    list contains it.
    """
    remember_everywhere({target: list(rules)}, asked_at=asked_at)


def remember_everywhere(
    read: Mapping[Target, list[Rule]], *, asked_at: datetime | None = None
) -> None:
    """Store the complete lists of many Regions; those that are stored already are left alone."""
    stored = stored_lists(read)
    store_everywhere(
        {target: rules for target, rules in read.items() if not stored.has(target, rules)},
        asked_at=asked_at,
    )


def store_everywhere(
    read: Mapping[Target, list[Rule]], *, asked_at: datetime | None = None
) -> None:
    """Store the complete lists of many Regions in one transaction, whether they changed or not.

    Lists are stored as of `asked_at`. What a list that was asked for later says of a rule stays.
    """
    if not read:
        return
    now = asked_at or timezone.now()
    read = {target: _storable(rules) for target, rules in read.items()}
    with transaction.atomic():
        # In the order of the model, because the updates below lock rows in any order: concurrent
        # writers wait here and cannot deadlock.
        regions = lock_regions(read)
        # Read again: what the comparison saw may have changed before the transaction began.
        known = {
            _key(row): row
            for row in LastKnownRule.objects.filter(in_places(read)).select_for_update()
        }
        listed = [
            _row(target, rule, known.get((target, rule.ecr_repository_prefix)), now)
            # Sorted too, because new rows are locked in the order of their insertion.
            for target, rules in sorted(read.items())
            for rule in rules
            if not _went_since(asked_at, rule, known, target)  # guard: C3
        ]
        give_statuses([row for row in listed if row.first_seen == now])
        newer = {key for key, row in known.items() if row.last_seen > now}
        listed = [row for row in listed if _key(row) not in newer]  # guard: C3
        changed = [row for row in listed if not _is_same(row, known)]
        LastKnownRule.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["account_id", "region", "ecr_repository_prefix"],
            update_fields=[
                *(*_FIELDS, "first_seen", "last_seen", "gone_since", "registry_key"),
                *STATUS_FIELDS,
            ],
        )
        kept = newer | {_key(row) for row in listed}
        gone = [row.pk for key, row in known.items() if key not in kept and not row.gone_since]
        LastKnownRule.objects.filter(pk__in=gone).update(gone_since=now)
        present = LastKnownRule.objects.filter(in_places(read), gone_since=None)
        present.filter(last_seen__lt=now).update(last_seen=now)
        if changed or gone:
            count_again(regions)
        not_later = [
            row.pk for row in regions.values() if row.read_at is None or row.read_at <= now
        ]
        RegionReading.objects.filter(pk__in=not_later).update(
            read_at=now, failed_at=None, error_record=None
        )
        opened, _rows = ClosedRegion.objects.filter(in_places(read), checked_at__lte=now).delete()
    new = {target.account_id for target, row in regions.items() if row.read_at is None}
    note_regions({target.account_id for target in read} if opened else new)


def note_failures(failures: Mapping[Target, AwsError]) -> None:
    """Store why Regions could not be read. A failure that was just stored is not written again."""
    if not failures:
        return
    now = timezone.now()
    just = RegionReading.objects.filter(in_places(failures), failed_at__gt=now - REFRESH_AFTER)
    known = {row.target for row in just}
    RegionReading.objects.bulk_create(
        [
            RegionReading(
                account_id=target.account_id,
                region=target.region,
                failed_at=now,
                error_record=error_record(error),
            )
            for target, error in sorted(failures.items(), key=lambda item: item[0])
            if target not in known
        ],
        update_conflicts=True,
        unique_fields=["account_id", "region"],
        update_fields=["failed_at", "error_record"],
    )


def _key(row: LastKnownRule) -> tuple[Target, str]:
    return row.target, row.ecr_repository_prefix


def _is_same(row: LastKnownRule, known: Mapping[tuple[Target, str], LastKnownRule]) -> bool:
    before = known.get((row.target, row.ecr_repository_prefix))
    return (
        before is not None
        and before.gone_since is None
        and before.rule == row.rule
        # It differs when the catalogue has got the registry since.
        and before.registry_key == row.registry_key
    )


def regions_with_rules(*, account_id: str) -> dict[str, int]:
    """Return the last-known number of rules of each Region of an account that has any."""
    rows = LastKnownRule.objects.filter(account_id=account_id, gone_since__isnull=True)
    return dict(rows.order_by().values_list("region").annotate(number=Count("pk")))


def last_known(*, account_id: str) -> dict[str, Snapshot]:
    """Return the last-known rules of every Region of an account, by Region code."""
    rules: dict[str, list[Rule]] = {}
    rows = LastKnownRule.objects.filter(account_id=account_id, gone_since__isnull=True)
    for row in rows:
        rules.setdefault(row.region, []).append(row.rule)
    readings = RegionReading.objects.filter(account_id=account_id, read_at__isnull=False)
    return {
        reading.region: Snapshot(
            target=Target(account_id=account_id, region=reading.region),
            rules=rules.get(reading.region, []),
            read_at=reading.read_at,
        )
        for reading in readings
    }


def upstreams_of(*, account_id: str, ecr_repository_prefix: str) -> dict[str, str]:
    """Return the upstream URL of the last-known rule with that prefix, by Region."""
    rows = LastKnownRule.objects.filter(
        account_id=account_id, ecr_repository_prefix=ecr_repository_prefix, gone_since=None
    )
    return dict(rows.values_list("region", "upstream_registry_url"))


def known_rules(*, account_id: str, regions: Collection[str]) -> dict[tuple[str, str], Rule]:
    """Return the last-known rules of these Regions by Region and prefix."""
    rows = LastKnownRule.objects.filter(
        account_id=account_id, region__in=regions, gone_since__isnull=True
    )
    return {(row.region, row.ecr_repository_prefix): row.rule for row in rows}


def count_rules(*, targets: Collection[Target]) -> int:
    """Return the last-known number of rules of these Regions."""
    if not targets:
        return 0
    return LastKnownRule.objects.filter(in_places(targets), gone_since=None).count()


def known_accounts() -> list[str]:
    """Return the accounts of which rules were read."""
    read = RegionReading.objects.filter(read_at__isnull=False)
    found = read.values_list("account_id", flat=True)
    return list(found.order_by("account_id").distinct())


def forget_rule(*, target: Target, rule: Rule) -> None:
    """Mark a deleted rule as gone, also one that was not stored yet."""
    now = timezone.now()
    (rule,) = _storable([rule])
    row = _row(target, rule, None, now)
    row.gone_since = now
    with transaction.atomic():
        regions = lock_known_regions([target])
        LastKnownRule.objects.bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["account_id", "region", "ecr_repository_prefix"],
            update_fields=["created_at", "gone_since"],
        )
        count_again(regions)


def _storable(rules: Iterable[Rule]) -> list[Rule]:
    """Return the rules as the columns hold them, one per prefix.

    PostgreSQL refuses a statement that inserts two rows with the same key. AWS's prefixes are
    unique; two that are too long may be cut alike.
    """
    kept: dict[str, Rule] = {}
    for rule in rules:
        texts = {name: field.kept(getattr(rule, name)) for name, field in _KEPT.items()}
        fitting = replace(rule, **texts)
        kept.setdefault(fitting.ecr_repository_prefix, fitting)  # guard: F18
    return list(kept.values())


def _went_since(
    asked_at: datetime | None,
    rule: Rule,
    known: Mapping[tuple[Target, str], LastKnownRule],
    target: Target,
) -> bool:
    """Whether the rule was deleted after AWS was asked for the list that still has it."""
    before = known.get((target, rule.ecr_repository_prefix))
    if asked_at is None or before is None or before.gone_since is None:
        return False
    return before.gone_since >= asked_at and before.created_at == rule.created_at


def _members(rule: Rule) -> dict[str, Any]:
    """Return the rule's members as column values; an omitted text is empty."""
    members = {name: getattr(rule, name) for name in _FIELDS}
    return {
        name: "" if value is None and not name.endswith("_at") else value
        for name, value in members.items()
    }


def _row(target: Target, rule: Rule, before: LastKnownRule | None, now: datetime) -> LastKnownRule:
    # A rule that was created again with a known prefix is another rule.
    same = before if before and before.created_at == rule.created_at else None
    row = LastKnownRule(
        account_id=target.account_id,
        region=target.region,
        ecr_repository_prefix=rule.ecr_repository_prefix,
        first_seen=same.first_seen if same else now,
        last_seen=now,
        registry_key=_registry_key(rule),
        **_members(rule),
    )
    if same:
        for name in STATUS_FIELDS:
            setattr(row, name, getattr(same, name))
    return row


def _registry_key(rule: Rule) -> str:
    return rule.registry.key if rule.registry else rule.upstream_registry or ""
