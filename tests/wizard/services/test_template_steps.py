"""The template of an operation: before the rule, in each Region, and gone if there is no rule."""

from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.endpoint import Endpoint
from django.contrib.auth.models import User
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.drafts import confirm
from tests.wizard.conftest import TARGET
from tests.wizard.services.test_operations import operator
from wizard.domain import AwsAction, NewRule, RuleDraft, Step
from wizard.domain.errors import AccessDenied, is_answer_lost
from wizard.domain.lifecycle import Presets
from wizard.models import Operation, OperationState
from wizard.services.operations import batches, recovery

POLICY = Presets(untagged_days=7).text()
SETTINGS = {"image_tag_mutability": "MUTABLE", "lifecycle_policy": POLICY}
ELSEWHERE = "eu-west-1"
BOTH = (TARGET.region, ELSEWHERE)


class Killed(BaseException):
    """The process dies."""


@pytest.fixture
def actor(db: None) -> User:
    return operator()


@pytest.fixture
def working_actor(transactional_db: None) -> User:
    """The same, for several Regions, which have threads of their own."""
    return operator()


def draft(**more: Any) -> RuleDraft:
    empty = RuleDraft(draft_id="draft", owner_id=1, target=TARGET)
    answered = empty.with_answers(Step.SOURCE, {"registry": "quay"})
    answered = answered.with_answers(Step.DESTINATION, {"ecr_repository_prefix": "quay"})
    return replace(answered, template=SETTINGS, **more)


def ecr(region: str = TARGET.region) -> Any:
    return boto3.client("ecr", region_name=region)


def templates(region: str = TARGET.region) -> list[Any]:
    answer = ecr(region).describe_repository_creation_templates()
    return list(answer["repositoryCreationTemplates"])


def rules(region: str = TARGET.region) -> list[str]:
    answer = ecr(region).describe_pull_through_cache_rules()
    return [rule["ecrRepositoryPrefix"] for rule in answer["pullThroughCacheRules"]]


def steps(operation: Operation) -> list[tuple[str, str]]:
    return list(operation.steps.values_list("action", "state"))


def test_the_template_is_there_before_the_rule_in_each_region(
    aws: FakeAws, working_actor: User
) -> None:
    creation = confirm(draft(), actor=working_actor, regions=[ELSEWHERE])
    assert creation.error is None
    for region in BOTH:
        (template,) = templates(region)
        assert (template["prefix"], template["appliedFor"]) == ("quay", ["PULL_THROUGH_CACHE"])
        assert "sinceImagePushed" in template["lifecyclePolicy"]
        assert rules(region) == ["quay"]
    for operation in Operation.objects.all():
        assert steps(operation) == [
            ("CreateRepositoryCreationTemplate", "succeeded"),
            ("CreatePullThroughCacheRule", "succeeded"),
        ]


def test_a_refused_rule_leaves_no_template_and_a_retry_creates_both(
    aws: FakeAws, working_actor: User
) -> None:
    actor = working_actor
    aws.refuse(operation="CreatePullThroughCacheRule", region=ELSEWHERE, times=1)
    creation = confirm(draft(), actor=actor, regions=[ELSEWHERE])
    assert (templates(ELSEWHERE), rules(ELSEWHERE)) == ([], [])
    failed = Operation.objects.get(region=ELSEWHERE)
    assert steps(failed) == [
        ("CreateRepositoryCreationTemplate", "succeeded"),
        ("CreatePullThroughCacheRule", "failed"),
        ("DeleteRepositoryCreationTemplate", "succeeded"),
    ]
    batches.retry_failed(
        batch_id=creation.operation.batch_id,
        account_id=TARGET.account_id,
        regions=[ELSEWHERE],
        credential=None,
        actor=actor,
    )
    assert (len(templates(ELSEWHERE)), rules(ELSEWHERE)) == (1, ["quay"])


def test_a_refused_template_ends_the_operation_before_its_rule(aws: FakeAws, actor: User) -> None:
    aws.refuse(operation="CreateRepositoryCreationTemplate", times=1)
    creation = confirm(draft(), actor=actor)
    assert isinstance(creation.error, AccessDenied)
    assert (templates(), rules()) == ([], [])
    assert confirm(draft(), actor=actor).error is None
    assert (len(templates()), rules()) == (1, ["quay"])


def test_a_template_that_exists_is_left_as_it_is_and_the_rule_is_created(
    aws: FakeAws, actor: User
) -> None:
    for prefix in ("quay/", "ROOT"):
        ecr().create_repository_creation_template(
            prefix=prefix, appliedFor=["PULL_THROUGH_CACHE"], description="of others"
        )
    creation = confirm(draft(), actor=actor)
    assert creation.error is None
    assert creation.operation.has_kept_template
    assert rules() == ["quay"]
    assert {each["description"] for each in templates()} == {"of others"}
    # It is not the operation's own, so that nothing deletes it.
    recovery.clean_up(operation=creation.operation, actor=actor)
    assert len(templates()) == 2


@pytest.mark.promise("F12")
@pytest.mark.parametrize("times", [1, 9])
def test_a_lost_answer_about_the_template_is_resolved(
    aws: FakeAws, actor: User, times: int
) -> None:
    aws.lose_answer(operation="CreateRepositoryCreationTemplate", times=times)
    creation = confirm(draft(), actor=actor)
    assert creation.error is None
    assert not creation.operation.has_kept_template
    assert (len(templates()), rules()) == (1, ["quay"])


def test_the_template_stays_while_it_is_not_known_whether_the_rule_exists(
    aws: FakeAws, actor: User
) -> None:
    aws.lose_answer(operation="CreatePullThroughCacheRule", times=9)
    aws.unreachable(operation="DescribePullThroughCacheRules")
    creation = confirm(draft(), actor=actor)
    assert creation.error is not None
    assert is_answer_lost(creation.error)
    assert len(templates()) == 1


def _die_at(monkeypatch: pytest.MonkeyPatch, action: str, *, is_made: bool) -> None:
    """Confirm, and die before or after AWS made the change."""
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
            confirm(draft(), actor=User.objects.get())
    Operation.objects.update(lease_until=timezone.now(), state=OperationState.RUNNING)


@pytest.mark.promise("F7")
@pytest.mark.parametrize("is_made", [True, False])
@pytest.mark.parametrize("action", [AwsAction.CREATE_TEMPLATE, AwsAction.CREATE_RULE])
def test_an_operation_that_was_interrupted_is_completed_or_cleaned_up(
    aws: FakeAws,
    actor: User,
    monkeypatch: pytest.MonkeyPatch,
    action: AwsAction,
    is_made: bool,
) -> None:
    _die_at(monkeypatch, action, is_made=is_made)
    recovery.complete(operation=Operation.objects.get(), credential=None, actor=actor)
    assert (len(templates()), rules()) == (1, ["quay"])
    assert Operation.objects.get().state == "succeeded"
    assert not Operation.objects.get().has_kept_template
    ecr().delete_pull_through_cache_rule(ecrRepositoryPrefix="quay")
    ecr().delete_repository_creation_template(prefix="quay")
    Operation.objects.all().delete()
    _die_at(monkeypatch, action, is_made=is_made)
    assert recovery.clean_up(operation=Operation.objects.get(), actor=actor) is None
    assert (templates(), rules()) == ([], [])
    assert Operation.objects.get().state == "cleaned"


def test_a_template_that_somebody_changed_is_not_taken_back(
    aws: FakeAws, actor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    _die_at(monkeypatch, AwsAction.CREATE_RULE, is_made=False)
    ecr().update_repository_creation_template(prefix="quay", description="of others")
    assert recovery.clean_up(operation=Operation.objects.get(), actor=actor) is None
    assert [each["description"] for each in templates()] == ["of others"]


def test_a_replaced_rule_that_is_put_back_has_no_new_template(aws: FakeAws, actor: User) -> None:
    old = NewRule(
        ecr_repository_prefix="quay",
        upstream_registry_url="quay.io",
        upstream_repository_prefix="old",
    )
    ecr().create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io", upstreamRepositoryPrefix="old"
    )
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    creation = confirm(draft(replaces=old), actor=actor)
    assert isinstance(creation.error, AccessDenied)
    assert rules() == ["quay"]
    assert templates() == []
