"""Deletions of several rules under faults: killed between rules, a lost lease, another rule."""

import signal
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import boto3
import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.deletions import HOME, OTHER, PREFIX, begin, begun, delete, gone, make_rules, states
from tests.faults.addresses import make_rule
from tests.faults.test_batches import no_audit_rows
from tests.person import ACCOUNT, sign_in
from tests.worker import end_of_module, work
from wizard.backend import ecr
from wizard.domain import Role, Rule, Target
from wizard.domain.errors import NotPermitted
from wizard.models import (
    AuditEvent,
    DeletedRule,
    Deletion,
    Grant,
    LastKnownRule,
    OpenChange,
    Rotation,
)
from wizard.services import cut_off, deletions, held, rotations, rules
from wizard.services.deletions import RuleName, reading

CALL = "DeletePullThroughCacheRule"
REGIONS = [HOME, OTHER]


@pytest.fixture
def ada(aws: FakeAws, transactional_db: None) -> User:
    return User.objects.create_superuser("ada")


def delete_and_die(fuse: int, *more: str) -> Deletion:
    """Delete in a process of its own, and be found with the lease run out, as a minute later."""
    assert end_of_module("tests.faults.deleting", str(fuse), *more) == -signal.SIGKILL
    Deletion.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    (found,) = deletions.unsettled_deletions(account_id=ACCOUNT, regions=REGIONS)
    assert found.is_interrupted
    return found


def is_settled() -> bool:
    """Whether neither the rows nor the trail nor the lists have an open change."""
    assert not deletions.unsettled_deletions()
    assert cut_off.list_cut_off(account_id=ACCOUNT, regions=REGIONS) == []
    return not (OpenChange.objects.exists() or DeletedRule.objects.filter(state="running").exists())


# Killed before which audit row or call, and in how many Regions AWS has no rule then.
KILLED = [
    ("1", "", 0),
    ("2", "", 1),
    ("3", "", 1),
    ("4", "", 2),
    ("1", "call", 0),
    ("2", "call", 1),
]


@pytest.mark.promise("F7")
@pytest.mark.parametrize(("fuse", "what", "made"), KILLED)
def test_a_deletion_killed_anywhere_is_read_back_and_retried(
    aws: FakeAws, ada: User, fuse: str, what: str, made: int
) -> None:
    make_rules(*REGIONS)
    deletion = delete_and_die(int(fuse), *filter(None, [what]))
    assert len(gone()) == made
    aws.clear_calls()
    deletions.settle_dead(deletion_id=deletion.pk)
    assert CALL not in aws.calls()
    assert {region for region, state in states(deletion).items() if state == "succeeded"} == gone()
    assert is_settled()
    assert deletions.retry(deletion=deletion, actor=ada)
    assert gone() == set(REGIONS)
    assert aws.calls().get(CALL, 0) == 2 - made
    assert set(states(deletion).values()) == {"succeeded"}
    assert is_settled()


@pytest.mark.promise("F7")
def test_the_worker_reads_back_what_was_cut_off_and_a_person_retries_the_rest(
    aws: FakeAws, ada: User
) -> None:
    make_rules(*REGIONS)
    delete_and_die(2)
    person = sign_in("ada")
    person.open(f"/{ACCOUNT}/operations/")
    assert "Interrupted deletions" in person.text
    assert "Changes without a result" not in person.text
    assert "Interrupted: 0 of 2 rules deleted" in person.text
    person.follow("quay")
    assert "It isn't known whether AWS deleted it" in person.text
    work()
    person.open(person.url)
    assert person.heading == "1 of 2 rules deleted"
    person.press("Retry failed")
    assert person.heading == "2 rules deleted"
    assert gone() == set(REGIONS)
    person.open(f"/{ACCOUNT}/operations/")
    assert "Interrupted deletions" not in person.text
    assert "2 rules deleted" in person.text


@pytest.mark.promise("F7")
def test_a_call_that_was_cut_off_is_listed_once(aws: FakeAws, ada: User) -> None:
    """With the deletion, not among the single changes; if its row is lost, among them."""
    make_rules(*REGIONS)
    delete_and_die(2)
    now = timezone.now() + timedelta(minutes=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wizard.services.cut_off.timezone.now", lambda: now)
        assert cut_off.list_cut_off(account_id=ACCOUNT, regions=REGIONS) == []
        Deletion.objects.all().delete()
        (left,) = cut_off.list_cut_off(account_id=ACCOUNT, regions=REGIONS)
    assert left.subject == PREFIX


@pytest.mark.promise("F7")
def test_what_aws_does_not_tell_stays_open(aws: FakeAws, ada: User) -> None:
    make_rules(*REGIONS)
    deletion = delete_and_die(4)
    aws.refuse(operation="DescribePullThroughCacheRules")
    assert deletions.retry(deletion=deletion, actor=ada)
    aws.clear_faults()
    (found,) = deletions.unsettled_deletions()
    assert list(states(found).values()).count("running") == 1
    assert deletions.retry(deletion=found, actor=ada)
    assert is_settled()


@pytest.mark.promise("F7")
def test_a_process_that_lost_the_lease_deletes_nothing_more(aws: FakeAws, ada: User) -> None:
    make_rules(HOME)
    slow, rows = begun(ada, HOME)
    Deletion.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert held.take(Deletion.objects.get(), actor=ada)
    deletions.delete_all(slow, rows)
    assert gone([HOME]) == set()
    assert Deletion.objects.get().is_running
    assert not OpenChange.objects.exists()


@pytest.mark.promise("F7")
def test_a_late_result_of_a_process_that_lost_the_lease_is_not_written(
    aws: FakeAws, ada: User
) -> None:
    make_rules(HOME)
    slow, rows = begun(ada, HOME)
    aws.hold(operation=CALL)

    def press() -> None:
        try:
            deletions.delete_all(slow, rows)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        pressed = pool.submit(press)
        aws.wait_for_call(CALL)
        Deletion.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert held.take(Deletion.objects.get(), actor=ada)
        aws.release()
        pressed.result()
    assert states(slow) == {HOME: "running"}


@pytest.mark.promise("W1")
def test_a_form_that_is_sent_four_times_at_once_starts_one_deletion(ada: User) -> None:
    make_rules(HOME)
    deletion_id = uuid.uuid4()

    def start(_number: int) -> bool:
        try:
            return begin(ada, HOME, deletion_id=deletion_id) is not None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(start, range(4))) == [False, False, False, True]
    assert DeletedRule.objects.count() == 1


@pytest.mark.promise("B8")
def test_a_region_whose_rows_the_database_refuses_stops_no_other(aws: FakeAws, ada: User) -> None:
    make_rules(*REGIONS)
    with no_audit_rows(f"region = '{OTHER}'"):
        deletion = delete(ada, *REGIONS)
    assert gone() == {HOME}
    assert states(deletion) == {HOME: "succeeded", OTHER: "waiting"}


@pytest.mark.promise("B8")
def test_an_unexpected_exception_about_one_rule_stops_no_other(
    aws: FakeAws, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row does not say that the rule is deleted, and no process holds the deletion."""
    make_rules(HOME, OTHER)
    describe = ecr.describe_rule

    def failing(target: Target, prefix: str) -> Rule:
        if target.region == HOME:
            raise LookupError("of nobody's making")
        return describe(target, prefix)

    monkeypatch.setattr(ecr, "describe_rule", failing)
    deletion = delete(ada, HOME, OTHER)
    assert states(deletion) == {HOME: "waiting", OTHER: "succeeded"}
    deletion.refresh_from_db()
    assert deletion.lease_until is None


@pytest.mark.promise("B12")
def test_a_region_that_does_not_respond_is_not_asked_about_each_rule(
    aws: FakeAws, ada: User
) -> None:
    names = [
        RuleName(target=Target(account_id=ACCOUNT, region=region), ecr_repository_prefix=prefix)
        for region, number in ((HOME, 7), (OTHER, 2))
        for prefix in (f"r{each}" for each in range(number))
    ]
    for name in names:
        make_rule(name.ecr_repository_prefix, region=name.target.region)
    found = deletions.find_rules(names=names).rules
    deletion = deletions.start(
        deletion_id=uuid.uuid4(),
        account_id=ACCOUNT,
        rules=[(name, rule) for name, rule in found if rule is not None],
        actor=ada,
    )
    assert deletion is not None
    aws.unreachable(region=HOME)
    deletions.delete_all(deletion, list(deletion.rules.all()))
    here = list(deletion.rules.filter(region=HOME))
    assert [each.state for each in here] == ["failed"] * 7
    assert sum("Not tried" in str(each.error) for each in here) == 3
    assert set(deletion.rules.filter(region=OTHER).values_list("state", flat=True)) == {"succeeded"}
    aws.clear_faults()
    assert deletions.retry(deletion=deletion, actor=ada)
    assert set(deletion.rules.values_list("state", flat=True)) == {"succeeded"}


def test_the_list_of_deletions_and_rotations_reads_no_more_than_it_shows(ada: User) -> None:
    for _number in range(reading.NEWEST + 2):
        deletion = Deletion.objects.create(account_id=ACCOUNT, actor=ada)
        deletion.rules.create(region=HOME, ecr_repository_prefix=PREFIX)
        rotation = Rotation.objects.create(account_id=ACCOUNT, actor=ada)
        rotation.secrets.create(region=HOME, name="ecr-pullthroughcache/hub", arn="arn")
    with CaptureQueriesContext(connection) as asked:
        found = deletions.newest_deletions(account_id=ACCOUNT, regions=REGIONS)
        assert len(found) == reading.NEWEST
        assert len(rotations.newest_rotations(account_id=ACCOUNT, regions=REGIONS)) > 0
    lists = [each["sql"] for each in asked if "DISTINCT" in each["sql"]]
    assert len(lists) == 2
    assert all("LIMIT" in each for each in lists)


@pytest.mark.promise("F22")
def test_a_rule_that_was_created_since_is_not_deleted(aws: FakeAws, ada: User) -> None:
    """Somebody replaced the rule between the confirmation and the call, or before a retry."""
    make_rules(HOME)
    deletion, rows = begun(ada, HOME)
    client = boto3.client("ecr", region_name=HOME)
    client.delete_pull_through_cache_rule(ecrRepositoryPrefix=PREFIX)
    make_rule(PREFIX, "registry.k8s.io")
    deletions.delete_all(deletion, rows)
    assert deletions.retry(deletion=deletion, actor=ada)
    assert gone([HOME]) == set()
    (row,) = deletion.rules.all()
    assert (row.state, type(row.error).__name__) == ("failed", "OtherRule")
    client.delete_pull_through_cache_rule(ecrRepositoryPrefix=PREFIX)
    assert deletions.retry(deletion=deletion, actor=ada)
    assert states(deletion) == {HOME: "absent"}


@pytest.mark.promise("Z2")
def test_a_role_that_is_removed_meanwhile_ends_the_deletion(aws: FakeAws, ada: User) -> None:
    make_rules(*REGIONS)
    bob = User.objects.create_user("bob")
    Grant.objects.create(user=bob, role=Role.OPERATOR, account_id=ACCOUNT)
    deletion, rows = begun(bob, *REGIONS)
    Grant.objects.filter(user=bob).update(region=HOME)
    deletions.delete_all(deletion, rows)
    assert gone() == {HOME}
    assert type(DeletedRule.objects.get(region=OTHER).error).__name__ == "RoleWithdrawn"
    # A retry of the same person leaves that Region alone; one of another person does not.
    tried_at = DeletedRule.objects.get(region=OTHER).finished_at
    assert deletions.retry(deletion=deletion, actor=User.objects.get(username="bob"))
    assert gone() == {HOME}
    assert DeletedRule.objects.get(region=OTHER).finished_at == tried_at
    assert deletions.retry(deletion=deletion, actor=ada)
    assert gone() == set(REGIONS)


@pytest.mark.promise("Z2")
def test_a_deletion_in_a_region_without_the_role_is_not_started(aws: FakeAws, ada: User) -> None:
    make_rules(*REGIONS)
    bob = User.objects.create_user("bob")
    Grant.objects.create(user=bob, role=Role.OPERATOR, account_id=ACCOUNT, region=HOME)
    with pytest.raises(NotPermitted):
        begin(bob, *REGIONS)
    assert not Deletion.objects.exists()


@pytest.mark.promise("C3")
def test_rules_that_are_deleted_together_do_not_reappear_in_the_list(
    aws: FakeAws, ada: User
) -> None:
    make_rules(*REGIONS)
    for region in REGIONS:
        rules.read_rules(target=Target(account_id=ACCOUNT, region=region))
    assert LastKnownRule.objects.count() == 2
    delete(ada, *REGIONS)
    assert not LastKnownRule.objects.filter(gone_since__isnull=True).exists()


@pytest.mark.promise("D1")
def test_the_trail_says_who_deleted_which_rule_where_with_the_request_id_of_aws(
    aws: FakeAws, ada: User
) -> None:
    make_rules(*REGIONS)
    person = sign_in("ada")
    data = {
        "rule": [f"{region}/{PREFIX}" for region in REGIONS],
        "confirmation": "confirm",
        "csrfmiddlewaretoken": "",
    }
    person.open_rules()
    data["csrfmiddlewaretoken"] = person.csrf_token
    person.arrive(person.client.post(f"/{ACCOUNT}/rules/delete/", data, follow=True))
    assert person.heading == "2 rules deleted"
    events = AuditEvent.objects.filter(action=CALL)
    intents, results = events.filter(phase="intent"), events.filter(phase="result")
    assert {each.region: each.username for each in intents} == dict.fromkeys(REGIONS, "ada")
    assert {each.subject for each in events} == {PREFIX}
    assert all(each.before["upstream_registry_url"] == "quay.io" for each in intents)
    assert {each.outcome for each in results} == {"succeeded"}
    ids = [request_id for each in results for request_id in each.request_ids]
    assert len(set(ids)) == 2
    assert set(DeletedRule.objects.values_list("event_id", flat=True)) == {
        each.event_id for each in intents
    }
