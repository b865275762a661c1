"""The health pages: the results of validations, and the settings of the scheduled ones."""

from datetime import timedelta

import boto3
import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.worker import work
from wizard.models import (
    Alert,
    AlertDelivery,
    CredentialExpiry,
    ValidationResult,
    ValidationSchedule,
)

REGION_URL = f"/{ACCOUNT}/{REGION}/health/"
URL = f"/{ACCOUNT}/{REGION}/rules/quay/health/"


def validate(person: Person) -> None:
    person.open_rules()
    person.validate("quay")


def test_a_rule_s_page_has_its_results_newest_first(person: Person, quay: str) -> None:
    person.open(URL)
    assert person.status == 200
    assert person.heading == "Health of quay"
    assert "Not validated yet." in person.text
    validate(person)
    validate(person)
    ValidationResult.objects.filter(pk=ValidationResult.objects.earliest("pk").pk).update(
        is_valid=False, failure="The upstream is away."
    )
    person.open(URL)
    rows = [" ".join(row.get_text(" ").split()) for row in person.page.select("tbody tr")]
    assert len(rows) == 2
    assert "Valid" in rows[0]
    assert "Failed The upstream is away." in rows[1]
    assert all("ada" in row and "ms" in row for row in rows)


def test_an_old_result_is_marked_stale(person: Person, quay: str) -> None:
    validate(person)
    person.open(URL)
    assert "Stale" not in person.text
    ValidationResult.objects.update(validated_at=timezone.now() - timedelta(hours=25))
    for url in (URL, REGION_URL):
        person.open(url)
        assert "Valid Stale" in person.text


@pytest.mark.parametrize("url", [URL, REGION_URL])
def test_a_schedule_is_off_until_it_is_set_and_can_be_switched_off(
    person: Person, quay: str, url: str
) -> None:
    person.open(url)
    assert person.options_of("Automatic validation") == ["Off", "Every 6 hours", "Daily", "Weekly"]
    assert "Next:" not in person.text
    person.select("Automatic validation", "Daily")
    person.press("Save schedule")
    assert person.url == url
    assert "Automatic validation is on." in person.page.get_text()
    assert "Next:" in person.text
    assert "Set by ada" in person.text
    schedule = ValidationSchedule.objects.get()
    assert schedule.every_hours == 24
    assert schedule.ecr_repository_prefix == ("quay" if url == URL else "")
    person.select("Automatic validation", "Off")
    person.press("Save schedule")
    assert not ValidationSchedule.objects.exists()


def test_a_set_schedule_runs_by_itself(aws: FakeAws, person: Person, quay: str) -> None:
    person.open(URL)
    person.select("Automatic validation", "Every 6 hours")
    person.press("Save schedule")
    work()
    assert not ValidationResult.objects.exists()
    ValidationSchedule.objects.update(next_due_at=timezone.now())
    # What stands in the queue for later comes due.
    DBTaskResult.objects.update(run_after=timezone.now())
    work()
    assert ValidationResult.objects.get().is_valid


def test_a_day_before_anybodys_token_is_told_at_its_field(person: Person, quay: str) -> None:
    person.open(URL)
    person.fill("Token expires on", "0001-01-03")
    person.press("Save date")
    assert person.is_refused
    assert person.error_at("Token expires on").startswith("Enter a date of this century")


def test_the_end_of_a_token_is_noted_and_warned_of(person: Person, quay: str) -> None:
    person.open(URL)
    far = timezone.localdate() + timedelta(days=30)
    person.fill("Token expires on", far.isoformat())
    person.press("Save date")
    assert "Saved the expiry date of the token." in person.page.get_text()
    assert "The token expires in 30 days." in person.text
    assert person.value_of("Token expires on") == far.isoformat()
    assert person.page.select(".alert-warning") == []
    near = timezone.localdate() + timedelta(days=7)
    person.fill("Token expires on", near.isoformat())
    person.press("Save date")
    assert "The token expires in 7 days." in person.find(".alert-warning").get_text()
    work()
    assert Alert.objects.get().expires_on == near
    person.open(URL)
    assert "Token expires on" in person.text


@pytest.mark.parametrize(
    ("days", "words"),
    [(1, "expires in 1 day."), (0, "The token expires today."), (-1, "The token has expired.")],
)
def test_the_last_days_have_words_of_their_own(
    person: Person, quay: str, days: int, words: str
) -> None:
    person.open(URL)
    day = timezone.localdate() + timedelta(days=days)
    person.fill("Token expires on", day.isoformat())
    person.press("Save date")
    assert words in person.find(".alert-warning").get_text()


def test_an_empty_date_is_forgotten(person: Person, quay: str) -> None:
    person.open(URL)
    person.fill("Token expires on", "2026-12-31")
    person.press("Save date")
    person.fill("Token expires on", "")
    person.press("Save date")
    assert not CredentialExpiry.objects.exists()


def test_what_is_no_date_is_refused_at_the_field(person: Person, quay: str) -> None:
    person.open(URL)
    person.fill("Token expires on", "soon")
    person.press("Save date")
    assert person.is_refused
    assert "Enter a date as year-month-day" in person.error_at("Token expires on")
    assert not CredentialExpiry.objects.exists()


def test_an_interval_that_is_not_offered_is_refused(person: Person, quay: str) -> None:
    person.open(URL)
    data = {"csrfmiddlewaretoken": person.csrf_token, "form": "schedule", "every_hours": "1"}
    assert person.client.post(URL, data).status_code == 422
    assert not ValidationSchedule.objects.exists()


def test_alerts_are_shown_with_how_they_went(person: Person, quay: str, settings: Settings) -> None:
    alert = Alert.objects.create(
        account_id=ACCOUNT,
        region=REGION,
        ecr_repository_prefix=quay,
        kind="failed",
        reason="The <upstream> is away.",
    )
    AlertDelivery.objects.create(alert=alert, channel="email", delivered_at=timezone.now())
    AlertDelivery.objects.create(alert=alert, channel="webhook", failure="HTTP 500")
    for url in (URL, REGION_URL):
        person.open(url)
        assert "Validation failed: Amazon ECR couldn't validate the rule" in person.text
        assert "The <upstream> is away." in person.text
        assert "email: delivered" in person.text
        assert "webhook: Not delivered: HTTP 500" in person.text
        assert "Alerts aren't sent because the settings" in person.text
    settings.ALERT_WEBHOOK_URL = "https://hooks.example.com/SECRET-PATH"
    person.open(URL)
    assert "Sent by: webhook" in person.text
    assert "SECRET-PATH" not in person.page.get_text()


def test_the_region_s_page_lists_its_rules_as_last_known_and_asks_no_aws(
    aws: FakeAws, person: Person, quay: str
) -> None:
    person.open(REGION_URL)
    assert "The console doesn't know any rules in this Region." in person.text
    validate(person)
    person.open(URL)
    person.fill("Token expires on", timezone.localdate().isoformat())
    person.press("Save date")
    aws.clear_calls()
    person.open(REGION_URL)
    assert "quay Valid" in person.text
    assert "The token expires today." in person.text
    assert aws.calls() == {}
    person.follow("quay")
    assert person.url == URL


def test_rules_with_a_schedule_of_their_own_stand_on_the_region_s_page(
    person: Person, quay: str
) -> None:
    person.open(URL)
    person.select("Automatic validation", "Weekly")
    person.press("Save schedule")
    person.open(REGION_URL)
    assert "Rules with their own schedule quay" in person.text


def test_a_rule_that_does_not_exist_has_no_page(person: Person) -> None:
    person.open(URL)
    assert person.status == 404
    assert "The rule doesn't exist" in person.text


def test_a_region_that_does_not_answer_still_shows_what_is_remembered(
    aws: FakeAws, person: Person, quay: str
) -> None:
    validate(person)
    aws.refuse(operation="DescribePullThroughCacheRules")
    person.open(URL)
    assert person.status == 200
    assert "No access" in person.text
    assert "ada" in person.text


def test_another_person_sees_the_same(person: Person, quay: str) -> None:
    person.open(URL)
    person.select("Automatic validation", "Weekly")
    person.press("Save schedule")
    grace = sign_in("grace")
    grace.open(URL)
    assert "Set by ada" in grace.text


def test_another_account_has_no_page(person: Person, quay: str) -> None:
    for path in (f"/999999999999/{REGION}/health/", f"/999999999999/{REGION}/rules/quay/health/"):
        person.open(path)
        assert person.status == 404


def test_a_prefix_with_slashes_has_its_page(person: Person) -> None:
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="team/quay", upstreamRegistryUrl="quay.io"
    )
    person.open(f"/{ACCOUNT}/{REGION}/rules/team/quay/health/")
    assert person.heading == "Health of team/quay"


def test_the_rules_of_a_region_are_a_table_with_search_and_order(
    aws: FakeAws, person: Person, quay: str
) -> None:
    client = boto3.client("ecr", region_name=REGION)
    for prefix in ("kubernetes", "a-prefix-of-twenty-nine-chars"):
        client.create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix, upstreamRegistryUrl="registry.k8s.io"
        )
    validate(person)
    ValidationResult.objects.update(is_valid=False, failure="The upstream is away.")
    person.open(REGION_URL)
    assert "(3)" in person.find("#rules-heading").get_text()
    person.follow("Status")
    assert [head["aria-sort"] for head in person.page.select("thead th[aria-sort]")] == [
        "none",
        "ascending",
        "none",
        "none",
    ]
    assert person.page.select(".health-table tbody th")[0].get_text(strip=True) == "quay"
    person.fill("Find rules", "AWAY")
    person.press("Apply")
    (row,) = person.page.select(".health-table tbody tr")
    assert row.select("details.status-reason > summary")[0].get_text() == "The upstream is away."
    assert row.select("details.when > summary")[0].get_text() == "Just now"
    assert row.select("details.when > time")


def test_the_last_token_to_expire_is_found_by_the_order(person: Person, quay: str) -> None:
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="kubernetes", upstreamRegistryUrl="registry.k8s.io"
    )
    person.open_rules()
    person.open(URL)
    person.fill("Token expires on", (timezone.localdate() + timedelta(days=3)).isoformat())
    person.press("Save date")
    for order, first in (("token", "kubernetes"), ("-token", "quay")):
        person.open(f"{REGION_URL}?sort={order}")
        assert person.page.select(".health-table tbody th")[0].get_text(strip=True) == first
