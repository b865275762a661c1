"""A new rule takes over what its person chose for the last one, says so, and can be cleared."""

import json

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import begin, begin_cross_account
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import Target
from wizard.domain.last_choices import CreatedRule, prefix_named_like
from wizard.domain.registries import registry_named
from wizard.domain.rules import NewRule

TOKEN = "canary-6f1d2c"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "pullthroughcache.ecr.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
FROM_LAST = "from your last rule for this registry"
# Each Region is made in a thread of its own, which sees only what is committed.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def person(aws: FakeAws) -> Person:
    return sign_in()


def create_docker_hub(person: Person, prefix: str = "team/docker-hub") -> None:
    """Create a rule for Docker Hub with a new secret."""
    begin(person, "Docker Hub")
    person.choose("Create an AWS secret")
    person.find("#id_secret_name")["value"] = "hub"
    person.fill("Docker Hub email", "me@example.com")
    person.fill("Docker Hub access token", TOKEN)
    person.press("Next")
    person.find("#id_ecr_repository_prefix")["value"] = prefix
    person.press("Next")
    person.press("Create")
    assert "/operations/" in person.url, person.text


def prefix_of(person: Person) -> str:
    return str(person.find("#id_ecr_repository_prefix")["value"])


def chosen_secret(person: Person) -> str:
    option = person.page.select_one('select[name="secret"] option[selected]')
    return str(option["value"]) if option else ""


def test_the_secret_of_the_last_rule_of_the_registry_is_chosen_and_can_be_cleared(
    person: Person,
) -> None:
    boto3.client("secretsmanager", region_name=REGION).create_secret(
        Name="ecr-pullthroughcache/another", SecretString=json.dumps({"username": "x"})
    )
    create_docker_hub(person)
    begin(person, "Docker Hub")
    assert f"The secret is {FROM_LAST}, team/docker-hub." in person.text
    assert person.is_chosen("Use an existing AWS secret")
    assert "hub" in chosen_secret(person)
    assert person.value_of("Docker Hub email") == ""
    assert TOKEN not in person.page.decode()
    person.press("Clear")
    assert (person.heading, chosen_secret(person)) == ("Configure authentication", "")
    assert FROM_LAST not in person.text
    person.select("Secret name", "another")
    person.press("Next")
    assert person.heading == "Specify a destination"
    assert "your last rule" not in person.text


def test_what_was_taken_over_is_an_answer_only_after_next(person: Person) -> None:
    create_docker_hub(person)
    path = begin(person, "Docker Hub")
    person.press("Previous")
    assert person.heading == "Specify a source"
    person.open(f"{path}review/")
    assert person.heading == "Configure authentication"
    person.press("Next")
    assert person.heading == "Specify a destination"
    person.press("Previous")
    assert FROM_LAST not in person.text
    assert "hub" in chosen_secret(person)


def test_a_secret_that_is_gone_is_not_chosen(person: Person) -> None:
    create_docker_hub(person)
    secrets = boto3.client("secretsmanager", region_name=REGION)
    secrets.delete_secret(SecretId="ecr-pullthroughcache/hub", ForceDeleteWithoutRecovery=True)
    begin(person, "Docker Hub")
    assert FROM_LAST not in person.text
    assert chosen_secret(person) == ""


def test_another_registry_region_or_person_takes_no_secret_over(person: Person) -> None:
    create_docker_hub(person)
    begin(person, "GitHub Container Registry")
    assert FROM_LAST not in person.text
    begin(person, "Docker Hub", region="eu-west-1")
    assert FROM_LAST not in person.text
    grace = sign_in("grace")
    begin(grace, "Docker Hub")
    assert FROM_LAST not in grace.text
    begin(grace, "Quay")
    assert prefix_of(grace) == "quay"


def test_the_role_of_the_last_rule_of_the_other_account_is_chosen(
    person: Person,
) -> None:
    iam = boto3.client("iam")
    role = iam.create_role(RoleName="example-role", AssumeRolePolicyDocument=json.dumps(TRUST))
    begin_cross_account(person)
    assert "your last rule" not in person.text
    person.select("IAM role", "example-role")
    person.press("Next")
    person.press("Next")
    person.press("Create")
    assert "/operations/" in person.url, person.text
    begin_cross_account(person)
    assert f"The role is {FROM_LAST}, ecr." in person.text
    option = person.find('select[name="custom_role_arn"] option[selected]')
    assert option["value"] == role["Role"]["Arn"]
    iam.delete_role(RoleName="example-role")
    begin_cross_account(person)
    assert "your last rule" not in person.text


def test_a_prefix_is_named_like_the_last_one_and_is_free(person: Person) -> None:
    create_docker_hub(person, "team/docker-hub")
    begin(person, "Quay")
    assert "The prefix is named like that of your last rule, team/docker-hub." in person.text
    assert prefix_of(person) == "team/quay"
    person.press("Clear")
    assert prefix_of(person) == "quay"
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="team/quay", upstreamRegistryUrl="quay.io"
    )
    begin(person, "Quay")
    assert prefix_of(person) == "team/quay-2"


@pytest.mark.parametrize(
    ("last", "named"),
    [
        ("docker-hub", ""),
        ("team/docker-hub", "team/gitlab"),
        ("docker-hub-cache/", "gitlab-cache/"),
        ("adocker-hub", ""),
        ("images", ""),
        ("ROOT", ""),
        (f"{'t' * 19}/docker-hub", f"{'t' * 19}/gitlab"),
    ],
)
def test_only_what_is_around_the_suggested_prefix_is_taken_over(last: str, named: str) -> None:
    rule = NewRule(ecr_repository_prefix=last, upstream_registry_url="registry-1.docker.io")
    created = CreatedRule(rule=rule, target=Target(account_id=ACCOUNT, region=REGION))
    assert prefix_named_like(created, registry_named("gitlab-container-registry")) == named


def test_a_prefix_that_would_be_too_long_is_not_suggested() -> None:
    rule = NewRule(ecr_repository_prefix=f"{'t' * 22}/quay", upstream_registry_url="quay.io")
    created = CreatedRule(rule=rule, target=Target(account_id=ACCOUNT, region=REGION))
    assert prefix_named_like(created, registry_named("docker-hub")) == ""


def test_the_regions_of_the_last_rule_are_offered_and_nothing_is_chosen_by_itself(
    person: Person,
) -> None:
    begin(person, "Quay")
    person.press("Next")
    assert "your last rule" not in person.text
    for box in person.page.select('input[name="regions"]'):
        if box["value"] in ("eu-west-1", "us-west-2"):
            box["checked"] = ""
    person.press("Show plan")
    person.press("Create in 3 Regions")
    begin(person, "Kubernetes")
    person.press("Next")
    assert (
        "You also created your last rule, quay, in Europe (Ireland) (eu-west-1),"
        " US West (Oregon) (us-west-2)." in person.text
    )
    assert person.page.find("button", string="Create in 3 Regions") is None
    person.press("Choose the same Regions")
    assert "You also created your last rule" not in person.text
    person.press("Create in 3 Regions")
    for region in (REGION, "eu-west-1", "us-west-2"):
        ecr = boto3.client("ecr", region_name=region)
        rules = ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]
        assert {rule["ecrRepositoryPrefix"] for rule in rules} == {"quay", "kubernetes"}
