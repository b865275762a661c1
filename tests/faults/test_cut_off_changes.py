"""Single changes that a kill cut off: listed, and settled by what AWS holds."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.endpoint import Endpoint
from django.contrib.auth.models import User
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.cached import APP, ecr, image, make_cache
from tests.faults.addresses import make_rule, make_secret
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import AwsAction, Credential, RuleChange, Target
from wizard.domain.lifecycle import Presets
from wizard.domain.templates import CreationTemplate
from wizard.models import AuditEvent, AuditOutcome, OpenChange, Operation, OperationState
from wizard.services import (
    cleanups,
    cut_off,
    lifecycle,
    pull_times,
    rule_changes,
    rules,
    secrets,
    templates,
)
from wizard.services.audit import close_cut_off, close_intent

pytestmark = pytest.mark.promise("F7")

TARGET = Target(account_id=ACCOUNT, region=REGION)
HERE: dict[str, Any] = {"account_id": ACCOUNT, "regions": [REGION]}
CREDENTIAL = Credential(username="me", access_token="token")
TOKEN = "11111111-2222-4333-8444-555555555555"
SCANNER, COPIER = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("scanner", "copier"))
HUB, NEW = "ecr-pullthroughcache/hub", "ecr-pullthroughcache/new"


class Killed(BaseException):
    """The process dies."""


def create_secret() -> None:
    secrets.create_secret(target=TARGET, name=NEW, credential=CREDENTIAL, token=TOKEN)


def replace_value() -> None:
    arn = secrets.get_secret(target=TARGET, name=HUB).arn
    actor = User.objects.create_superuser("root")
    secrets.replace_secret_value(
        target=TARGET, arn=arn, credential=CREDENTIAL, actor=actor, token=TOKEN
    )


def delete_secret() -> None:
    secret = secrets.get_secret(target=TARGET, name=HUB)
    secrets.schedule_secret_deletion(target=TARGET, secret=secret)


def restore_secret() -> None:
    arn = secrets.get_secret(target=TARGET, name="ecr-pullthroughcache/gone").arn
    secrets.restore_secret(target=TARGET, arn=arn)


def delete_rule() -> None:
    rules.delete_rule(target=TARGET, ecr_repository_prefix="github")


def update_rule() -> None:
    seen = rules.get_rule(target=TARGET, ecr_repository_prefix="github")
    free = secrets.get_secret(target=TARGET, name=HUB).arn
    change = RuleChange(credential_arn=free)
    rule_changes.update_rule(target=TARGET, change=change, seen=seen)


def register_exclusion() -> None:
    pull_times.register_exclusion(target=TARGET, principal_arn=SCANNER)


def deregister_exclusion() -> None:
    pull_times.deregister_exclusion(target=TARGET, principal_arn=COPIER)


def template() -> dict[str, Any]:
    actor = User(username="root", is_superuser=True)
    return {"target": TARGET, "actor": actor}


def create_template() -> None:
    # A policy that is longer than what the trail keeps of a text.
    statement = {"Effect": "Allow", "Principal": "*", "Action": ["ecr:BatchGetImage"] * 400}
    new = CreationTemplate(
        prefix="new",
        applied_for=frozenset({"PULL_THROUGH_CACHE"}),
        repository_policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    templates.create_template(template=new, **template())


def update_template() -> None:
    seen = templates.get_template(target=TARGET, prefix="hub")
    templates.update_template(template=replace(seen, description="new"), seen=seen, **template())


def delete_template() -> None:
    seen = templates.get_template(target=TARGET, prefix="hub")
    templates.delete_template(seen=seen, **template())


def start_preview() -> None:
    text = Presets(untagged_days=7).text()
    lifecycle.start_preview(repository="quay/app", text=text, **template())


def remove_tag() -> None:
    (found,) = ecr().describe_images(repositoryName=APP)["imageDetails"]
    actor = User.objects.create_superuser("root")
    cleanups.remove_tag(
        target=TARGET, repository=APP, tag="1", digest=found["imageDigest"], actor=actor
    )


CHANGES: dict[str, Callable[[], None]] = {
    "CreateSecret": create_secret,
    "PutSecretValue": replace_value,
    "DeleteSecret": delete_secret,
    "RestoreSecret": restore_secret,
    "DeletePullThroughCacheRule": delete_rule,
    "UpdatePullThroughCacheRule": update_rule,
    "StartLifecyclePolicyPreview": start_preview,
    "RegisterPullTimeUpdateExclusion": register_exclusion,
    "BatchDeleteImage": remove_tag,
    "DeregisterPullTimeUpdateExclusion": deregister_exclusion,
    "CreateRepositoryCreationTemplate": create_template,
    "UpdateRepositoryCreationTemplate": update_template,
    "DeleteRepositoryCreationTemplate": delete_template,
}


@pytest.fixture
def furnished(aws: FakeAws, transactional_db: None) -> None:
    make_secret(HUB)
    used = make_secret("ecr-pullthroughcache/used")
    make_rule("github", "ghcr.io", credentialArn=used)
    gone = make_secret("ecr-pullthroughcache/gone")
    client = boto3.client("secretsmanager", region_name=REGION)
    client.delete_secret(SecretId=gone, RecoveryWindowInDays=7)
    registry = boto3.client("ecr", region_name=REGION)
    registry.register_pull_time_update_exclusion(principalArn=COPIER)
    make_cache()
    image(100, "1")
    registry.create_repository(repositoryName="quay/app")
    boto3.client("ecr", region_name=REGION).create_repository_creation_template(
        prefix="hub", appliedFor=["PULL_THROUGH_CACHE"]
    )


def kill(monkeypatch: pytest.MonkeyPatch, action: str, *, is_made: bool) -> None:
    """Make the change, and die before or after AWS has made it, before its result is written."""
    send = Endpoint.make_request

    def dying(self: Any, operation_model: Any, request_dict: Any) -> Any:
        if operation_model.name != action:
            return send(self, operation_model, request_dict)
        if is_made:
            send(self, operation_model, request_dict)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Endpoint, "make_request", dying)
        with pytest.raises(Killed):
            CHANGES[action]()


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two minutes on."""
    now = timezone.now() + timedelta(minutes=2)
    monkeypatch.setattr("wizard.services.cut_off.timezone.now", lambda: now)


@pytest.mark.parametrize("is_made", [True, False])
@pytest.mark.parametrize("action", CHANGES)
def test_a_change_that_was_cut_off_is_listed_and_settled(
    furnished: None, monkeypatch: pytest.MonkeyPatch, action: str, is_made: bool
) -> None:
    kill(monkeypatch, action, is_made=is_made)
    assert cut_off.list_cut_off(**HERE) == []
    later(monkeypatch)
    (intent,) = cut_off.list_cut_off(**HERE)
    assert intent.action == action
    outcome = cut_off.settle(target=TARGET, event_id=intent.event_id)
    assert outcome == ("succeeded" if is_made else "failed")
    result = AuditEvent.objects.get(event_id=intent.event_id, phase="result")
    assert (result.outcome, result.after["found_afterwards"]) == (outcome, True)
    assert cut_off.list_cut_off(**HERE) == []
    assert cut_off.settle(target=TARGET, event_id=intent.event_id) is None
    assert not OpenChange.objects.exists()


def test_a_person_finds_and_settles_it_among_the_operations(
    furnished: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    person: Person = sign_in()
    kill(monkeypatch, "DeletePullThroughCacheRule", is_made=True)
    later(monkeypatch)
    person.open(f"/{ACCOUNT}/operations/")
    assert "Changes without a result" in person.text
    person.press("Compare with AWS github, us-east-2")
    assert "The change was made in AWS." in person.page.get_text()
    assert "Changes without a result" not in person.text


def test_a_change_that_cannot_be_read_stays_listed(
    aws: FakeAws, furnished: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    person: Person = sign_in()
    kill(monkeypatch, "CreateSecret", is_made=True)
    later(monkeypatch)
    aws.refuse(operation="DescribeSecret")
    person.open(f"/{ACCOUNT}/operations/")
    person.press(f"Compare with AWS {NEW}, us-east-2")
    assert "The action failed" in person.page.get_text()
    assert len(cut_off.list_cut_off(**HERE)) == 1


def test_of_two_who_settle_at_once_one_writes_the_result(
    furnished: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill(monkeypatch, "CreateSecret", is_made=True)
    later(monkeypatch)
    (intent,) = cut_off.list_cut_off(**HERE)
    outcome = AuditOutcome.SUCCEEDED
    both = [close_intent(intent, outcome=outcome) for _each in range(2)]
    assert both == [True, False]
    assert AuditEvent.objects.filter(event_id=intent.event_id, phase="result").count() == 1


@pytest.mark.parametrize(
    ("ahead", "outcome"), [(0, "succeeded"), (290, "succeeded"), (600, "failed")]
)
def test_a_rule_that_was_created_since_is_another_rule(
    furnished: None, monkeypatch: pytest.MonkeyPatch, ahead: int, outcome: str
) -> None:
    """The intent has the console's time, the rule AWS's; these may differ by five minutes."""
    now = timezone.now() + timedelta(seconds=ahead)
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: now)
        kill(patch, "DeletePullThroughCacheRule", is_made=True)
    arn = secrets.get_secret(target=TARGET, name="ecr-pullthroughcache/used").arn
    make_rule("github", "ghcr.io", credentialArn=arn)
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(minutes=2))
    (intent,) = cut_off.list_cut_off(**HERE)
    assert cut_off.settle(target=TARGET, event_id=intent.event_id) == outcome


def test_a_change_is_settled_once_while_another_one_is_open(
    furnished: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill(monkeypatch, "CreateSecret", is_made=True)
    kill(monkeypatch, "DeleteSecret", is_made=True)
    later(monkeypatch)
    first, second = cut_off.list_cut_off(**HERE)
    for elsewhere in (replace(TARGET, region="eu-west-1"), replace(TARGET, account_id="9" * 12)):
        account_id, regions = elsewhere.account_id, [elsewhere.region]
        assert cut_off.list_cut_off(account_id=account_id, regions=regions) == []
        outcome = AuditOutcome.UNKNOWN
        close_cut_off(first.action, target=elsewhere, subject=first.subject, outcome=outcome)
    both = [close_intent(first, outcome=AuditOutcome.SUCCEEDED) for _twice in range(2)]
    assert both == [True, False]
    assert cut_off.list_cut_off(**HERE) == [second]
    assert OpenChange.objects.get().event_id == second.event_id


def test_a_step_that_an_operation_ended_hides_no_later_change(
    furnished: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operation has deleted a rule of that prefix before; a change of a person is cut off."""
    operation = Operation.objects.create(
        draft_id="draft",
        actor=User.objects.create_user("ada"),
        account_id=ACCOUNT,
        region=REGION,
        ecr_repository_prefix="github",
        planned_rule={},
        state=OperationState.SUCCEEDED,
    )
    step = operation.steps.create(
        action=AwsAction.DELETE_RULE, identifier="github", state=OperationState.SUCCEEDED
    )
    kill(monkeypatch, "DeletePullThroughCacheRule", is_made=True)
    later(monkeypatch)
    (intent,) = cut_off.list_cut_off(**HERE)
    # The changes of an operation that goes on are settled with it.
    operation.steps.filter(pk=step.pk).update(state=OperationState.RUNNING)
    assert cut_off.list_cut_off(**HERE) == []
    operation.steps.all().delete()
    assert cut_off.settle(target=TARGET, event_id=intent.event_id) == AuditOutcome.SUCCEEDED


def test_a_change_that_has_its_result_gets_no_other(furnished: None) -> None:
    delete_rule()
    close_cut_off(
        "DeletePullThroughCacheRule",
        target=TARGET,
        subject="github",
        outcome=AuditOutcome.UNKNOWN,
    )
    rows = AuditEvent.objects.filter(action="DeletePullThroughCacheRule", phase="result")
    assert [row.outcome for row in rows] == [AuditOutcome.SUCCEEDED]
