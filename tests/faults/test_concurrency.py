"""Concurrent changes of one rule: no lost updates, and a deleted rule does not come back."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import make_rule, make_secret, prefixes
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import Rule, Target
from wizard.models import AuditEvent, LastKnownRule
from wizard.services import fanout, last_known, rules
from wizard.services.bulk_validation import running, starting

TARGET = Target(account_id=ACCOUNT, region=REGION)
RULES = f"/{ACCOUNT}/{REGION}/rules/"
EDIT = f"{RULES}hub/edit/"
DESCRIBE = "DescribePullThroughCacheRules"
UPDATE = "UpdatePullThroughCacheRule"


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


@pytest.fixture
def arns(aws: FakeAws) -> dict[str, str]:
    """Three secrets by name, and a rule `hub` that uses the first."""
    names = ("first", "second", "third")
    made = {name: make_secret(f"ecr-pullthroughcache/{name}") for name in names}
    make_rule("hub", "registry-1.docker.io", credentialArn=made["first"])
    return made


def rule_now() -> dict[str, str]:
    client = boto3.client("ecr", region_name=REGION)
    answer = client.describe_pull_through_cache_rules(ecrRepositoryPrefixes=["hub"])
    return {name: str(value) for name, value in answer["pullThroughCacheRules"][0].items()}


def change_behind_the_back(arn: str) -> None:
    boto3.client("ecr", region_name=REGION).update_pull_through_cache_rule(
        ecrRepositoryPrefix="hub", credentialArn=arn
    )


def differences(person: Person) -> dict[str, str]:
    rows = person.find('[aria-labelledby="differences-heading"]').select("dl > div")
    return {
        row.select("dt")[0].get_text(strip=True): row.select("dd")[0].get_text(strip=True)
        for row in rows
    }


# --- C1: two edits ------------------------------------------------------------------------------


@pytest.mark.promise("C1")
def test_the_second_of_two_edits_is_a_conflict_that_shows_the_difference(
    aws: FakeAws, person: Person, arns: dict[str, str]
) -> None:
    second = sign_in("grace")
    for editor in (person, second):
        editor.open(EDIT)
    person.select("Secret name", "ecr-pullthroughcache/second")
    person.press("Save changes")
    second.select("Secret name", "ecr-pullthroughcache/third")
    second.press("Save changes")
    assert second.status == 409
    assert differences(second) == {
        "Secret ARN: When you opened it": arns["first"],
        "Secret ARN: now": arns["second"],
        "Secret ARN: your change": arns["third"],
    }
    assert rule_now()["credentialArn"] == arns["second"]
    assert aws.calls()[UPDATE] == 1
    # Whoever has seen it may still want it.
    second.press("Save changes")
    assert rule_now()["credentialArn"] == arns["third"]


@pytest.mark.promise("C1")
def test_a_rule_made_anew_with_another_upstream_is_a_conflict_too(
    aws: FakeAws, person: Person, arns: dict[str, str]
) -> None:
    person.open(EDIT)
    client = boto3.client("ecr", region_name=REGION)
    client.delete_pull_through_cache_rule(ecrRepositoryPrefix="hub")
    make_rule("hub", "ghcr.io", credentialArn=arns["first"])
    person.select("Secret name", "ecr-pullthroughcache/third")
    person.press("Save changes")
    assert person.status == 409
    told = differences(person)
    assert told["Upstream URL: When you opened it"] == "registry-1.docker.io"
    assert told["Upstream URL: now"] == "ghcr.io"
    assert UPDATE not in aws.calls()


@pytest.mark.promise("C1")
@pytest.mark.parametrize("seen", ["nonsense", "[]", '"text"', "[" * 100_000, "1" * 5000, "{}"])
def test_what_was_seen_may_be_anything_and_is_still_no_rule(
    aws: FakeAws, person: Person, arns: dict[str, str], seen: str
) -> None:
    person.open(EDIT)
    data = {"arn": arns["second"], "seen": seen, "csrfmiddlewaretoken": person.csrf_token}
    person.arrive(person.client.post(EDIT, data))
    assert person.status == 409
    assert differences(person)["Secret ARN: now"] == arns["first"]
    assert UPDATE not in aws.calls()


@pytest.fixture
def another_thread() -> Iterator[ThreadPoolExecutor]:
    """One more thread, whose connection to the database goes with it."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        yield pool
        pool.submit(lambda: connection.close()).result()


@pytest.mark.promise("C1")
@pytest.mark.django_db(transaction=True)
def test_a_change_between_the_form_and_the_call_is_noticed(
    aws: FakeAws, arns: dict[str, str], another_thread: ThreadPoolExecutor
) -> None:
    person = sign_in()
    person.open(EDIT)
    person.select("Secret name", "ecr-pullthroughcache/second")
    aws.clear_calls()
    aws.hold(operation="ListSecrets", times=1)
    saved: Future[None] = another_thread.submit(person.press, "Save changes")
    aws.wait_for_call("ListSecrets")
    # The form was compared with the rule already, or is just about to be with what it was.
    change_behind_the_back(arns["third"])
    aws.release()
    saved.result()
    assert person.status == 409
    assert differences(person)["Secret ARN: now"] == arns["third"]
    assert rule_now()["credentialArn"] == arns["third"]


@pytest.mark.promise("C1")
@pytest.mark.django_db(transaction=True)
def test_a_change_that_cannot_be_read_back_is_told_as_made_and_not_as_somebody_else_s(
    aws: FakeAws, arns: dict[str, str], another_thread: ThreadPoolExecutor
) -> None:
    person = sign_in()
    person.open(EDIT)
    person.select("Secret name", "ecr-pullthroughcache/second")
    aws.hold(operation=UPDATE, times=1)
    saved: Future[None] = another_thread.submit(person.press, "Save changes")
    aws.wait_for_call(UPDATE)
    aws.refuse(operation=DESCRIBE, times=1)
    aws.release()
    saved.result()
    told = person.find(".flash-success").get_text()
    assert (
        "Updated rule hub (us-east-2), but the console couldn't read its current state from AWS."
        " No access"
    ) in told
    assert person.status == 200
    assert rule_now()["credentialArn"] == arns["second"]
    results = AuditEvent.objects.filter(action=UPDATE, phase="result")
    assert [result.outcome for result in results] == ["succeeded"]


# --- C3: what is gone ---------------------------------------------------------------------------


@pytest.mark.promise("C3")
@pytest.mark.django_db(transaction=True)
def test_refresh_during_a_deletion_leaves_no_ghost(
    aws: FakeAws, another_thread: ThreadPoolExecutor
) -> None:
    make_rule("quay")
    person, other = sign_in(), sign_in("grace")
    other.open_rules()
    person.open(f"{RULES}quay/delete/")
    person.fill('To confirm this deletion, type "confirm".', "confirm")
    aws.hold(operation="DeletePullThroughCacheRule", times=1)
    deleted: Future[None] = another_thread.submit(person.press, "Delete")
    aws.wait_for_call("DeletePullThroughCacheRule")
    other.open_rules()
    assert other.find("tbody th").get_text(strip=True) == "quay"
    aws.release()
    deleted.result()
    other.open_rules()
    assert other.page.select("tbody th") == []
    assert remembered() == []


@pytest.mark.promise("C3")
def test_a_page_that_was_read_before_and_ends_after_brings_nothing_back(
    aws: FakeAws, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 60)
    make_rule("quay")
    make_rule("kubernetes", "registry.k8s.io")
    answer = person.client.get(f"/{ACCOUNT}/rules/")
    chunks = iter(answer)
    for chunk in chunks:
        if b"region-us-east-2" in chunk and b"quay" in chunk:
            break
    delete(sign_in("grace"), "quay")
    answered = b"".join(chunks)
    assert b"</html>" in answered
    assert prefixes() == ["kubernetes"]
    assert remembered() == ["kubernetes"]
    aws.refuse(operation=DESCRIBE)
    person.open(f"/{ACCOUNT}/rules/")
    assert "kubernetes" in person.text
    assert "quay" not in person.find("main").get_text()


@pytest.mark.promise("C3")
def test_a_bulk_validation_that_listed_a_rule_before_it_went_brings_it_not_back(
    aws: FakeAws, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_rule("quay")
    settle = running._settle

    def settle_late(*words: Any) -> Any:
        if prefixes():
            rules.delete_rule(target=TARGET, ecr_repository_prefix="quay")
        return settle(*words)

    monkeypatch.setattr(running, "_settle", settle_late)
    selections = [starting.RuleSelection(region=REGION)]
    bulk, _is_new = starting.start_bulk_validation(
        account_id=ACCOUNT, selections=selections, actor=User.objects.get()
    )
    running.run_bulk_validation(bulk_id=bulk.pk)
    assert prefixes() == remembered() == []


@pytest.mark.promise("C3")
def test_a_rule_that_no_list_had_yet_does_not_come_back_either(
    aws: FakeAws, person: Person
) -> None:
    make_rule("quay")
    reading = rules.read_everywhere(targets=[TARGET])
    (rule,) = next(reading).value or []
    assert not LastKnownRule.objects.exists()
    rules.delete_rule(target=TARGET, ecr_repository_prefix="quay")
    assert list(reading) == []
    assert remembered() == []
    assert rule.ecr_repository_prefix == "quay"


@pytest.mark.promise("C3")
def test_a_rule_that_a_list_had_before_does_not_come_back_either(
    aws: FakeAws, person: Person
) -> None:
    make_rule("quay")
    person.open_rules()
    assert remembered() == ["quay"]
    LastKnownRule.objects.update(last_seen=timezone.now() - timedelta(hours=1))
    reading = rules.read_everywhere(targets=[TARGET])
    assert next(reading).value
    rules.delete_rule(target=TARGET, ecr_repository_prefix="quay")
    assert list(reading) == []
    assert remembered() == []


@pytest.mark.promise("C3")
def test_an_older_list_that_is_stored_later_brings_back_nothing_of_a_rule(db: None) -> None:
    newer = timezone.now()
    rule = Rule(ecr_repository_prefix="quay", upstream_registry_url="quay.io", registry_id="1")
    for asked_at, arn in ((newer, "arn:new"), (newer - timedelta(seconds=1), "arn:deleted")):
        told = replace(rule, credential_arn=arn)
        last_known.remember_rules(target=TARGET, rules=[told], asked_at=asked_at)
    assert LastKnownRule.objects.get().credential_arn == "arn:new"


@pytest.mark.promise("C3")
def test_a_rule_that_was_made_anew_is_no_ghost(aws: FakeAws, person: Person) -> None:
    make_rule("quay")
    person.open_rules()
    delete(person, "quay")
    make_rule("quay")
    person.open_rules()
    assert remembered() == ["quay"]


def delete(person: Person, prefix: str) -> None:
    person.open(f"{RULES}{prefix}/delete/")
    person.fill('To confirm this deletion, type "confirm".', "confirm")
    person.press("Delete")


def remembered() -> list[str]:
    """What the console would show of the Region if it did not answer."""
    snapshot = last_known.last_known(account_id=ACCOUNT).get(REGION)
    return [rule.ecr_repository_prefix for rule in snapshot.rules] if snapshot else []
