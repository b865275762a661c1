"""Validating many rules in the background: once each, with cancellation, crash and resumption."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import boto3
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, someone
from tests.worker import start_worker, work
from wizard import tasks
from wizard.domain import Role
from wizard.domain.errors import (
    AccessDenied,
    BulkValidationNotFound,
    BulkValidationOfAnotherPerson,
    RuleNotFound,
    Throttled,
)
from wizard.engine.looking import queue_due_work
from wizard.models import (
    BulkState,
    BulkValidation,
    BulkValidationItem,
    ItemState,
    LastKnownRule,
    ValidationResult,
)
from wizard.services import places
from wizard.services.bulk_validation.items import items_of
from wizard.services.bulk_validation.reading import get_bulk_validation, progress_of
from wizard.services.bulk_validation.running import run_bulk_validation
from wizard.services.bulk_validation.starting import (
    RuleSelection,
    cancel_bulk_validation,
    start_bulk_validation,
)
from wizard.views.failure_groups import group_failures

ELSEWHERE = "eu-west-1"
VALIDATE = "ValidatePullThroughCacheRule"
LIST = "DescribePullThroughCacheRules"


@pytest.fixture
def ada(aws: FakeAws, db: None) -> User:
    return someone("ada")


def add_rules(count: int, region: str = REGION) -> list[RuleSelection]:
    client = boto3.client("ecr", region_name=region)
    prefixes = [f"quay-{number}" for number in range(count)]
    for prefix in prefixes:
        client.create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix, upstreamRegistryUrl="quay.io"
        )
    client.close()
    return [RuleSelection(region=region, ecr_repository_prefix=prefix) for prefix in prefixes]


def add_hub_rules(*prefixes: str, url: str = "registry-1.docker.io") -> None:
    value = json.dumps({"username": "demo", "accessToken": "wrong"})
    secrets = boto3.client("secretsmanager", region_name=REGION)
    name = f"ecr-pullthroughcache/{prefixes[0]}"
    arn = secrets.create_secret(Name=name, SecretString=value)["ARN"]
    client = boto3.client("ecr", region_name=REGION)
    for prefix in prefixes:
        client.create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix,
            upstreamRegistryUrl=url,
            credentialArn=arn,
        )


def start(actor: User, *selections: RuleSelection) -> BulkValidation:
    bulk, _ = start_bulk_validation(account_id=ACCOUNT, selections=selections, actor=actor)
    return bulk


def run(bulk: BulkValidation) -> bool:
    done = run_bulk_validation(bulk_id=bulk.pk)
    bulk.refresh_from_db()
    return done


@contextmanager
def running(bulk: BulkValidation) -> Iterator[None]:
    """The run in a thread, with a database connection of its own; joined at the end."""

    def target() -> None:
        try:
            run_bulk_validation(bulk_id=bulk.pk, tick_seconds=0.05)
        finally:
            connection.close()

    thread = threading.Thread(target=target)
    thread.start()
    try:
        yield
    finally:
        thread.join(60)
        assert not thread.is_alive()
    bulk.refresh_from_db()


def states(bulk: BulkValidation, region: str = REGION) -> list[str]:
    return sorted(bulk.items.filter(region=region).values_list("state", flat=True))


# --- What is validated --------------------------------------------------------------------------


def test_selected_rules_are_validated_and_no_others(aws: FakeAws, ada: User) -> None:
    selections = add_rules(3)
    bulk = start(ada, *selections[:2])
    assert run(bulk)
    assert bulk.state == BulkState.DONE
    results = ValidationResult.objects.order_by("ecr_repository_prefix")
    assert [result.ecr_repository_prefix for result in results] == ["quay-0", "quay-1"]
    assert all(result.is_valid and result.actor == ada for result in results)
    assert all(result.rule_created_at is not None for result in results)
    assert aws.calls()[VALIDATE] == 2


def test_a_region_means_all_its_rules_and_they_are_remembered(aws: FakeAws, ada: User) -> None:
    add_rules(3)
    add_rules(1, ELSEWHERE)
    bulk = start(ada, RuleSelection(region=REGION))
    run(bulk)
    progress = progress_of(bulk)
    assert (progress.ended, progress.total, progress.valid) == (3, 3, 3)
    assert LastKnownRule.objects.count() == 3
    assert aws.calls()[LIST] == 1


def test_all_regions_are_read_and_every_rule_is_validated(aws: FakeAws, ada: User) -> None:
    add_rules(2)
    add_rules(3, ELSEWHERE)
    everywhere = [RuleSelection(region=region.code) for region in places.list_regions()]
    bulk = start(ada, *everywhere)
    assert progress_of(bulk).unread == 34
    run(bulk)
    progress = progress_of(bulk)
    assert (progress.ended, progress.total, progress.unread) == (5, 5, 0)
    assert aws.calls()[VALIDATE] == 5


def test_a_rule_asked_for_twice_is_validated_once(aws: FakeAws, ada: User) -> None:
    selections = add_rules(2)
    bulk = start(ada, RuleSelection(region=REGION), selections[0], selections[0])
    run(bulk)
    assert aws.calls()[VALIDATE] == 2
    assert progress_of(bulk).total == 2


def test_an_empty_region_is_finished_with_no_rule(ada: User) -> None:
    bulk = start(ada, RuleSelection(region=REGION))
    run(bulk)
    assert bulk.state == BulkState.DONE
    assert progress_of(bulk).total == 0


# --- What fails ---------------------------------------------------------------------------------


def test_a_refused_region_has_an_error_and_the_others_go_on(aws: FakeAws, ada: User) -> None:
    add_rules(2)
    aws.refuse(operation=LIST, region=ELSEWHERE)
    bulk = start(ada, RuleSelection(region=REGION), RuleSelection(region=ELSEWHERE))
    run(bulk)
    progress = progress_of(bulk)
    assert (progress.valid, progress.errors, progress.total) == (2, 1, 3)
    (failure,) = group_failures(items_of(bulk))
    (item,) = failure.items
    assert isinstance(item.error, AccessDenied)
    assert failure.messages == [item.error.message]
    assert [item.region for item in failure.items] == [ELSEWHERE]


def test_throttled_calls_are_errors_and_never_verdicts(aws: FakeAws, ada: User) -> None:
    add_rules(1)
    add_rules(1, ELSEWHERE)
    aws.throttle(operation=VALIDATE, region=ELSEWHERE)
    bulk = start(ada, RuleSelection(region=REGION), RuleSelection(region=ELSEWHERE))
    run(bulk)
    item = bulk.items.get(region=ELSEWHERE, state=ItemState.ERROR)
    assert isinstance(item.error, Throttled)
    assert ValidationResult.objects.get().region == REGION
    assert bulk.state == BulkState.DONE


def test_a_rule_that_is_gone_meanwhile_is_an_error_of_its_own(ada: User) -> None:
    selections = add_rules(1)
    bulk = start(ada, *selections, RuleSelection(region=REGION, ecr_repository_prefix="gone"))
    run(bulk)
    item = bulk.items.get(ecr_repository_prefix="gone")
    assert isinstance(item.error, RuleNotFound)
    assert progress_of(bulk).valid == 1


def test_an_answer_that_nobody_foresaw_does_not_stop_the_others(aws: FakeAws, ada: User) -> None:
    add_rules(1)
    add_rules(1, ELSEWHERE)
    aws.malform_answer(operation=VALIDATE, region=ELSEWHERE)
    bulk = start(ada, RuleSelection(region=REGION), RuleSelection(region=ELSEWHERE))
    run(bulk)
    assert progress_of(bulk).errors == 1
    assert progress_of(bulk).valid == 1


def test_failures_of_one_reason_stand_together_in_aws_s_words(ada: User) -> None:
    for prefix in ("hub-a", "hub-b"):
        add_hub_rules(prefix)
    add_hub_rules("github", url="ghcr.io")
    add_rules(1)
    bulk = start(ada, RuleSelection(region=REGION))
    run(bulk)
    (group,) = group_failures(items_of(bulk))
    assert group.key == "login-refused"
    assert [item.ecr_repository_prefix for item in group.items] == ["github", "hub-a", "hub-b"]
    # One reason, told of two registries: each sentence is AWS's own.
    failures = ValidationResult.objects.filter(is_valid=False)
    assert sorted(group.messages) == sorted(set(failures.values_list("failure", flat=True)))
    assert len(group.messages) == 2


# --- Once ---------------------------------------------------------------------------------------


def test_running_twice_validates_nothing_twice(aws: FakeAws, ada: User) -> None:
    bulk = start(ada, *add_rules(3))
    assert run(bulk)
    assert not run(bulk)
    assert aws.calls()[VALIDATE] == 3
    assert ValidationResult.objects.count() == 3


def test_asking_for_the_same_while_it_is_under_way_finds_it(ada: User) -> None:
    selections = add_rules(2)
    first, is_new = start_bulk_validation(account_id=ACCOUNT, selections=selections, actor=ada)
    again, is_new_again = start_bulk_validation(
        account_id=ACCOUNT, selections=selections[::-1], actor=User.objects.create(username="grace")
    )
    assert (is_new, is_new_again) == (True, False)
    assert again == first
    run(first)
    assert start(ada, *selections) != first


def test_a_second_worker_leaves_alone_what_the_first_holds(aws: FakeAws, ada: User) -> None:
    bulk = start(ada, *add_rules(1))
    soon = timezone.now() + timedelta(seconds=20)
    BulkValidation.objects.update(runner="another", lease_until=soon)
    assert not run(bulk)
    assert VALIDATE not in aws.calls()


def test_what_a_cut_off_worker_left_is_gone_on_with(aws: FakeAws, ada: User) -> None:
    bulk = start(ada, *add_rules(3))
    run(bulk)
    # As a crash leaves it: one done, one under way, one waiting, and a lease that has run out.
    done, under_way, waiting = bulk.items.all()
    for item, state in ((under_way, ItemState.RUNNING), (waiting, ItemState.WAITING)):
        BulkValidationItem.objects.filter(pk=item.pk).update(state=state, result=None)
    BulkValidation.objects.update(
        state=BulkState.RUNNING,
        finished_at=None,
        runner="dead",
        lease_until=timezone.now() - timedelta(seconds=1),
    )
    aws.clear_calls()
    assert run(bulk)
    assert bulk.state == BulkState.DONE
    assert aws.calls()[VALIDATE] == 2
    assert bulk.items.get(pk=done.pk).result == done.result


def test_what_is_unfinished_is_queued_once_and_the_worker_does_it(aws: FakeAws, ada: User) -> None:
    bulk = start(ada, *add_rules(2))
    queue_due_work()
    queue_due_work()
    work()
    bulk.refresh_from_db()
    assert bulk.state == BulkState.DONE
    assert aws.calls()[VALIDATE] == 2


# --- While it runs ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_four_calls_at_once_in_each_region(aws: FakeAws) -> None:
    ada = someone("ada")
    bulk = start(ada, *add_rules(6), *add_rules(6, ELSEWHERE))
    aws.hold(operation=VALIDATE)
    with running(bulk):
        aws.wait_for_call(VALIDATE, count=8)
        assert aws.calls()[VALIDATE] == 8
        for region in (REGION, ELSEWHERE):
            assert states(bulk, region) == [ItemState.RUNNING] * 4 + [ItemState.WAITING] * 2
        bulk.refresh_from_db()
        assert bulk.state == BulkState.RUNNING
        assert progress_of(bulk).is_held
        aws.release()
    assert progress_of(bulk).valid == 12
    assert aws.calls()[VALIDATE] == 12


@pytest.mark.django_db(transaction=True)
def test_cancel_starts_no_more_calls_and_keeps_what_is_under_way(aws: FakeAws) -> None:
    ada = someone("ada")
    bulk = start(ada, *add_rules(6))
    aws.hold(operation=VALIDATE)
    with running(bulk):
        aws.wait_for_call(VALIDATE, count=4)
        cancel_bulk_validation(bulk=bulk, actor=ada)
        bulk.refresh_from_db()
        assert not bulk.is_finished
        aws.release()
    assert bulk.state == BulkState.CANCELLED
    assert states(bulk) == [ItemState.CANCELLED] * 2 + [ItemState.DONE] * 4
    assert aws.calls()[VALIDATE] == 4
    assert ValidationResult.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_who_loses_the_role_meanwhile_has_no_more_calls_made(aws: FakeAws) -> None:
    ada = someone("ada")
    bulk = start(ada, *add_rules(6))
    aws.hold(operation=VALIDATE)
    with running(bulk):
        aws.wait_for_call(VALIDATE, count=4)
        someone("ada", Role.VIEWER)
        aws.release()
    assert bulk.state == BulkState.CANCELLED
    assert states(bulk) == [ItemState.CANCELLED] * 2 + [ItemState.DONE] * 4
    assert aws.calls()[VALIDATE] == 4


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_was_taken_for_dead_writes_nothing_any_more(aws: FakeAws) -> None:
    ada = someone("ada")
    bulk = start(ada, *add_rules(2))
    aws.hold(operation=VALIDATE)
    with running(bulk):
        aws.wait_for_call(VALIDATE, count=2)
        BulkValidation.objects.update(runner="another")
        aws.release()
    assert ValidationResult.objects.count() == 0
    assert not bulk.is_finished


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_is_followed_by_another(aws: FakeAws) -> None:
    ada = someone("ada")
    bulk = start(ada, *add_rules(6))
    tasks.run_bulk_validation.enqueue(str(bulk.pk))
    aws.hold(operation=VALIDATE)
    with start_worker() as worker:
        aws.wait_for_call(VALIDATE, count=4)
        os.kill(worker.pid, signal.SIGKILL)
    aws.release()
    assert states(bulk) == [ItemState.RUNNING] * 4 + [ItemState.WAITING] * 2
    # The 30 seconds of the dead worker's lease, without waiting for them.
    BulkValidation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    with start_worker("--batch") as second:
        output, _ = second.communicate(timeout=60)
    assert second.returncode == 0, output
    bulk.refresh_from_db()
    assert bulk.state == BulkState.DONE
    assert ValidationResult.objects.count() == 6


# --- Who ----------------------------------------------------------------------------------------


def test_only_who_started_it_and_administrators_cancel(ada: User) -> None:
    bulk = start(ada, *add_rules(2))
    with pytest.raises(BulkValidationOfAnotherPerson):
        cancel_bulk_validation(bulk=bulk, actor=User.objects.create(username="grace"))
    assert states(bulk) == [ItemState.WAITING] * 2
    cancel_bulk_validation(bulk=bulk, actor=User.objects.create(username="root", is_superuser=True))
    assert states(bulk) == [ItemState.CANCELLED] * 2


def test_cancelled_before_it_began_it_never_calls_aws(aws: FakeAws, ada: User) -> None:
    bulk = start(ada, *add_rules(2))
    cancel_bulk_validation(bulk=bulk, actor=ada)
    bulk.refresh_from_db()
    assert bulk.state == BulkState.CANCELLED
    assert not run(bulk)
    assert VALIDATE not in aws.calls()


def test_cancelling_what_has_ended_changes_nothing(ada: User) -> None:
    bulk = start(ada, *add_rules(1))
    run(bulk)
    cancel_bulk_validation(bulk=bulk, actor=ada)
    bulk.refresh_from_db()
    assert bulk.state == BulkState.DONE
    assert bulk.cancel_requested_at is None


def test_it_is_found_in_its_own_account_only(ada: User) -> None:
    bulk = start(ada, *add_rules(1))
    assert get_bulk_validation(bulk_id=bulk.pk, account_id=ACCOUNT) == bulk
    with pytest.raises(BulkValidationNotFound):
        get_bulk_validation(bulk_id=bulk.pk, account_id="999999999999")
