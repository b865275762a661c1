"""Create is idempotent, also for concurrent requests, and journals what it did."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import boto3
import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.drafts import confirm
from tests.wizard.conftest import TARGET
from wizard.domain import Credential, NewRule, RuleDraft, Step
from wizard.domain.errors import (
    AccessDenied,
    InvalidRule,
    OperationNotFound,
    RuleAlreadyExists,
    SecretNotFound,
)
from wizard.models import Grant, Operation, OperationStep
from wizard.services import new_secrets
from wizard.services.operations import calls, lookups, secret_steps
from wizard.services.operations.running import Creation

CREDENTIAL = Credential(username="me", access_token="canary-token")


@pytest.fixture
def actor(db: None) -> User:
    return operator()


def operator() -> User:
    user = User.objects.create_user("ada")
    Grant.objects.create(user=user, role="operator")
    return user


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


@pytest.mark.kind_aws("counts the attempts")
def test_ten_at_once_make_one_secret_and_one_rule(aws: FakeAws, transactional_db: None) -> None:
    actor = operator()

    def create(_number: int) -> Creation:
        try:
            return confirm(draft(), credential=CREDENTIAL, actor=actor)
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
    creation = confirm(draft(), credential=CREDENTIAL, actor=actor)
    steps = list(creation.operation.steps.values_list("action", "state", "identifier"))
    assert steps == [
        ("CreateSecret", "succeeded", creation.made_secret_arn),
        ("CreatePullThroughCacheRule", "succeeded", "hub"),
    ]
    assert all(step.finished_at for step in OperationStep.objects.all())


def test_no_row_holds_the_credential(aws: FakeAws, actor: User) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule")
    confirm(draft(), credential=CREDENTIAL, actor=actor)
    rows = [*Operation.objects.values(), *OperationStep.objects.values()]
    assert "canary-token" not in str(rows)


def test_a_failed_operation_can_be_tried_again_and_is_the_same_one(
    aws: FakeAws, actor: User
) -> None:
    aws.refuse(operation="CreateSecret", times=1)
    failed = confirm(draft(), credential=CREDENTIAL, actor=actor)
    assert isinstance(failed.error, AccessDenied)
    assert failed.made_secret_arn == ""
    again = confirm(draft(), credential=CREDENTIAL, actor=actor)
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
    creation = confirm(draft(), credential=CREDENTIAL, actor=actor)
    assert isinstance(creation.error, AccessDenied)
    secrets = boto3.client("secretsmanager", region_name=TARGET.region)
    found = secrets.describe_secret(SecretId=creation.made_secret_arn)
    assert found["Name"] == "ecr-pullthroughcache/hub"
    assert lookups.settled_operation(draft_id="draft", target=TARGET) is None


def test_answers_that_make_no_rule_are_refused_before_anything_is_written(
    aws: FakeAws, actor: User
) -> None:
    broken = draft().with_answers(Step.DESTINATION, {"ecr_repository_prefix": "Not-A-Prefix"})
    with pytest.raises(InvalidRule):
        confirm(broken, credential=CREDENTIAL, actor=actor)
    assert not Operation.objects.exists()
    assert aws.calls() == {}


def test_an_operation_is_found_only_at_its_own_account_and_region(
    aws: FakeAws, actor: User
) -> None:
    creation = confirm(draft(), credential=CREDENTIAL, actor=actor)
    found = lookups.get_operation(operation_id=creation.operation.pk, target=TARGET)
    assert found == creation.operation
    with pytest.raises(OperationNotFound):
        lookups.get_operation(
            operation_id=creation.operation.pk, target=replace(TARGET, region="eu-west-1")
        )


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock of our own: what was waited, without waiting."""
    waited: list[float] = []
    monkeypatch.setattr(calls, "wait", waited.append)
    return waited


@pytest.mark.kind_aws("counts the attempts")
def test_a_secret_ecr_does_not_see_yet_is_waited_for(
    aws: FakeAws, actor: User, waits: list[float]
) -> None:
    aws.fail(operation="CreatePullThroughCacheRule", code="SecretNotFoundException", times=3)
    creation = confirm(draft(), credential=CREDENTIAL, actor=actor)
    assert creation.error is None
    assert waits == [1, 2, 3]
    assert aws.calls()["CreateSecret"] == 1


def test_the_wait_for_a_new_secret_has_an_end(
    aws: FakeAws, actor: User, waits: list[float]
) -> None:
    aws.fail(operation="CreatePullThroughCacheRule", code="SecretNotFoundException")
    creation = confirm(draft(), credential=CREDENTIAL, actor=actor)
    assert creation.operation.state == "waiting"
    assert waits == list(new_secrets.WAITS)
    assert creation.made_secret_arn


def test_only_that_refusal_is_waited_for(aws: FakeAws, actor: User, waits: list[float]) -> None:
    aws.fail(operation="CreatePullThroughCacheRule", code="UnableToAccessSecretException")
    confirm(draft(), credential=CREDENTIAL, actor=actor)
    assert waits == []


def test_a_secret_that_does_not_exist_is_not_waited_for(
    aws: FakeAws, actor: User, waits: list[float]
) -> None:
    existing = draft().with_made_secret(
        "arn:aws:secretsmanager:us-east-2:123456789012:secret:ecr-pullthroughcache/x-AbC123"
    )
    creation = confirm(existing, credential=None, actor=actor)
    assert isinstance(creation.error, SecretNotFound)
    assert waits == []


def test_a_secret_this_draft_made_is_waited_for_only_in_its_first_minute(
    aws: FakeAws, actor: User, waits: list[float]
) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    creation = confirm(draft(), credential=CREDENTIAL, actor=actor)
    again = draft().with_made_secret(creation.made_secret_arn)
    aws.fail(operation="CreatePullThroughCacheRule", code="SecretNotFoundException")
    confirm(again, credential=None, actor=actor)
    assert waits == list(new_secrets.WAITS)
    waits.clear()
    Operation.objects.update(state="failed", waiting_since=None)
    OperationStep.objects.update(finished_at=timezone.now() - new_secrets.FRESH)
    aws.pass_time(new_secrets.FRESH.total_seconds())
    confirm(again, credential=None, actor=actor)
    assert waits == []


def test_a_secret_whose_rule_never_came_can_be_let_go(aws: FakeAws, actor: User) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule")
    creation = confirm(draft(), credential=CREDENTIAL, actor=actor)
    secret_steps.discard_secret(
        draft=draft().with_made_secret(creation.made_secret_arn), actor=actor
    )
    secrets = boto3.client("secretsmanager", region_name=TARGET.region)
    assert "DeletedDate" in secrets.describe_secret(SecretId=creation.made_secret_arn)
    last = creation.operation.steps.last()
    assert last is not None
    assert (last.action, last.state) == ("DeleteSecret", "succeeded")


def test_a_rule_whose_answer_was_lost_is_known_as_ours(aws: FakeAws, actor: User) -> None:
    aws.lose_answer(operation="CreatePullThroughCacheRule", times=1)
    creation = confirm(draft(), credential=CREDENTIAL, actor=actor)
    assert creation.error is None
    assert creation.operation.state == "succeeded"
    assert aws.calls()["CreatePullThroughCacheRule"] == 2


def test_a_rule_of_somebody_else_is_never_taken_for_ours(aws: FakeAws, actor: User) -> None:
    ecr = boto3.client("ecr", region_name=TARGET.region)
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="hub", upstreamRegistryUrl="quay.io")
    creation = confirm(draft(), credential=CREDENTIAL, actor=actor)
    assert isinstance(creation.error, RuleAlreadyExists)

    open_draft = RuleDraft(draft_id="other", owner_id=1, target=TARGET)
    open_draft = open_draft.with_answers(Step.SOURCE, {"registry": "quay"})
    open_draft = open_draft.with_answers(Step.DESTINATION, {"ecr_repository_prefix": "hub"})
    # The very same rule is as good, but this call was sent only once and made none.
    creation = confirm(open_draft, credential=None, actor=actor)
    assert creation.error is None
    assert creation.operation.found_as_asked


def test_a_replacement_whose_second_half_failed_goes_on_with_it(aws: FakeAws, actor: User) -> None:
    ecr = boto3.client("ecr", region_name=TARGET.region)
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="old", upstreamRegistryUrl="quay.io")
    old = NewRule(ecr_repository_prefix="old", upstream_registry_url="quay.io")
    replacing = replace(draft(), replaces=old)
    aws.refuse(operation="DeletePullThroughCacheRule", times=1)
    failed = confirm(replacing, credential=CREDENTIAL, actor=actor)
    assert isinstance(failed.error, AccessDenied)
    again = replacing.with_made_secret(failed.made_secret_arn)
    assert confirm(again, credential=None, actor=actor).error is None
    found = ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    assert [rule["ecrRepositoryPrefix"] for rule in found] == ["hub"]


def test_an_error_nobody_foresaw_leaves_nothing_in_progress(
    aws: FakeAws, actor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_keywords: object) -> None:
        raise RuntimeError("a fault of our own")

    monkeypatch.setattr(calls, "repeat_call", fail)
    with pytest.raises(RuntimeError):
        confirm(draft(), credential=CREDENTIAL, actor=actor)
    assert Operation.objects.get().state == "failed"
