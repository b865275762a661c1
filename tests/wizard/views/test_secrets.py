"""The secrets page: the secrets, their rules, and every change. It never shows a secret's value."""

import json

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person

URL = f"/{ACCOUNT}/{REGION}/secrets/"
NEW = f"/{ACCOUNT}/{REGION}/new-secret/"
CONFIRM = 'To confirm this deletion, type "confirm".'
TOKEN = "dckr_pat_canary"


@pytest.fixture
def hub(aws: FakeAws) -> str:
    """A secret that a Docker Hub rule uses; returns its ARN."""
    value = json.dumps({"username": "demo", "accessToken": "token"})
    secrets = boto3.client("secretsmanager", region_name=REGION)
    arn = secrets.create_secret(Name="ecr-pullthroughcache/hub", SecretString=value)["ARN"]
    secrets.create_secret(Name="ecr-pullthroughcache/team/spare", SecretString=value)
    secrets.create_secret(Name="elsewhere", SecretString=value)
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="docker-hub",
        upstreamRegistryUrl="registry-1.docker.io",
        credentialArn=arn,
    )
    return arn


def row_of(person: Person, name: str) -> str:
    (row,) = [row for row in person.page.select("tbody tr") if name in row.get_text()]
    return " ".join(row.get_text(" ").split())


def value_of(name: str) -> dict[str, str]:
    client = boto3.client("secretsmanager", region_name=REGION)
    value: dict[str, str] = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
    return value


def test_secrets_are_listed_with_the_rules_that_use_them(person: Person, hub: str) -> None:
    person.open(URL)
    assert len(person.page.select("tbody tr")) == 2
    assert "docker-hub" in row_of(person, "ecr-pullthroughcache/hub")
    assert "docker-hub" not in row_of(person, "ecr-pullthroughcache/team/spare")


def test_a_secret_is_created_and_its_token_never_shown(person: Person) -> None:
    person.open(NEW)
    person.fill("Secret name", "ecr-pullthroughcache/new")
    person.fill("Username", "")
    person.fill("Access token", TOKEN)
    person.press("Create secret")
    assert person.is_refused
    assert TOKEN not in str(person.page)
    person.fill("Username", "me")
    person.fill("Access token", TOKEN)
    person.press("Create secret")
    assert "Created secret ecr-pullthroughcache/new (us-east-2)." in person.page.get_text()
    assert TOKEN not in str(person.page)
    assert value_of("ecr-pullthroughcache/new") == {"username": "me", "accessToken": TOKEN}


def test_a_taken_name_is_told_with_aws_s_words(person: Person, hub: str) -> None:
    person.open(NEW)
    person.fill("Secret name", "hub")
    person.fill("Username", "me")
    person.fill("Access token", TOKEN)
    person.press("Create secret")
    assert person.status == 409
    assert "ResourceExistsException" in person.text
    assert TOKEN not in str(person.page)


def test_a_value_is_replaced_by_a_new_version(aws: FakeAws, person: Person, hub: str) -> None:
    person.open(URL)
    person.follow("Replace value ecr-pullthroughcache/hub")
    person.fill("Username", "you")
    person.fill("Access token", TOKEN)
    person.press("Replace value")
    assert "Updated the value of secret" in person.page.get_text()
    assert "GetSecretValue" not in aws.calls()
    assert value_of("ecr-pullthroughcache/hub") == {"username": "you", "accessToken": TOKEN}


def test_a_secret_in_use_is_not_deleted_and_its_rules_are_named(person: Person, hub: str) -> None:
    person.open(URL)
    person.follow("Delete ecr-pullthroughcache/hub")
    assert person.status == 409
    assert "The secret is in use" in person.text
    assert not person.page.select("main form")
    person.follow("docker-hub")
    assert person.heading == "docker-hub"
    secrets = boto3.client("secretsmanager", region_name=REGION)
    assert "DeletedDate" not in secrets.describe_secret(SecretId=hub)


def test_while_the_rules_cannot_be_read_every_secret_counts_as_in_use(
    aws: FakeAws, person: Person, hub: str
) -> None:
    aws.refuse(operation="DescribePullThroughCacheRules")
    person.open(URL)
    assert person.status == 200
    assert "No access" in person.text
    assert "Unknown" in row_of(person, "ecr-pullthroughcache/team/spare")
    person.follow("Delete ecr-pullthroughcache/team/spare")
    assert person.status == 409
    assert "couldn't read the rules" in person.text
    assert "DeleteSecret" not in aws.calls()


def test_an_unused_secret_is_deleted_with_a_way_back(person: Person, hub: str) -> None:
    person.open(URL)
    person.follow("Delete ecr-pullthroughcache/team/spare")
    person.fill(CONFIRM, "no")
    person.press("Delete")
    assert person.is_refused
    person.fill(CONFIRM, "confirm")
    person.press("Delete")
    assert "Scheduled for deletion" in row_of(person, "ecr-pullthroughcache/team/spare")
    person.press("Restore ecr-pullthroughcache/team/spare")
    assert "Available" in row_of(person, "ecr-pullthroughcache/team/spare")


def test_changes_of_a_secret_name_its_region_and_account(person: Person, hub: str) -> None:
    place = "US East (Ohio) (us-east-2), account 1234-5678-9012"
    for url in (NEW, f"{URL}hub/value/"):
        person.open(url)
        assert place in person.text
    person.open(f"{URL}team/spare/delete/")
    asked = "Schedule the deletion of the secret ecr-pullthroughcache/team/spare in"
    assert f"{asked} {place}?" in person.text.replace(" ,", ",")
    person.fill(CONFIRM, "confirm")
    person.press("Delete")
    flash = person.find(".flash").get_text()
    assert "Scheduled secret ecr-pullthroughcache/team/spare (us-east-2) for deletion" in flash


def test_the_name_of_a_secret_and_its_rules_are_links(person: Person, hub: str) -> None:
    person.open(URL)
    assert "Available" in row_of(person, "ecr-pullthroughcache/hub")
    person.follow("hub")
    assert person.heading == "Replace value ecr-pullthroughcache/hub"
    person.open(URL)
    person.follow("docker-hub")
    assert person.heading == "docker-hub"


def test_a_secret_that_does_not_exist_is_not_found(person: Person) -> None:
    person.open(f"{URL}nothing/value/")
    assert person.status == 404


def test_secrets_that_may_not_be_listed_are_not_called_none(aws: FakeAws, person: Person) -> None:
    aws.refuse(operation="ListSecrets")
    person.open(URL)
    assert person.status == 403
    assert "secretsmanager:ListSecrets" in person.text
    assert "No secrets" not in person.text
