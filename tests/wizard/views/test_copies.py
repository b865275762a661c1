"""A rule copied to other Regions: a plan first, then exactly that, once."""

import json
from typing import Any

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person

BASE = f"/{ACCOUNT}/{REGION}/rules"
TOKEN = "dckr_pat_canary"

# Each Region is made in a thread of its own, which sees only what is committed.
pytestmark = pytest.mark.django_db(transaction=True)


def rules_in(region: str) -> dict[str, Any]:
    client = boto3.client("ecr", region_name=region)
    found = client.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    return {rule["ecrRepositoryPrefix"]: rule for rule in found}


def make_secret(region: str) -> str:
    value = json.dumps({"username": "demo", "accessToken": "token"})
    client = boto3.client("secretsmanager", region_name=region)
    return client.create_secret(Name="ecr-pullthroughcache/hub", SecretString=value)["ARN"]


@pytest.fixture
def hub(aws: FakeAws) -> str:
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub",
        upstreamRegistryUrl="registry-1.docker.io",
        credentialArn=make_secret(REGION),
        upstreamRepositoryPrefix="library",
    )
    return "hub"


def choose(person: Person, prefix: str, *regions: str) -> None:
    person.open(f"{BASE}/{prefix}/copy/")
    for box in person.page.select('input[name="regions"]'):
        if box["value"] in regions:
            box["checked"] = ""
    person.press("Show plan")


def plan_of(person: Person, region: str) -> str:
    (term,) = [each for each in person.page.select("dt") if region in each.get_text()]
    value = term.find_next_sibling("dd")
    assert value is not None
    return " ".join(value.get_text(" ").split())


def test_a_rule_without_a_secret_goes_where_it_is_wanted(person: Person, quay: str) -> None:
    choose(person, quay, "eu-west-1", "eu-west-2")
    assert plan_of(person, "eu-west-1") == "Create the rule."
    assert rules_in("eu-west-1") == {}
    person.press("Create")
    assert person.heading == "Rule created in 2 Regions: quay"
    assert list(rules_in("eu-west-1")) == ["quay"]
    assert list(rules_in("eu-west-2")) == ["quay"]
    assert rules_in("eu-west-3") == {}


def test_the_secret_s_counterpart_is_found_or_asked_for(person: Person, hub: str) -> None:
    there = make_secret("eu-west-1")
    choose(person, hub, "eu-west-1", "eu-west-2")
    assert plan_of(person, "eu-west-1") == "Create the rule."
    assert plan_of(person, "eu-west-2") == "Create the secret, then the rule."
    person.press("Create")
    assert person.status == 422
    assert "Enter the access token." in person.error_at("Access token")
    person.fill("Username", "me")
    person.fill("Access token", TOKEN)
    person.press("Create")
    assert TOKEN not in str(person.page)
    first, second = rules_in("eu-west-1")["hub"], rules_in("eu-west-2")["hub"]
    assert first["credentialArn"] == there
    assert first["upstreamRepositoryPrefix"] == "library"
    assert ":eu-west-2:" in second["credentialArn"]
    value = boto3.client("secretsmanager", region_name="eu-west-2").get_secret_value(
        SecretId="ecr-pullthroughcache/hub"
    )["SecretString"]
    assert json.loads(value) == {"username": "me", "accessToken": TOKEN}


def test_what_exists_or_is_taken_is_left_alone_and_said(person: Person, quay: str) -> None:
    for region, url in (("eu-west-1", "quay.io"), ("eu-west-2", "registry.k8s.io")):
        boto3.client("ecr", region_name=region).create_pull_through_cache_rule(
            ecrRepositoryPrefix="quay", upstreamRegistryUrl=url
        )
    choose(person, quay, "eu-west-1", "eu-west-2")
    assert "exists there exactly as it is here" in plan_of(person, "eu-west-1")
    assert "another rule has this prefix there" in plan_of(person, "eu-west-2")
    assert "registry.k8s.io" in plan_of(person, "eu-west-2")
    assert not [button for button in person.page.select("button") if "Create" in button.get_text()]


def test_a_region_that_cannot_be_read_never_stops_the_others(
    aws: FakeAws, person: Person, quay: str
) -> None:
    aws.refuse(operation="DescribePullThroughCacheRules", region="eu-west-2")
    choose(person, quay, "eu-west-1", "eu-west-2")
    assert "could not be read" in plan_of(person, "eu-west-2")
    person.press("Create")
    assert list(rules_in("eu-west-1")) == ["quay"]
    assert aws.calls()["CreatePullThroughCacheRule"] == 2


def test_a_region_that_refuses_is_told_and_can_be_tried_again(
    aws: FakeAws, person: Person, quay: str
) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", region="eu-west-2", times=1)
    choose(person, quay, "eu-west-1", "eu-west-2")
    person.press("Create")
    assert "what failed in 1 Region." in person.text
    assert person.heading == "Rule created in 1 of 2 Regions: quay"
    assert list(rules_in("eu-west-1")) == ["quay"]
    assert rules_in("eu-west-2") == {}
    choose(person, quay, "eu-west-1", "eu-west-2")
    assert "exists there exactly as it is here" in plan_of(person, "eu-west-1")
    person.press("Create")
    assert list(rules_in("eu-west-2")) == ["quay"]


def test_what_was_taken_since_the_plan_was_shown_is_told(person: Person, quay: str) -> None:
    choose(person, quay, "eu-west-1", "eu-west-2")
    boto3.client("ecr", region_name="eu-west-2").create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="registry.k8s.io"
    )
    person.press("Create")
    assert person.heading == "Rule created in 1 Region: quay"
    told = person.find(".flash-info").get_text()
    assert "eu-west-2: Nothing: another rule has this prefix there." in told


def test_a_rule_of_an_unknown_upstream_is_not_copied_and_that_is_said(
    aws: FakeAws, person: Person, quay: str
) -> None:
    rule = {"ecrRepositoryPrefix": quay, "upstreamRegistryUrl": "registry.example.com"}
    answer = json.dumps({"pullThroughCacheRules": [rule]})
    aws.garble_answer(answer, operation="DescribePullThroughCacheRules", region=REGION)
    choose(person, quay, "eu-west-1")
    assert person.url == f"{BASE}/"
    assert "registry.example.com is none that the wizard knows; it cannot be copied." in (
        person.page.get_text()
    )


def test_the_plan_sent_twice_makes_nothing_twice(aws: FakeAws, person: Person, quay: str) -> None:
    choose(person, quay, "eu-west-1")
    data = {
        "csrfmiddlewaretoken": person.csrf_token,
        "copy_id": person.find("#id_copy_id")["value"],
        "regions": ["eu-west-1"],
        "create": "1",
    }
    answers = [person.client.post(f"{BASE}/{quay}/copy/", data) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {303}
    person.open(answers[-1]["Location"])
    assert person.page.select(".flash") == []
    assert aws.calls()["CreatePullThroughCacheRule"] == 2  # the fixture's and the copy


def test_no_region_chosen_is_told(person: Person, quay: str) -> None:
    choose(person, quay)
    assert person.status == 422
    assert "Choose at least one Region." in person.text


def test_a_region_that_is_its_own_upstream_is_left_out(aws: FakeAws, person: Person) -> None:
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="base", upstreamRegistryUrl=f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
    )
    choose(person, "base", "eu-west-1", "eu-west-2")
    assert "that of this very Region" in plan_of(person, "eu-west-1")
    assert plan_of(person, "eu-west-2") == "Create the rule."


def test_a_role_that_the_kind_of_rule_asks_for_none_of_is_said_to_stay(
    aws: FakeAws, person: Person
) -> None:
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="own",
        upstreamRegistryUrl=f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com",
        customRoleArn=f"arn:aws:iam::{ACCOUNT}:role/example-role",
    )
    choose(person, "own", "eu-west-2")
    assert "role/example-role is not carried over" in person.page.get_text()
