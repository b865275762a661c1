"""Create happens once, whoever asks however often, and writes down what it did."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import boto3
import pytest
from django.contrib.auth.models import User
from django.db import connections

from ptcconsole.fakeaws.server import FakeAws
from tests.wizard.conftest import TARGET
from wizard.domain.credentials import Credential
from wizard.domain.errors import AccessDenied, InvalidRule, OperationNotFound
from wizard.drafts import RuleDraft
from wizard.models import Operation, OperationStep
from wizard.plans import Step
from wizard.services import operations

CREDENTIAL = Credential(username="me", access_token="canary-token")


@pytest.fixture
def actor(db: None) -> User:
    return User.objects.create_user("ada")


def draft(draft_id: str = "draft", owner_id: int = 1) -> RuleDraft:
    empty = RuleDraft(draft_id=draft_id, owner_id=owner_id, target=TARGET)
    answered = empty.with_answers(Step.SOURCE, {"registry": "docker-hub"})
    answered = answered.with_answers(
        Step.AUTHENTICATION,
        {
            "credential_source": "create",
            "secret_name": "ecr-pullthroughcache/hub",
            "username": "me",
        },
    )
    answered = answered.with_answers(Step.DESTINATION, {"ecr_repository_prefix": "hub"})
    return replace(answered, sealed_credential="sealed")


def test_ten_at_once_make_one_secret_and_one_rule(aws: FakeAws, transactional_db: None) -> None:
    actor = User.objects.create_user("ada")

    def create(_number: int) -> operations.Creation:
        try:
            return operations.create_rule(draft=draft(), credential=CREDENTIAL, actor=actor)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        creations = list(pool.map(create, range(10)))
    assert len({creation.operation.pk for creation in creations}) == 1
    assert sum(creation.is_ours for creation in creations) == 1
    assert aws.calls()["CreateSecret"] == 1
    assert aws.calls()["CreatePullThroughCacheRule"] == 1
    assert Operation.objects.get().state == "succeeded"


def test_each_change_is_written_down_with_what_aws_named_it(aws: FakeAws, actor: User) -> None:
    creation = operations.create_rule(draft=draft(), credential=CREDENTIAL, actor=actor)
    steps = list(creation.operation.steps.values_list("action", "state", "identifier"))
    assert steps == [
        ("CreateSecret", "succeeded", creation.made_secret_arn),
        ("CreatePullThroughCacheRule", "succeeded", "hub"),
    ]
    assert all(step.finished_at for step in OperationStep.objects.all())


def test_no_row_holds_the_credential(aws: FakeAws, actor: User) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule")
    operations.create_rule(draft=draft(), credential=CREDENTIAL, actor=actor)
    rows = [*Operation.objects.values(), *OperationStep.objects.values()]
    assert "canary-token" not in str(rows)


def test_a_failed_operation_can_be_tried_again_and_is_the_same_one(
    aws: FakeAws, actor: User
) -> None:
    aws.refuse(operation="CreateSecret", times=1)
    failed = operations.create_rule(draft=draft(), credential=CREDENTIAL, actor=actor)
    assert isinstance(failed.error, AccessDenied)
    assert failed.made_secret_arn == ""
    again = operations.create_rule(draft=draft(), credential=CREDENTIAL, actor=actor)
    assert again.error is None
    assert again.operation.pk == failed.operation.pk
    states = again.operation.steps.values_list("action", "state")
    assert list(states) == [
        ("CreateSecret", "failed"),
        ("CreateSecret", "succeeded"),
        ("CreatePullThroughCacheRule", "succeeded"),
    ]


def test_a_rule_refused_after_its_secret_keeps_the_secret(aws: FakeAws, actor: User) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule")
    creation = operations.create_rule(draft=draft(), credential=CREDENTIAL, actor=actor)
    assert isinstance(creation.error, AccessDenied)
    secrets = boto3.client("secretsmanager", region_name=TARGET.region)
    found = secrets.describe_secret(SecretId=creation.made_secret_arn)
    assert found["Name"] == "ecr-pullthroughcache/hub"
    assert operations.settled_operation(draft_id="draft") is None


def test_answers_that_make_no_rule_are_refused_before_anything_is_written(
    aws: FakeAws, actor: User
) -> None:
    broken = draft().with_answers(Step.DESTINATION, {"ecr_repository_prefix": "Not-A-Prefix"})
    with pytest.raises(InvalidRule):
        operations.create_rule(draft=broken, credential=CREDENTIAL, actor=actor)
    assert not Operation.objects.exists()
    assert aws.calls() == {}


def test_an_operation_is_found_only_at_its_own_account_and_region(
    aws: FakeAws, actor: User
) -> None:
    creation = operations.create_rule(draft=draft(), credential=CREDENTIAL, actor=actor)
    found = operations.get_operation(operation_id=creation.operation.pk, target=TARGET)
    assert found == creation.operation
    with pytest.raises(OperationNotFound):
        operations.get_operation(
            operation_id=creation.operation.pk, target=replace(TARGET, region="eu-west-1")
        )
