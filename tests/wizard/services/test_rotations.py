"""Which secrets a rotation finds, what it changes, and what a failure in one Region leaves."""

from dataclasses import replace
from types import SimpleNamespace

import botocore.endpoint
import pytest
from django.contrib.auth.models import User

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import make_rule, make_secret
from tests.person import ACCOUNT
from tests.rotations import (
    HOME,
    HOST,
    HUB,
    NEW,
    OTHER,
    THIRD,
    begin,
    client,
    hubs,
    operator,
    plan,
    rotate,
    row,
    states,
    value,
)
from tests.worker import work
from wizard import tasks
from wizard.domain import Target, replica_arn
from wizard.models import AuditEvent, BulkValidation, Rotation, UsedBy
from wizard.services import rotations
from wizard.services.rotations import LeftOut, replicating
from wizard.services.rotations.validating import validate

OLD = "wrong"
ALL = [f"{region}/docker-hub" for region in (HOME, OTHER, THIRD)]


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore's pauses between attempts are skipped, and those for replicas."""
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))
    monkeypatch.setattr(replicating, "pause", lambda _seconds: None)


@pytest.fixture
def ada(aws: FakeAws, transactional_db: None) -> User:
    return User.objects.create_superuser("ada")


def reasons(actor: User) -> dict[str, LeftOut]:
    left_out = plan(actor).left_out
    return {each.key: each.left_out for each in left_out if each.left_out is not None}


def test_the_secrets_of_an_upstream_are_found_over_regions_with_their_rules(ada: User) -> None:
    hubs(HOME, OTHER)
    make_rule("hub-copy", HOST, credentialArn=client(HOME).describe_secret(SecretId=HUB)["ARN"])
    make_rule("github", "ghcr.io", credentialArn=make_secret("ecr-pullthroughcache/github"))
    found = {
        each.key: [rule.ecr_repository_prefix for rule in each.rules] for each in plan(ada).possible
    }
    assert found == {
        f"{HOME}/docker-hub": ["docker-hub", "hub-copy"],
        f"{OTHER}/docker-hub": ["docker-hub"],
    }
    assert all(each.is_suggested for each in plan(ada).possible)


def test_a_namesake_without_a_rule_and_a_secret_of_two_upstreams_are_not_suggested(
    ada: User,
) -> None:
    hubs(HOME, OTHER)
    shared = client(OTHER).describe_secret(SecretId=HUB)["ARN"]
    make_rule("github", "ghcr.io", region=OTHER, credentialArn=shared)
    make_secret(HUB, THIRD)
    found = {each.key: (each.is_suggested, each.others) for each in plan(ada).possible}
    assert found == {
        f"{HOME}/docker-hub": (True, ()),
        f"{OTHER}/docker-hub": (False, ("ghcr.io",)),
        f"{THIRD}/docker-hub": (False, ()),
    }


def test_an_unexpected_arn_or_region_of_aws_leaves_its_secret_out(ada: User) -> None:
    hubs(HOME)
    here = Target(account_id=ACCOUNT, region=HOME)
    known = rotations.read_inventory([here])
    (rule,), (secret,) = known.rules[here], known.secrets[here]
    odd_rule = replace(rule, ecr_repository_prefix="odd", credential_arn="no ARN at all")
    odd_replica = replace(secret, primary_region="odd")
    inventory = replace(known, rules={here: [rule, odd_rule]}, secrets={here: [odd_replica]})
    assert [each.host for each in rotations.upstreams_of(inventory)] == [HOST]
    found = rotations.plan_of(inventory, upstream=HOST, actor=ada).left_out
    assert {each.key: each.left_out for each in found} == {
        "odd/docker-hub": LeftOut.UNREAD,
        f"{HOME}/no ARN at all": LeftOut.MISSING,
    }


def test_a_secret_without_a_rule_can_be_asked_for(ada: User) -> None:
    make_secret("ecr-pullthroughcache/spare", OTHER)
    found = plan(ada, upstream="", also=[f"{OTHER}/spare"]).possible
    assert [(each.key, each.is_suggested) for each in found] == [(f"{OTHER}/spare", True)]


def test_what_cannot_be_changed_is_left_out_with_its_reason(aws: FakeAws, ada: User) -> None:
    hubs(HOME, OTHER, THIRD)
    client(OTHER).delete_secret(SecretId=HUB, RecoveryWindowInDays=7)
    tag = {"Key": "aws:secretsmanager:owningService", "Value": "ecr"}
    client(THIRD).tag_resource(SecretId=HUB, Tags=[tag])
    gone = f"arn:aws:secretsmanager:{HOME}:{ACCOUNT}:secret:ecr-pullthroughcache/gone-AbCdEf"
    make_rule("lost", HOST, credentialArn=make_secret("ecr-pullthroughcache/gone"))
    client(HOME).delete_secret(
        SecretId="ecr-pullthroughcache/gone", ForceDeleteWithoutRecovery=True
    )
    assert reasons(ada) == {
        f"{OTHER}/docker-hub": LeftOut.PENDING_DELETION,
        f"{THIRD}/docker-hub": LeftOut.MANAGED,
        f"{HOME}/gone": LeftOut.MISSING,
    }, gone


def test_a_region_without_the_role_and_one_that_is_not_read_are_left_out(
    aws: FakeAws, ada: User
) -> None:
    hubs(HOME, OTHER, THIRD)
    aws.refuse(operation="ListSecrets", region=THIRD)
    bob = operator(HOME, THIRD)
    found = plan(bob)
    assert [each.key for each in found.possible] == [f"{HOME}/docker-hub"]
    assert reasons(bob) == {
        f"{OTHER}/docker-hub": LeftOut.NO_ROLE,
        f"{THIRD}/docker-hub": LeftOut.UNREAD,
    }
    assert [target.region for target, _error in found.unread] == [THIRD]


def test_a_replica_is_rotated_at_its_primary_and_its_rules_are_found(ada: User) -> None:
    hubs(HOME)
    client(HOME).replicate_secret_to_regions(SecretId=HUB, AddReplicaRegions=[{"Region": OTHER}])
    arn = replica_arn(client(HOME).describe_secret(SecretId=HUB)["ARN"], OTHER)
    make_rule("docker-hub", HOST, region=OTHER, credentialArn=arn)
    (found,) = plan(ada).possible
    assert found.target.region == HOME
    assert {rule.region for rule in found.rules} == {HOME, OTHER}
    rotation = rotate(ada)
    assert value(OTHER) == NEW.access_token
    assert states(rotation) == {HOME: "succeeded"}


def test_a_replica_in_a_region_without_the_role_is_left_out(ada: User) -> None:
    hubs(HOME)
    client(HOME).replicate_secret_to_regions(SecretId=HUB, AddReplicaRegions=[{"Region": OTHER}])
    assert reasons(operator(HOME)) == {f"{HOME}/docker-hub": LeftOut.NO_ROLE}


def test_one_token_is_stored_in_all_regions_and_the_rules_are_validated(ada: User) -> None:
    hubs(HOME, OTHER, THIRD)
    rotation = rotate(ada)
    assert {value(region) for region in (HOME, OTHER, THIRD)} == {NEW.access_token}
    assert states(rotation) == dict.fromkeys((HOME, OTHER, THIRD), "succeeded")
    rows = AuditEvent.objects.filter(action="PutSecretValue", phase="result")
    assert {(each.region, each.outcome) for each in rows} == {
        (region, "succeeded") for region in (HOME, OTHER, THIRD)
    }
    secrets = rotations.secrets_of(rotation, regions=[HOME, OTHER, THIRD])
    bulk = BulkValidation.objects.get()
    tasks.start_in_background(bulk)
    work()
    assert Rotation.objects.get().bulk == bulk
    assert set(rotations.results_of(secrets)) == {
        UsedBy(region=region, ecr_repository_prefix="docker-hub") for region in (HOME, OTHER, THIRD)
    }


def test_a_form_that_is_sent_twice_starts_one_rotation(ada: User) -> None:
    hubs(HOME)
    first = begin(ada)
    again = rotations.start(
        rotation_id=first.pk,
        account_id=ACCOUNT,
        upstream=HOST,
        chosen=plan(ada).possible,
        actor=ada,
    )
    assert again is None
    assert Rotation.objects.count() == 1


@pytest.mark.parametrize("fault", ["refuse", "throttle", "unreachable"])
def test_a_region_that_fails_stops_no_other_and_is_completed_later(
    aws: FakeAws, ada: User, fault: str
) -> None:
    hubs(HOME, OTHER, THIRD)
    rotation = begin(ada)
    getattr(aws, fault)(operation="PutSecretValue", region=OTHER)
    rotations.put_all(rotation, list(rotation.secrets.all()), NEW)
    assert states(rotation) == {HOME: "succeeded", OTHER: "failed", THIRD: "succeeded"}
    assert value(OTHER) == OLD
    assert row(rotation, OTHER).error is not None
    aws.clear_faults()
    aws.clear_calls()
    assert rotations.complete(rotation=rotation, credential=NEW, actor=ada)
    assert states(rotation) == dict.fromkeys((HOME, OTHER, THIRD), "succeeded")
    assert row(rotation, OTHER).error is None
    assert aws.calls()["PutSecretValue"] == 1


def test_a_region_that_does_not_answer_at_all_is_not_tried(aws: FakeAws, ada: User) -> None:
    hubs(HOME, OTHER)
    rotation = begin(ada)
    aws.unreachable(region=OTHER)
    rotations.put_all(rotation, list(rotation.secrets.all()), NEW)
    assert states(rotation) == {HOME: "succeeded", OTHER: "failed"}
    assert not AuditEvent.objects.filter(region=OTHER, action="PutSecretValue").exists()


@pytest.mark.promise("F12")
def test_a_lost_answer_is_read_back(aws: FakeAws, ada: User) -> None:
    hubs(HOME, OTHER)
    rotation = begin(ada)
    aws.lose_answer(operation="PutSecretValue", region=OTHER, times=9)
    rotations.put_all(rotation, list(rotation.secrets.all()), NEW)
    assert states(rotation) == {HOME: "succeeded", OTHER: "succeeded"}
    aws.lose_answer(operation="UpdateSecretVersionStage", times=9)
    assert rotations.put_back(rotation=rotation, keys=ALL, actor=ada)
    assert states(rotation) == {HOME: "put-back", OTHER: "put-back"}


def test_the_old_version_is_put_back_where_it_was_asked_for(ada: User) -> None:
    hubs(HOME, OTHER)
    rotation = rotate(ada)
    assert rotations.put_back(rotation=rotation, keys=[f"{OTHER}/docker-hub"], actor=ada)
    assert (value(HOME), value(OTHER)) == (NEW.access_token, OLD)
    assert states(rotation) == {HOME: "succeeded", OTHER: "put-back"}
    event = AuditEvent.objects.get(action="UpdateSecretVersionStage", phase="intent")
    assert event.after["version"] == row(rotation, OTHER).previous_version


def test_an_old_version_that_is_gone_is_told(ada: User) -> None:
    hubs(HOME)
    rotation = rotate(ada)
    rotation.secrets.update(previous_version="00000000-0000-4000-8000-000000000000")
    assert rotations.put_back(rotation=rotation, keys=ALL, actor=ada)
    assert type(row(rotation, HOME).error).__name__ == "OldVersionGone"


def test_the_validation_is_of_rules_in_regions_of_the_person(ada: User) -> None:
    hubs(HOME)
    rotation = begin(ada)
    rotation.actor = operator(OTHER)
    validate(rotation, list(rotation.secrets.all()))
    assert not BulkValidation.objects.exists()


def test_only_one_process_works_on_a_rotation(ada: User) -> None:
    hubs(HOME)
    rotation = begin(ada)
    assert rotation.is_running
    assert not rotations.complete(rotation=rotation, credential=NEW, actor=ada)
    assert not rotations.put_back(rotation=rotation, keys=ALL, actor=ada)
    assert value(HOME) == OLD


def test_the_upstreams_to_choose_from_are_counted(ada: User) -> None:
    hubs(HOME, OTHER)
    make_rule("github", "ghcr.io", credentialArn=make_secret("ecr-pullthroughcache/github"))
    targets = [Target(account_id=ACCOUNT, region=region) for region in (HOME, OTHER)]
    inventory = rotations.read_inventory(targets)
    found = [
        (each.host, each.secrets, each.rules, each.regions)
        for each in rotations.upstreams_of(inventory)
    ]
    assert found == [(HOST, 2, 2, 2), ("ghcr.io", 1, 1, 1)]
    assert rotations.upstream_of_secret(inventory, f"{HOME}/github") == "ghcr.io"
    assert rotations.upstream_of_secret(inventory, f"{HOME}/nothing") == ""
