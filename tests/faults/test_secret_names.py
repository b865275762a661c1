"""Which secret a rule has: by the name that AWS tells, never by a part of an ARN."""

import json
from typing import Any

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in

BASE = f"/{ACCOUNT}/{REGION}/rules"
SECRETS = f"/{ACCOUNT}/{REGION}/secrets/"
THERE = "eu-west-1"
PREFIX = "ecr-pullthroughcache/"

# Each Region is made in a thread of its own, which sees only what is committed.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


def make_secret(name: str, *, region: str = REGION) -> str:
    value = json.dumps({"username": "demo", "accessToken": "token"})
    client = boto3.client("secretsmanager", region_name=region)
    made = client.create_secret(Name=PREFIX + name, SecretString=value)
    return str(made["ARN"])


def partial_arn(name: str, *, region: str = REGION) -> str:
    """An ARN without the random suffix, as the AWS documentation writes them."""
    return f"arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{PREFIX}{name}"


def make_rule(prefix: str, arn: str, *, region: str = REGION) -> None:
    boto3.client("ecr", region_name=region).create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl="registry-1.docker.io", credentialArn=arn
    )


def rules_in(region: str) -> dict[str, Any]:
    client = boto3.client("ecr", region_name=region)
    found = client.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    return {rule["ecrRepositoryPrefix"]: rule for rule in found}


def copy_to(person: Person, prefix: str, region: str) -> str:
    """Open the review of a clone with a further Region; return what is planned there."""
    person.open(f"{BASE}/{prefix}/details/")
    person.press("Clone")
    person.find(f'input[name="regions"][value="{region}"]')["checked"] = ""
    person.press("Show plan")
    (term,) = [each for each in person.page.select("dt") if region in each.get_text()]
    value = term.find_next_sibling("dd")
    assert value is not None
    return " ".join(value.get_text(" ").split())


def row_of(person: Person, text: str) -> str:
    (row,) = [row for row in person.page.select("tbody tr") if text in row.get_text()]
    return " ".join(row.get_text(" ").split())


@pytest.mark.promise("I8")
@pytest.mark.parametrize("is_partial", [True, False])
@pytest.mark.parametrize("name", ["prod-github", "prod-a1B2c3", "team/prod-Abc123", "x-123456"])
def test_a_copy_never_uses_the_secret_of_a_name_that_only_looks_alike(
    person: Person, name: str, is_partial: bool
) -> None:
    arn = make_secret(name)
    make_rule("hub", partial_arn(name) if is_partial else arn)
    make_secret(name[:-7], region=THERE)
    planned = copy_to(person, "hub", THERE)
    assert planned == f"Create the secret {PREFIX}{name}, then the rule."
    person.fill("Username", "me")
    person.fill("Access token", "dckr_pat_canary")
    person.press("Create in 1 Region")
    used = rules_in(THERE)["hub"]["credentialArn"]
    described = boto3.client("secretsmanager", region_name=THERE).describe_secret(SecretId=used)
    assert described["Name"] == PREFIX + name


@pytest.mark.promise("I8")
def test_a_secret_whose_name_aws_does_not_tell_has_no_counterpart(
    aws: FakeAws, person: Person
) -> None:
    make_rule("hub", make_secret("hub"))
    make_secret("hub", region=THERE)
    aws.refuse(operation="DescribeSecret", region=REGION)
    planned = copy_to(person, "hub", THERE)
    assert planned.startswith(
        "No change. The console couldn't read the secret of the rule in its own Region"
    )
    assert "secretsmanager:DescribeSecret" in planned
    assert not [each for each in person.page.select("button") if "Create" in each.get_text()]


def test_a_counterpart_that_lists_lack_is_found(aws: FakeAws, person: Person) -> None:
    make_rule("hub", make_secret("hub"))
    there = make_secret("hub", region=THERE)
    aws.garble_answer(json.dumps({"SecretList": []}), operation="ListSecrets", region=THERE)
    assert copy_to(person, "hub", THERE) == f"Create the rule with the secret {PREFIX}hub."
    person.press("Create in 1 Region")
    assert rules_in(THERE)["hub"]["credentialArn"] == there


@pytest.mark.parametrize("is_partial", [True, False])
def test_a_rule_with_the_counterpart_exists_there_however_its_arn_is_written(
    person: Person, is_partial: bool
) -> None:
    make_rule("hub", make_secret("prod-github"))
    there = make_secret("prod-github", region=THERE)
    arn = partial_arn("prod-github", region=THERE) if is_partial else there
    make_rule("hub", arn, region=THERE)
    assert "No change. An identical rule already exists" in copy_to(person, "hub", THERE)


def test_a_rule_with_the_secret_of_a_longer_name_is_another_rule(person: Person) -> None:
    make_rule("hub", make_secret("prod"))
    make_secret("prod", region=THERE)
    make_rule("hub", make_secret("prod-github", region=THERE), region=THERE)
    assert "No change. Another rule uses this prefix." in copy_to(person, "hub", THERE)


def test_the_list_shows_an_arn_as_it_is(person: Person) -> None:
    make_secret("prod-github")
    make_rule("hub", partial_arn("prod-github"))
    person.open_rules()
    assert "prod-github" in row_of(person, "registry-1.docker.io")


def test_a_secret_is_in_use_also_by_an_arn_without_its_suffix(person: Person) -> None:
    make_secret("prod")
    make_secret("prod-github")
    make_rule("hub", partial_arn("prod-github"))
    person.open(SECRETS)
    assert "hub" in row_of(person, f"{PREFIX}prod-github")
    person.follow(f"Delete {PREFIX}prod-github")
    assert "The secret is in use" in person.text
    person.open(SECRETS)
    person.follow(f"Delete {PREFIX}prod")
    person.fill('To confirm this deletion, type "confirm".', "confirm")
    person.press("Delete")
    assert f"Scheduled secret {PREFIX}prod (us-east-2) for deletion" in person.page.get_text()


def test_the_last_rule_of_a_secret_offers_its_deletion_by_its_own_name(person: Person) -> None:
    make_secret("prod")
    arn = make_secret("prod-github")
    make_rule("one", partial_arn("prod-github"))
    make_rule("two", arn)
    for prefix, is_last in (("one", False), ("two", True)):
        person.open(f"{BASE}/{prefix}/delete/")
        person.fill('To confirm this deletion, type "confirm".', "confirm")
        person.press("Delete")
        told = f"uses the secret {PREFIX}prod-github." in person.page.get_text()
        assert told is is_last
    person.follow("Delete the secret")
    assert f"{PREFIX}prod-github" in person.text
