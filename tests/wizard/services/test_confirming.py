"""The four results of confirming a draft, of which one creates something."""

import json
from dataclasses import replace
from typing import Any

import boto3
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.drafts import CREDENTIAL, SECRET_NAME, docker_hub
from tests.person import REGION
from wizard.domain import Credential, RuleDraft, Step
from wizard.domain.errors import AccessDenied
from wizard.models import Grant, Operation
from wizard.services.operations.confirming import (
    AlreadyConfirmed,
    Confirmation,
    Confirmed,
    ReviewAgain,
    StepOpen,
    confirm,
    reviewed,
)


@pytest.fixture
def actor(db: None) -> User:
    user = User.objects.create_user("ada")
    Grant.objects.create(user=user, role="operator")
    return user


def press_create(draft: RuleDraft, actor: User, **changed: Any) -> Confirmation:
    """Create, on the review of this draft as it is."""
    sent = {"shown": reviewed(draft, exists=False), "chosen": draft, "credential": CREDENTIAL}
    return confirm(draft=draft, actor=actor, **{**sent, **changed})


def test_answers_that_are_not_those_of_the_review_are_reviewed_again(
    aws: FakeAws, actor: User
) -> None:
    draft = docker_hub()
    changed = draft.with_answers(Step.DESTINATION, {"ecr_repository_prefix": "other"})
    shown = reviewed(draft, exists=False)
    result = press_create(changed, actor, shown=shown)
    assert result == ReviewAgain(draft=changed, is_stale=True)
    assert not Operation.objects.exists()


def test_other_regions_are_kept_and_reviewed_first(aws: FakeAws, actor: User) -> None:
    draft = docker_hub()
    chosen = replace(draft, further_regions=("eu-west-1",))
    assert press_create(draft, actor, chosen=chosen) == ReviewAgain(draft=chosen)
    assert press_create(draft, actor, chosen=None) == ReviewAgain(draft=draft)
    assert not Operation.objects.exists()


def test_a_credential_that_has_expired_opens_its_step_and_the_regions_are_kept(
    aws: FakeAws, actor: User
) -> None:
    draft = docker_hub()
    chosen = replace(draft, further_regions=("eu-west-1",))
    result = press_create(draft, actor, chosen=chosen, credential=None)
    assert result == StepOpen(draft=chosen, step=Step.AUTHENTICATION)
    assert not Operation.objects.exists()


def test_the_draft_of_a_creation_uses_the_secret_that_was_made(aws: FakeAws, actor: User) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    failed = press_create(docker_hub(), actor)
    assert isinstance(failed, Confirmed)
    assert isinstance(failed.creation.error, AccessDenied)
    assert failed.is_alone
    assert failed.draft.uses_made_secret
    assert failed.draft.refusal
    again = press_create(failed.draft, actor, credential=None)
    assert isinstance(again, Confirmed)
    assert again.creation.error is None
    assert (again.draft.refusal, again.draft.sealed_credential) == (None, "")


@pytest.mark.django_db(transaction=True)
def test_a_secret_of_a_further_region_gets_the_credential_that_was_typed_for_it(
    aws: FakeAws,
) -> None:
    """A draft that uses an existing secret may have a credential left that was typed before."""
    user = User.objects.create_user("ada")
    Grant.objects.create(user=user, role="operator")
    home = boto3.client("secretsmanager", region_name=REGION)
    arn = home.create_secret(Name=SECRET_NAME, SecretString="{}")["ARN"]
    draft = replace(docker_hub().with_secret(arn), further_regions=("eu-west-1",))
    typed = Credential(username="typed", access_token="token")
    assert isinstance(press_create(draft, user, typed=typed), Confirmed)
    there = boto3.client("secretsmanager", region_name="eu-west-1")
    value = there.get_secret_value(SecretId=SECRET_NAME)["SecretString"]
    assert json.loads(value)["username"] == "typed"


@pytest.mark.django_db(transaction=True)
def test_a_region_more_costs_no_statement_before_its_work_begins(aws: FakeAws) -> None:
    """One statement locks the rows of an earlier attempt, and one inserts all new rows."""
    Grant.objects.create(user=User.objects.create_user("ada"), role="operator")
    counts = []
    for regions in (("eu-west-1",), ("eu-west-2", "eu-west-3", "eu-north-1")):
        draft = replace(docker_hub(f"draft-{len(regions)}"), further_regions=regions)
        draft = draft.with_answers(Step.DESTINATION, {"ecr_repository_prefix": f"p{len(regions)}"})
        user = User.objects.get()  # without the grants that the request before has read
        with CaptureQueriesContext(connection) as statements:  # those of the threads are not in it
            assert isinstance(press_create(draft, user), Confirmed)
        counts.append(len(statements))
    assert counts[1] == counts[0]


def test_a_draft_that_is_confirmed_already_leads_to_its_operation(
    aws: FakeAws, actor: User
) -> None:
    first = press_create(docker_hub(), actor)
    assert isinstance(first, Confirmed)
    second = press_create(docker_hub(), actor)
    assert second == AlreadyConfirmed(operation=first.creation.operation)
    assert aws.calls()["CreateSecret"] == 1
