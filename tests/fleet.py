"""Accounts and their rules as last read, for tests and measurements of the fleet's pages."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from wizard.models import Account, LastKnownRule, RegionReading, RuleStatus
from wizard.services.rule_numbers import mend_numbers

# The prefix, the key and the URL of each rule of a Region, repeated with a number behind it.
UPSTREAMS: Final = (
    ("docker-hub", "docker-hub", "registry-1.docker.io"),
    ("quay", "quay", "quay.io"),
    ("github", "github-container-registry", "ghcr.io"),
    ("kubernetes", "k8s", "registry.k8s.io"),
    ("ecr-public", "ecr-public", "public.ecr.aws"),
)
REGIONS: Final = ("us-east-1", "us-east-2", "eu-central-1", "eu-west-1")
FAILURES: Final = (
    ("login-refused", "The upstream registry refused the login: it answered HTTP 401."),
    ("secret-missing", "The secret specified in the rule was not found."),
)


def account_id(number: int) -> str:
    return f"{100_000_000_000 + number}"


def furnish_fleet(*, accounts: int, regions: int = 1, rules: int = 2) -> None:
    """Make accounts, of which each tenth has no row and each third another owner.

    Each seventh rule failed and each fifth was not validated.
    """
    Account.objects.bulk_create(
        Account(
            account_id=account_id(number),
            alias=f"team-{number}",
            owner=f"Owner {number % 3}",
            role_arn=f"arn:aws:iam::{account_id(number)}:role/PtcConsole",
        )
        for number in range(accounts)
        if number % 10 != 9
    )
    now = timezone.now()
    RegionReading.objects.bulk_create(
        [
            RegionReading(
                account_id=account_id(number), region=region, read_at=now - _age_of(number)
            )
            for number in range(accounts)
            for region in REGIONS[:regions]
        ],
        batch_size=5000,
    )
    batch = []
    for row in _rows(accounts, regions, rules):
        batch.append(row)
        if len(batch) == 5000:
            LastKnownRule.objects.bulk_create(batch)
            batch = []
    LastKnownRule.objects.bulk_create(batch)
    mend_numbers()


def _age_of(number: int) -> timedelta:
    return timedelta(days=2) if number % 20 == 0 else timedelta(minutes=number % 30)


def _rows(accounts: int, regions: int, rules: int) -> Iterator[LastKnownRule]:
    now = timezone.now()
    serial = 0
    for number in range(accounts):
        for region in REGIONS[:regions]:
            for place in range(rules):
                serial += 1
                yield _row(number, region, place, serial, now - _age_of(number))


def _row(number: int, region: str, place: int, serial: int, read_at: datetime) -> LastKnownRule:
    prefix, key, url = UPSTREAMS[place % len(UPSTREAMS)]
    status, reason, failure = RuleStatus.VALID, "", ""
    if serial % 7 == 0:
        status = RuleStatus.FAILED
        reason, failure = FAILURES[serial % len(FAILURES)]
    elif serial % 5 == 0:
        status = RuleStatus.NOT_VALIDATED
    return LastKnownRule(
        account_id=account_id(number),
        region=region,
        ecr_repository_prefix=prefix if place < len(UPSTREAMS) else f"{prefix}-{place}",
        upstream_registry=key,
        registry_key=key,
        upstream_registry_url=url,
        first_seen=read_at,
        last_seen=read_at,
        created_at=read_at,
        status=status,
        validated_at=None if status == RuleStatus.NOT_VALIDATED else read_at,
        failure_key=reason,
        failure=failure,
    )
