"""Create in one Region and in many: idempotent, journaled, recoverable after a crash."""

import signal
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.endpoint
import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.drafts import CREDENTIAL, PREFIX, SECRET_NAME, confirm, docker_hub
from tests.wizard.conftest import TARGET
from tests.worker import end_of_module
from wizard.backend import ecr, secretsmanager
from wizard.backend.kept_threads import threads
from wizard.domain import AwsAction, NewRule, RuleDraft, Spread, Step, Target
from wizard.domain.errors import (
    AccessDenied,
    AuditUnavailable,
    NotPermitted,
    OperationNotFound,
    RegionUnreachable,
    RuleAlreadyExists,
    RuleLimitExceeded,
    RuleUnjudged,
    SecretAwaited,
    SecretInUse,
    ServiceFailure,
    Throttled,
    UnexpectedAwsError,
)
from wizard.models import (
    AuditEvent,
    Grant,
    OpenChange,
    Operation,
    OperationState,
    OperationStep,
)
from wizard.services import fanout
from wizard.services import secrets as credentials
from wizard.services.operations import (
    batches,
    calls,
    claims,
    comparing,
    confirming,
    leases,
    lookups,
    plans,
    recovery,
    rule_steps,
    running,
    secret_steps,
)
from wizard.services.operations.running import Creation

FURTHER = ("eu-west-1", "eu-central-1", "us-west-2")


@pytest.fixture
def actor(transactional_db: None) -> User:
    """An operator everywhere."""
    user = User.objects.create_user("ada")
    Grant.objects.create(user=user, role="operator")
    return user


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses of the console, recorded and skipped. botocore's are skipped as well."""
    taken: list[float] = []
    monkeypatch.setattr(calls, "wait", taken.append)
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))
    return taken


def rules_of(region: str = TARGET.region) -> list[dict[str, Any]]:
    answer = boto3.client("ecr", region_name=region).describe_pull_through_cache_rules()
    return [dict(rule) for rule in answer["pullThroughCacheRules"]]


def secrets_of(region: str = TARGET.region) -> list[dict[str, Any]]:
    answer = boto3.client("secretsmanager", region_name=region).list_secrets()
    return [dict(secret) for secret in answer["SecretList"]]


def create(actor: User, *regions: str, spread: Spread = Spread.EACH) -> Creation:
    return confirm(docker_hub(), regions=regions, spread=spread, credential=CREDENTIAL, actor=actor)


def states_of(creation: Creation) -> dict[str, str]:
    batch = lookups.operations_of(
        batch_id=creation.operation.batch_id, account_id=TARGET.account_id
    )
    return {each.region: str(each.state) for each in batch}


@pytest.mark.promise("W1")
def test_ten_at_once_over_four_regions_make_each_thing_once(aws: FakeAws, actor: User) -> None:
    def confirm(_number: int) -> Creation:
        try:
            return create(actor, *FURTHER)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        creations = list(pool.map(confirm, range(10)))
    assert len({creation.operation.pk for creation in creations}) == 1
    assert sum(creation.is_ours for creation in creations) == 1
    for region in (TARGET.region, *FURTHER):
        assert len(secrets_of(region)) == len(rules_of(region)) == 1
    # botocore may send a call again when the machine is slow; the console makes each once.
    steps = list(OperationStep.objects.values_list("action", flat=True))
    assert sorted(steps) == ["CreatePullThroughCacheRule"] * 4 + ["CreateSecret"] * 4


@pytest.mark.promise("W1")
def test_a_confirmation_does_not_wait_for_the_worker_of_an_earlier_one(
    aws: FakeAws, actor: User
) -> None:
    """A worker's transaction locks rows of several operations, in any order.

    A confirmation that waits for one of them while it has locked another one can deadlock.
    """
    if connection.vendor != "postgresql":
        pytest.skip("SQLite locks the whole database")
    create(actor, *FURTHER)
    retried = claims.claims_of(docker_hub(), [])

    def take() -> list[Operation] | None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '10s'")
            return claims.take_claims(retried, actor=actor)
        finally:
            connections.close_all()

    Operation.objects.update(state=OperationState.FAILED)
    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        Operation.objects.filter(region=FURTHER[0]).update(lease_until=timezone.now())
        assert pool.submit(take).result() is None
    assert claims.take_claims(retried, actor=actor)


@pytest.mark.promise("W1")
def test_a_confirmed_draft_makes_nothing_the_second_time(aws: FakeAws, actor: User) -> None:
    first = create(actor)
    again = create(actor)
    assert not again.is_ours
    assert again.operation == first.operation
    assert aws.calls()["CreateSecret"] == 1


@pytest.mark.promise("W9")
def test_who_lost_the_role_in_a_further_region_changes_nothing(aws: FakeAws, actor: User) -> None:
    Grant.objects.update(account_id=TARGET.account_id, region=TARGET.region)
    with pytest.raises(NotPermitted):
        create(actor, *FURTHER)
    assert not Operation.objects.exists()
    assert "CreateSecret" not in aws.calls()


@pytest.mark.promise("F6")
def test_one_region_that_fails_keeps_no_other_from_going_on(aws: FakeAws, actor: User) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", region="eu-west-1")
    creation = create(actor, *FURTHER)
    assert states_of(creation) == {
        "eu-central-1": "succeeded",
        "eu-west-1": "failed",
        "us-east-2": "succeeded",
        "us-west-2": "succeeded",
    }


@pytest.mark.promise("F6")
@pytest.mark.kind_aws("counts the attempts")
def test_a_retry_repeats_only_what_failed(aws: FakeAws, actor: User) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", region="eu-west-1", times=1)
    creation = create(actor, *FURTHER)
    aws.clear_calls()
    batches.retry_failed(
        batch_id=creation.operation.batch_id,
        account_id=TARGET.account_id,
        regions=FURTHER,
        credential=None,
        actor=actor,
    )
    assert set(states_of(creation).values()) == {"succeeded"}
    calls = aws.calls()
    assert calls["CreatePullThroughCacheRule"] == 1
    assert "CreateSecret" not in calls
    assert len(secrets_of("eu-west-1")) == 1


@pytest.mark.promise("F6")
def test_a_retry_where_the_secret_is_missing_asks_for_the_credential(
    aws: FakeAws, actor: User
) -> None:
    aws.refuse(operation="CreateSecret", region="eu-west-1", times=1)
    creation = create(actor, *FURTHER)
    batch = lookups.operations_of(
        batch_id=creation.operation.batch_id, account_id=TARGET.account_id
    )
    assert batches.needs_credential(batch)
    which: dict[str, Any] = {
        "batch_id": creation.operation.batch_id,
        "account_id": TARGET.account_id,
        "regions": FURTHER,
        "actor": actor,
    }
    batches.retry_failed(**which, credential=None)
    assert states_of(creation)["eu-west-1"] == "failed"
    batches.retry_failed(**which, credential=CREDENTIAL)
    assert states_of(creation)["eu-west-1"] == "succeeded"


@pytest.mark.promise("F6")
def test_a_replicated_secret_is_made_once_and_used_in_every_region(
    aws: FakeAws, actor: User
) -> None:
    creation = create(actor, *FURTHER, spread=Spread.REPLICATED)
    assert set(states_of(creation).values()) == {"succeeded"}
    assert aws.calls()["CreateSecret"] == 1
    for region in FURTHER:
        (rule,) = rules_of(region)
        expected = creation.made_secret_arn.replace(TARGET.region, region)
        assert rule["credentialArn"] == expected


@pytest.mark.promise("F6")
def test_a_secret_that_is_a_replica_itself_is_replicated_from_its_original(
    aws: FakeAws, actor: User
) -> None:
    original = boto3.client("secretsmanager", region_name="eu-central-1")
    arn = original.create_secret(
        Name=SECRET_NAME,
        SecretString=CREDENTIAL.secret_string(),
        AddReplicaRegions=[{"Region": TARGET.region}],
    )["ARN"]
    draft = docker_hub().with_secret(arn.replace("eu-central-1", TARGET.region))
    creation = confirm(draft, regions=["eu-west-1"], spread=Spread.REPLICATED, actor=actor)
    assert set(states_of(creation).values()) == {"succeeded"}
    (rule,) = rules_of("eu-west-1")
    assert rule["credentialArn"] == arn.replace("eu-central-1", "eu-west-1")


@pytest.mark.usefixtures("clock")
@pytest.mark.promise("F6", "F10")
@pytest.mark.parametrize("times", [1, 3])
def test_a_replication_whose_answer_was_lost_is_known_to_be_done(
    aws: FakeAws, actor: User, times: int
) -> None:
    aws.lose_answer(operation="ReplicateSecretToRegions", times=times)
    creation = create(actor, *FURTHER, spread=Spread.REPLICATED)
    assert set(states_of(creation).values()) == {"succeeded"}


@pytest.mark.promise("F6")
def test_a_replication_that_fails_is_told_in_each_region_and_can_be_retried(
    aws: FakeAws, actor: User
) -> None:
    aws.refuse(operation="ReplicateSecretToRegions", times=1)
    creation = create(actor, *FURTHER, spread=Spread.REPLICATED)
    states = states_of(creation)
    assert states.pop(TARGET.region) == "succeeded"
    assert set(states.values()) == {"failed"}
    batches.retry_failed(
        batch_id=creation.operation.batch_id,
        account_id=TARGET.account_id,
        regions=FURTHER,
        credential=None,
        actor=actor,
    )
    assert set(states_of(creation).values()) == {"succeeded"}
    assert aws.calls()["CreateSecret"] == 1


def confirm_and_die(fuse: int) -> None:
    assert end_of_module("tests.faults.killed", str(fuse)) == -signal.SIGKILL


def cut_off() -> Operation:
    """The one operation in progress, its lease run out as it is a minute later."""
    operation = Operation.objects.get()
    assert operation.state == OperationState.RUNNING
    assert lookups.interrupted_operations() == []
    Operation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    (found,) = lookups.interrupted_operations()
    return found


# Killed before which audit row, and what AWS holds then.
KILLED = [(1, 0, 0), (2, 1, 0), (3, 1, 0), (4, 1, 1)]


@pytest.mark.promise("F7")
@pytest.mark.parametrize(("fuse", "secrets", "rules"), KILLED)
def test_an_operation_killed_anywhere_is_found_and_completed_without_a_duplicate(
    aws: FakeAws, actor: User, fuse: int, secrets: int, rules: int
) -> None:
    confirm_and_die(fuse)
    assert (len(secrets_of()), len(rules_of())) == (secrets, rules)
    operation = cut_off()
    finding = comparing.compare(operation)
    assert bool(finding.secret_arn) == bool(secrets)
    assert finding.is_rule_as_planned == bool(rules)
    credential = None if secrets else CREDENTIAL
    creation = recovery.complete(operation=operation, credential=credential, actor=actor)
    assert creation.error is None
    assert creation.operation.state == OperationState.SUCCEEDED
    (secret,), (rule,) = secrets_of(), rules_of()
    assert rule["credentialArn"] == secret["ARN"]
    assert lookups.interrupted_operations() == []
    assert lookups.orphans(account_id=TARGET.account_id, regions=[TARGET.region]) == []
    # What was cut off is closed in the audit trail and in the journal too.
    assert not OpenChange.objects.exists()
    assert not OperationStep.objects.filter(state=OperationState.RUNNING).exists()


@pytest.mark.promise("F7")
@pytest.mark.parametrize(("fuse", "secrets", "rules"), KILLED)
def test_an_operation_killed_anywhere_can_be_cleaned_up(
    aws: FakeAws, actor: User, fuse: int, secrets: int, rules: int
) -> None:
    confirm_and_die(fuse)
    operation = cut_off()
    assert recovery.clean_up(operation=operation, actor=actor) is None
    assert rules_of() == []
    assert secrets_of() == []  # scheduled for deletion ones are not listed
    assert Operation.objects.get().state == OperationState.CLEANED


@pytest.mark.promise("F7", "F10")
def test_a_process_killed_while_the_secrets_answer_was_lost_leaves_a_secret_known_as_ours(
    aws: FakeAws, actor: User
) -> None:
    aws.lose_answer(operation="CreateSecret", times=1)
    confirm_and_die(2)
    finding = comparing.compare(cut_off())
    assert finding.secret_arn == secrets_of()[0]["ARN"]


@pytest.mark.promise("F8")
def test_a_secret_whose_rule_failed_is_listed_until_it_is_used_or_removed(
    aws: FakeAws, actor: User
) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    creation = create(actor)
    assert isinstance(creation.error, AccessDenied)
    listed = lookups.orphans(account_id=TARGET.account_id, regions=[TARGET.region])
    assert listed == [creation.operation]
    operation = Operation.objects.get()
    assert recovery.clean_up(operation=operation, actor=actor) is None
    assert lookups.orphans(account_id=TARGET.account_id, regions=[TARGET.region]) == []
    client = boto3.client("secretsmanager", region_name=TARGET.region)
    assert "DeletedDate" in client.describe_secret(SecretId=creation.made_secret_arn)


@pytest.mark.promise("F8")
def test_a_secret_that_a_rule_uses_is_not_taken_back(aws: FakeAws, actor: User) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    creation = create(actor)
    assert isinstance(creation.error, AccessDenied)
    boto3.client("ecr", region_name=TARGET.region).create_pull_through_cache_rule(
        ecrRepositoryPrefix="other",
        upstreamRegistryUrl="registry-1.docker.io",
        credentialArn=creation.made_secret_arn,
    )
    assert recovery.clean_up(operation=Operation.objects.get(), actor=actor) is None
    client = boto3.client("secretsmanager", region_name=TARGET.region)
    assert "DeletedDate" not in client.describe_secret(SecretId=creation.made_secret_arn)


def somebody_deletes(arn: str, **how: Any) -> None:
    client = boto3.client("secretsmanager", region_name=TARGET.region)
    client.delete_secret(SecretId=arn, **how)


@pytest.mark.promise("F8")
@pytest.mark.parametrize("at_once", [True, False])
def test_a_secret_that_somebody_deleted_keeps_no_operation_open(
    aws: FakeAws, actor: User, at_once: bool
) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    made = create(actor).made_secret_arn
    somebody_deletes(made, **({"ForceDeleteWithoutRecovery": True} if at_once else {}))
    operation = Operation.objects.get()
    assert comparing.compare(operation).secret_arn == ""
    assert recovery.clean_up(operation=operation, actor=actor) is None
    assert Operation.objects.get().state == OperationState.CLEANED
    assert lookups.orphans(account_id=TARGET.account_id, regions=[TARGET.region]) == []


@pytest.mark.promise("F7")
def test_a_secret_that_somebody_deleted_is_made_again_by_who_completes(
    aws: FakeAws, actor: User
) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    made = create(actor).made_secret_arn
    somebody_deletes(made, ForceDeleteWithoutRecovery=True)
    Operation.objects.update(state=OperationState.RUNNING, lease_until=None)
    operation = Operation.objects.get()
    creation = recovery.complete(operation=operation, credential=CREDENTIAL, actor=actor)
    assert creation.error is None
    assert creation.made_secret_arn != made
    (secret,), (rule,) = secrets_of(), rules_of()
    assert rule["credentialArn"] == secret["ARN"] == creation.made_secret_arn


def with_unknown_rule(actor: User, *, ahead: timedelta) -> Operation:
    """The state after a kill during CreatePullThroughCacheRule, by a clock that is ahead of AWS."""
    create(actor)
    started_at = timezone.now() + ahead
    Operation.objects.update(state=OperationState.RUNNING, lease_until=None)
    OperationStep.objects.filter(action=AwsAction.CREATE_RULE).update(
        state=OperationState.RUNNING, started_at=started_at
    )
    return Operation.objects.get()


@pytest.mark.promise("F7")
@pytest.mark.parametrize("seconds", [-600, -60, 0, 60, 290])
def test_a_clock_that_is_off_keeps_no_rule_from_being_cleaned_up(
    aws: FakeAws, actor: User, seconds: int
) -> None:
    operation = with_unknown_rule(actor, ahead=timedelta(seconds=seconds))
    assert recovery.clean_up(operation=operation, actor=actor) is None
    assert (rules_of(), secrets_of()) == ([], [])


@pytest.mark.promise("F7")
def test_what_a_clock_does_not_let_be_judged_is_told_and_left_listed(
    aws: FakeAws, actor: User
) -> None:
    operation = with_unknown_rule(actor, ahead=timedelta(minutes=10))
    for _time in range(2):
        assert isinstance(recovery.clean_up(operation=operation, actor=actor), RuleUnjudged)
        assert lookups.interrupted_operations() == [operation]
    assert (len(rules_of()), len(secrets_of())) == (1, 1)
    creation = recovery.complete(operation=operation, credential=None, actor=actor)
    assert creation.operation.state == OperationState.SUCCEEDED
    assert lookups.interrupted_operations() == []


@pytest.mark.parametrize(
    ("state", "is_asked"),
    [
        (OperationState.RUNNING, False),
        (OperationState.WAITING, False),
        (OperationState.FAILED, True),
    ],
)
def test_a_region_whose_attempt_is_under_way_asks_for_no_credential(
    actor: User, state: OperationState, is_asked: bool
) -> None:
    arn = f"arn:aws:secretsmanager:{TARGET.region}:{TARGET.account_id}:secret:{SECRET_NAME}-AbCdEf"
    draft = docker_hub().with_made_secret(arn)
    there = replace(TARGET, region="eu-west-1")
    planned = [plans.RegionPlan(target=there, state=plans.PlanState.NEEDS_CREDENTIAL)]
    assert plans.asks_for_credential(draft, planned)
    other = replace(draft, draft_id="another")
    Operation.objects.create(
        draft_id=draft.draft_id,
        actor=actor,
        account_id=there.account_id,
        region=there.region,
        ecr_repository_prefix=PREFIX,
        planned_rule={},
        state=state,
    )
    assert plans.asks_for_credential(draft, planned) == is_asked
    assert plans.asks_for_credential(other, planned)


@pytest.mark.promise("W1")
def test_a_plan_from_before_a_success_does_not_supersede_it(aws: FakeAws, actor: User) -> None:
    planned_at = timezone.now()
    done = create(actor).operation
    claim = claims.Claim(draft=docker_hub(), supersedes=True)
    assert claims.take_claims([claim], actor=actor, planned_at=planned_at) is None
    assert Operation.objects.get() == done
    assert claims.take_claims([claim], actor=actor, planned_at=timezone.now()) is not None


@pytest.mark.promise("F7")
def test_a_rule_as_planned_is_the_operations_own_though_its_secret_is_gone(
    aws: FakeAws, actor: User
) -> None:
    made = create(actor).made_secret_arn
    somebody_deletes(made, ForceDeleteWithoutRecovery=True)
    Operation.objects.update(state=OperationState.RUNNING, lease_until=None)
    finding = comparing.compare(Operation.objects.get())
    assert (finding.secret_arn, finding.is_rule_as_planned) == ("", True)
    assert recovery.clean_up(operation=finding.operation, actor=actor) is None
    assert rules_of() == []


@pytest.mark.promise("F8")
def test_a_secret_of_somebody_elses_is_never_taken_back(aws: FakeAws, actor: User) -> None:
    client = boto3.client("secretsmanager", region_name=TARGET.region)
    client.create_secret(Name=SECRET_NAME, SecretString="{}")
    creation = create(actor)
    assert creation.error is not None
    assert creation.made_secret_arn == ""
    Operation.objects.update(state=OperationState.RUNNING, lease_until=None)
    assert recovery.clean_up(operation=Operation.objects.get(), actor=actor) is None
    assert "DeletedDate" not in client.describe_secret(SecretId=SECRET_NAME)


@pytest.mark.promise("F10")
def test_a_lost_answer_to_create_secret_makes_no_second_secret_or_version(
    aws: FakeAws, actor: User
) -> None:
    aws.lose_answer(operation="CreateSecret", times=1)
    creation = create(actor)
    assert creation.error is None
    (secret,) = secrets_of()
    assert len(secret["SecretVersionsToStages"]) == 1
    assert Operation.objects.get().client_request_token in secret["SecretVersionsToStages"]


@pytest.mark.usefixtures("clock")
@pytest.mark.promise("F10")
def test_a_create_secret_whose_every_answer_was_lost_goes_on_with_the_same_secret(
    aws: FakeAws, actor: User
) -> None:
    lose_every_answer_to_create_secret(aws)
    assert create(actor).error is not None
    aws.clear_faults()
    creation = create(actor)
    assert creation.error is None
    assert [secret["ARN"] for secret in secrets_of()] == [creation.made_secret_arn]


def lose_every_answer_to_create_secret(aws: FakeAws) -> None:
    """And let nobody look afterwards whether it was made."""
    aws.lose_answer(operation="CreateSecret", times=3)
    aws.refuse(operation="DescribeSecret")


@pytest.mark.usefixtures("clock")
@pytest.mark.promise("F10")
def test_a_secret_whose_every_answer_was_lost_is_read_back(aws: FakeAws, actor: User) -> None:
    aws.lose_answer(operation="CreateSecret", times=3)
    creation = create(actor)
    assert creation.error is None
    assert [secret["ARN"] for secret in secrets_of()] == [creation.made_secret_arn]


@pytest.mark.promise("F7", "F8")
def test_a_secret_of_which_nobody_knows_whether_it_was_made_is_listed_and_can_be_removed(
    aws: FakeAws, actor: User
) -> None:
    lose_every_answer_to_create_secret(aws)
    creation = create(actor)
    aws.clear_faults()
    here = HERE
    assert lookups.orphans(**here) == [creation.operation]
    assert recovery.clean_up(operation=Operation.objects.get(), actor=actor) is None
    assert secrets_of() == []
    assert lookups.orphans(**here) == []


@pytest.mark.promise("F12")
def test_a_rule_whose_answer_was_lost_is_known_as_ours(aws: FakeAws, actor: User) -> None:
    aws.lose_answer(operation="CreatePullThroughCacheRule", times=1)
    creation = create(actor)
    assert creation.error is None
    assert len(rules_of()) == 1


@pytest.mark.usefixtures("clock")
@pytest.mark.promise("F12")
def test_a_rule_whose_every_answer_was_lost_is_read_back(aws: FakeAws, actor: User) -> None:
    aws.lose_answer(operation="CreatePullThroughCacheRule", times=3)
    creation = create(actor)
    assert creation.error is None
    assert not creation.operation.found_as_asked
    assert len(rules_of()) == 1


@pytest.mark.usefixtures("clock")
@pytest.mark.promise("F12")
def test_a_rule_that_was_neither_answered_nor_made_is_a_failure(aws: FakeAws, actor: User) -> None:
    aws.unreachable(operation="CreatePullThroughCacheRule", times=3)
    creation = create(actor)
    assert isinstance(creation.error, RegionUnreachable)
    assert rules_of() == []


@pytest.mark.promise("F12")
def test_a_rule_that_came_between_a_lost_call_and_its_repetition_is_no_success(
    aws: FakeAws, actor: User
) -> None:
    """Somebody else's rule is as new as ours would be, and it is another."""
    boto3.client("ecr", region_name=TARGET.region).create_pull_through_cache_rule(
        ecrRepositoryPrefix=PREFIX, upstreamRegistryUrl="quay.io"
    )
    aws.unreachable(operation="CreatePullThroughCacheRule", times=1)
    creation = create(actor)
    assert isinstance(creation.error, RuleAlreadyExists)
    assert creation.operation.state == OperationState.FAILED


def make_quay() -> None:
    boto3.client("ecr", region_name=TARGET.region).create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
    )


def quay() -> RuleDraft:
    draft = RuleDraft(draft_id="quay", owner_id=1, target=TARGET)
    draft = draft.with_answers(Step.SOURCE, {"registry": "quay"})
    return draft.with_answers(Step.DESTINATION, {"ecr_repository_prefix": "quay"})


@pytest.mark.promise("F12", "C2")
def test_a_rule_that_exists_exactly_as_asked_is_success_and_told_as_that(
    aws: FakeAws, actor: User
) -> None:
    make_quay()
    creation = confirm(quay(), credential=None, actor=actor)
    assert creation.error is None
    assert creation.operation.found_as_asked


@pytest.mark.promise("F8")
def test_cleaning_up_leaves_a_rule_that_somebody_else_made_after_ours_was_refused(
    aws: FakeAws, actor: User
) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    creation = create(actor)
    boto3.client("ecr", region_name=TARGET.region).create_pull_through_cache_rule(
        ecrRepositoryPrefix=PREFIX,
        upstreamRegistryUrl="registry-1.docker.io",
        credentialArn=creation.made_secret_arn,
    )
    assert recovery.clean_up(operation=Operation.objects.get(), actor=actor) is None
    assert len(rules_of()) == len(secrets_of()) == 1


@pytest.mark.promise("F12", "C2")
def test_a_rule_of_somebody_else_with_that_prefix_is_a_conflict_and_stays(
    aws: FakeAws, actor: User
) -> None:
    boto3.client("ecr", region_name=TARGET.region).create_pull_through_cache_rule(
        ecrRepositoryPrefix=PREFIX, upstreamRegistryUrl="quay.io"
    )
    creation = create(actor)
    assert isinstance(creation.error, RuleAlreadyExists)
    # A second try of the same operation takes it for ours no more than the first.
    again = create(actor)
    assert isinstance(again.error, RuleAlreadyExists)
    finding = comparing.compare(Operation.objects.get())
    assert finding.rule is not None
    assert not finding.is_rule_as_planned
    assert recovery.clean_up(operation=Operation.objects.get(), actor=actor) is None
    assert [rule["upstreamRegistryUrl"] for rule in rules_of()] == ["quay.io"]


@pytest.mark.promise("F13")
def test_a_replacement_that_is_refused_puts_the_old_rule_back_and_both_are_audited(
    aws: FakeAws, actor: User
) -> None:
    client = boto3.client("ecr", region_name=TARGET.region)
    client.create_pull_through_cache_rule(ecrRepositoryPrefix=PREFIX, upstreamRegistryUrl="quay.io")
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    old = NewRule(ecr_repository_prefix=PREFIX, upstream_registry_url="quay.io")
    draft = replace(docker_hub(), replaces=old)
    creation = confirm(draft, credential=CREDENTIAL, actor=actor)
    assert creation.error is not None
    assert [rule["upstreamRegistryUrl"] for rule in rules_of()] == ["quay.io"]
    audited = list(
        AuditEvent.objects.filter(phase="result")
        .order_by("sequence")
        .values_list("action", "outcome")
    )
    assert audited == [
        ("CreateSecret", "succeeded"),
        ("DeletePullThroughCacheRule", "succeeded"),
        ("CreatePullThroughCacheRule", "failed"),
        ("CreatePullThroughCacheRule (old rule)", "succeeded"),
    ]


@pytest.mark.usefixtures("clock")
@pytest.mark.promise("D1")
def test_an_audit_row_that_cannot_be_written_means_that_nothing_is_changed(
    aws: FakeAws, actor: User
) -> None:
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE "wizard_audithead" RENAME TO "away"')
    try:
        with pytest.raises(AuditUnavailable):
            create(actor)
    finally:
        with connection.cursor() as cursor:
            cursor.execute('ALTER TABLE "away" RENAME TO "wizard_audithead"')
    assert "CreateSecret" not in aws.calls()
    assert Operation.objects.get().state == OperationState.FAILED


# --- what was to be replaced ---------------------------------------------------------------------

OLD = NewRule(ecr_repository_prefix=PREFIX, upstream_registry_url="quay.io")
HERE: dict[str, Any] = {"account_id": TARGET.account_id, "regions": [TARGET.region]}


def upstreams_here() -> list[str]:
    return [rule["upstreamRegistryUrl"] for rule in rules_of()]


def make_rule(prefix: str, url: str, region: str = TARGET.region, **more: Any) -> None:
    boto3.client("ecr", region_name=region).create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl=url, **more
    )


def replacing() -> RuleDraft:
    """A draft whose rule takes the place of one with the same prefix."""
    make_rule(PREFIX, OLD.upstream_registry_url)
    return replace(docker_hub(), replaces=OLD)


def fail_to_replace(actor: User, aws: FakeAws) -> Creation:
    """The old rule is deleted; neither the new one can be made nor the old one put back."""
    draft = replacing()
    aws.throttle(operation="CreatePullThroughCacheRule")
    creation = confirm(draft, credential=CREDENTIAL, actor=actor)
    aws.clear_faults()
    assert isinstance(creation.error, Throttled)
    assert rules_of() == []
    assert lookups.lost_rules(**HERE) == [creation.operation]
    assert lookups.has_unsettled(target=TARGET)
    return creation


@pytest.mark.usefixtures("clock")
@pytest.mark.promise("F13")
def test_an_old_rule_is_put_back_patiently(aws: FakeAws, actor: User, clock: list[float]) -> None:
    draft = replacing()
    aws.throttle(operation="CreatePullThroughCacheRule", times=6)
    creation = confirm(draft, credential=CREDENTIAL, actor=actor)
    assert isinstance(creation.error, Throttled)
    assert upstreams_here() == ["quay.io"]
    assert lookups.lost_rules(**HERE) == []
    assert clock == [rule_steps.PUT_BACK_WAITS[0]]


@pytest.mark.usefixtures("clock")
@pytest.mark.promise("F13")
def test_an_old_rule_that_could_not_be_put_back_is_listed_until_it_is(
    aws: FakeAws, actor: User
) -> None:
    creation = fail_to_replace(actor, aws)
    operation = creation.operation
    aws.throttle(operation="CreatePullThroughCacheRule")
    assert isinstance(recovery.clean_up(operation=operation, actor=actor), Throttled)
    aws.clear_faults()
    assert operation.state == OperationState.FAILED
    assert lookups.lost_rules(**HERE) == [operation]
    assert len(secrets_of()) == 1  # nothing further is taken away before the rule is back
    assert recovery.clean_up(operation=operation, actor=actor) is None
    assert upstreams_here() == ["quay.io"]
    assert lookups.lost_rules(**HERE) == []


@pytest.mark.usefixtures("clock")
@pytest.mark.promise("F13")
def test_a_draft_whose_old_rule_is_gone_can_still_be_created(aws: FakeAws, actor: User) -> None:
    creation = fail_to_replace(actor, aws)
    again = replace(docker_hub(), replaces=OLD).with_made_secret(creation.made_secret_arn)
    creation = confirm(again, credential=None, actor=actor)
    assert creation.error is None
    assert upstreams_here() == ["registry-1.docker.io"]
    assert lookups.lost_rules(**HERE) == []


@pytest.mark.promise("F12", "F13")
@pytest.mark.parametrize("times", [1, 3])
def test_a_deletion_whose_answer_was_lost_is_known_to_be_done(
    aws: FakeAws, actor: User, times: int
) -> None:
    draft = replacing()
    aws.lose_answer(operation="DeletePullThroughCacheRule", times=times)
    creation = confirm(draft, credential=CREDENTIAL, actor=actor)
    assert creation.error is None
    assert upstreams_here() == ["registry-1.docker.io"]


@pytest.mark.usefixtures("clock")
@pytest.mark.promise("F13")
def test_an_old_rule_of_which_nobody_knows_whether_it_is_gone_is_put_back(
    aws: FakeAws, actor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = replacing()
    delete = ecr.delete_rule_surely

    def delete_unseen(target: Target, prefix: str) -> None:
        aws.lose_answer(operation="DeletePullThroughCacheRule", times=3)
        aws.refuse(operation="DescribePullThroughCacheRules", times=1)
        delete(target, prefix)

    monkeypatch.setattr(ecr, "delete_rule_surely", delete_unseen)
    creation = confirm(draft, credential=CREDENTIAL, actor=actor)
    assert isinstance(creation.error, RegionUnreachable)
    assert upstreams_here() == ["quay.io"]
    assert lookups.lost_rules(**HERE) == []


@pytest.mark.promise("C1")
@pytest.mark.parametrize("is_refused_again", [False, True])
def test_a_retry_does_not_delete_a_rule_that_somebody_made_meanwhile(
    aws: FakeAws, actor: User, is_refused_again: bool
) -> None:
    draft = replacing()
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    creation = confirm(draft, credential=CREDENTIAL, actor=actor)
    assert upstreams_here() == ["quay.io"]
    boto3.client("ecr", region_name=TARGET.region).delete_pull_through_cache_rule(
        ecrRepositoryPrefix=PREFIX
    )
    make_rule(PREFIX, "registry.k8s.io")
    if is_refused_again:
        aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    retry(creation, actor)
    assert upstreams_here() == ["registry.k8s.io"]
    assert lookups.lost_rules(**HERE) == []
    deleted = AuditEvent.objects.filter(action="DeletePullThroughCacheRule", phase="result")
    outcomes = deleted.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == ["succeeded", "failed"]
    assert isinstance(Operation.objects.get().steps.last().error, RuleAlreadyExists)  # type: ignore[union-attr]


@pytest.mark.promise("F8")
def test_a_replacement_that_made_its_rule_left_no_secret_behind(aws: FakeAws, actor: User) -> None:
    make_rule("old", "quay.io")
    old = replace(OLD, ecr_repository_prefix="old")
    aws.refuse(operation="DeletePullThroughCacheRule", times=1)
    creation = confirm(replace(docker_hub(), replaces=old), credential=CREDENTIAL, actor=actor)
    assert isinstance(creation.error, AccessDenied)
    assert lookups.orphans(**HERE) == []
    retry(creation, actor)
    assert [rule["ecrRepositoryPrefix"] for rule in rules_of()] == [PREFIX]


def retry(creation: Creation, actor: User, *regions: str) -> None:
    batches.retry_failed(
        batch_id=creation.operation.batch_id,
        account_id=TARGET.account_id,
        regions=regions or (TARGET.region,),
        credential=None,
        actor=actor,
    )


def killed_in_delete(actor: User, draft: RuleDraft, monkeypatch: pytest.MonkeyPatch) -> Operation:
    """The state after the process was killed when AWS had deleted the old rule."""

    class Killed(BaseException):
        pass

    delete = ecr.delete_rule_surely

    def delete_and_die(target: Target, prefix: str) -> None:
        delete(target, prefix)
        raise Killed

    monkeypatch.setattr(ecr, "delete_rule_surely", delete_and_die)
    monkeypatch.setattr(OperationStep, "save", _save_unless_dead(Killed))
    with pytest.raises(Killed):
        confirm(draft, credential=CREDENTIAL, actor=actor)
    monkeypatch.undo()
    monkeypatch.setattr(calls, "wait", lambda _seconds: None)
    step = OperationStep.objects.get(action="DeletePullThroughCacheRule")
    assert step.state == OperationState.RUNNING
    return cut_off()


def _save_unless_dead(kind: type[BaseException]) -> Any:
    save = OperationStep.save

    def save_or_not(step: OperationStep, *words: Any, **named: Any) -> None:
        if not isinstance(sys.exception(), kind):
            save(step, *words, **named)

    return save_or_not


def moving() -> RuleDraft:
    """A draft whose rule takes the place of one with another prefix."""
    make_rule("old", OLD.upstream_registry_url)
    return replace(docker_hub(), replaces=replace(OLD, ecr_repository_prefix="old"))


@pytest.mark.promise("F7", "F13")
@pytest.mark.parametrize("draft_of", [replacing, moving])
def test_a_replacement_killed_while_it_deletes_is_completed(
    aws: FakeAws, actor: User, monkeypatch: pytest.MonkeyPatch, draft_of: Any
) -> None:
    operation = killed_in_delete(actor, draft_of(), monkeypatch)
    creation = recovery.complete(operation=operation, credential=None, actor=actor)
    assert creation.error is None
    assert operation.state == OperationState.SUCCEEDED
    assert upstreams_here() == ["registry-1.docker.io"]
    row = AuditEvent.objects.filter(action="DeletePullThroughCacheRule", phase="result")
    assert row.order_by("pk")[0].outcome == "succeeded"


@pytest.mark.promise("F7", "F13")
def test_a_replacement_killed_while_it_deletes_is_cleaned_up_or_listed(
    aws: FakeAws, actor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = killed_in_delete(actor, replacing(), monkeypatch)
    aws.refuse(operation="CreatePullThroughCacheRule")
    assert isinstance(recovery.clean_up(operation=operation, actor=actor), AccessDenied)
    aws.clear_faults()
    assert lookups.lost_rules(**HERE) == [operation]
    assert recovery.clean_up(operation=operation, actor=actor) is None
    assert upstreams_here() == ["quay.io"]


@pytest.mark.promise("F13")
def test_a_rule_that_the_operation_did_not_delete_is_not_put_back(
    aws: FakeAws, actor: User
) -> None:
    draft = moving()
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    creation = confirm(draft, credential=CREDENTIAL, actor=actor)
    boto3.client("ecr", region_name=TARGET.region).delete_pull_through_cache_rule(
        ecrRepositoryPrefix="old"
    )
    assert recovery.clean_up(operation=creation.operation, actor=actor) is None
    assert rules_of() == []


@pytest.mark.promise("F8", "F13")
def test_taking_back_a_secret_set_aside_brings_no_replaced_rule_back(
    aws: FakeAws, actor: User
) -> None:
    draft = moving()
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    made = confirm(draft, credential=CREDENTIAL, actor=actor).made_secret_arn
    again = draft.with_made_secret(made).with_secret(other_secret())
    assert confirm(again, credential=None, actor=actor).error is None
    (listed,) = lookups.orphans(**HERE)
    assert recovery.clean_up(operation=listed, actor=actor) is None
    assert [rule["ecrRepositoryPrefix"] for rule in rules_of()] == [PREFIX]


def other_secret() -> str:
    client = boto3.client("secretsmanager", region_name=TARGET.region)
    value = '{"username": "a", "accessToken": "b"}'
    return client.create_secret(Name="ecr-pullthroughcache/other", SecretString=value)["ARN"]


@pytest.mark.usefixtures("clock")
@pytest.mark.promise("F13")
@pytest.mark.parametrize("failing", ["DeletePullThroughCacheRule", "Describe before it"])
@pytest.mark.parametrize("draft_of", [replacing, moving])
def test_an_old_rule_that_still_stands_is_not_said_to_be_lost(
    aws: FakeAws, actor: User, monkeypatch: pytest.MonkeyPatch, draft_of: Any, failing: str
) -> None:
    draft, describe, looks = draft_of(), ecr.describe_rule, []

    def describe_or_not(target: Target, prefix: str) -> Any:
        looks.append(prefix)
        if len(looks) == 2:  # the first is the check of the draft
            aws.fail(operation="DescribePullThroughCacheRules", times=3)
        return describe(target, prefix)

    if failing == "DeletePullThroughCacheRule":
        aws.fail(operation=failing, times=3)
    else:
        monkeypatch.setattr(ecr, "describe_rule", describe_or_not)
    creation = confirm(draft, credential=CREDENTIAL, actor=actor)
    assert isinstance(creation.error, ServiceFailure)
    assert lookups.lost_rules(**HERE) == []
    assert "quay.io" in upstreams_here()
    assert not OperationStep.objects.filter(action=AwsAction.PUT_BACK_RULE).exists()


# --- secrets that nobody should forget, or take away ---------------------------------------------


@pytest.mark.promise("F8")
@pytest.mark.parametrize("choice", ["existing", "open registry"])
def test_a_secret_is_still_listed_when_the_draft_goes_on_without_it(
    aws: FakeAws, actor: User, choice: str
) -> None:
    other = other_secret()
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    made = create(actor).made_secret_arn
    draft = docker_hub().with_made_secret(made)
    if choice == "existing":
        draft = draft.with_secret(other)
    else:
        draft = draft.with_answers(Step.SOURCE, {"registry": "quay"})
        draft = draft.with_answers(Step.DESTINATION, {"ecr_repository_prefix": "quay"})
    assert confirm(draft, credential=None, actor=actor).error is None
    (listed,) = lookups.orphans(**HERE)
    assert listed.made_secret_arn == made
    assert listed.is_superseded
    # The draft goes on in another row: nothing is created for this one.
    assert not batches.can_retry(listed)
    assert not recovery.complete(operation=listed, credential=None, actor=actor).is_ours
    assert recovery.clean_up(operation=listed, actor=actor) is None
    assert [secret["ARN"] for secret in secrets_of()] == [other]
    assert lookups.orphans(**HERE) == []


@pytest.mark.promise("F8")
def test_while_a_secret_is_discarded_no_retry_begins_to_use_it(aws: FakeAws, actor: User) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    creation = create(actor)
    draft = docker_hub().with_made_secret(creation.made_secret_arn)
    aws.hold(operation="DeleteSecret")

    def discard() -> bool:
        try:
            return secret_steps.discard_secret(draft=draft, actor=actor)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        discarded = pool.submit(discard)
        try:
            aws.wait_for_call("DeleteSecret")
            assert states_of(creation) == {TARGET.region: "running"}
            retry(creation, actor)
        finally:
            aws.release()
        assert discarded.result()
    assert states_of(creation) == {TARGET.region: "failed"}
    assert rules_of() == secrets_of() == []


@pytest.mark.promise("F8")
def test_a_secret_set_aside_and_chosen_again_is_listed_no_more(aws: FakeAws, actor: User) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=2)
    made = create(actor).made_secret_arn
    draft = docker_hub().with_made_secret(made).with_secret(other_secret())
    assert not draft.uses_made_secret
    assert confirm(draft, credential=None, actor=actor).error is not None
    assert len(lookups.orphans(**HERE)) == 1
    draft = draft.with_secret(made)
    assert draft.uses_made_secret
    assert confirm(draft, credential=None, actor=actor).error is None
    assert lookups.orphans(**HERE) == []


@pytest.mark.usefixtures("clock")
@pytest.mark.promise("F10")
def test_a_create_secret_that_was_plainly_refused_leaves_nothing_to_look_for(
    aws: FakeAws, actor: User
) -> None:
    aws.fail(operation="CreateSecret", code="EncryptionFailure", message="no key", status=400)
    assert isinstance(create(actor).error, UnexpectedAwsError)
    assert lookups.orphans(**HERE) == []


@pytest.mark.promise("F7")
def test_what_one_click_has_made_is_not_forgotten_by_a_slower_one(
    aws: FakeAws, actor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=2)
    creation = create(actor)
    somebody_deletes(creation.made_secret_arn, ForceDeleteWithoutRecovery=True)
    (slow,) = Operation.objects.all()
    secret_of = comparing._secret_of

    def secret_of_slowly(operation: Operation) -> Any:
        found = secret_of(operation)
        monkeypatch.undo()
        fast = Operation.objects.get()
        comparing.note_secrets([fast])
        assert leases.take(fast, actor=actor)
        running.run(fast, credential=CREDENTIAL)
        return found

    monkeypatch.setattr(comparing, "_secret_of", secret_of_slowly)
    comparing.note_secrets([slow])
    (secret,) = secrets_of()
    assert Operation.objects.get().made_secret_arn == secret["ARN"]
    assert len(lookups.orphans(**HERE)) == 1


@pytest.mark.promise("F10")
def test_a_secret_of_which_nobody_knows_is_still_listed_when_another_name_is_chosen(
    aws: FakeAws, actor: User
) -> None:
    lose_every_answer_to_create_secret(aws)
    create(actor)
    aws.clear_faults()
    answers = {"credential_source": "create", "secret_name": f"{SECRET_NAME}2", "username": "me"}
    draft = replace(
        docker_hub().with_answers(Step.AUTHENTICATION, answers), sealed_credential="sealed"
    )
    assert confirm(draft, credential=CREDENTIAL, actor=actor).error is None
    (listed,) = lookups.orphans(**HERE)
    # Each secret has a token of its own, by which it is found again.
    tokens = Operation.objects.values_list("client_request_token", flat=True)
    assert len(set(tokens)) == 2
    assert recovery.clean_up(operation=listed, actor=actor) is None
    assert [secret["Name"] for secret in secrets_of()] == [f"{SECRET_NAME}2"]


@pytest.mark.usefixtures("clock")
@pytest.mark.promise("F10")
def test_a_secret_that_was_made_before_its_call_was_throttled_is_found(
    aws: FakeAws, actor: User
) -> None:
    aws.throttle(operation="CreateSecret")
    aws.lose_answer(operation="CreateSecret", times=1)
    creation = create(actor)
    assert creation.error is None
    assert [secret["ARN"] for secret in secrets_of()] == [creation.made_secret_arn]


@pytest.mark.usefixtures("clock")
@pytest.mark.promise("F10")
def test_a_secret_of_which_nobody_knows_is_listed_until_somebody_has_looked(
    aws: FakeAws, actor: User
) -> None:
    lose_every_answer_to_create_secret(aws)
    create(actor)
    aws.clear_faults()
    aws.throttle(operation="CreateSecret")
    assert isinstance(create(actor).error, Throttled)
    assert len(lookups.orphans(**HERE)) == 1


@pytest.mark.promise("F8", "F14")
def test_a_secret_that_a_rule_uses_is_not_discarded(aws: FakeAws, actor: User) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    made = create(actor).made_secret_arn
    make_rule("other", "registry-1.docker.io", credentialArn=made)
    with pytest.raises(SecretInUse):
        secret_steps.discard_secret(draft=docker_hub().with_made_secret(made), actor=actor)
    (secret,) = secrets_of()
    assert "DeletedDate" not in secret


@pytest.mark.promise("F8")
def test_a_secret_of_a_retry_under_way_is_not_discarded(aws: FakeAws, actor: User) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    made = create(actor).made_secret_arn
    for state in (OperationState.RUNNING, OperationState.WAITING, OperationState.SUCCEEDED):
        Operation.objects.update(state=state)
        assert not secret_steps.discard_secret(
            draft=docker_hub().with_made_secret(made), actor=actor
        )
    assert len(secrets_of()) == 1


def fail_everywhere(aws: FakeAws, actor: User) -> Creation:
    """Two Regions with one replicated secret; neither has its rule."""
    aws.refuse(operation="CreatePullThroughCacheRule", times=2)
    creation = create(actor, "eu-west-1", spread=Spread.REPLICATED)
    assert set(states_of(creation).values()) == {"failed"}
    return creation


@pytest.mark.promise("F8", "F14")
def test_a_replica_that_a_rule_uses_is_not_taken_back(aws: FakeAws, actor: User) -> None:
    operation = fail_everywhere(aws, actor).operation
    (replica,) = secrets_of("eu-west-1")
    make_rule("theirs", "registry-1.docker.io", "eu-west-1", credentialArn=replica["ARN"])
    assert recovery.clean_up(operation=operation, actor=actor) is None
    assert [secret["ARN"] for secret in secrets_of("eu-west-1")] == [replica["ARN"]]


@pytest.mark.promise("F8", "F14")
def test_a_replica_in_a_region_that_cannot_be_read_keeps_the_operation_open(
    aws: FakeAws, actor: User
) -> None:
    operation = fail_everywhere(aws, actor).operation
    aws.refuse(operation="DescribePullThroughCacheRules", region="eu-west-1")
    assert isinstance(recovery.clean_up(operation=operation, actor=actor), SecretInUse)
    assert operation.state == OperationState.FAILED
    aws.clear_faults()
    assert recovery.clean_up(operation=operation, actor=actor) is None
    assert secrets_of() == secrets_of("eu-west-1") == []
    removed = AuditEvent.objects.filter(action="RemoveRegionsFromReplication", phase="intent")
    assert removed.get().after == {"regions": ["eu-west-1"]}


@pytest.mark.usefixtures("clock")
@pytest.mark.promise("F8")
@pytest.mark.parametrize("is_set_aside", [False, True])
def test_a_secret_that_another_region_is_about_to_use_stays_and_is_listed(
    aws: FakeAws, actor: User, is_set_aside: bool
) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", region=TARGET.region, times=1)
    aws.throttle(operation="CreatePullThroughCacheRule", region="eu-west-1")
    creation = create(actor, "eu-west-1", spread=Spread.REPLICATED)
    assert states_of(creation) == {TARGET.region: "failed", "eu-west-1": "waiting"}
    if is_set_aside:
        draft = docker_hub().with_made_secret(creation.made_secret_arn)
        draft = draft.with_secret(other_secret())
        assert confirm(draft, credential=None, actor=actor).error is None
    (listed,) = lookups.orphans(**HERE)
    assert isinstance(recovery.clean_up(operation=listed, actor=actor), SecretAwaited)
    assert lookups.orphans(**HERE) == [listed]
    aws.clear_faults()
    Operation.objects.filter(region="eu-west-1").update(next_try_at=timezone.now())
    running.go_on(operation_id=Operation.objects.get(region="eu-west-1").pk)
    assert len(rules_of("eu-west-1")) == 1
    assert recovery.clean_up(operation=listed, actor=actor) is None
    assert len(secrets_of("eu-west-1")) == 1


# --- who may, and as whose doing -----------------------------------------------------------------


def operator_of(*regions: str) -> User:
    user = User.objects.create_user("nora")
    for region in regions:
        Grant.objects.create(
            user=user, role="operator", account_id=TARGET.account_id, region=region
        )
    return user


@pytest.mark.promise("Z2")
def test_no_replica_is_taken_from_a_region_that_is_not_the_persons(
    aws: FakeAws, actor: User
) -> None:
    operation = fail_everywhere(aws, actor).operation
    with pytest.raises(NotPermitted):
        recovery.clean_up(operation=operation, actor=operator_of(TARGET.region))
    assert len(secrets_of("eu-west-1")) == len(secrets_of()) == 1
    assert Operation.objects.get(pk=operation.pk).state == OperationState.FAILED


@pytest.mark.promise("Z2", "F8")
def test_who_works_in_one_region_may_close_there_what_takes_nothing_elsewhere(
    aws: FakeAws, actor: User
) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", region=TARGET.region, times=1)
    creation = create(actor, "eu-west-1", spread=Spread.REPLICATED)
    assert states_of(creation) == {TARGET.region: "failed", "eu-west-1": "succeeded"}
    nora = operator_of(TARGET.region)
    assert recovery.clean_up(operation=creation.operation, actor=nora) is None
    assert len(secrets_of()) == len(secrets_of("eu-west-1")) == 1


@pytest.mark.promise("Z2")
def test_no_secret_is_replicated_out_of_a_region_that_is_not_the_persons(
    aws: FakeAws, actor: User
) -> None:
    aws.refuse(operation="ReplicateSecretToRegions", times=1)
    creation = create(actor, "eu-west-1", spread=Spread.REPLICATED)
    nora = operator_of("eu-west-1")
    aws.clear_calls()
    with pytest.raises(NotPermitted):
        retry(creation, nora, "eu-west-1")
    Operation.objects.filter(region="eu-west-1").update(
        state=OperationState.RUNNING, lease_until=None
    )
    with pytest.raises(NotPermitted):
        recovery.complete(
            operation=Operation.objects.get(region="eu-west-1"), credential=None, actor=nora
        )
    assert "ReplicateSecretToRegions" not in aws.calls()


@pytest.mark.promise("Z2")
def test_no_secret_is_made_for_replication_in_a_region_that_is_not_the_persons(
    aws: FakeAws, actor: User
) -> None:
    aws.refuse(operation="CreateSecret", times=1)
    creation = create(actor, "eu-west-1", spread=Spread.REPLICATED)
    assert set(states_of(creation).values()) == {"failed"}
    with pytest.raises(NotPermitted):
        batches.retry_failed(
            batch_id=creation.operation.batch_id,
            account_id=TARGET.account_id,
            regions=["eu-west-1"],
            credential=CREDENTIAL,
            actor=operator_of("eu-west-1"),
        )
    assert secrets_of() == []


@pytest.mark.promise("Z2")
def test_what_failed_in_a_region_that_is_not_the_persons_is_not_repeated(
    aws: FakeAws, actor: User
) -> None:
    aws.refuse(operation=str(AwsAction.CREATE_RULE), region="eu-west-1", times=1)
    creation = create(actor, "eu-west-1")
    nora = operator_of(TARGET.region)
    with pytest.raises(NotPermitted):
        retry(creation, nora, TARGET.region, "eu-west-1")
    assert states_of(creation)["eu-west-1"] == "failed"
    Operation.objects.filter(region="eu-west-1").update(
        state=OperationState.RUNNING, lease_until=None
    )
    operation = Operation.objects.get(region="eu-west-1")
    with pytest.raises(NotPermitted):
        recovery.complete(operation=operation, credential=None, actor=nora)
    with pytest.raises(NotPermitted):
        recovery.complete_all(
            comparisons=[comparing.compare(operation)], credential=None, actor=nora
        )
    assert lookups.interrupted_operations() == [operation]
    assert rules_of("eu-west-1") == []


@pytest.mark.promise("W9")
def test_a_region_that_cannot_be_read_needs_the_role_as_well(aws: FakeAws, actor: User) -> None:
    value = '{"username": "a", "accessToken": "b"}'
    for region in (TARGET.region, "eu-west-1"):
        client = boto3.client("secretsmanager", region_name=region)
        client.create_secret(Name=SECRET_NAME, SecretString=value)
    draft = docker_hub().with_secret(secrets_of()[0]["ARN"])
    aws.refuse(operation="DescribePullThroughCacheRules", region="eu-west-1")
    with pytest.raises(NotPermitted):
        confirm(draft, regions=["eu-west-1"], actor=operator_of(TARGET.region))
    assert not Operation.objects.exists()
    assert rules_of() == []
    assert set(states_of(confirm(draft, regions=["eu-west-1"], actor=actor)).values()) == {
        "succeeded",
        "untried",
    }


@pytest.mark.promise("Z2", "D1")
def test_the_original_of_a_chosen_replica_needs_a_role_in_its_region_and_is_audited_there(
    aws: FakeAws, actor: User
) -> None:
    client = boto3.client("secretsmanager", region_name="eu-central-1")
    value = '{"username": "a", "accessToken": "b"}'
    arn = client.create_secret(
        Name=SECRET_NAME, SecretString=value, AddReplicaRegions=[{"Region": TARGET.region}]
    )["ARN"]
    draft = docker_hub().with_secret(arn.replace("eu-central-1", TARGET.region))
    wanted: dict[str, Any] = {"regions": ["eu-west-1"], "spread": Spread.REPLICATED}
    nora = operator_of(TARGET.region, "eu-west-1")
    with pytest.raises(NotPermitted):
        confirm(draft, actor=nora, **wanted)
    assert not Operation.objects.exists()
    assert confirm(draft, actor=actor, **wanted).error is None
    row = AuditEvent.objects.get(action="ReplicateSecretToRegions", phase="intent")
    assert (row.region, row.after) == ("eu-central-1", {"regions": ["eu-west-1"]})


@pytest.mark.promise("Z2")
def test_a_value_that_replicas_get_needs_a_role_in_their_regions(aws: FakeAws, actor: User) -> None:
    client = boto3.client("secretsmanager", region_name=TARGET.region)
    value = '{"username": "a", "accessToken": "b"}'
    made = client.create_secret(
        Name=SECRET_NAME, SecretString=value, AddReplicaRegions=[{"Region": "eu-west-1"}]
    )
    new: dict[str, Any] = {"target": TARGET, "arn": made["ARN"], "credential": CREDENTIAL}
    new["token"] = str(uuid.uuid4())
    with pytest.raises(NotPermitted):
        credentials.replace_secret_value(actor=operator_of(TARGET.region), **new)
    assert "PutSecretValue" not in aws.calls()
    credentials.replace_secret_value(actor=actor, **new)
    assert aws.calls()["PutSecretValue"] == 1


# --- other tries, other workers ------------------------------------------------------------------


@pytest.mark.promise("W4")
def test_a_region_whose_rule_was_another_is_made_anew_when_the_answers_change(
    aws: FakeAws, actor: User
) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", region=TARGET.region, times=1)
    first = create(actor, "eu-west-1")
    assert states_of(first) == {TARGET.region: "failed", "eu-west-1": "succeeded"}
    draft = docker_hub().with_made_secret(first.made_secret_arn)
    draft = draft.with_answers(Step.DESTINATION, {"ecr_repository_prefix": "hub2"})
    second = confirm(draft, regions=["eu-west-1"], actor=actor)
    assert states_of(second) == {TARGET.region: "succeeded", "eu-west-1": "succeeded"}
    assert {rule["ecrRepositoryPrefix"] for rule in rules_of("eu-west-1")} == {PREFIX, "hub2"}
    # What the first try made is told by itself.
    kept = Operation.objects.get(region="eu-west-1", ecr_repository_prefix=PREFIX)
    assert kept.batch_id != second.operation.batch_id


@pytest.mark.promise("W4")
def test_a_rule_that_the_review_said_to_exist_is_not_created_when_it_is_gone(
    aws: FakeAws, actor: User
) -> None:
    draft = replace(quay(), further_regions=("eu-west-1",))
    result = confirming.confirm(
        draft=draft,
        shown=confirming.reviewed(draft, exists=True),
        chosen=draft,
        credential=None,
        actor=actor,
    )
    assert result == confirming.ReviewAgain(draft=draft, is_rule_gone=True)
    assert rules_of() == rules_of("eu-west-1") == []


@pytest.mark.promise("W4")
def test_a_region_whose_rule_is_gone_is_made_anew_and_listed_once_in_its_batch(
    aws: FakeAws, actor: User
) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", region=TARGET.region, times=1)
    first = create(actor, "eu-west-1")
    boto3.client("ecr", region_name="eu-west-1").delete_pull_through_cache_rule(
        ecrRepositoryPrefix=PREFIX
    )
    draft = docker_hub().with_made_secret(first.made_secret_arn)
    second = confirm(draft, regions=["eu-west-1"], actor=actor)
    assert second.operation.batch_id == first.operation.batch_id
    batch = lookups.operations_of(batch_id=second.operation.batch_id, account_id=TARGET.account_id)
    assert [each.region for each in batch] == ["eu-west-1", TARGET.region]
    assert len(rules_of("eu-west-1")) == 1
    superseded = Operation.objects.get(superseded_at__isnull=False)
    assert (superseded.region, superseded.state) == ("eu-west-1", OperationState.SUCCEEDED)


@pytest.mark.promise("W1")
def test_the_database_takes_one_operation_for_a_draft_in_a_region(actor: User) -> None:
    row: dict[str, Any] = {
        "draft_id": "draft",
        "account_id": TARGET.account_id,
        "actor": actor,
        "ecr_repository_prefix": PREFIX,
        "planned_rule": {"ecr_repository_prefix": PREFIX, "upstream_registry_url": "quay.io"},
    }
    for _number in range(2):
        Operation.objects.create(region="eu-west-1", superseded_at=timezone.now(), **row)
    Operation.objects.create(region="eu-west-1", **row)
    Operation.objects.create(region="eu-central-1", **row)
    with pytest.raises(IntegrityError):
        Operation.objects.create(region="eu-west-1", **row)


@pytest.mark.promise("F6")
def test_a_region_in_which_no_rule_can_be_created_has_a_result_with_the_reason(
    aws: FakeAws, actor: User
) -> None:
    prefix = docker_hub().cache_prefix
    boto3.client("ecr", region_name="eu-west-1").create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl="quay.io"
    )
    full = boto3.client("ecr", region_name="eu-central-1")
    for number in range(50):
        full.create_pull_through_cache_rule(
            ecrRepositoryPrefix=f"full-{number}", upstreamRegistryUrl="quay.io"
        )
    creation = create(actor, *FURTHER)
    assert states_of(creation) == {
        "eu-central-1": "untried",
        "eu-west-1": "untried",
        "us-east-2": "succeeded",
        "us-west-2": "succeeded",
    }
    left = Operation.objects.filter(state="untried").order_by("region")
    errors = [type(each.steps.get().error) for each in left]
    assert errors == [RuleLimitExceeded, RuleAlreadyExists]
    assert not any(batches.can_retry(each) or each.has_orphan for each in left)


@pytest.mark.usefixtures("clock")
@pytest.mark.promise("F6")
def test_a_region_that_waits_keeps_the_others_from_nothing(aws: FakeAws, actor: User) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", region=TARGET.region, times=1)
    aws.throttle(operation="CreatePullThroughCacheRule", region="eu-west-1")
    first = create(actor, "eu-west-1")
    assert states_of(first) == {TARGET.region: "failed", "eu-west-1": "waiting"}
    draft = docker_hub().with_made_secret(first.made_secret_arn)
    second = confirm(draft, regions=["eu-west-1"], actor=actor)
    assert second.is_ours
    assert states_of(second) == {TARGET.region: "succeeded", "eu-west-1": "waiting"}


@pytest.mark.promise("F3", "F6")
def test_a_region_whose_secret_cannot_be_looked_up_is_told_and_keeps_no_other_back(
    aws: FakeAws, actor: User
) -> None:
    value = '{"username": "a", "accessToken": "b"}'
    for region in (TARGET.region, "eu-west-1", "eu-central-1"):
        client = boto3.client("secretsmanager", region_name=region)
        client.create_secret(Name=SECRET_NAME, SecretString=value)
    draft = docker_hub().with_secret(secrets_of()[0]["ARN"])
    aws.refuse(operation="DescribePullThroughCacheRules", region="eu-west-1")
    creation = confirm(draft, regions=FURTHER[:2], actor=actor)
    expected = {TARGET.region: "succeeded", "eu-central-1": "succeeded", "eu-west-1": "untried"}
    assert states_of(creation) == expected
    left = Operation.objects.get(region="eu-west-1")
    assert isinstance(left.steps.get().error, AccessDenied)
    assert not batches.can_retry(left)
    assert not leases.take(left, actor=actor)
    # Confirmed again when the Region can be read, the same operation is done.
    aws.clear_faults()
    Operation.objects.filter(region=TARGET.region).update(state=OperationState.FAILED)
    again = confirm(draft, regions=FURTHER[:2], actor=actor)
    assert set(states_of(again).values()) == {"succeeded"}
    assert Operation.objects.get(region="eu-west-1").pk == left.pk


@pytest.mark.promise("F7")
def test_a_replica_cut_off_before_its_secret_was_replicated_is_completed(
    aws: FakeAws, actor: User
) -> None:
    aws.refuse(operation="ReplicateSecretToRegions", times=1)
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    create(actor, "eu-west-1", spread=Spread.REPLICATED)
    Operation.objects.update(state=OperationState.RUNNING, lease_until=None)
    replica = Operation.objects.get(region="eu-west-1")
    creation = recovery.complete(operation=replica, credential=None, actor=actor)
    assert creation.error is None
    (secret,), (rule,) = secrets_of("eu-west-1"), rules_of("eu-west-1")
    assert rule["credentialArn"] == secret["ARN"]
    # Nobody works at the other one, and so nobody says so.
    assert [each.region for each in lookups.interrupted_operations()] == [TARGET.region]


@pytest.mark.promise("F7")
def test_a_worker_whose_operation_was_cleaned_up_meanwhile_stops(
    aws: FakeAws, actor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease ran out while its call was under way, and a colleague did not wait for it."""
    make = secret_steps.make_secret

    def make_slowly(operation: Operation, credential: Any) -> None:
        make(operation, credential)
        Operation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        other = Operation.objects.get()
        assert other.is_interrupted
        assert recovery.clean_up(operation=other, actor=actor) is None

    monkeypatch.setattr(secret_steps, "make_secret", make_slowly)
    creation = create(actor)
    assert not creation.is_ours
    assert Operation.objects.get().state == OperationState.CLEANED
    assert rules_of() == secrets_of() == []


@pytest.mark.promise("F7")
def test_a_late_call_that_made_nothing_opens_no_operation_again(
    aws: FakeAws, actor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = secretsmanager.create_secret

    def make_late(*words: Any, **named: Any) -> str:
        monkeypatch.undo()
        Operation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert recovery.clean_up(operation=Operation.objects.get(), actor=actor) is None
        aws.refuse(operation="CreateSecret")
        return make(*words, **named)

    monkeypatch.setattr(secretsmanager, "create_secret", make_late)
    assert not create(actor).is_ours
    assert Operation.objects.get().state == OperationState.CLEANED


@pytest.mark.promise("F3")
def test_a_region_that_does_not_answer_is_compared_with_that_answer(
    aws: FakeAws, actor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = create(actor).operation
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 0.05)
    aws.hold(operation="DescribeSecret")
    try:
        (compared,) = recovery.compare_all([operation])
    finally:
        aws.release()
    assert isinstance(compared.error, RegionUnreachable)
    assert compared.operation == operation
    assert threads.wait_until_idle(30)


@pytest.mark.promise("F7")
def test_a_worker_whose_operation_was_completed_meanwhile_leaves_it_so(
    aws: FakeAws, actor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its call ends after the colleague's, who used the same token."""
    make = secretsmanager.create_secret

    def make_late(*words: Any, **named: Any) -> str:
        monkeypatch.undo()
        Operation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        slow = Operation.objects.get()
        done = recovery.complete(operation=slow, credential=CREDENTIAL, actor=actor)
        assert done.error is None
        return make(*words, **named)

    monkeypatch.setattr(secretsmanager, "create_secret", make_late)
    assert not create(actor).is_ours
    assert Operation.objects.get().state == OperationState.SUCCEEDED
    assert len(rules_of()) == len(secrets_of()) == 1


@pytest.mark.promise("Z2")
def test_operations_of_another_account_are_in_no_list(aws: FakeAws, actor: User) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    failed = create(actor).operation
    here = HERE
    assert lookups.orphans(**here) == [failed]
    assert lookups.list_batches(**here) == [[failed]]
    other = Operation.objects.get()
    other.pk = other.batch_id = uuid.uuid4()
    other.account_id, other.draft_id = "999999999999", "another"
    other._state.adding = True
    other.save(force_insert=True)
    assert lookups.orphans(**here) == [failed]
    assert lookups.list_batches(**here) == [[failed]]
    third = docker_hub("third").with_new_secret(f"{SECRET_NAME}-3")
    done = confirm(third, credential=CREDENTIAL, actor=actor).operation
    for each in (failed, done):
        assert lookups.get_operation(target=TARGET, operation_id=each.pk) == each
    for lookup in (
        lambda: lookups.get_operation(target=TARGET, operation_id=other.pk),
        lambda: lookups.operations_of(batch_id=other.batch_id, account_id=TARGET.account_id),
    ):
        with pytest.raises(OperationNotFound):
            lookup()


@pytest.mark.promise("F7")
def test_what_was_cut_off_before_any_change_is_unsettled(aws: FakeAws, actor: User) -> None:
    create(actor)
    assert not lookups.has_unsettled(target=TARGET)
    Operation.objects.update(
        state=OperationState.RUNNING, lease_until=None, secret_name="", made_secret_arn=""
    )
    operation = Operation.objects.get()
    assert lookups.orphans(**HERE) == []
    assert lookups.has_unsettled(target=TARGET)
    assert not comparing.compare(operation).has_lost_rule


@pytest.mark.promise("D1", "F13")
def test_the_trail_tells_the_rule_that_was_replaced_and_put_back(aws: FakeAws, actor: User) -> None:
    make_rule(PREFIX, "quay.io")
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    confirm(replace(docker_hub(), replaces=OLD), credential=CREDENTIAL, actor=actor)
    rows = AuditEvent.objects.filter(phase="intent").order_by("sequence")
    told = {row.action: (row.before, row.after) for row in rows}
    old = {"ecr_repository_prefix": PREFIX, "upstream_registry_url": "quay.io"}
    assert told["DeletePullThroughCacheRule"] == (old, None)
    assert told[AwsAction.PUT_BACK_RULE] == (None, old)


@pytest.mark.promise("F7")
@pytest.mark.parametrize("further", [(), ("eu-west-1",)])
def test_what_a_worker_made_after_it_was_cleaned_up_is_listed(
    aws: FakeAws, actor: User, monkeypatch: pytest.MonkeyPatch, further: tuple[str, ...]
) -> None:
    """The colleague looked when AWS had not yet carried out the call."""
    make = secretsmanager.create_secret

    def make_late(*words: Any, **named: Any) -> str:
        Operation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        slow = Operation.objects.get(region=TARGET.region)
        assert recovery.clean_up(operation=slow, actor=actor) is None
        assert slow.state == OperationState.CLEANED
        return make(*words, **named)

    monkeypatch.setattr(secretsmanager, "create_secret", make_late)
    creation = create(actor, *further, spread=Spread.REPLICATED)
    assert not creation.is_ours
    assert rules_of() == rules_of("eu-west-1") == []
    assert lookups.orphans(**HERE) == [creation.operation]
    monkeypatch.undo()
    assert recovery.clean_up(operation=creation.operation, actor=actor) is None
    assert secrets_of() == []
