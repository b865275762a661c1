"""A template that is copied to several Regions, or deleted there, as one operation."""

import signal
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.person import sign_in
from tests.wizard.conftest import TARGET
from tests.worker import end_of_module, work
from wizard.backend import templates as backend
from wizard.domain import Role, Target
from wizard.domain.errors import InvalidTemplate, NotPermitted
from wizard.domain.templates import CreationTemplate, settings_of
from wizard.models import (
    AuditEvent,
    Grant,
    OpenChange,
    TemplateOperation,
    TemplateState,
    TemplateVerb,
)
from wizard.services import cut_off, template_operations, templates
from wizard.services.template_operations import Planned, changing

REGIONS = ("eu-central-1", "eu-west-1", "us-east-2")
TARGETS = [Target(account_id=TARGET.account_id, region=region) for region in REGIONS]
POLICY = """{
  "rules": [{
    "rulePriority": 1,
    "selection": {
      "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 9
    },
    "action": {"type": "expire"}
  }]
}"""
HUB = CreationTemplate(
    prefix="hub",
    applied_for=frozenset({"PULL_THROUGH_CACHE", "CREATE_ON_PUSH"}),
    description="Caches",
    tags=(("team", "platform"),),
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator(aws: FakeAws, transactional_db: None) -> User:
    user = User.objects.create_user("oda")
    Grant.objects.create(user=user, role=Role.OPERATOR, account_id=TARGET.account_id)
    return user


def make(region: str, **members: Any) -> None:
    members = {"appliedFor": ["PULL_THROUGH_CACHE"]} | members
    client = boto3.client("ecr", region_name=region)
    client.create_repository_creation_template(prefix="hub", **members)


def begin(
    actor: User, verb: TemplateVerb = TemplateVerb.COPY, **more: Any
) -> TemplateOperation | None:
    plan = {
        TemplateVerb.COPY: template_operations.plan_copies,
        TemplateVerb.DELETE: template_operations.plan_deletions,
    }[verb]
    plans = plan(template=HUB, targets=TARGETS)
    started: dict[str, Any] = {
        "operation_id": uuid.uuid4(),
        "account_id": TARGET.account_id,
        "template": HUB,
        "verb": verb,
        "plans": [each for each in plans if each.changes_something],
        "actor": actor,
    }
    return template_operations.start(**started | more)


def run(operation: TemplateOperation | None) -> dict[str, str]:
    assert operation is not None
    template_operations.run(operation, list(operation.changes.all()))
    return states(operation)


def states(operation: TemplateOperation) -> dict[str, str]:
    return dict(operation.changes.values_list("region", "state"))


def there(region: str) -> CreationTemplate:
    target = Target(account_id=TARGET.account_id, region=region)
    return templates.get_template(target=target, prefix="hub")


def test_the_plan_says_what_is_there_and_what_differs(aws: FakeAws, operator: User) -> None:
    make("eu-west-1", description="Other", appliedFor=sorted(HUB.applied_for))
    aws.refuse(operation="DescribeRepositoryCreationTemplates", region="us-east-2")
    found = template_operations.plan_copies(template=HUB, targets=TARGETS)
    assert [(each.target.region, each.planned) for each in found] == [
        ("eu-central-1", Planned.CREATE),
        ("eu-west-1", Planned.UPDATE),
        ("us-east-2", Planned.UNREAD),
    ]
    assert found[1].differing == ["description", "tags"]
    gone = template_operations.plan_deletions(template=HUB, targets=TARGETS)
    assert [each.planned for each in gone] == [Planned.NOTHING, Planned.DELETE, Planned.UNREAD]


def test_a_template_is_copied_and_what_is_there_is_overwritten(
    aws: FakeAws, operator: User
) -> None:
    make("eu-west-1", imageTagMutability="IMMUTABLE")
    whole = replace(HUB, lifecycle_policy=POLICY)
    assert run(begin(operator, template=whole)) == {
        "eu-central-1": TemplateState.CREATED,
        "eu-west-1": TemplateState.UPDATED,
        "us-east-2": TemplateState.CREATED,
    }
    for region in REGIONS:
        assert settings_of(there(region)) == settings_of(whole)
        # With its line breaks.
        assert there(region).lifecycle_policy == POLICY
    written = AuditEvent.objects.filter(phase="result").values_list("action", "region")
    assert sorted(written) == [
        ("CreateRepositoryCreationTemplate", "eu-central-1"),
        ("CreateRepositoryCreationTemplate", "us-east-2"),
        ("UpdateRepositoryCreationTemplate", "eu-west-1"),
    ]


def test_one_region_that_fails_stops_no_other_and_is_retried(aws: FakeAws, operator: User) -> None:
    operation = begin(operator)
    aws.refuse(operation="CreateRepositoryCreationTemplate", region="eu-west-1")
    found = run(operation)
    assert found.pop("eu-west-1") == TemplateState.FAILED
    assert set(found.values()) == {TemplateState.CREATED}
    assert operation is not None
    row = operation.changes.get(region="eu-west-1")
    assert row.error is not None
    assert row.error.request_id
    aws.clear_faults()
    aws.clear_calls()
    assert template_operations.retry(operation=operation, actor=operator)
    assert set(states(operation).values()) == {TemplateState.CREATED}
    assert aws.calls()["CreateRepositoryCreationTemplate"] == 1


@pytest.mark.promise("C1")
def test_a_template_that_changed_since_the_plan_is_left_alone(aws: FakeAws, operator: User) -> None:
    operation = begin(operator)
    make("us-east-2", description="theirs")
    assert run(operation)["us-east-2"] == TemplateState.FAILED
    assert there("us-east-2").description == "theirs"
    assert operation is not None
    assert template_operations.retry(operation=operation, actor=operator)
    assert there("us-east-2").description == "theirs"


def test_what_is_already_as_wanted_is_not_changed_again(aws: FakeAws, operator: User) -> None:
    operation = begin(operator)
    templates.create_template(target=TARGET, template=HUB, actor=operator)
    aws.clear_calls()
    assert run(operation)[TARGET.region] == TemplateState.UNCHANGED
    assert aws.calls()["CreateRepositoryCreationTemplate"] == 2


def test_templates_are_deleted_where_they_are(aws: FakeAws, operator: User) -> None:
    for region in ("eu-west-1", "us-east-2"):
        make(region)
    operation = begin(operator, TemplateVerb.DELETE)
    assert run(operation) == dict.fromkeys(("eu-west-1", "us-east-2"), TemplateState.DELETED)
    plans = template_operations.plan_deletions(template=HUB, targets=TARGETS)
    assert {each.planned for each in plans} == {Planned.NOTHING}


@pytest.mark.promise("W1")
def test_the_same_form_starts_one_operation(operator: User) -> None:
    twice = uuid.uuid4()
    assert begin(operator, operation_id=twice) is not None
    assert begin(operator, operation_id=twice) is None
    assert TemplateOperation.objects.count() == 1


@pytest.mark.promise("F7")
def test_a_process_that_died_leaves_what_a_retry_reads_and_ends(
    aws: FakeAws, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = begin(operator)
    assert operation is not None

    class Killed(BaseException):
        pass

    row = operation.changes.select_related("operation").get(region=TARGET.region)
    with monkeypatch.context() as patch:
        # AWS has made the change, and the process dies before it writes so.
        patch.setattr(backend, "create_template_surely", _then(Killed))
        with pytest.raises(Killed):
            changing.change(row)
    assert states(operation)[TARGET.region] == TemplateState.RUNNING
    assert not template_operations.retry(operation=operation, actor=operator)
    TemplateOperation.objects.update(lease_until=timezone.now())
    aws.clear_calls()
    assert template_operations.retry(operation=operation, actor=operator)
    assert set(states(operation).values()) == {TemplateState.CREATED}
    assert aws.calls()["CreateRepositoryCreationTemplate"] == 2
    assert not OpenChange.objects.exists()


def _then(error: type[BaseException]) -> Any:
    create = backend.create_template_surely

    def create_and_die(*args: Any) -> None:
        create(*args)
        raise error

    return create_and_die


def die(fuse: int, *call: str) -> TemplateOperation:
    """Run the operation in a process of its own, found with the lease run out."""
    assert end_of_module("tests.faults.copying", str(fuse), *call) == -signal.SIGKILL
    TemplateOperation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    (found,) = template_operations.unsettled_operations(
        account_id=TARGET.account_id, regions=REGIONS
    )
    assert found.is_interrupted
    return found


def is_settled() -> bool:
    """Whether neither the rows nor the trail nor the lists have an open change."""
    assert not template_operations.unsettled_operations()
    assert not cut_off.list_cut_off(account_id=TARGET.account_id, regions=REGIONS)
    return not OpenChange.objects.exists()


# Killed before which audit row or call, and what is known of the first Region then.
KILLED = [
    pytest.param(TemplateVerb.COPY, 1, "", TemplateState.WAITING, marks=pytest.mark.thorough),
    pytest.param(TemplateVerb.COPY, 2, "", TemplateState.CREATED, marks=pytest.mark.thorough),
    (TemplateVerb.COPY, 1, "CreateRepositoryCreationTemplate", TemplateState.FAILED),
    (TemplateVerb.DELETE, 2, "", TemplateState.DELETED),
]


@pytest.mark.promise("F7")
@pytest.mark.parametrize(("verb", "fuse", "call", "state"), KILLED)
def test_an_operation_killed_anywhere_is_read_back_and_retried(
    aws: FakeAws,
    operator: User,
    verb: TemplateVerb,
    fuse: int,
    call: str,
    state: TemplateState,
) -> None:
    if verb == TemplateVerb.DELETE:
        for region in REGIONS:
            make(region)
    begin(operator, verb)
    operation = die(fuse, *filter(None, [call]))
    aws.clear_calls()
    template_operations.settle_dead(operation_id=operation.pk)
    assert not [name for name in aws.calls() if not name.startswith("Describe")]
    found = states(operation)
    assert sorted(found.values()) == sorted([state, TemplateState.WAITING, TemplateState.WAITING])
    assert is_settled()
    assert template_operations.retry(operation=operation, actor=operator)
    assert all(each.is_done for each in operation.changes.all())
    plans = {
        TemplateVerb.COPY: template_operations.plan_copies,
        TemplateVerb.DELETE: template_operations.plan_deletions,
    }[verb](template=HUB, targets=TARGETS)
    assert {each.planned for each in plans} == {Planned.NOTHING}
    assert is_settled()


@pytest.mark.promise("F7")
def test_the_worker_reads_back_what_was_cut_off_and_a_person_retries_the_rest(
    aws: FakeAws, operator: User
) -> None:
    make(TARGET.region, description="Older", appliedFor=sorted(HUB.applied_for))
    make("eu-west-1", description="Older", appliedFor=sorted(HUB.applied_for))
    plans = template_operations.plan_copies(template=HUB, targets=TARGETS)
    updates = [each for each in plans if each.planned == Planned.UPDATE]
    begin(operator, plans=updates)
    die(2)
    person = sign_in("oda")
    address = f"/{TARGET.account_id}/operations/"
    person.open(f"{address}?state=interrupted")
    assert "Interrupted template operations" in person.text
    assert "Changes without a result" not in person.text
    person.follow("hub")
    assert "It isn't known whether AWS made the change" in person.text
    work()
    person.open(person.url)
    assert person.heading == "Template hub copied to 1 of 2 Regions"
    assert "1 Region was not changed." in person.text
    person.press("Retry failed")
    assert person.heading == "Template hub copied to 2 of 2 Regions"
    assert there("eu-west-1").description == HUB.description
    person.open(address)
    assert "Interrupted template operations" not in person.text
    assert is_settled()


@pytest.mark.promise("F7")
def test_what_aws_does_not_tell_stays_open(aws: FakeAws, operator: User) -> None:
    begin(operator)
    operation = die(2)
    aws.refuse(operation="DescribeRepositoryCreationTemplates")
    assert template_operations.retry(operation=operation, actor=operator)
    aws.clear_faults()
    (found,) = template_operations.unsettled_operations()
    assert sorted(states(found).values()) == ["failed", "failed", "running"]
    assert template_operations.retry(operation=found, actor=operator)
    assert set(states(found).values()) == {TemplateState.CREATED}
    assert is_settled()


@pytest.mark.promise("F7")
def test_a_template_that_somebody_changed_after_the_kill_is_not_overwritten(
    aws: FakeAws, operator: User
) -> None:
    """Neither as wanted nor as before: it is not known who made it."""
    begin(operator)
    operation = die(1, "CreateRepositoryCreationTemplate")
    cut = operation.changes.get(state=TemplateState.RUNNING)
    make(cut.region, description="theirs")
    template_operations.settle_dead(operation_id=operation.pk)
    assert states(operation)[cut.region] == TemplateState.FAILED
    (result,) = AuditEvent.objects.filter(phase="result", region=cut.region)
    assert result.outcome == "unknown"
    assert template_operations.retry(operation=operation, actor=operator)
    assert there(cut.region).description == "theirs"


@pytest.mark.promise("Z2")
def test_who_has_no_role_in_a_region_starts_nothing_and_one_who_lost_it_ends(
    aws: FakeAws, operator: User
) -> None:
    here = User.objects.create_user("hera")
    Grant.objects.create(
        user=here, role=Role.OPERATOR, account_id=TARGET.account_id, region=TARGET.region
    )
    with pytest.raises(NotPermitted):
        begin(here)
    assert not TemplateOperation.objects.exists()
    operation = begin(operator)
    Grant.objects.filter(user=operator).delete()
    assert set(run(operation).values()) == {TemplateState.FAILED}


def test_a_key_of_one_region_is_not_copied_to_another(operator: User) -> None:
    key = f"arn:aws:kms:{TARGET.region}:{TARGET.account_id}:key/1234"
    with pytest.raises(InvalidTemplate):
        begin(operator, template=replace(HUB, encryption_type="KMS", kms_key=key))
    assert not TemplateOperation.objects.exists()
