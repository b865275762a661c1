"""Schedules on a clock of the test; alerts to a real web server and a real mailbox."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from typing import Any

import boto3
import pytest
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.hook import Hook, listening_hook
from tests.person import REGION, someone
from tests.wizard.conftest import TARGET
from tests.worker import work
from wizard import tasks
from wizard.domain import Rule
from wizard.engine.looking import queue_due_work
from wizard.models import (
    Alert,
    AlertDelivery,
    AuditEvent,
    BulkValidation,
    CredentialExpiry,
    ValidationResult,
    ValidationSchedule,
)
from wizard.services import health, rules, validation
from wizard.services.alerts import delivery as alerts
from wizard.services.bulk_validation import running, starting

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
VALIDATE = "ValidatePullThroughCacheRule"
CANARY = "canary-token-that-nobody-may-see"


def at(**after_noon: float) -> Any:
    """A clock that stands still so long after noon."""
    return lambda: NOON + timedelta(**after_noon)


@pytest.fixture
def ada(aws: FakeAws, db: None) -> User:
    return someone("ada")


def schedule(actor: User, prefix: str = "", every_hours: int | None = 6) -> None:
    health.set_schedule(
        target=TARGET,
        ecr_repository_prefix=prefix,
        every_hours=every_hours,
        actor=actor,
        now=at(),
    )


# --- Stale --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "is_stale"), [(0, False), (24, False), (24.1, True)])
def test_a_result_older_than_a_day_is_stale(hours: float, is_stale: bool) -> None:
    result = ValidationResult(validated_at=NOON)
    assert health.is_stale(result, at(hours=hours)()) is is_stale


# --- Schedules ----------------------------------------------------------------------------------


def test_nothing_runs_by_itself_unless_somebody_asks_for_it(aws: FakeAws, ada: User) -> None:
    assert health.start_due(now=at(days=1000)) == []
    work()
    assert aws.calls() == {}


def test_a_rule_is_validated_when_its_time_has_come(aws: FakeAws, ada: User, quay: str) -> None:
    schedule(ada, quay, every_hours=6)
    assert health.start_due(now=at(hours=5, minutes=59)) == []
    (bulk,) = health.start_due(now=at(hours=6))
    running.run_bulk_validation(bulk_id=bulk.pk)
    result = ValidationResult.objects.get()
    assert (result.ecr_repository_prefix, result.actor) == (quay, ada)
    assert health.start_due(now=at(hours=11)) == []
    assert len(health.start_due(now=at(hours=12))) == 1


def test_a_region_s_schedule_is_for_all_its_rules(ada: User, quay: str) -> None:
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay-2", upstreamRegistryUrl="quay.io"
    )
    schedule(ada, every_hours=24)
    (bulk,) = health.start_due(now=at(days=1))
    running.run_bulk_validation(bulk_id=bulk.pk)
    assert ValidationResult.objects.count() == 2
    assert bulk.schedule is not None


def test_two_who_look_at_the_same_time_start_it_once(ada: User, quay: str) -> None:
    schedule(ada, quay)
    before = ValidationSchedule.objects.get()
    assert len(health.start_due(now=at(hours=6))) == 1
    assert health._start(before, at(hours=6)()) is None
    assert BulkValidation.objects.count() == 1


def test_missed_runs_are_not_made_up_for(ada: User, quay: str) -> None:
    schedule(ada, quay, every_hours=6)
    (bulk,) = health.start_due(now=at(hours=100))
    running.run_bulk_validation(bulk_id=bulk.pk)
    assert health.start_due(now=at(hours=100)) == []
    assert ValidationSchedule.objects.get().next_due_at == at(hours=102)()


def test_a_run_is_left_out_while_the_last_one_goes_on(ada: User, quay: str) -> None:
    schedule(ada, quay, every_hours=6)
    assert len(health.start_due(now=at(hours=6))) == 1
    assert health.start_due(now=at(hours=12)) == []
    assert BulkValidation.objects.count() == 1


def test_switched_off_it_does_not_run_and_its_past_stays(ada: User, quay: str) -> None:
    schedule(ada, quay)
    (bulk,) = health.start_due(now=at(hours=6))
    schedule(ada, quay, every_hours=None)
    assert health.start_due(now=at(days=10)) == []
    bulk.refresh_from_db()
    assert bulk.schedule is None


def test_only_the_intervals_that_exist_can_be_set(ada: User) -> None:
    with pytest.raises(ValueError, match="1"):
        schedule(ada, every_hours=1)


def test_the_worker_starts_what_is_due_and_nothing_before(
    aws: FakeAws, ada: User, quay: str
) -> None:
    schedule(ada, quay)
    for runs in (1, 2):
        ValidationSchedule.objects.update(next_due_at=timezone.now() - timedelta(minutes=1))
        work()
        assert aws.calls()[VALIDATE] == runs
        work()
        assert aws.calls()[VALIDATE] == runs


# --- Tokens that end ----------------------------------------------------------------------------

END = date(2026, 6, 20)


def note(actor: User, expires_on: date | None = END) -> CredentialExpiry | None:
    return health.note_expiry(
        target=TARGET, ecr_repository_prefix="cgr", expires_on=expires_on, actor=actor
    )


@pytest.mark.parametrize(("day", "is_near"), [(12, False), (13, True), (20, True), (30, True)])
def test_a_warning_comes_seven_days_before(day: int, is_near: bool) -> None:
    assert health.is_expiring(END, date(2026, 6, day)) is is_near


def test_people_are_warned_once_of_each_noted_day(ada: User) -> None:
    note(ada)
    assert health.warn_expiring(now=at(days=11)) == 0
    assert health.warn_expiring(now=at(days=12)) == 1
    assert health.warn_expiring(now=at(days=13)) == 0
    note(ada)
    assert health.warn_expiring(now=at(days=14)) == 0
    note(ada, END + timedelta(days=30))
    assert health.warn_expiring(now=at(days=15)) == 0
    assert health.warn_expiring(now=at(days=45)) == 1
    assert [alert.expires_on for alert in Alert.objects.order_by("pk")] == [
        END,
        END + timedelta(days=30),
    ]


def test_each_noted_day_is_in_the_audit_trail_once(ada: User) -> None:
    for expires_on in (END, END, None, None):
        note(ada, expires_on)
    rows = AuditEvent.objects.filter(action="NoteTokenExpiry").order_by("sequence")
    assert [(row.before, row.after) for row in rows] == [
        (None, {"expires_on": str(END)}),
        ({"expires_on": str(END)}, None),
    ]


def test_a_forgotten_day_is_not_warned_of(ada: User) -> None:
    note(ada)
    note(ada, None)
    assert health.warn_expiring(now=at(days=1000)) == 0


# --- When a rule turns --------------------------------------------------------------------------


def add_hub_rule(token: str) -> None:
    value = json.dumps({"username": "demo", "accessToken": token})
    secrets = boto3.client("secretsmanager", region_name=REGION)
    arn = secrets.create_secret(Name="ecr-pullthroughcache/hub", SecretString=value)["ARN"]
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub",
        upstreamRegistryUrl="registry-1.docker.io",
        credentialArn=arn,
    )


def set_token(token: str) -> None:
    value = json.dumps({"username": "demo", "accessToken": token})
    secrets = boto3.client("secretsmanager", region_name=REGION)
    secrets.put_secret_value(SecretId="ecr-pullthroughcache/hub", SecretString=value)


def validate(actor: User, prefix: str = "hub") -> ValidationResult:
    rule = rules.get_rule(target=TARGET, ecr_repository_prefix=prefix)
    return validation.validate_rule(target=TARGET, rule=rule, actor=actor)


def turn_to_failed(actor: User) -> ValidationResult:
    add_hub_rule("demo-access-token")
    assert validate(actor).is_valid
    set_token(CANARY)
    result = validate(actor)
    assert not result.is_valid
    return result


def test_an_alert_is_for_a_turn_and_not_for_a_state(ada: User) -> None:
    add_hub_rule(CANARY)
    validate(ada)
    assert not Alert.objects.exists()  # never valid, so nothing turned
    set_token("demo-access-token")
    validate(ada)
    validate(ada)
    set_token(CANARY)
    validate(ada)
    validate(ada)
    assert [alert.kind for alert in Alert.objects.order_by("pk")] == ["recovered", "failed"]


def test_a_call_that_fails_is_no_turn(aws: FakeAws, ada: User, quay: str) -> None:
    validate(ada, quay)
    aws.refuse(operation=VALIDATE)
    bulk, _ = starting.start_bulk_validation(
        account_id=TARGET.account_id,
        selections=[starting.RuleSelection(region=REGION)],
        actor=ada,
    )
    running.run_bulk_validation(bulk_id=bulk.pk)
    assert not Alert.objects.exists()


# --- E-mail -------------------------------------------------------------------------------------


REFUSED = "The upstream registry refused the credentials"


@pytest.fixture
def mail(settings: Settings, mailoutbox: list[EmailMessage]) -> list[EmailMessage]:
    settings.ALERT_EMAIL = ["team@example.com", "boss@example.com"]
    settings.CONSOLE_URL = "https://ptc.example.com/"
    return mailoutbox


def test_an_e_mail_says_what_where_why_and_leads_to_the_page(
    ada: User, mail: list[EmailMessage]
) -> None:
    result = turn_to_failed(ada)
    assert alerts.deliver_alerts() == 1
    (message,) = mail
    assert message.to == ["team@example.com", "boss@example.com"]
    assert message.subject == f"Validation of rule hub (us-east-2) failed: {REFUSED}"
    for words in (
        "Account: 123456789012",
        "Region: us-east-2",
        "Prefix: hub",
        f"Reason: {REFUSED}",
        f"AWS answered: {result.failure}",
        "with a valid username and access token",
        "https://ptc.example.com/123456789012/us-east-2/rules/hub/details/",
    ):
        assert words in message.body


def test_an_alert_goes_out_once(ada: User, mail: list[EmailMessage]) -> None:
    turn_to_failed(ada)
    alerts.deliver_alerts()
    assert alerts.deliver_alerts() == 0
    assert len(mail) == 1


def test_the_worker_sends_what_a_bulk_validation_found(ada: User, mail: list[EmailMessage]) -> None:
    add_hub_rule("demo-access-token")
    validate(ada)
    set_token(CANARY)
    bulk, _ = starting.start_bulk_validation(
        account_id=TARGET.account_id,
        selections=[starting.RuleSelection(region=REGION)],
        actor=ada,
    )
    tasks.run_bulk_validation.enqueue(str(bulk.pk))
    work()
    assert [message.subject for message in mail] == [
        "Validation of rule hub (us-east-2) failed: The upstream registry refused the credentials"
    ]


def test_the_end_of_a_token_and_a_recovery_have_words_of_their_own(
    ada: User, mail: list[EmailMessage]
) -> None:
    note(ada)
    health.warn_expiring(now=at(days=19))
    add_hub_rule(CANARY)
    validate(ada)
    set_token("demo-access-token")
    validate(ada)
    alerts.deliver_alerts()
    assert [message.subject for message in mail] == [
        "The token of rule cgr (us-east-2) expires on 2026-06-20",
        "Rule hub (us-east-2) is valid again",
    ]


def test_without_channels_alerts_are_kept_and_sent_to_nobody(
    ada: User, mailoutbox: list[EmailMessage]
) -> None:
    turn_to_failed(ada)
    assert alerts.configured_channels() == []
    assert alerts.deliver_alerts() == 0
    assert mailoutbox == []
    assert Alert.objects.count() == 1


def test_a_delivery_that_failed_is_tried_again_by_itself(
    ada: User, mail: list[EmailMessage], settings: Settings, closed_port: int
) -> None:
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed_port
    turn_to_failed(ada)
    work()
    assert AlertDelivery.objects.get().failure == "Connection refused"
    settings.EMAIL_BACKEND = working
    work()
    assert mail == []  # not at once
    AlertDelivery.objects.update(retry_at=timezone.now())
    work()
    assert len(mail) == 1
    queue_due_work()
    assert not DBTaskResult.objects.filter(status="READY").exists()


def test_a_mail_server_that_is_down_is_said_and_tried_again(
    ada: User, mail: list[EmailMessage], settings: Settings, closed_port: int
) -> None:
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed_port
    turn_to_failed(ada)
    assert alerts.deliver_alerts() == 0
    assert AlertDelivery.objects.get().failure == "Connection refused"
    settings.EMAIL_BACKEND = working
    assert alerts.deliver_alerts() == 0  # not at once
    later = timezone.now() + timedelta(minutes=6)
    assert alerts.deliver_alerts(now=lambda: later) == 1
    assert AlertDelivery.objects.get().failure == ""
    assert len(mail) == 1


# --- Webhook ------------------------------------------------------------------------------------


@pytest.fixture
def hook(settings: Settings) -> Iterator[Hook]:
    with listening_hook() as kept:
        settings.ALERT_WEBHOOK_URL = kept.url
        yield kept


@pytest.fixture
def closed_port() -> int:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return server.server_port


def test_a_webhook_gets_the_same_as_json(ada: User, hook: Hook, settings: Settings) -> None:
    settings.CONSOLE_URL = "https://ptc.example.com"
    result = turn_to_failed(ada)
    assert alerts.deliver_alerts() == 1
    (body,) = hook.bodies
    sent = json.loads(body)
    alert = Alert.objects.get()
    assert sent.pop("at") == alert.created_at.isoformat()
    assert sent.pop("id") == str(alert.notice_id)
    assert "valid username and access token" in sent.pop("remedy")
    assert sent == {
        "event": "rule-failed",
        "summary": f"Validation of rule hub (us-east-2) failed: {REFUSED}",
        "account_id": "123456789012",
        "region": "us-east-2",
        "ecr_repository_prefix": "hub",
        "reason": result.failure,
        "reason_title": REFUSED,
        "cures": ["replace-token", "choose-secret", "validate"],
        "expires_on": None,
        "url": "https://ptc.example.com/123456789012/us-east-2/rules/hub/details/",
    }
    assert hook.types == ["application/json"]


def test_no_alert_carries_a_token_or_the_name_of_its_owner(
    ada: User, hook: Hook, mail: list[EmailMessage]
) -> None:
    turn_to_failed(ada)
    alerts.deliver_alerts()
    note(ada)
    health.warn_expiring(now=at(days=19))
    alerts.deliver_alerts()
    sent = "".join(str(message.message()) for message in mail) + b"".join(hook.bodies).decode()
    assert len(hook.bodies) == len(mail) == 2
    assert CANARY not in sent
    assert "demo-access-token" not in sent
    assert "SecretString" not in sent


def test_a_redirect_is_not_followed(ada: User, hook: Hook) -> None:
    hook.status, hook.location = 302, "/elsewhere"
    turn_to_failed(ada)
    assert alerts.deliver_alerts() == 0
    assert hook.paths == ["/services/SECRET-PATH"]
    assert AlertDelivery.objects.get().failure == "HTTP 302"


def test_a_webhook_that_fails_is_logged_without_its_address_and_given_up_at_last(
    ada: User, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    hook.status = 500
    turn_to_failed(ada)
    moments = [timezone.now()]

    def now() -> datetime:
        return moments[-1]

    while alerts.has_due_alerts(now=now):
        assert alerts.deliver_alerts(now=now) == 0
        assert alerts.deliver_alerts(now=now) == 0  # not due
        retry_at = AlertDelivery.objects.get().retry_at
        assert retry_at is not None
        moments.append(retry_at)
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    assert pauses[:2] == [alerts.FIRST_PAUSE, alerts.FIRST_PAUSE * 2]
    assert pauses == sorted(pauses)
    assert sum(pauses, timedelta()) > alerts.WORTH_SENDING
    assert len(hook.bodies) == len(pauses) > 10
    delivery = AlertDelivery.objects.get()
    assert (delivery.failure, delivery.delivered_at) == ("HTTP 500", None)
    assert "An alert was not delivered by webhook: HTTP 500" in caplog.text
    assert "SECRET-PATH" not in caplog.text


def test_a_webhook_that_is_not_there_is_no_trouble(
    ada: User, settings: Settings, closed_port: int
) -> None:
    settings.ALERT_WEBHOOK_URL = f"http://127.0.0.1:{closed_port}/services/SECRET-PATH"
    turn_to_failed(ada)
    assert alerts.deliver_alerts() == 0
    assert AlertDelivery.objects.get().failure == "Connection refused"


def test_one_channel_s_failure_is_not_the_other_s(
    ada: User, hook: Hook, mail: list[EmailMessage]
) -> None:
    hook.status = 500
    turn_to_failed(ada)
    assert alerts.deliver_alerts() == 1
    assert len(mail) == 1
    hook.status = 204
    later = timezone.now() + timedelta(minutes=6)
    assert alerts.deliver_alerts(now=lambda: later) == 1
    assert len(mail) == 1


def test_what_is_older_than_a_day_is_not_sent_any_more(ada: User, hook: Hook) -> None:
    turn_to_failed(ada)
    later = timezone.now() + timedelta(hours=25)
    assert alerts.deliver_alerts(now=lambda: later) == 0
    assert hook.bodies == []


def test_the_history_of_a_rule_has_no_result_of_another(ada: User) -> None:
    """Neither of another prefix nor of another Region, though all were created at once."""
    one = Rule(ecr_repository_prefix="one", upstream_registry_url="quay.io", registry_id="1")
    two, there = replace(one, ecr_repository_prefix="two"), replace(TARGET, region="eu-west-1")
    for target, rule in ((TARGET, one), (TARGET, two), (there, one)):
        trial = validation.Trial(rule=rule, is_valid=True, failure="", duration_ms=1)
        validation.keep_trial(target=target, trial=trial, actor=ada)
    (result,) = validation.history(target=TARGET, rule=one)
    # Of several results of a rule, the last one is shown in lists.
    failed = validation.Trial(rule=one, is_valid=False, failure="no", duration_ms=1)
    last = validation.keep_trial(target=TARGET, trial=failed, actor=ada)
    latest = validation.latest_results(account_id=TARGET.account_id)
    assert latest.of(TARGET, one) == last
    assert [latest.of(*each) is not None for each in ((TARGET, two), (there, one))] == [True, True]
    assert latest.of(there, two) is None
    assert (result.region, result.ecr_repository_prefix) == (REGION, "one")
