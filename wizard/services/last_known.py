"""The console's memory of rules: written whenever a Region's list was read whole."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from wizard.domain.regions import Target
from wizard.domain.rules import Rule
from wizard.models import LastKnownRule, RegionReading


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The rules of one Region as last read; `read_at` is None when they never were."""

    target: Target
    rules: list[Rule]
    read_at: datetime | None


def remember_rules(
    *, target: Target, rules: Iterable[Rule], asked_at: datetime | None = None
) -> None:
    """Keep a Region's complete list: new rules are first seen now, missing ones gone since now.

    `asked_at` is when AWS was asked: a rule that went since then stays gone, though listed.
    """
    remember_everywhere({target: list(rules)}, asked_at=asked_at)


def remember_everywhere(
    read: Mapping[Target, list[Rule]], *, asked_at: datetime | None = None
) -> None:
    """Keep the complete lists of many Regions, in one transaction."""
    if not read:
        return
    now = timezone.now()
    places = reduce(or_, (Q(account_id=to.account_id, region=to.region) for to in read))
    with transaction.atomic():
        rows = list(LastKnownRule.objects.filter(places))
        known = {(row.target, row.ecr_repository_prefix): row for row in rows}
        listed = [
            _row(target, rule, known.get((target, rule.ecr_repository_prefix)), now)
            for target, rules in sorted(
                read.items()
            )  # one order, or two writers could block each other
            for rule in rules
            if not _went_since(asked_at, rule, known, target)  # guard: C3
        ]
        LastKnownRule.objects.bulk_create(
            listed,
            update_conflicts=True,
            unique_fields=["account_id", "region", "ecr_repository_prefix"],
            update_fields=[*_FIELDS, "first_seen", "last_seen", "gone_since"],
        )
        present = {(row.target, row.ecr_repository_prefix) for row in listed}
        gone = [row.pk for key, row in known.items() if key not in present and not row.gone_since]
        LastKnownRule.objects.filter(pk__in=gone).update(gone_since=now)
        RegionReading.objects.bulk_create(
            [
                RegionReading(account_id=to.account_id, region=to.region, read_at=now)
                for to in sorted(read)
            ],
            update_conflicts=True,
            unique_fields=["account_id", "region"],
            update_fields=["read_at"],
        )


def last_known(*, account_id: str) -> dict[str, Snapshot]:
    """What is remembered of every Region of an account, by Region code."""
    rules: dict[str, list[Rule]] = {}
    rows = LastKnownRule.objects.filter(account_id=account_id, gone_since__isnull=True)
    for row in rows:
        rules.setdefault(row.region, []).append(row.rule)
    readings = RegionReading.objects.filter(account_id=account_id)
    return {
        reading.region: Snapshot(
            target=Target(account_id=account_id, region=reading.region),
            rules=rules.get(reading.region, []),
            read_at=reading.read_at,
        )
        for reading in readings
    }


def known_accounts() -> list[str]:
    """The accounts that the console has read rules of."""
    found = RegionReading.objects.values_list("account_id", flat=True)
    return list(found.order_by("account_id").distinct())


def forget_rule(*, target: Target, rule: Rule) -> None:
    """Mark a rule gone that was just deleted, also one that no list had yet."""
    now = timezone.now()
    row = _row(target, rule, None, now)
    row.gone_since = now
    LastKnownRule.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["account_id", "region", "ecr_repository_prefix"],
        update_fields=["created_at", "gone_since"],
    )


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


_FIELDS = (
    "upstream_registry_url",
    "upstream_registry",
    "upstream_repository_prefix",
    "credential_arn",
    "custom_role_arn",
    "created_at",
    "updated_at",
)


def _row(target: Target, rule: Rule, before: LastKnownRule | None, now: datetime) -> LastKnownRule:
    # A rule made anew under a known prefix is another rule.
    is_same = before is not None and before.created_at == rule.created_at
    members: dict[str, Any] = asdict(rule)
    fields = {name: members[name] for name in _FIELDS}
    for name, value in fields.items():
        if value is None and not name.endswith("_at"):
            fields[name] = ""
    return LastKnownRule(
        account_id=target.account_id,
        region=target.region,
        ecr_repository_prefix=rule.ecr_repository_prefix,
        first_seen=before.first_seen if before and is_same else now,
        last_seen=now,
        **fields,
    )
