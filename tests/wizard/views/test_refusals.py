"""Errors of AWS are shown on their step and field, with message, code and request ID."""

import re

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person
from tests.wizard.views.test_wizard import begin, prefixes, type_new_secret


def to_review(person: Person, registry: str = "Quay") -> None:
    begin(person, registry)
    if registry == "Docker Hub":
        type_new_secret(person)
        person.press("Next")
    person.press("Next")
    assert person.heading == "Review and create"


def take_prefix(prefix: str) -> None:
    """Somebody else makes a rule with that prefix meanwhile."""
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl="registry.k8s.io"
    )


def request_id_in(person: Person) -> str:
    found = re.search(r"[0-9a-zA-Z-]{20,}", person.text.partition("Request ID")[2])
    return found[0] if found else ""


def test_a_prefix_taken_meanwhile_lands_at_the_prefix_with_aws_s_words(person: Person) -> None:
    to_review(person)
    take_prefix("quay")
    person.press("Create")
    assert person.heading == "Specify a destination"
    assert "The prefix is already in use in this Region" in person.error_at(
        "Amazon ECR repository prefix"
    )
    assert "PullThroughCacheRuleAlreadyExistsException" in person.text
    assert "already exists" in person.text
    assert request_id_in(person)
    person.fill("Amazon ECR repository prefix", "quay-2")
    person.press("Next")
    person.press("Create")
    assert person.heading == "Rule created: quay-2"
    assert sorted(prefixes()) == ["quay", "quay-2"]


def test_a_root_rule_made_meanwhile_lands_at_the_choice_of_no_prefix(person: Person) -> None:
    """The field for a prefix is not shown with that choice."""
    begin(person, "Quay")
    person.choose("No prefix")
    person.press("Next")
    take_prefix("ROOT")
    person.press("Create")
    assert person.heading == "Specify a destination"
    error = person.find("#id_cache_namespace_error").get_text()
    assert "The prefix is already in use in this Region" in error
    assert not person.page.select("#id_ecr_repository_prefix_error")


def test_a_refused_role_that_was_typed_lands_at_the_typed_arn(aws: FakeAws, person: Person) -> None:
    """The list of roles is not shown with that choice."""
    person.open_rules()
    person.press("Add rule")
    person.choose("Amazon ECR Private")
    person.choose("Cross account")
    person.select("Region", "eu-west-1")
    person.fill("Account", "111122223333")
    person.press("Next")
    person.choose("Enter the ARN of a role")
    person.find("#id_typed_role_arn")["value"] = f"arn:aws:iam::{ACCOUNT}:role/x"
    person.press("Next")
    person.press("Next")
    aws.fail(
        operation="CreatePullThroughCacheRule",
        code="InvalidParameterException",
        message="Value at 'customRoleArn' failed to satisfy constraint",
    )
    person.press("Create")
    assert person.heading == "Specify permissions"
    assert person.find("#id_typed_role_arn_error")
    assert not person.page.select("#id_custom_role_arn_error")


def test_a_taken_secret_name_lands_at_the_name(person: Person) -> None:
    secrets = boto3.client("secretsmanager", region_name=REGION)
    secrets.create_secret(Name="ecr-pullthroughcache/hub", SecretString="{}")
    to_review(person, "Docker Hub")
    person.press("Create")
    assert person.heading == "Configure authentication"
    assert "A secret with this name already exists" in person.error_at("Secret name")
    assert "ResourceExistsException" in person.text
    assert prefixes() == []


def test_a_name_scheduled_for_deletion_lands_at_the_name(person: Person) -> None:
    secrets = boto3.client("secretsmanager", region_name=REGION)
    secrets.create_secret(Name="ecr-pullthroughcache/hub", SecretString="{}")
    secrets.delete_secret(SecretId="ecr-pullthroughcache/hub")
    to_review(person, "Docker Hub")
    person.press("Create")
    assert "scheduled for deletion" in person.error_at("Secret name")


def test_a_rule_refused_after_its_secret_says_what_exists_and_uses_it(
    aws: FakeAws, person: Person
) -> None:
    to_review(person, "Docker Hub")
    aws.refuse(operation="CreatePullThroughCacheRule", times=1)
    person.press("Create")
    assert person.heading == "Review and create"
    assert "No access" in person.text
    assert "ecr:CreatePullThroughCacheRule" in person.text
    assert "AccessDeniedException" in person.text
    assert "The secret ecr-pullthroughcache/hub was created, but the rule wasn't." in person.text
    person.press("Create")
    assert person.heading == "Rule created: docker-hub"
    assert aws.calls()["CreateSecret"] == 1
    assert prefixes() == ["docker-hub"]


@pytest.mark.parametrize(
    ("code", "heading"),
    [
        ("UnsupportedUpstreamRegistryException", "Specify a source"),
        ("LimitExceededException", "Review and create"),
        ("UnableToAccessSecretException", "Configure authentication"),
        ("UnableToDecryptSecretValueException", "Configure authentication"),
        ("ValidationException", "Review and create"),
        ("SomethingNewException", "Review and create"),
    ],
)
def test_each_refusal_lands_on_the_step_that_can_put_it_right(
    aws: FakeAws, person: Person, code: str, heading: str
) -> None:
    to_review(person, "Docker Hub")
    aws.fail(operation="CreatePullThroughCacheRule", code=code, message="AWS's own words")
    person.press("Create")
    assert person.heading == heading
    assert "AWS's own words" in person.text
    assert code in person.text
    assert request_id_in(person)


def test_a_parameter_aws_names_is_shown_at_its_field(aws: FakeAws, person: Person) -> None:
    to_review(person)
    message = "Invalid parameter at 'ecrRepositoryPrefix' failed to satisfy constraint"
    aws.fail(
        operation="CreatePullThroughCacheRule", code="InvalidParameterException", message=message
    )
    person.press("Create")
    assert person.heading == "Specify a destination"
    assert person.error_at("Amazon ECR repository prefix")
    assert message in person.text


def test_a_refusal_goes_when_its_step_is_answered(person: Person) -> None:
    to_review(person)
    take_prefix("quay")
    person.press("Create")
    person.open(person.url)
    assert "PullThroughCacheRuleAlreadyExistsException" in person.text
    person.fill("Amazon ECR repository prefix", "other")
    person.press("Next")
    person.follow("Previous")
    assert "PullThroughCacheRuleAlreadyExistsException" not in person.text


def test_secrets_that_may_not_be_listed_leave_both_ways_open(aws: FakeAws, person: Person) -> None:
    secrets = boto3.client("secretsmanager", region_name=REGION)
    arn = secrets.create_secret(Name="ecr-pullthroughcache/x", SecretString="{}")["ARN"]
    aws.refuse(operation="ListSecrets")
    begin(person, "Docker Hub")
    assert "No access" in person.text
    assert "secretsmanager:ListSecrets" in person.text
    person.choose("Use an existing AWS secret")
    person.find("#id_secret")["value"] = arn.replace(REGION, "eu-west-1")
    person.press("Next")
    assert "another Region" in person.error_at("Secret name")
    person.find("#id_secret")["value"] = arn
    person.press("Next")
    person.press("Next")
    person.press("Create")
    assert prefixes() == ["docker-hub"]


def test_roles_that_may_not_be_listed_can_be_typed(aws: FakeAws, person: Person) -> None:
    aws.refuse(operation="ListRoles")
    person.open_rules()
    person.press("Add rule")
    person.choose("Amazon ECR Private")
    person.choose("Cross account")
    person.select("Region", "eu-west-1")
    person.fill("Account", "111122223333")
    person.press("Next")
    assert person.heading == "Specify permissions"
    assert "No access" in person.text
    assert "iam:ListRoles" in person.text
    assert person.is_chosen("Enter the ARN of a role")
