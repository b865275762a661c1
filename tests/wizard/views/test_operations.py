"""Additional Regions on the review, and the pages about an operation, without JavaScript."""

import uuid
from datetime import timedelta

import boto3
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.drafts import CREDENTIAL, confirm, docker_hub
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.wizard.views.test_replacement import press_replace
from wizard.domain import Place, Role
from wizard.models import Grant, Operation, OperationState
from wizard.services.operations import calls

SECRET = "ecr-pullthroughcache/hub"


@pytest.fixture
def ada(aws: FakeAws, transactional_db: None) -> Person:
    return sign_in()


def rules_of(region: str) -> list[str]:
    answer = boto3.client("ecr", region_name=region).describe_pull_through_cache_rules()
    return [rule["ecrRepositoryPrefix"] for rule in answer["pullThroughCacheRules"]]


def to_the_review(person: Person, prefix: str = "quay") -> None:
    person.open_rules()
    person.press("Add rule")
    person.choose("Quay")
    person.press("Next")
    person.fill("Amazon ECR repository prefix", prefix)
    person.press("Next")
    assert "Additional Regions" in person.text


def to_the_review_with_a_secret(person: Person) -> None:
    person.open_rules()
    person.press("Add rule")
    person.choose("Docker Hub")
    person.press("Next")
    person.choose("Create an AWS secret")
    person.fill("Secret name", "hub")
    person.fill("Docker Hub email", "me@example.com")
    person.fill("Docker Hub access token", "canary-token")
    person.press("Next")
    person.fill("Amazon ECR repository prefix", "hub")
    person.press("Next")


def tick(person: Person, *regions: str) -> None:
    for region in regions:
        person.find(f'input[name="regions"][value="{region}"]')["checked"] = ""


def test_the_review_plans_further_regions_and_create_makes_the_rule_in_all(
    ada: Person, aws: FakeAws
) -> None:
    to_the_review(ada)
    tick(ada, "eu-west-1", "us-west-2")
    ada.press("Show plan")
    for region in ("Europe (Ireland) (eu-west-1)", "US West (Oregon) (us-west-2)"):
        assert f"{region} Create the rule." in ada.text
    assert f"With the AWS CLI, in {REGION}" in ada.text
    ada.press("Create in 3 Regions")
    assert ada.heading == "Rule created in 3 Regions: quay"
    assert [rules_of(region) for region in (REGION, "eu-west-1", "us-west-2")] == [["quay"]] * 3


def test_a_rule_whose_answer_was_lost_ends_its_operation_at_the_next_create(
    ada: Person, aws: FakeAws
) -> None:
    to_the_review_with_a_secret(ada)
    aws.lose_answer(operation="CreatePullThroughCacheRule", region=REGION, times=3)
    aws.refuse(operation="DescribePullThroughCacheRules", region=REGION, times=1)
    ada.press("Create")
    assert ada.heading == "Review and create"
    assert "already uses this prefix" not in ada.text
    assert Operation.objects.get().state == OperationState.FAILED
    ada.press("Create")
    assert ada.heading == "Rule created: hub"
    assert Operation.objects.get().state == OperationState.SUCCEEDED
    assert rules_of(REGION) == ["hub"]


def test_a_region_in_which_the_role_was_withdrawn_is_not_read_for_the_review(
    ada: Person, aws: FakeAws
) -> None:
    to_the_review(ada)
    tick(ada, "eu-west-1")
    ada.press("Show plan")
    grant = Grant.objects.get()
    grant.account_id, grant.region = ACCOUNT, REGION
    grant.save()
    aws.clear_calls()
    ada.open(ada.url)
    assert "Ireland" not in ada.text
    assert aws.calls()["DescribePullThroughCacheRules"] == 1
    ada.press("Create")
    assert ada.heading == "Review and create"
    ada.press("Create")
    assert ada.heading == "Rule created: quay"


def test_regions_ticked_without_a_look_at_their_plan_are_planned_first(
    ada: Person, aws: FakeAws
) -> None:
    to_the_review(ada)
    tick(ada, "eu-west-1")
    ada.press("Create")
    assert "Create the rule." in ada.text
    assert rules_of(REGION) == []
    ada.press("Create in 2 Regions")
    assert rules_of("eu-west-1") == ["quay"]


def test_a_region_where_the_prefix_is_taken_is_left_out_and_told(ada: Person, aws: FakeAws) -> None:
    boto3.client("ecr", region_name="eu-west-1").create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="registry.k8s.io"
    )
    to_the_review(ada)
    tick(ada, "eu-west-1", "us-west-2")
    ada.press("Show plan")
    assert "No change. Another rule uses this prefix." in ada.text
    ada.press("Create in 2 Regions")
    assert ada.heading == "Rule created in 2 of 3 Regions: quay"
    assert "1 Region was not tried: eu-west-1." in ada.text
    (row,) = [each for each in ada.page.select("tbody tr") if "eu-west-1" in each.get_text()]
    assert "Not tried" in row.get_text()
    assert "The prefix is already in use in this Region" in row.get_text()
    assert "Retry failed" not in ada.text


@pytest.mark.promise("F6")
def test_a_region_that_an_earlier_attempt_finished_is_told_to_be_left_alone(
    ada: Person, aws: FakeAws
) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", region=REGION, times=1)
    to_the_review(ada)
    tick(ada, "eu-west-1")
    ada.press("Show plan")
    ada.press("Create in 2 Regions")
    ada.follow("Correct and try again")
    ada.press("Create")
    told = ada.page.get_text()
    assert "(eu-west-1): No change. An identical rule already exists." in told
    assert ada.heading == "Rule created in 2 Regions: quay"


def test_a_new_secret_is_made_in_each_region_and_no_page_shows_the_token(
    ada: Person, aws: FakeAws
) -> None:
    to_the_review_with_a_secret(ada)
    tick(ada, "eu-west-1")
    ada.press("Show plan")
    assert "Create the secret ecr-pullthroughcache/hub, then the rule." in ada.text
    ada.press("Create in 2 Regions")
    assert ada.heading == "Rule created in 2 Regions: hub"
    assert "canary-token" not in str(ada.page)
    assert aws.calls()["CreateSecret"] == 2


def test_one_secret_can_be_replicated_instead(ada: Person, aws: FakeAws) -> None:
    to_the_review_with_a_secret(ada)
    tick(ada, "eu-west-1")
    ada.choose("One secret, replicated by Secrets Manager")
    ada.press("Show plan")
    assert "Replicate the secret ecr-pullthroughcache/hub, then create" in ada.text
    ada.press("Create in 2 Regions")
    assert ada.heading == "Rule created in 2 Regions: hub"
    assert aws.calls()["CreateSecret"] == 1


def test_a_partial_failure_is_told_and_retry_failed_repeats_only_that(
    ada: Person, aws: FakeAws
) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", region="eu-west-1", times=1)
    to_the_review(ada)
    tick(ada, "eu-west-1")
    ada.press("Show plan")
    ada.press("Create in 2 Regions")
    assert ada.heading == "Rule created in 1 of 2 Regions: quay"
    aws.clear_calls()
    ada.press("Retry failed")
    assert ada.heading == "Rule created in 2 Regions: quay"
    assert aws.calls()["CreatePullThroughCacheRule"] == 1


def test_a_retry_asks_for_the_credential_only_where_a_secret_is_missing(
    ada: Person, aws: FakeAws
) -> None:
    aws.refuse(operation="CreateSecret", region="eu-west-1", times=1)
    to_the_review_with_a_secret(ada)
    tick(ada, "eu-west-1")
    ada.press("Show plan")
    ada.press("Create in 2 Regions")
    ada.press("Retry failed")
    assert ada.is_refused
    assert ada.error_at("Access token")
    ada.fill("Username", "me")
    ada.fill("Access token", "canary-token")
    ada.press("Retry failed")
    assert ada.heading == "Rule created in 2 Regions: hub"


def test_a_retry_uses_a_secret_that_aws_made_without_telling(ada: Person, aws: FakeAws) -> None:
    aws.lose_answer(operation="CreateSecret", region="eu-west-1", times=3)
    to_the_review_with_a_secret(ada)
    tick(ada, "eu-west-1")
    ada.press("Show plan")
    # The plan is made once more, and then the answer to CreateSecret is looked for.
    aws.refuse(operation="DescribeSecret", region="eu-west-1", times=2)
    ada.press("Create in 2 Regions")
    assert ada.heading == "Rule created in 1 of 2 Regions: hub"
    assert "Access token" not in ada.text
    aws.clear_calls()
    ada.press("Retry failed")
    assert ada.heading == "Rule created in 2 Regions: hub"
    assert "CreateSecret" not in aws.calls()


def test_a_retry_waits_for_a_new_secret_whose_creation_was_not_answered(
    ada: Person, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(calls, "wait", waits.append)
    aws.hide_new_secrets(times=2)
    aws.lose_answer(operation="CreateSecret", region="eu-west-1", times=3)
    to_the_review_with_a_secret(ada)
    tick(ada, "eu-west-1")
    ada.press("Show plan")
    aws.refuse(operation="DescribeSecret", region="eu-west-1", times=2)
    ada.press("Create in 2 Regions")
    assert ada.heading == "Rule created in 1 of 2 Regions: hub"
    waits.clear()
    ada.press("Retry failed")
    assert ada.heading == "Rule created in 2 Regions: hub"
    assert waits == [1, 2]


def test_a_retry_asks_for_the_credential_when_somebody_deleted_the_secret(
    ada: Person, aws: FakeAws
) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    to_the_review_with_a_secret(ada)
    ada.press("Create")
    boto3.client("secretsmanager", region_name=REGION).delete_secret(
        SecretId=SECRET, ForceDeleteWithoutRecovery=True
    )
    ada.open(f"/{ACCOUNT}/operations/")
    ada.follow("hub")
    assert "Created and later deleted" in ada.text
    ada.press("Retry failed")
    assert ada.is_refused
    ada.fill("Username", "me")
    ada.fill("Access token", "canary-token")
    ada.press("Retry failed")
    assert ada.heading == "Rule created: hub"


def test_a_retry_asks_for_the_credential_when_the_secret_was_discarded(
    ada: Person, aws: FakeAws
) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    to_the_review_with_a_secret(ada)
    ada.press("Create")
    ada.press("Schedule the secret's deletion")
    ada.open(f"/{ACCOUNT}/operations/?state=failed")
    ada.follow("hub")
    assert "Access token" in ada.text
    ada.fill("Username", "me")
    ada.fill("Access token", "canary-token")
    ada.press("Retry failed")
    assert "scheduled for deletion" in ada.text


def cut_off_after_the_secret(person: Person, aws: FakeAws) -> Operation:
    """An operation that made its secret and was cut off before its rule."""
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    to_the_review_with_a_secret(person)
    person.press("Create")
    Operation.objects.update(
        state=OperationState.RUNNING, lease_until=timezone.now() - timedelta(minutes=1)
    )
    return Operation.objects.get()


def test_an_operation_cut_off_is_found_and_completed_by_one_click(
    ada: Person, aws: FakeAws
) -> None:
    cut_off_after_the_secret(ada, aws)
    ada.open_rules()
    ada.follow("See Operations")
    assert "These operations were interrupted" in ada.text
    ada.follow("hub")
    assert ada.heading == "The creation of the rule was interrupted: hub"
    assert "Doesn't exist" in ada.text
    ada.press("Complete")
    assert ada.heading == "Rule created: hub"
    assert rules_of(REGION) == ["hub"]


def test_an_operation_cut_off_is_cleaned_up_by_one_click(ada: Person, aws: FakeAws) -> None:
    cut_off_after_the_secret(ada, aws)
    ada.open(f"/{ACCOUNT}/operations/?state=interrupted")
    ada.follow("hub")
    ada.press("Clean up")
    assert ada.heading == "Cleaned up: hub"
    client = boto3.client("secretsmanager", region_name=REGION)
    assert "DeletedDate" in client.describe_secret(SecretId=SECRET)


def test_the_list_marks_what_each_batch_came_to(ada: Person, aws: FakeAws) -> None:
    expected = {
        "all": ("valid", ["succeeded", "succeeded"]),
        "some": ("warning", ["succeeded", "failed"]),
        "none": ("failed", ["failed", "failed"]),
        "unread": ("warning", ["succeeded", "untried"]),
        "cleaned": ("pending", ["cleaned"]),
        "under-way": ("pending", ["succeeded", "running"]),
    }
    for prefix, (_status, states) in expected.items():
        batch_id = uuid.uuid4()
        for region, state in zip((REGION, "eu-west-1"), states, strict=False):
            Operation.objects.create(
                batch_id=batch_id,
                draft_id=prefix,
                actor=User.objects.get(),
                account_id=ACCOUNT,
                region=region,
                ecr_repository_prefix=prefix,
                planned_rule={"ecr_repository_prefix": prefix, "upstream_registry_url": "quay.io"},
                state=state,
                lease_until=timezone.now() + timedelta(minutes=1),
            )
    ada.open(f"/{ACCOUNT}/operations/")
    for prefix, (status, _states) in expected.items():
        (row,) = [each for each in ada.page.select("main tbody tr") if prefix in each.get_text()]
        assert row.select(f".status-{status} svg"), prefix


def test_a_secret_that_a_later_attempt_does_without_can_only_be_deleted(
    ada: Person, aws: FakeAws
) -> None:
    actor = User.objects.get()
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    made = confirm(docker_hub(), actor=actor, credential=CREDENTIAL).made_secret_arn
    client = boto3.client("secretsmanager", region_name=REGION)
    other = client.create_secret(Name=f"{SECRET}2", SecretString=CREDENTIAL.secret_string())
    draft = docker_hub().with_made_secret(made).with_secret(other["ARN"])
    assert confirm(draft, actor=actor).error is None
    superseded = Operation.objects.get(superseded_at__isnull=False)
    ada.open(f"/{ACCOUNT}/operations/{superseded.batch_id}/")
    assert "A later attempt uses another secret." in ada.text
    assert "Retry failed" not in ada.text
    assert "Complete" not in ada.text
    ada.press("Delete the secret")
    assert "DeletedDate" in client.describe_secret(SecretId=made)


def test_a_region_that_could_not_be_read_is_told_as_not_tried(ada: Person, aws: FakeAws) -> None:
    client = boto3.client("secretsmanager", region_name=REGION)
    existing = client.create_secret(Name=SECRET, SecretString=CREDENTIAL.secret_string())
    draft = docker_hub().with_secret(existing["ARN"])
    aws.refuse(operation="DescribePullThroughCacheRules", region="eu-west-1")
    creation = confirm(draft, actor=User.objects.get(), regions=["eu-west-1"])
    ada.open(f"/{ACCOUNT}/operations/{creation.operation.batch_id}/")
    section = ada.find("section:has(#region-eu-west-1)")
    assert "Not tried" in section.get_text()
    assert "Failed" not in section.get_text()
    assert "Retry failed" not in ada.text
    ada.open(f"/{ACCOUNT}/operations/?state=untried")
    assert len(ada.page.select("main tbody tr")) == 1


def test_a_rule_that_was_deleted_and_not_replaced_is_told_everywhere_and_put_back(
    ada: Person, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "wait", lambda _seconds: None)
    ecr = boto3.client("ecr", region_name=REGION)
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    ada.open(f"/{ACCOUNT}/{REGION}/rules/quay/details/")
    ada.press("Replace")
    ada.choose("Kubernetes")
    ada.press("Next")
    ada.fill("Amazon ECR repository prefix", "quay")
    ada.press("Next")
    aws.refuse(operation="CreatePullThroughCacheRule")
    press_replace(ada)
    assert "quay was deleted for the replacement" in ada.text
    assert rules_of(REGION) == []
    ada.open_rules()
    ada.follow("See Operations")
    assert "Rules deleted and not replaced" in ada.text
    ada.follow("quay")
    assert "Clean up restores the old rule." in ada.text
    ada.press("Clean up")
    assert "The action failed: No access" in ada.page.get_text()
    aws.clear_faults()
    ada.press("Clean up")
    assert rules_of(REGION) == ["quay"]
    ada.open(f"/{ACCOUNT}/operations/")
    assert "Rules deleted and not replaced" not in ada.text


def test_whoever_retried_what_another_began_sees_its_page(ada: Person, aws: FakeAws) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=2)
    to_the_review(ada)
    ada.press("Create")
    bob = sign_in("bob")
    bob.open(f"/{ACCOUNT}/operations/")
    bob.follow("quay")
    bob.press("Retry failed")
    url = f"/{ACCOUNT}/operations/{Operation.objects.get().batch_id}/"
    for person in (ada, bob):
        person.open(url)
        assert (person.status, person.heading) == (200, "The rule was not created: quay")


def test_a_secret_that_is_in_use_or_no_longer_left_over_is_not_discarded_from_an_old_page(
    ada: Person, aws: FakeAws
) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    to_the_review_with_a_secret(ada)
    ada.press("Create")
    button = "Schedule the secret's deletion"
    review = ada.url
    arn = Operation.objects.get().made_secret_arn
    ecr = boto3.client("ecr", region_name=REGION)
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="theirs", upstreamRegistryUrl="registry-1.docker.io", credentialArn=arn
    )
    ada.press(button)
    assert (ada.status, ada.heading) == (409, "The secret is in use")
    ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="theirs")
    ada.open(review)
    Operation.objects.update(
        state=OperationState.RUNNING, lease_until=timezone.now() + timedelta(minutes=1)
    )
    ada.press(button)
    assert ada.status == 200
    assert "DeleteSecret" not in aws.calls()


def test_a_secret_without_its_rule_is_listed(ada: Person, aws: FakeAws) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    to_the_review_with_a_secret(ada)
    ada.press("Create")
    ada.open(f"/{ACCOUNT}/operations/")
    assert "Secrets without a rule" in ada.text


def test_a_conflict_shows_in_what_the_existing_rule_is_another(ada: Person, aws: FakeAws) -> None:
    to_the_review(ada)
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="registry.k8s.io"
    )
    ada.press("Create")
    operation = Operation.objects.get()
    ada.open(f"/{ACCOUNT}/operations/{operation.batch_id}/")
    assert "Another rule uses this prefix" in ada.text
    assert "registry.k8s.io" in ada.text
    assert "quay.io" in ada.text


def test_a_person_sees_only_the_operations_of_their_regions(ada: Person, aws: FakeAws) -> None:
    to_the_review(ada)
    ada.press("Create")
    operation = Operation.objects.get()
    other = sign_in("grace", Role.VIEWER, Place(account_id=ACCOUNT, region="eu-west-1"))
    other.open(f"/{ACCOUNT}/operations/")
    assert "quay" not in other.text
    other.open(f"/{ACCOUNT}/operations/{operation.batch_id}/")
    assert other.status == 404


def cut_off_before_the_secret(person: Person, aws: FakeAws) -> Operation:
    """An operation whose secret was refused, as if its worker had gone then."""
    aws.refuse(operation="CreateSecret", times=1)
    to_the_review_with_a_secret(person)
    person.press("Create")
    Operation.objects.update(state=OperationState.RUNNING, lease_until=None)
    return Operation.objects.get()


def test_completing_asks_for_the_credential_where_the_secret_is_not_made(
    ada: Person, aws: FakeAws
) -> None:
    operation = cut_off_before_the_secret(ada, aws)
    ada.open(f"/{ACCOUNT}/operations/{operation.batch_id}/")
    assert "Complete creates the secret, and then the rule." in ada.text
    ada.fill("Access token", "canary-token")
    ada.press("Complete")
    assert ada.is_refused
    assert "Enter the username." in ada.error_at("Username")
    assert "canary-token" not in str(ada.page)
    ada.fill("Username", "me")
    ada.fill("Access token", "canary-token")
    ada.press("Complete")
    assert ada.heading == "Rule created: hub"
    assert "canary-token" not in str(ada.page)


def two_regions_cut_off(person: Person, aws: FakeAws) -> None:
    """Operations whose secrets were refused in two Regions, as if their worker had gone then."""
    aws.refuse(operation="CreateSecret", times=2)
    to_the_review_with_a_secret(person)
    tick(person, "eu-west-1")
    person.press("Show plan")
    person.press("Create in 2 Regions")
    Operation.objects.update(state=OperationState.RUNNING, lease_until=None)
    person.open(f"/{ACCOUNT}/operations/{Operation.objects.all()[0].batch_id}/")


def test_two_regions_cut_off_are_completed_with_one_form(ada: Person, aws: FakeAws) -> None:
    two_regions_cut_off(ada, aws)
    ids = [each["id"] for each in ada.page.select("[id]")]
    assert [each for each in ids if "access_token" in str(each)] == ["id_access_token_all"]
    assert len(ids) == len(set(ids))
    texts = [each.get_text(strip=True) for each in ada.page.select("button")]
    assert [text for text in texts if text.startswith("Complete")] == ["Complete all"]
    cleans = [" ".join(text.split()) for text in texts if text.startswith(("Clean up", "Delete"))]
    assert len(cleans) == len(set(cleans)) == 2
    ada.fill("Access token", "canary-token")
    ada.press("Complete all")
    assert ada.is_refused
    assert "Enter the username." in ada.error_at("Username")
    assert "canary-token" not in str(ada.page)
    ada.fill("Username", "me")
    ada.fill("Access token", "canary-token")
    ada.press("Complete all")
    assert ada.heading == "Rule created in 2 Regions: hub"
    assert rules_of(REGION) == rules_of("eu-west-1") == ["hub"]
    assert "canary-token" not in str(ada.page)


def test_a_region_that_does_not_tell_is_left_when_all_are_completed(
    ada: Person, aws: FakeAws
) -> None:
    two_regions_cut_off(ada, aws)
    ada.fill("Username", "me")
    ada.fill("Access token", "canary-token")
    aws.refuse(operation="DescribePullThroughCacheRules", region="eu-west-1", times=1)
    ada.press("Complete all")
    assert rules_of(REGION) == ["hub"]
    states = dict(Operation.objects.values_list("region", "state"))
    assert states == {REGION: "succeeded", "eu-west-1": "running"}


def test_before_it_cleans_up_the_page_says_what_goes(ada: Person, aws: FakeAws) -> None:
    to_the_review_with_a_secret(ada)
    ada.press("Create")
    Operation.objects.update(state=OperationState.RUNNING, lease_until=None)
    operation = Operation.objects.get()
    ada.open(f"/{ACCOUNT}/operations/{operation.batch_id}/")
    assert "Identical rule exists" in ada.text
    assert "Deletes the rule hub, which this operation created." in ada.text
    assert "The secret can be restored for 7 days." in ada.text
    ada.press("Clean up")
    assert ada.heading == "Cleaned up: hub"
    assert rules_of(REGION) == []


def test_a_rule_of_somebody_else_is_not_said_to_go_and_does_not(ada: Person, aws: FakeAws) -> None:
    operation = cut_off_after_the_secret(ada, aws)
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub", upstreamRegistryUrl="registry.k8s.io"
    )
    ada.open(f"/{ACCOUNT}/operations/{operation.batch_id}/")
    assert "Another rule uses this prefix: registry.k8s.io" in ada.text
    assert "AWS rejects the rule" in ada.text
    assert "Deletes the rule" not in ada.text
    ada.press("Clean up")
    assert rules_of(REGION) == ["hub"]


def test_a_secret_of_a_failed_operation_is_kept_for_the_retry_or_deleted(
    ada: Person, aws: FakeAws
) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    to_the_review_with_a_secret(ada)
    ada.press("Create")
    ada.open(f"/{ACCOUNT}/operations/")
    ada.follow("hub")
    assert ada.heading == "The rule was not created: hub"
    assert "The retry uses the existing secret" in ada.text
    assert not [each for each in ada.page.select("button") if "Complete" in each.get_text()]
    ada.press("Delete the secret")
    assert ada.heading == "Cleaned up: hub"
    ada.open(f"/{ACCOUNT}/operations/")
    assert "Secrets without a rule" not in ada.text
    client = boto3.client("secretsmanager", region_name=REGION)
    assert "DeletedDate" in client.describe_secret(SecretId=SECRET)


def test_a_secret_that_another_rule_uses_stays_and_is_no_longer_listed(
    ada: Person, aws: FakeAws
) -> None:
    operation = cut_off_after_the_secret(ada, aws)
    secrets = boto3.client("secretsmanager", region_name=REGION)
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="other",
        upstreamRegistryUrl="registry-1.docker.io",
        credentialArn=secrets.describe_secret(SecretId=SECRET)["ARN"],
    )
    ada.open(f"/{ACCOUNT}/operations/{operation.batch_id}/")
    ada.press("Clean up")
    assert ada.heading == "Cleaned up: hub"
    assert "DeletedDate" not in secrets.describe_secret(SecretId=SECRET)
    ada.open(f"/{ACCOUNT}/operations/")
    assert "Secrets without a rule" not in ada.text


def test_where_aws_cannot_be_asked_the_page_says_so_and_nothing_is_changed(
    ada: Person, aws: FakeAws
) -> None:
    operation = cut_off_after_the_secret(ada, aws)
    ada.open(f"/{ACCOUNT}/operations/{operation.batch_id}/")
    aws.refuse(operation="DescribePullThroughCacheRules")
    aws.clear_calls()
    ada.press("Complete")
    assert ada.status == 200
    assert "The action failed:" in ada.page.get_text()
    assert ada.heading == "The creation of the rule was interrupted: hub"
    assert not [each for each in ada.page.select("button") if "Complete" in each.get_text()]
    assert "CreatePullThroughCacheRule" not in aws.calls()
    operation.refresh_from_db()
    assert operation.is_interrupted


def test_a_region_cut_off_is_listed_with_the_way_to_its_section(ada: Person, aws: FakeAws) -> None:
    to_the_review(ada)
    tick(ada, "eu-west-1")
    ada.press("Show plan")
    ada.press("Create in 2 Regions")
    Operation.objects.filter(region="eu-west-1").update(
        state=OperationState.RUNNING, lease_until=None
    )
    ada.open(f"/{ACCOUNT}/operations/?state=interrupted")
    (link,) = {str(each["href"]) for each in ada.page.select("main tbody th a")}
    assert link == f"/{ACCOUNT}/operations/{Operation.objects.all()[0].batch_id}/#region-eu-west-1"
    ada.open(link)
    assert ada.heading == "Interrupted: the rule was created in 1 of 2 Regions: quay"
    assert not ada.page.select("main [hx-trigger='every 2s']")
    assert ada.page.select("#region-eu-west-1")
    ada.press("Complete Europe (Ireland) (eu-west-1)")
    assert ada.heading == "Rule created in 2 Regions: quay"


def test_what_failed_can_be_corrected_by_whoever_began_it(ada: Person, aws: FakeAws) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    to_the_review(ada)
    ada.press("Create")
    url = f"/{ACCOUNT}/operations/{Operation.objects.get().batch_id}/"
    bob = sign_in("bob")
    bob.open(url)
    assert "Correct and try again" not in bob.text
    ada.open(url)
    ada.follow("Correct and try again")
    assert ada.heading == "Review and create"


def test_what_was_created_is_told_and_leads_on(ada: Person, aws: FakeAws) -> None:
    to_the_review(ada)
    tick(ada, "eu-west-1")
    ada.press("Show plan")
    ada.press("Create in 2 Regions")
    assert "Created rule quay in 2 Regions." in ada.text
    ada.press("Copy to Regions")
    assert ada.heading == "Review and create"
    assert "A rule with these answers exists in this Region." in ada.text


def test_only_regions_in_which_a_rule_was_created_are_counted_as_such(
    ada: Person, aws: FakeAws
) -> None:
    for region in ("eu-west-1", "eu-west-2"):
        boto3.client("ecr", region_name=region).create_pull_through_cache_rule(
            ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
        )
    to_the_review(ada)
    tick(ada, "eu-west-1", "eu-west-2")
    ada.press("Show plan")
    ada.press("Create")
    assert ada.heading == "Rule created in 1 Region: quay"
    said = "Created rule quay in 1 Region. Identical rules already existed in 2 Regions."
    assert said in ada.text


def test_a_rule_that_existed_exactly_as_asked_is_not_said_to_be_created(
    ada: Person, aws: FakeAws
) -> None:
    to_the_review(ada)
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
    )
    ada.press("Create")
    ada.open(f"/{ACCOUNT}/operations/{Operation.objects.get().batch_id}/")
    assert ada.heading == "An identical rule already exists: quay"


def test_a_viewer_sees_what_was_cut_off_and_is_offered_nothing(ada: Person, aws: FakeAws) -> None:
    operation = cut_off_after_the_secret(ada, aws)
    viewer = sign_in("grace", Role.VIEWER)
    viewer.open(f"/{ACCOUNT}/operations/{operation.batch_id}/")
    assert "Current resources" in viewer.text
    main = viewer.page.find("main")
    assert main is not None
    assert not main.select("form")


def test_whoever_works_in_one_of_the_regions_retries_there_only(ada: Person, aws: FakeAws) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", times=3)
    to_the_review(ada)
    tick(ada, "eu-west-1", "eu-west-2")
    ada.press("Show plan")
    ada.press("Create in 3 Regions")
    assert ada.heading == "The rule was not created: quay"
    other = sign_in("grace", Role.OPERATOR, Place(account_id=ACCOUNT, region="eu-west-1"))
    other.open(f"/{ACCOUNT}/operations/{Operation.objects.all()[0].batch_id}/")
    assert "that failed in 1 Region." in other.text
    other.press("Retry failed")
    assert "The retry succeeded." in other.page.get_text()
    assert [rules_of(each) for each in (REGION, "eu-west-1", "eu-west-2")] == [[], ["quay"], []]


def test_a_retry_that_fails_again_is_told(ada: Person, aws: FakeAws) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", region="eu-west-1", times=2)
    to_the_review(ada)
    tick(ada, "eu-west-1")
    ada.press("Show plan")
    ada.press("Create in 2 Regions")
    ada.press("Retry failed")
    assert "It failed again in 1 Region." in ada.page.get_text()
    assert ada.heading == "Rule created in 1 of 2 Regions: quay"


def test_the_list_is_narrowed_to_a_state(ada: Person, aws: FakeAws) -> None:
    to_the_review(ada)
    ada.press("Create")
    url = f"/{ACCOUNT}/operations/"
    for state, is_there in (("Succeeded", True), ("Failed", False), ("In progress", False)):
        ada.open(url)
        ada.select("State", state)
        ada.press("Apply")
        assert ("Rule created" in ada.text) is is_there
    Operation.objects.update(
        state=OperationState.RUNNING, lease_until=timezone.now() + timedelta(minutes=1)
    )
    ada.open(f"{url}?state=running")
    assert "Creating the rule" in ada.text
    Operation.objects.update(lease_until=timezone.now() - timedelta(minutes=1))
    ada.open(f"{url}?state=running")
    assert "We can't find a match." in ada.text
    ada.select("State", "Interrupted")
    ada.press("Apply")
    assert "We can't find a match." not in ada.text


def test_while_the_work_goes_on_the_page_follows_and_has_a_link_to_refresh(
    ada: Person, aws: FakeAws
) -> None:
    to_the_review(ada)
    ada.press("Create")
    Operation.objects.update(
        state=OperationState.RUNNING, lease_until=timezone.now() + timedelta(minutes=1)
    )
    ada.open(f"/{ACCOUNT}/operations/{Operation.objects.get().batch_id}/")
    assert ada.heading == "Creating the rule: quay"
    assert ada.find("#batch")["hx-trigger"] == "every 2s"
    Operation.objects.update(state=OperationState.SUCCEEDED)
    ada.follow("Refresh")
    assert ada.heading == "Rule created: quay"
    assert not ada.page.select("[hx-trigger='every 2s']")
