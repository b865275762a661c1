"""The history of the demo: statuses and operations to look at, on several days, written once."""

import datetime

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from ptcconsole.fakeaws import demo
from ptcconsole.fakeaws.server import FakeAws
from wizard.models import ApiToken, AuditEvent, Operation, ValidationResult

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def history(aws: FakeAws, settings: Settings) -> None:
    demo.seed(aws.url)
    settings.SIMULATED_AWS = True
    call_command("demohistory", "admin")


@pytest.mark.usefixtures("history")
def test_each_demo_rule_has_results_of_several_days() -> None:
    latest = ValidationResult.objects.order_by("-pk")[:19]
    assert {result.is_valid for result in latest} == {True, False}
    days = {timezone.now().date() - result.validated_at.date() for result in _results()}
    assert len(days) == 4
    assert {result.region for result in latest} == {"us-east-2", "eu-west-1", "ap-southeast-2"}


def _results() -> list[ValidationResult]:
    return list(ValidationResult.objects.all())


@pytest.mark.usefixtures("history")
def test_one_operation_failed_and_one_was_interrupted() -> None:
    failed, interrupted = Operation.objects.order_by("region").reverse()
    assert (failed.state, failed.has_orphan) == ("failed", True)
    assert interrupted.is_interrupted


@pytest.mark.usefixtures("history")
def test_a_token_expires_within_days_and_the_audit_trail_is_in_order() -> None:
    assert ApiToken.objects.get().expires_at < timezone.now() + datetime.timedelta(days=4)
    times = AuditEvent.objects.order_by("sequence").values_list("happened_at", flat=True)
    assert list(times) == sorted(times)


@pytest.mark.usefixtures("history")
def test_a_second_call_changes_nothing() -> None:
    before = ValidationResult.objects.count(), AuditEvent.objects.count()
    call_command("demohistory", "admin")
    assert (ValidationResult.objects.count(), AuditEvent.objects.count()) == before


def test_it_is_refused_where_aws_is_not_simulated(settings: Settings) -> None:
    settings.SIMULATED_AWS = False
    with pytest.raises(CommandError, match="not simulated"):
        call_command("demohistory", "admin")
