"""Operations that AWS refuses temporarily: the background continues them without the credential."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import boto3
import botocore.endpoint
import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.drafts import CREDENTIAL, PREFIX, confirm, docker_hub
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.worker import work
from wizard import tasks
from wizard.backend import clients
from wizard.domain import AwsAction, NewRule
from wizard.domain.errors import RoleWithdrawn, SecretNotFound, Throttled
from wizard.engine.looking import queue_due_work
from wizard.models import AuditEvent, Grant, Operation, OperationState, OperationStep
from wizard.services import new_secrets
from wizard.services.operations import (
    batches,
    calls,
    journal,
    leases,
    lookups,
    recovery,
    running,
)

CREATE_RULE = "CreatePullThroughCacheRule"
ELSEWHERE = "eu-west-1"
# botocore sends a throttled call three times.
ONE_CALL = 3


@pytest.fixture
def actor(db: None) -> User:
    user = User.objects.create_user("ada")
    Grant.objects.create(user=user, role="operator")
    return user


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither botocore nor the console waits between attempts.

    A client has a quota of retries, of which earlier tests may have left nothing.
    """
    clients.forget()
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))
    monkeypatch.setattr(calls, "wait", lambda _seconds: None)


def prefixes(region: str = REGION) -> list[str]:
    answer = boto3.client("ecr", region_name=region).describe_pull_through_cache_rules()
    return [rule["ecrRepositoryPrefix"] for rule in answer["pullThroughCacheRules"]]


def create(actor: User) -> Operation:
    """A rule and its secret, as the confirming request makes it and leaves it."""
    creation = confirm(docker_hub(), credential=CREDENTIAL, actor=actor)
    tasks.finish_in_background(creation.operation.batch_id)
    return creation.operation


def be_due() -> None:
    """The moment has come for everything that is queued."""
    past = timezone.now() - timedelta(seconds=1)
    DBTaskResult.objects.update(run_after=past)
    Operation.objects.filter(state=OperationState.WAITING).update(next_try_at=past)


def finish() -> None:
    """The worker comes back while ECR does not see the new secret yet."""
    for _time in range(3):
        be_due()
        work()


def let_time_pass(operation: Operation, passed: timedelta) -> None:
    """Shift everything that the operation did into the past."""
    operation.refresh_from_db()
    assert operation.waiting_since is not None
    leases.note(operation, waiting_since=operation.waiting_since - passed)
    for step in operation.steps.all():
        if step.finished_at is not None:
            step.finished_at -= passed
            step.save()


@pytest.mark.promise("F1")
def test_a_throttled_region_is_finished_by_the_worker(aws: FakeAws, actor: User) -> None:
    aws.throttle(operation=CREATE_RULE, times=ONE_CALL)
    operation = create(actor)
    assert operation.state == OperationState.WAITING
    assert prefixes() == []
    work()  # not yet: its moment has not come
    operation.refresh_from_db()
    assert operation.state == OperationState.WAITING
    finish()
    operation.refresh_from_db()
    assert operation.state == OperationState.SUCCEEDED
    assert prefixes() == [PREFIX]
    assert aws.calls()["CreateSecret"] == 1


@pytest.mark.promise("F1", "F6")
def test_of_many_regions_only_the_throttled_one_waits(
    aws: FakeAws, transactional_db: None, actor: User
) -> None:
    aws.throttle(operation=CREATE_RULE, region=ELSEWHERE, times=ONE_CALL)
    creation = confirm(docker_hub(), regions=[ELSEWHERE], credential=CREDENTIAL, actor=actor)
    states = dict(Operation.objects.values_list("region", "state"))
    assert states == {REGION: "succeeded", ELSEWHERE: "waiting"}
    assert tasks.finish_in_background(creation.operation.batch_id) == 1
    finish()
    assert prefixes(ELSEWHERE) == [PREFIX]


@pytest.mark.promise("F1")
def test_the_background_comes_back_ever_later_and_gives_up_in_the_end(
    aws: FakeAws, actor: User
) -> None:
    aws.throttle(operation=CREATE_RULE)
    operation = create(actor)
    passed, pauses = timedelta(), []
    while operation.state == OperationState.WAITING:
        assert operation.next_try_at is not None
        pauses.append(operation.next_try_at - timezone.now())
        passed += timedelta(minutes=1)
        assert passed < timedelta(hours=1)
        let_time_pass(operation, timedelta(minutes=1))
        be_due()
        work()
        operation.refresh_from_db()
    assert pauses[0] <= leases.SOONEST < pauses[1] <= leases.LATEST
    assert operation.state == OperationState.FAILED
    assert isinstance(operation.steps.last().error, Throttled)  # type: ignore[union-attr]
    assert passed >= running.BACKGROUND_LIMIT
    assert not DBTaskResult.objects.filter(status="READY").exists()
    # It is a person's turn again, from the beginning.
    assert leases.take(operation, actor=actor)
    assert operation.waiting_since is None


def test_who_has_lost_the_lease_writes_nothing_into_the_journal(aws: FakeAws, actor: User) -> None:
    aws.throttle(operation=CREATE_RULE)
    slow = create(actor)
    steps = slow.steps.count()
    leases.note(slow, lease_until=timezone.now() - timedelta(seconds=1))
    assert leases.take(Operation.objects.get(), actor=actor)
    refused = RoleWithdrawn(region=slow.region)
    with pytest.raises(leases.LeaseLost):
        journal.end_without_call(slow, AwsAction.CREATE_RULE, "quay", refused)
    assert slow.steps.count() == steps


@pytest.mark.promise("F9")
def test_a_new_secret_that_ecr_does_not_see_in_time_is_waited_for_in_the_background(
    aws: FakeAws, actor: User
) -> None:
    aws.hide_new_secrets(times=len(new_secrets.WAITS) + 2)
    operation = create(actor)
    assert operation.state == OperationState.WAITING
    be_due()
    work()
    operation.refresh_from_db()
    # The worker does not sit and wait; it comes back.
    assert operation.state == OperationState.WAITING
    assert aws.calls()[CREATE_RULE] == len(new_secrets.WAITS) + 2
    be_due()
    work()
    operation.refresh_from_db()
    assert operation.state == OperationState.SUCCEEDED
    assert aws.calls()["CreateSecret"] == 1


@pytest.mark.promise("F9")
def test_a_secret_older_than_a_minute_is_not_waited_for_any_longer(
    aws: FakeAws, actor: User
) -> None:
    aws.hide_new_secrets(times=99)
    operation = create(actor)
    let_time_pass(operation, new_secrets.FRESH)
    aws.pass_time(new_secrets.FRESH.total_seconds())
    be_due()
    work()
    operation.refresh_from_db()
    assert operation.state == OperationState.FAILED
    assert isinstance(operation.steps.last().error, SecretNotFound)  # type: ignore[union-attr]


@pytest.mark.promise("F1")
def test_a_rule_in_anothers_place_is_not_left_open(aws: FakeAws, actor: User) -> None:
    """Nothing would answer under the prefix meanwhile; the old rule comes back at once."""
    old = NewRule(ecr_repository_prefix=PREFIX, upstream_registry_url="quay.io")
    boto3.client("ecr").create_pull_through_cache_rule(
        ecrRepositoryPrefix=PREFIX, upstreamRegistryUrl="quay.io"
    )
    aws.throttle(operation=CREATE_RULE, times=ONE_CALL)
    creation = confirm(replace(docker_hub(), replaces=old), credential=CREDENTIAL, actor=actor)
    assert isinstance(creation.error, Throttled)
    assert creation.operation.state == OperationState.FAILED
    assert prefixes() == [PREFIX]


@pytest.mark.promise("W9")
def test_who_lost_the_role_meanwhile_changes_nothing_any_more(aws: FakeAws, actor: User) -> None:
    aws.throttle(operation=CREATE_RULE, times=ONE_CALL)
    operation = create(actor)
    Grant.objects.all().delete()
    be_due()
    work()
    operation.refresh_from_db()
    assert operation.state == OperationState.FAILED
    assert prefixes() == []


def fail_and_retry(aws: FakeAws, actor: User, other: User) -> Operation:
    """Somebody else retries what failed, and AWS is too busy for it."""
    aws.refuse(operation=CREATE_RULE, times=1)
    operation = create(actor)
    aws.throttle(operation=CREATE_RULE, times=ONE_CALL)
    batches.retry_failed(
        batch_id=operation.batch_id,
        account_id=ACCOUNT,
        regions=[REGION],
        credential=None,
        actor=other,
    )
    tasks.finish_in_background(operation.batch_id)
    operation.refresh_from_db()
    assert operation.state == OperationState.WAITING
    return operation


@pytest.fixture
def bob(actor: User) -> User:
    user = User.objects.create_user("bob")
    Grant.objects.create(user=user, role="operator")
    return user


@pytest.mark.promise("W9", "D1")
def test_the_background_goes_on_as_the_doing_of_whoever_retried(
    aws: FakeAws, actor: User, bob: User
) -> None:
    operation = fail_and_retry(aws, actor, bob)
    User.objects.filter(username="ada").update(is_active=False)
    finish()
    operation.refresh_from_db()
    assert operation.state == OperationState.SUCCEEDED
    row = AuditEvent.objects.filter(action=CREATE_RULE).latest("pk")
    assert (row.username, row.way, row.outcome) == ("bob", "background", "succeeded")


@pytest.mark.promise("W9")
def test_a_retry_of_somebody_who_lost_the_role_changes_nothing_and_says_why(
    aws: FakeAws, actor: User, bob: User
) -> None:
    operation = fail_and_retry(aws, actor, bob)
    Grant.objects.filter(user=bob).delete()
    be_due()
    work()
    operation.refresh_from_db()
    assert operation.state == OperationState.FAILED
    assert prefixes() == []
    assert isinstance(operation.steps.last().error, RoleWithdrawn)  # type: ignore[union-attr]
    row = AuditEvent.objects.filter(action=CREATE_RULE).latest("pk")
    assert (row.username, row.phase, row.outcome) == ("bob", "event", "refused")


@pytest.mark.promise("D1")
def test_the_trail_names_who_confirmed_it_and_that_it_was_in_the_background(
    aws: FakeAws, actor: User
) -> None:
    aws.throttle(operation=CREATE_RULE, times=ONE_CALL)
    create(actor)
    finish()
    row = AuditEvent.objects.filter(action=CREATE_RULE).latest("pk")
    assert (row.username, row.way, row.outcome) == ("ada", "background", "succeeded")


@pytest.mark.promise("F7")
def test_a_lost_task_is_queued_again(aws: FakeAws, actor: User) -> None:
    aws.throttle(operation=CREATE_RULE, times=ONE_CALL)
    operation = create(actor)
    DBTaskResult.objects.all().delete()
    queue_due_work()
    finish()
    operation.refresh_from_db()
    assert operation.state == OperationState.SUCCEEDED


@pytest.mark.promise("F7")
def test_where_no_worker_comes_a_person_completes_it_and_a_late_worker_does_nothing(
    aws: FakeAws, actor: User
) -> None:
    aws.throttle(operation=CREATE_RULE, times=ONE_CALL)
    operation = create(actor)
    assert lookups.interrupted_operations() == []
    leases.note(operation, lease_until=timezone.now() - timedelta(seconds=1))
    assert lookups.interrupted_operations() == [operation]
    creation = recovery.complete(operation=operation, credential=None, actor=actor)
    assert creation.error is None
    steps = OperationStep.objects.count()
    be_due()
    work()
    assert OperationStep.objects.count() == steps
    assert prefixes() == [PREFIX]


@pytest.mark.promise("W1")
def test_of_two_workers_one_goes_on(aws: FakeAws, actor: User) -> None:
    aws.throttle(operation=CREATE_RULE, times=ONE_CALL)
    operation = create(actor)
    be_due()
    assert running.go_on(operation_id=operation.pk) is not None
    assert running.go_on(operation_id=operation.pk) is None
    assert aws.calls()["CreateSecret"] == 1
    assert operation.steps.filter(action=CREATE_RULE).count() == 2


@pytest.mark.promise("W1")
def test_a_task_that_is_queued_twice_tries_once(aws: FakeAws, actor: User) -> None:
    aws.throttle(operation=CREATE_RULE)
    operation = create(actor)
    tasks.finish_in_background(operation.batch_id)
    assert DBTaskResult.objects.count() == 2
    be_due()
    work()
    assert operation.steps.filter(action=CREATE_RULE).count() == 2
    assert DBTaskResult.objects.filter(status="READY").count() == 1


@pytest.mark.promise("S1")
def test_no_task_carries_more_than_an_id(aws: FakeAws, actor: User) -> None:
    aws.throttle(operation=CREATE_RULE, times=ONE_CALL)
    operation = create(actor)
    queued = DBTaskResult.objects.get()
    assert queued.args_kwargs == {"args": [str(operation.pk)], "kwargs": {}}


@pytest.mark.promise("F1")
def test_the_wizard_says_that_nothing_has_to_be_done_and_follows(aws: FakeAws, db: None) -> None:
    person: Person = sign_in()
    aws.throttle(operation=CREATE_RULE, times=ONE_CALL)
    person.open_rules()
    person.press("Add rule")
    person.choose("Quay")
    person.press("Next")
    person.press("Next")
    person.press("Create")
    assert person.heading == "Creating the rule: quay"
    assert "You don't need to do anything." in person.text
    assert person.page.select("#batch[hx-trigger]")
    be_due()
    work()
    person.open(person.url)
    assert person.heading == "Rule created: quay"
    assert not person.page.select("#batch[hx-trigger]")
