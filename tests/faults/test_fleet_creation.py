"""Rules that are created in many accounts: once in each, whatever happens to those who do it."""

import json
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from ptcconsole.fakeaws.server import FakeAws
from tests.accounts import OTHER_ACCOUNT, THIRD_ACCOUNT, client_in, operator_in
from tests.faults.test_worker import wait_for
from tests.person import REGION
from tests.sweeps import due, turn_on
from tests.worker import start_worker, work
from wizard.domain import Credential, Target
from wizard.domain.errors import UnexpectedAwsError
from wizard.domain.fleet_rules import FleetRule
from wizard.models import (
    Account,
    AuditEvent,
    FleetOperation,
    FleetPart,
    FleetVerb,
    Grant,
    LastKnownRule,
    Operation,
    SealedValue,
    Sweep,
    WorkerHeartbeat,
)
from wizard.services import fleet_operations, operations, usable_accounts
from wizard.services.fleet_operations import AccountPlan
from wizard.services.fleet_operations.named_secrets import arn_of, find_secrets

CREATE = "CreatePullThroughCacheRule"
FOURTH_ACCOUNT = "444455556666"
ACCOUNTS = (OTHER_ACCOUNT, THIRD_ACCOUNT, FOURTH_ACCOUNT)
RULE = FleetRule(ecr_repository_prefix="quay", upstream_registry_url="quay.io")
MAKE = "CreateSecret"
SECRET = "ecr-pullthroughcache/hub"
HUB = FleetRule(
    ecr_repository_prefix="quay", upstream_registry_url="registry-1.docker.io", secret_name=SECRET
)
TYPED = Credential(username="demo", access_token="demo-access-token")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator(aws: FakeAws, transactional_db: None) -> User:
    """An operator of three accounts without rules."""
    return operator_in(aws, *ACCOUNTS)


def begin(
    actor: User,
    *regions: str,
    operation_id: uuid.UUID | None = None,
    credential: Credential | None = None,
) -> FleetOperation:
    """Start an operation; with a credential, one that creates the secrets as well."""
    regions = regions or (REGION,)
    makes_secrets = credential is not None
    started = fleet_operations.start(
        operation_id=operation_id or uuid.uuid4(),
        verb=FleetVerb.CREATE,
        accounts=[
            AccountPlan(
                account_id=each,
                regions=regions,
                rules=tuple(f"{region}/quay" for region in regions),
            )
            for each in ACCOUNTS
        ],
        actor=actor,
        asked=fleet_operations.asked_for(
            [HUB if makes_secrets else RULE], makes_secrets=makes_secrets
        ),
        credential=credential,
    )
    assert started is not None
    return started


def states(operation: FleetOperation) -> dict[str, str]:
    return dict(operation.parts.values_list("account_id", "state"))


def made(aws: FakeAws, account_id: str, region: str = REGION) -> int:
    ecr = client_in(aws, "ecr", account_id, region)
    return len(ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"])


def look_again() -> None:
    """The time has come for what waits or was held by a dead worker."""
    sooner = timezone.now() - timedelta(seconds=1)
    FleetPart.objects.filter(state="running").update(lease_until=sooner)
    Operation.objects.filter(state="running").update(lease_until=sooner)
    Operation.objects.filter(state="waiting").update(next_try_at=sooner)
    work()


@pytest.mark.promise("W9")
def test_a_role_that_was_withdrawn_meanwhile_creates_nothing(aws: FakeAws, operator: User) -> None:
    operation = begin(operator)
    Grant.objects.filter(account_id=OTHER_ACCOUNT).delete()
    work()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done") | {OTHER_ACCOUNT: "failed"}
    part = FleetPart.objects.get(account_id=OTHER_ACCOUNT)
    assert type(part.region_errors[REGION]).__name__ == "RoleWithdrawn"
    assert [made(aws, each) for each in ACCOUNTS] == [0, 1, 1]
    assert aws.calls()[CREATE] == 2


@pytest.mark.promise("B6")
def test_a_disabled_account_gets_no_rule(aws: FakeAws, operator: User) -> None:
    operation = begin(operator)
    Account.objects.filter(pk=OTHER_ACCOUNT).update(is_enabled=False)
    work()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done") | {OTHER_ACCOUNT: "failed"}
    error = FleetPart.objects.get(account_id=OTHER_ACCOUNT).error
    assert type(error).__name__ == "AccountNotInUse"
    assert aws.calls()[CREATE] == 2


@pytest.mark.promise("W1")
def test_a_part_that_is_begun_twice_creates_each_rule_once(aws: FakeAws, operator: User) -> None:
    """The worker died after it inserted the operations, before it wrote so."""
    operation = begin(operator, REGION, "eu-west-1")
    work()
    FleetPart.objects.update(state="waiting", import_id=None, runner="", lease_until=None)
    FleetOperation.objects.update(finished_at=None)
    work()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done")
    assert aws.calls()[CREATE] == 6
    assert Operation.objects.count() == 6
    assert AuditEvent.objects.filter(action=CREATE, outcome="succeeded").count() == 6


def test_a_throttled_account_is_come_back_to_and_holds_up_no_other(
    aws: FakeAws, operator: User
) -> None:
    aws.throttle(operation=CREATE, times=3)
    operation = begin(operator)
    work()
    assert sorted(states(operation).values()) == ["done", "done", "running"]
    look_again()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done")
    assert [made(aws, each) for each in ACCOUNTS] == [1, 1, 1]


@pytest.mark.promise("B6")
def test_what_waits_in_an_account_that_was_disabled_meanwhile_is_not_sent(
    aws: FakeAws, operator: User
) -> None:
    aws.throttle(operation=CREATE, times=50)
    begin(operator)
    work()
    disabled = Operation.objects.get(account_id=OTHER_ACCOUNT)
    assert disabled.state == "waiting"
    Account.objects.filter(pk=OTHER_ACCOUNT).update(is_enabled=False)
    aws.clear_faults()
    aws.clear_calls()
    sooner = timezone.now() - timedelta(seconds=1)
    Operation.objects.update(next_try_at=sooner)
    operations.go_on(operation_id=disabled.pk)
    disabled.refresh_from_db()
    assert disabled.state == "failed"
    assert type(disabled.last_error).__name__ == "AccountNotInUse"
    assert not aws.calls()


@pytest.mark.promise("S16")
def test_a_throttled_secret_is_made_later_with_the_credential_that_is_kept(
    aws: FakeAws, operator: User
) -> None:
    aws.throttle(operation=MAKE, times=3)
    operation = begin(operator, credential=TYPED)
    work()
    assert sorted(states(operation).values()) == ["done", "done", "running"]
    waiting = Operation.objects.get(state="waiting")
    assert waiting.needs_credential
    assert not operations.due_operations(), "only the part has the credential"
    look_again()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done")
    assert secrets_in(aws) == [[SECRET]] * 3
    assert [made(aws, each) for each in ACCOUNTS] == [1, 1, 1]
    assert not SealedValue.objects.exists()


@pytest.mark.promise("S16")
def test_a_throttled_secret_is_not_made_once_the_credential_is_gone(
    aws: FakeAws, operator: User
) -> None:
    aws.throttle(operation=MAKE, times=3)
    operation = begin(operator, credential=TYPED)
    work()
    fleet_operations.cancel(operation=operation, actor=operator)
    look_again()
    assert sorted(states(operation).values()) == ["done", "done", "failed"]
    (error,) = [each.last_error for each in Operation.objects.filter(state="failed")]
    assert type(error).__name__ == "CredentialNotKept"
    assert aws.calls()[MAKE] == 5


def test_an_account_is_read_soon_after_its_rules_were_created(
    aws: FakeAws, operator: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last sweep may have been a moment before."""
    turn_on(settings, monkeypatch)
    for each in ACCOUNTS:
        due(each)
    work()
    assert not LastKnownRule.objects.exists()
    operation = begin(operator)
    work()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done")
    Sweep.objects.exclude(ordered_at=None).update(due_at=timezone.now())
    work()
    assert set(LastKnownRule.objects.values_list("account_id", flat=True)) == set(ACCOUNTS)


def kill_a_worker(aws: FakeAws, operation: FleetOperation, call: str) -> None:
    """Start a worker, and kill it when two accounts have ended and the third is in its call."""
    with start_worker() as process:
        try:
            wait_for(WorkerHeartbeat.objects.exists, "the heartbeat")
            ended = operation.parts.filter(state="done")
            wait_for(lambda: ended.count() == 2, "the other accounts")
            aws.wait_for_call(call, count=3)
        finally:
            process.kill()
            aws.release()
            process.communicate(timeout=60)


def test_a_worker_that_is_killed_while_it_creates_leaves_one_rule_in_each_account(
    aws: FakeAws, operator: User
) -> None:
    """One account hangs in its call: kill -9, and another worker goes on."""
    aws.hold(operation=CREATE, times=1)
    operation = begin(operator)
    kill_a_worker(aws, operation, CREATE)
    look_again()
    look_again()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done")
    assert [made(aws, each) for each in ACCOUNTS] == [1, 1, 1]
    assert aws.calls()[CREATE] == 3
    assert FleetOperation.objects.get().finished_at is not None


@pytest.mark.kind_aws("counts its calls")
@pytest.mark.parametrize("call", [MAKE, CREATE])
@pytest.mark.promise("S16", "F10")
def test_a_worker_that_is_killed_while_it_makes_secrets_leaves_one_of_each(
    aws: FakeAws, operator: User, call: str
) -> None:
    """Two accounts have ended, one hangs in its call: kill -9, and another worker goes on."""
    aws.hold(operation=call, times=1)
    operation = begin(operator, credential=TYPED)
    kill_a_worker(aws, operation, call)
    for _time in range(3):
        look_again()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done")
    assert [made(aws, each) for each in ACCOUNTS] == [1, 1, 1]
    assert secrets_in(aws) == [[SECRET]] * 3
    assert (aws.calls()[MAKE], aws.calls()[CREATE]) == (3, 3)
    assert not SealedValue.objects.exists()


def test_a_worker_that_is_killed_before_it_makes_a_secret_leaves_that_to_the_part(
    aws: FakeAws, operator: User
) -> None:
    """The operation is taken and nothing sent: who takes it over has no credential."""
    aws.throttle(operation=CREATE, times=50)
    operation = begin(operator, credential=TYPED)
    work()
    died = Operation.objects.filter(account_id=OTHER_ACCOUNT)
    manager = client_in(aws, "secretsmanager", OTHER_ACCOUNT)
    manager.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    sooner = timezone.now() - timedelta(seconds=1)
    died.update(state="running", made_secret_arn="", lease_until=sooner)
    died.get().steps.all().delete()
    aws.clear_faults()
    assert not [each for each in operations.due_operations() if each.needs_credential]
    operations.go_on_dead(operation_id=died.get().pk)
    assert died.get().state == "waiting"
    assert not [each for each in operations.due_operations() if each.needs_credential]
    assert operations.go_on(operation_id=died.get().pk) is None
    look_again()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done")
    assert secrets_in(aws) == [[SECRET]] * 3
    assert [made(aws, each) for each in ACCOUNTS] == [1, 1, 1]


@pytest.mark.promise("S16")
def test_a_worker_with_another_secret_key_creates_nothing_and_tells_that_cause(
    aws: FakeAws, operator: User, settings: Settings
) -> None:
    operation = begin(operator, credential=TYPED)
    settings.SECRET_KEY = "of-another-machine" * 4
    work()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "failed")
    errors = {type(each.last_error).__name__ for each in Operation.objects.all()}
    assert errors == {"CredentialSealedOtherwise"}
    assert secrets_in(aws) == [[]] * 3
    assert not SealedValue.objects.exists(), "no credential stays behind"


@pytest.mark.promise("S16")
def test_what_has_no_secret_when_the_credential_goes_ends_and_the_rest_goes_on(
    aws: FakeAws, operator: User
) -> None:
    aws.throttle(operation=CREATE, times=50)
    operation = begin(operator, credential=TYPED)
    work()
    lacking = Operation.objects.filter(account_id=OTHER_ACCOUNT)
    lacking.update(made_secret_arn="")
    SealedValue.objects.all().delete()
    aws.clear_faults()
    look_again()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done") | {OTHER_ACCOUNT: "failed"}
    error = lacking.get().last_error
    assert type(error).__name__ == "CredentialNotKept"
    assert lacking.get().state == "failed"


@pytest.mark.promise("W9")
def test_a_role_that_was_withdrawn_meanwhile_makes_no_secret(aws: FakeAws, operator: User) -> None:
    operation = begin(operator, credential=TYPED)
    Grant.objects.filter(account_id=OTHER_ACCOUNT).delete()
    work()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done") | {OTHER_ACCOUNT: "failed"}
    assert secrets_in(aws) == [[], [SECRET], [SECRET]]


@pytest.mark.promise("F15", "F10")
def test_the_secret_of_somebody_else_is_not_taken_for_the_new_one(
    aws: FakeAws, operator: User
) -> None:
    """The answers name secrets of another name, account and Region; each has its own all the same.

    One of them exists, so that AWS would accept the rule.
    """
    manager = client_in(aws, "secretsmanager", OTHER_ACCOUNT)
    other = manager.create_secret(Name=f"{SECRET}-b", SecretString="of another person")["ARN"]
    for arn in (
        *(other, other.replace(OTHER_ACCOUNT, "999999999999").replace("hub-b", "hub")),
        other.replace(REGION, "eu-west-1").replace("hub-b", "hub"),
    ):
        aws.garble_answer(json.dumps({"ARN": arn, "Name": SECRET}), operation=MAKE, times=1)
    operation = begin(operator, credential=TYPED)
    work()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done")
    for each in ACCOUNTS:
        own = client_in(aws, "secretsmanager", each).describe_secret(SecretId=SECRET)["ARN"]
        (rule,) = client_in(aws, "ecr", each).describe_pull_through_cache_rules()[
            "pullThroughCacheRules"
        ]
        assert rule["credentialArn"] == own
        assert Operation.objects.get(account_id=each).made_secret_arn == own


@pytest.mark.promise("F15")
def test_a_secret_that_was_not_asked_for_is_not_used(aws: FakeAws, operator: User) -> None:
    """A rule gets the secret of a name only if that is what AWS answers about."""
    manager = client_in(aws, "secretsmanager", OTHER_ACCOUNT)
    other = manager.create_secret(Name=f"{SECRET}-b", SecretString="of another person")["ARN"]
    manager.create_secret(Name=SECRET, SecretString="{}")
    odd = {"ARN": other, "Name": SECRET, "VersionIdsToStages": {"a": ["AWSCURRENT"]}}
    aws.garble_answer(json.dumps(odd), operation="DescribeSecret", times=1)
    usable_accounts.check_account(OTHER_ACCOUNT)
    found = find_secrets(account_id=OTHER_ACCOUNT, names={REGION: {SECRET}})
    with pytest.raises(UnexpectedAwsError, match="another secret"):
        arn_of(SECRET, found[REGION], Target(account_id=OTHER_ACCOUNT, region=REGION))


def secrets_in(aws: FakeAws) -> list[list[str]]:
    """The names of the secrets of each account."""
    found = [
        client_in(aws, "secretsmanager", each).list_secrets()["SecretList"] for each in ACCOUNTS
    ]
    return [[each["Name"] for each in listed] for listed in found]


def test_a_cancelled_operation_keeps_what_it_has_made_and_makes_no_further_secret(
    aws: FakeAws, operator: User
) -> None:
    """One account has its secret already and goes on; one had not begun to make its own."""
    aws.throttle(operation=CREATE, times=50)
    operation = begin(operator, credential=TYPED)
    work()
    manager = client_in(aws, "secretsmanager", OTHER_ACCOUNT)
    manager.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    Operation.objects.filter(account_id=OTHER_ACCOUNT).update(made_secret_arn="")
    aws.clear_faults()
    fleet_operations.cancel(operation=operation, actor=operator)
    assert not SealedValue.objects.exists()
    look_again()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done") | {OTHER_ACCOUNT: "failed"}
    assert secrets_in(aws) == [[], [SECRET], [SECRET]]
    assert FleetOperation.objects.get().finished_at is not None


def test_a_retry_after_cleaning_up_does_not_take_a_secret_for_its_own(
    aws: FakeAws, operator: User
) -> None:
    """Its secret was deleted, and another person has created one with its name since."""
    aws.refuse(operation=CREATE, times=1)
    operation = begin(operator, credential=TYPED)
    work()
    (left,) = Operation.objects.filter(state="failed")
    assert left.has_orphan
    assert operations.clean_up(operation=left, actor=operator) is None
    manager = client_in(aws, "secretsmanager", left.account_id)
    manager.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    manager.create_secret(Name=SECRET, SecretString="of another person")
    again = fleet_operations.retry(
        operation=FleetOperation.objects.get(),
        operation_id=uuid.uuid4(),
        actor=operator,
        credential=TYPED,
    )
    assert again is not None
    work()
    assert states(again) == {left.account_id: "failed"}
    error = Operation.objects.exclude(pk=left.pk).get(account_id=left.account_id).last_error
    assert type(error).__name__ == "SecretAlreadyExists"
    assert manager.get_secret_value(SecretId=SECRET)["SecretString"] == "of another person"
    assert states(operation)[left.account_id] == "failed"
