"""Rules of many accounts that are changed or replaced: once, and never lost on the way."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User

from ptcconsole.fakeaws.server import FakeAws
from tests.accounts import OTHER_ACCOUNT, THIRD_ACCOUNT, client_in, operator_in
from tests.faults.test_batches import no_audit_rows
from tests.faults.test_fleet_creation import look_again, states
from tests.faults.test_worker import wait_for
from tests.person import REGION
from tests.worker import start_worker, work
from wizard.domain.fleet_rules import FleetChange
from wizard.models import (
    AuditEvent,
    FleetOperation,
    FleetPart,
    FleetVerb,
    Grant,
    WorkerHeartbeat,
)
from wizard.services import fleet_operations
from wizard.services.fleet_operations import AccountPlan

CREATE = "CreatePullThroughCacheRule"
DELETE = "DeletePullThroughCacheRule"
UPDATE = "UpdatePullThroughCacheRule"
ACCOUNTS = (OTHER_ACCOUNT, THIRD_ACCOUNT)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator(aws: FakeAws, transactional_db: None) -> User:
    """An operator of two accounts, each of which has a rule."""
    return operator_in(aws, *ACCOUNTS, rules={REGION: {"quay": "quay.io"}})


def begin(actor: User, *, is_confirmed: bool = True) -> FleetOperation:
    started = fleet_operations.start(
        operation_id=uuid.uuid4(),
        verb=FleetVerb.REPLACE,
        accounts=[
            AccountPlan(account_id=each, regions=(REGION,), rules=(f"{REGION}/quay",))
            for each in ACCOUNTS
        ],
        actor=actor,
        asked=fleet_operations.asked_to_change(
            FleetChange(upstream_repository_prefix="org"), is_confirmed=is_confirmed
        ),
    )
    assert started is not None
    return started


def upstreams(aws: FakeAws) -> list[Any]:
    found = []
    for each in ACCOUNTS:
        rules = client_in(aws, "ecr", each).describe_pull_through_cache_rules()
        found += [rule.get("upstreamRepositoryPrefix") for rule in rules["pullThroughCacheRules"]]
    return found


@pytest.mark.promise("W9")
def test_a_role_that_was_withdrawn_meanwhile_changes_nothing(aws: FakeAws, operator: User) -> None:
    operation = begin(operator)
    Grant.objects.filter(account_id=OTHER_ACCOUNT).delete()
    work()
    assert states(operation) == {OTHER_ACCOUNT: "failed", THIRD_ACCOUNT: "done"}
    assert aws.calls()[DELETE] == 1
    part = FleetPart.objects.get(account_id=OTHER_ACCOUNT)
    assert type(part.region_errors[REGION]).__name__ == "RoleWithdrawn"


@pytest.mark.promise("C1")
def test_a_rule_is_not_deleted_without_the_confirmation(aws: FakeAws, operator: User) -> None:
    """The plan had no rule to be deleted, and by now one has another upstream prefix."""
    operation = begin(operator, is_confirmed=False)
    work()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "failed")
    assert DELETE not in aws.calls()
    errors = [*FleetPart.objects.get(account_id=OTHER_ACCOUNT).rule_errors.values()]
    assert [type(each).__name__ for each in errors] == ["ChangedSince"]


def test_an_account_that_cannot_be_read_holds_up_no_other(aws: FakeAws, operator: User) -> None:
    aws.refuse(operation="DescribePullThroughCacheRules", times=1)
    operation = begin(operator)
    work()
    assert sorted(states(operation).values()) == ["done", "failed"]
    assert aws.calls()[DELETE] == 1


def test_a_worker_that_is_killed_while_it_replaces_leaves_the_new_rule_in_each_account(
    aws: FakeAws, operator: User
) -> None:
    """The old rule is deleted, and the call that creates the new one hangs: kill -9."""
    aws.hold(operation=CREATE, times=1)
    operation = begin(operator)
    with start_worker() as process:
        try:
            wait_for(WorkerHeartbeat.objects.exists, "the heartbeat")
            wait_for(operation.parts.filter(state="done").exists, "the other account")
            aws.wait_for_call(CREATE, count=2)
        finally:
            process.kill()
            aws.release()
            process.communicate(timeout=60)
    look_again()
    look_again()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done")
    assert upstreams(aws) == ["org", "org"]
    assert aws.calls()[DELETE] == 2


@pytest.mark.promise("B12")
def test_a_region_that_does_not_respond_is_asked_about_one_rule_of_a_part(
    aws: FakeAws, operator: User
) -> None:
    secrets = client_in(aws, "secretsmanager", OTHER_ACCOUNT)
    old, _new = (
        secrets.create_secret(
            Name=f"ecr-pullthroughcache/{name}",
            SecretString='{"username": "a", "accessToken": "b"}',
        )["ARN"]
        for name in ("old", "new")
    )
    names = [f"hub-{number}" for number in range(4)]
    for name in names:
        client_in(aws, "ecr", OTHER_ACCOUNT).create_pull_through_cache_rule(
            ecrRepositoryPrefix=name, upstreamRegistryUrl="registry-1.docker.io", credentialArn=old
        )
    operation = fleet_operations.start(
        operation_id=uuid.uuid4(),
        verb=FleetVerb.REPLACE,
        accounts=[
            AccountPlan(
                account_id=OTHER_ACCOUNT,
                regions=(REGION,),
                rules=tuple(f"{REGION}/{name}" for name in names),
            )
        ],
        actor=operator,
        asked=fleet_operations.asked_to_change(
            FleetChange(secret_name="ecr-pullthroughcache/new"), is_confirmed=False
        ),
    )
    assert operation is not None
    aws.unreachable(region=REGION, operation=UPDATE)
    work()
    part = FleetPart.objects.get()
    assert {type(each).__name__ for each in part.rule_errors.values()} == {"RegionUnreachable"}
    assert len(part.rule_errors) == 4
    tried = AuditEvent.objects.filter(action=UPDATE, phase="intent")
    assert tried.count() == 1


def test_a_database_that_refuses_in_mid_replacement_leaves_no_rule_deleted(
    aws: FakeAws, operator: User
) -> None:
    """As with a full disk, after the old rule was deleted."""
    operation = begin(operator)
    with no_audit_rows(f"action = '{CREATE}'"):
        work()
        assert upstreams(aws) == []
        assert states(operation) == dict.fromkeys(ACCOUNTS, "running")
    look_again()
    assert states(operation) == dict.fromkeys(ACCOUNTS, "done")
    assert upstreams(aws) == ["org", "org"]
