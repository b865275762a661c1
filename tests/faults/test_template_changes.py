"""Repository creation templates of one Region: created, changed and deleted in AWS as asked."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import boto3
import pytest
from django.contrib.auth.models import User

from ptcconsole.fakeaws.server import FakeAws
from tests.wizard.conftest import TARGET
from wizard.domain import Role
from wizard.domain.errors import (
    AwsError,
    InvalidTemplate,
    NotPermitted,
    TemplateAlreadyExists,
    TemplateNotFound,
    is_answer_lost,
)
from wizard.domain.templates import (
    CreationTemplate,
    TemplateChangedMeanwhile,
    differing,
    settings_of,
    template_of,
)
from wizard.models import AuditEvent, Grant
from wizard.services import template_uses, templates

ROLE = f"arn:aws:iam::{TARGET.account_id}:role/makes-repositories"
KEY = f"arn:aws:kms:{TARGET.region}:{TARGET.account_id}:key/1234-abcd"
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",' + (
    ' "Action": "ecr:BatchGetImage"}]}'
)
EXPIRY = (
    '{"rules": [{"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType":'
    ' "sinceImagePushed", "countUnit": "days", "countNumber": 14}, "action": {"type": "expire"}}]}'
)
PLAIN = CreationTemplate(prefix="hub", applied_for=frozenset({"PULL_THROUGH_CACHE"}))
WHOLE = CreationTemplate(
    prefix="hub",
    applied_for=frozenset({"PULL_THROUGH_CACHE", "CREATE_ON_PUSH", "REPLICATION"}),
    description="Caches of Docker Hub",
    image_tag_mutability="IMMUTABLE_WITH_EXCLUSION",
    exclusion_filters=("latest", "dev-*"),
    encryption_type="KMS_DSSE",
    kms_key=KEY,
    tags=(("team", "platform"), ("cost center", "")),
    repository_policy=POLICY,
    lifecycle_policy=EXPIRY,
    custom_role_arn=ROLE,
)


@pytest.fixture
def operator(db: None) -> User:
    user = User.objects.create_user("oda")
    Grant.objects.create(user=user, role=Role.OPERATOR, account_id=TARGET.account_id)
    return user


def make(template: CreationTemplate, actor: User) -> CreationTemplate:
    templates.create_template(target=TARGET, template=template, actor=actor)
    return stored(template.prefix)


def stored(prefix: str = "hub") -> CreationTemplate:
    return templates.get_template(target=TARGET, prefix=prefix)


def change(template: CreationTemplate, seen: CreationTemplate, actor: User) -> None:
    templates.update_template(target=TARGET, template=template, seen=seen, actor=actor)


def delete(seen: CreationTemplate, actor: User) -> None:
    templates.delete_template(target=TARGET, seen=seen, actor=actor)


def trail() -> list[tuple[str, str]]:
    rows = AuditEvent.objects.filter(phase="result").order_by("sequence")
    return list(rows.values_list("action", "outcome"))


@pytest.mark.parametrize("template", [PLAIN, WHOLE, replace(PLAIN, prefix="ROOT")])
def test_a_template_is_created_with_every_setting(
    aws: FakeAws, operator: User, template: CreationTemplate
) -> None:
    made = make(template, operator)
    assert settings_of(made) == settings_of(template)
    assert template_of(settings_of(made), made.prefix) == replace(
        made,
        created_at=None,
        updated_at=None,
        exclusion_filters=tuple(sorted(made.exclusion_filters)),
        tags=tuple(sorted(made.tags)),
        repository_policy=settings_of(made)["repository_policy"],
        lifecycle_policy=settings_of(made)["lifecycle_policy"],
    )
    assert trail() == [("CreateRepositoryCreationTemplate", "succeeded")]


@pytest.mark.parametrize(
    ("before", "after"), [(PLAIN, WHOLE), (WHOLE, PLAIN), (WHOLE, replace(WHOLE, kms_key=""))]
)
def test_a_change_sets_what_is_new_and_removes_what_is_not_there_any_more(
    aws: FakeAws, operator: User, before: CreationTemplate, after: CreationTemplate
) -> None:
    change(after, make(before, operator), operator)
    assert settings_of(stored()) == settings_of(after)


@pytest.mark.promise("C1")
def test_what_another_person_changed_is_not_overwritten(aws: FakeAws, operator: User) -> None:
    seen = make(PLAIN, operator)
    aws.pass_time(60)
    boto3.client("ecr", region_name=TARGET.region).update_repository_creation_template(
        prefix="hub", description="by another person"
    )
    tries: list[Callable[[], object]] = [
        lambda: change(replace(PLAIN, description="mine"), seen, operator),
        lambda: delete(seen, operator),
    ]
    for try_it in tries:
        with pytest.raises(TemplateChangedMeanwhile) as raised:
            try_it()
        assert raised.value.template.description == "by another person"
    assert stored().description == "by another person"
    assert len(trail()) == 1


def test_a_template_that_is_there_or_not_there_is_told(aws: FakeAws, operator: User) -> None:
    seen = make(PLAIN, operator)
    with pytest.raises(TemplateAlreadyExists):
        make(replace(PLAIN, prefix="hub/"), operator)
    delete(seen, operator)
    tries: list[Callable[[], object]] = [
        stored,
        lambda: delete(seen, operator),
        lambda: change(WHOLE, seen, operator),
    ]
    for try_it in tries:
        with pytest.raises(TemplateNotFound):
            try_it()


@pytest.mark.promise("Z2")
def test_who_is_no_operator_changes_nothing(aws: FakeAws, operator: User) -> None:
    seen = make(PLAIN, operator)
    viewer = User.objects.create_user("vic")
    Grant.objects.create(user=viewer, role=Role.VIEWER)
    tries: list[Callable[[], object]] = [
        lambda: make(replace(PLAIN, prefix="quay"), viewer),
        lambda: change(WHOLE, seen, viewer),
        lambda: delete(seen, viewer),
    ]
    for try_it in tries:
        with pytest.raises(NotPermitted):
            try_it()
    assert stored() == seen


def test_what_aws_would_refuse_is_not_sent(aws: FakeAws, operator: User) -> None:
    aws.clear_calls()
    elsewhere = KEY.replace(TARGET.region, "eu-west-1")
    for broken in (
        replace(PLAIN, prefix="Hub"),
        replace(PLAIN, applied_for=frozenset()),
        replace(WHOLE, kms_key=elsewhere),
        replace(WHOLE, exclusion_filters=()),
        replace(PLAIN, lifecycle_policy="{"),
    ):
        with pytest.raises(InvalidTemplate):
            make(broken, operator)
    assert "CreateRepositoryCreationTemplate" not in aws.calls()


CHANGES: dict[str, Callable[[CreationTemplate, User], Any]] = {
    "CreateRepositoryCreationTemplate": lambda _seen, actor: templates.create_template(
        target=TARGET, template=replace(WHOLE, prefix="quay"), actor=actor
    ),
    "UpdateRepositoryCreationTemplate": lambda seen, actor: change(WHOLE, seen, actor),
    "DeleteRepositoryCreationTemplate": delete,
}


@pytest.mark.promise("F12")
@pytest.mark.kind_aws("the number of answers that are lost")
@pytest.mark.parametrize("operation", CHANGES)
def test_a_change_whose_answer_was_lost_is_read_back(
    aws: FakeAws, operator: User, operation: str
) -> None:
    seen = make(PLAIN, operator)
    aws.lose_answer(operation=operation, times=9)
    CHANGES[operation](seen, operator)
    assert trail()[-1] == (operation, "succeeded")


@pytest.mark.promise("F12")
@pytest.mark.parametrize("operation", CHANGES)
def test_a_change_that_never_arrived_has_failed(
    aws: FakeAws, operator: User, operation: str
) -> None:
    seen = make(PLAIN, operator)
    aws.unreachable(operation=operation)
    with pytest.raises(AwsError) as raised:
        CHANGES[operation](seen, operator)
    assert not is_answer_lost(raised.value)
    assert trail()[-1] == (operation, "failed")


@pytest.mark.promise("F12")
def test_a_change_that_cannot_be_read_back_is_unknown(aws: FakeAws, operator: User) -> None:
    aws.lose_answer(operation="CreateRepositoryCreationTemplate", times=9)
    aws.refuse(operation="DescribeRepositoryCreationTemplates")
    with pytest.raises(AwsError) as raised:
        templates.create_template(target=TARGET, template=PLAIN, actor=operator)
    assert is_answer_lost(raised.value)
    assert trail() == [("CreateRepositoryCreationTemplate", "unknown")]


def test_the_rules_of_a_template_are_those_without_a_longer_one(
    aws: FakeAws, operator: User
) -> None:
    ecr = boto3.client("ecr", region_name=TARGET.region)
    for prefix in ("hub", "hub/team", "quay"):
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix, upstreamRegistryUrl="quay.io"
        )
    for prefix in ("ROOT", "hub/team"):
        make(replace(PLAIN, prefix=prefix), operator)
    found = template_uses.list_template_uses(target=TARGET)
    uses = {
        each.prefix: [rule.ecr_repository_prefix for rule in found.rules_of(each)]
        for each in found.templates
    }
    assert uses == {"ROOT": ["hub", "quay"], "hub/team": ["hub/team"]}
    assert template_uses.list_templates(target=TARGET) == found.templates
    around = templates.templates_around(target=TARGET, template=PLAIN)
    assert around.shorter is not None
    assert around.shorter.prefix == "ROOT"
    assert [each.prefix for each in around.longer] == ["hub/team"]


def test_the_settings_that_differ_are_named_in_the_order_of_the_form() -> None:
    assert differing(PLAIN, replace(PLAIN, encryption_type="AES256", prefix="quay")) == []
    assert differing(WHOLE, replace(WHOLE, description="", lifecycle_policy="")) == [
        "description",
        "lifecycle_policy",
    ]
