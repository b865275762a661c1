"""What tests of sweeps share: sweeps that are on, rules, and an account that is due."""

from datetime import timedelta

import boto3
import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.person import ACCOUNT, REGION
from wizard.models import LastKnownRule, Sweep
from wizard.services import places, sweeps
from wizard.services.sweeps import reading
from wizard.services.sweeps.hanging import HangingRegions

# Reading all of them takes the simulated AWS more than a second.
REGIONS = (REGION, "eu-west-1")


def turn_on(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let accounts be swept, as by a process that has just started and knows its account."""
    settings.SWEEP_MINUTES = 15
    settings.REGIONS_IN_USE = list(REGIONS)
    monkeypatch.setattr(reading, "hanging", HangingRegions())
    places.default_target()


def add_rule(prefix: str, region: str = REGION) -> None:
    boto3.client("ecr", region_name=region).create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl="quay.io"
    )


def due(account_id: str = ACCOUNT) -> Sweep:
    """The account's sweep, which is due from now on."""
    sweeps.update_rows()
    past = timezone.now() - timedelta(seconds=1)
    Sweep.objects.filter(pk=account_id).update(due_at=past, queued_until=None)
    return Sweep.objects.get(pk=account_id)


def known_rules(account_id: str = ACCOUNT) -> set[tuple[str, str]]:
    """Region and prefix of each rule that the account has, as last known."""
    rules = LastKnownRule.objects.filter(account_id=account_id, gone_since=None)
    return set(rules.values_list("region", "ecr_repository_prefix"))
