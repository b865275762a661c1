"""Creating a rule like an existing one in other Regions: first a plan, then exactly that plan."""

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
    person.open(f"{BASE}/{prefix}/details/")
    person.press("Clone")
    if person.heading == "Review and create":
        for box in person.page.select('input[name="regions"]'):
            if box["value"] in regions:
                box["checked"] = ""
        person.press("Show plan")


def has_create(person: Person) -> bool:
    return bool([each for each in person.page.select("button") if "Create" in each.get_text()])


def plan_of(person: Person, region: str) -> str:
    (term,) = [each for each in person.page.select("dt") if region in each.get_text()]
    value = term.find_next_sibling("dd")
    assert value is not None
    return " ".join(value.get_text(" ").split())


def test_a_clone_opens_at_the_review_where_nothing_is_made_in_its_own_region(
    person: Person, hub: str
) -> None:
    person.open(f"{BASE}/{hub}/details/")
    person.press("Clone")
    assert person.heading == "Review and create"
    assert "A rule with these answers exists in this Region." in person.text
    assert plan_of(person, REGION) == "No change. An identical rule already exists."
    assert "already uses this prefix" not in person.text
    assert not has_create(person)


def test_a_rule_without_a_secret_goes_where_it_is_wanted(
    aws: FakeAws, person: Person, quay: str
) -> None:
    choose(person, quay, "eu-west-1", "eu-west-2")
    assert plan_of(person, "eu-west-1") == "Create the rule."
    assert plan_of(person, REGION) == "No change. An identical rule already exists."
    assert rules_in("eu-west-1") == {}
    person.press("Create in 2 Regions")
    assert person.heading == "Rule created in 2 Regions: quay"
    assert "An identical rule already exists. Nothing was created." in person.text
    assert list(rules_in("eu-west-1")) == ["quay"]
    assert list(rules_in("eu-west-2")) == ["quay"]
    assert rules_in("eu-west-3") == {}
    assert aws.calls()["CreatePullThroughCacheRule"] == 3  # the fixture's and the two


def test_the_secret_s_counterpart_is_found_or_asked_for(person: Person, hub: str) -> None:
    there = make_secret("eu-west-1")
    choose(person, hub, "eu-west-1", "eu-west-2")
    assert (
        plan_of(person, "eu-west-1") == "Create the rule with the secret ecr-pullthroughcache/hub."
    )
    assert (
        plan_of(person, "eu-west-2") == "Create the secret ecr-pullthroughcache/hub, then the rule."
    )
    person.fill("Access token", TOKEN)
    person.press("Create in 2 Regions")
    assert person.is_refused
    assert "Enter the username." in person.error_at("Username")
    assert TOKEN not in str(person.page)
    assert rules_in("eu-west-1") == {}
    person.fill("Username", "me")
    person.fill("Access token", TOKEN)
    person.press("Create in 2 Regions")
    assert TOKEN not in str(person.page)
    first, second = rules_in("eu-west-1")["hub"], rules_in("eu-west-2")["hub"]
    assert first["credentialArn"] == there
    assert first["upstreamRepositoryPrefix"] == "library"
    assert ":eu-west-2:" in second["credentialArn"]
    value = boto3.client("secretsmanager", region_name="eu-west-2").get_secret_value(
        SecretId="ecr-pullthroughcache/hub"
    )["SecretString"]
    assert json.loads(value) == {"username": "me", "accessToken": TOKEN}


def test_a_typed_credential_is_not_kept_when_the_regions_are_changed(
    person: Person, hub: str
) -> None:
    choose(person, hub, "eu-west-1")
    person.fill("Username", "me")
    person.fill("Access token", TOKEN)
    person.press("Show plan")
    assert TOKEN not in str(person.page)
    assert person.value_of("Access token") == ""


def test_the_secret_can_be_replicated_where_there_is_none(
    aws: FakeAws, person: Person, hub: str
) -> None:
    choose(person, hub, "eu-west-1")
    person.choose("One secret, replicated by Secrets Manager")
    person.press("Show plan")
    assert plan_of(person, "eu-west-1") == (
        "Replicate the secret ecr-pullthroughcache/hub, then create the rule."
    )
    assert "Access token" not in person.text
    aws.clear_calls()
    person.press("Create in 1 Region")
    assert person.heading == "Rule created in 1 Region: hub"
    assert "CreateSecret" not in aws.calls()
    assert ":eu-west-1:" in rules_in("eu-west-1")["hub"]["credentialArn"]


def test_what_exists_or_is_taken_is_left_alone_and_said(person: Person, quay: str) -> None:
    for region, url in (("eu-west-1", "quay.io"), ("eu-west-2", "registry.k8s.io")):
        boto3.client("ecr", region_name=region).create_pull_through_cache_rule(
            ecrRepositoryPrefix="quay", upstreamRegistryUrl=url
        )
    choose(person, quay, "eu-west-1", "eu-west-2")
    assert "No change. An identical rule already exists" in plan_of(person, "eu-west-1")
    assert "No change. Another rule uses this prefix." in plan_of(person, "eu-west-2")
    assert "registry.k8s.io" in plan_of(person, "eu-west-2")
    assert not has_create(person)


def test_a_region_that_cannot_be_read_never_stops_the_others(
    aws: FakeAws, person: Person, quay: str
) -> None:
    aws.refuse(operation="DescribePullThroughCacheRules", region="eu-west-2")
    choose(person, quay, "eu-west-1", "eu-west-2")
    assert "couldn't read the Region" in plan_of(person, "eu-west-2")
    aws.refuse(operation="CreatePullThroughCacheRule", region="eu-west-2")
    person.press("Create in 1 Region")
    assert list(rules_in("eu-west-1")) == ["quay"]
    assert "that failed in 1 Region." in person.text


def test_a_region_that_refuses_is_told_and_can_be_tried_again(
    aws: FakeAws, person: Person, quay: str
) -> None:
    aws.refuse(operation="CreatePullThroughCacheRule", region="eu-west-2", times=1)
    choose(person, quay, "eu-west-1", "eu-west-2")
    person.press("Create in 2 Regions")
    assert "that failed in 1 Region." in person.text
    assert person.heading == "The rule exists in 2 of 3 Regions: quay"
    assert list(rules_in("eu-west-1")) == ["quay"]
    assert rules_in("eu-west-2") == {}
    choose(person, quay, "eu-west-1", "eu-west-2")
    assert "No change. An identical rule already exists" in plan_of(person, "eu-west-1")
    person.press("Create in 1 Region")
    assert list(rules_in("eu-west-2")) == ["quay"]


def test_what_was_taken_since_the_plan_was_shown_is_told(person: Person, quay: str) -> None:
    choose(person, quay, "eu-west-1", "eu-west-2")
    boto3.client("ecr", region_name="eu-west-2").create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="registry.k8s.io"
    )
    person.press("Create in 2 Regions")
    assert person.heading == "The rule exists in 2 of 3 Regions: quay"
    (row,) = [each for each in person.page.select("tbody tr") if "eu-west-2" in each.get_text()]
    assert "Not tried" in row.get_text()
    assert "The prefix is already in use in this Region" in row.get_text()


def test_a_rule_deleted_since_the_plan_was_shown_is_not_made_again_unseen(
    person: Person, quay: str
) -> None:
    choose(person, quay, "eu-west-1")
    boto3.client("ecr", region_name=REGION).delete_pull_through_cache_rule(ecrRepositoryPrefix=quay)
    person.press("Create in 1 Region")
    assert person.heading == "Review and create"
    assert "The rule in this Region changed." in person.page.get_text()
    assert plan_of(person, REGION) == "Create the rule."
    assert rules_in("eu-west-1") == {}
    person.press("Create in 2 Regions")
    assert list(rules_in(REGION)) == list(rules_in("eu-west-1")) == ["quay"]


def test_a_rule_of_an_unknown_upstream_is_not_cloned_and_that_is_said(
    aws: FakeAws, person: Person, quay: str
) -> None:
    rule = {"ecrRepositoryPrefix": quay, "upstreamRegistryUrl": "registry.example.com"}
    answer = json.dumps({"pullThroughCacheRules": [rule]})
    aws.garble_answer(answer, operation="DescribePullThroughCacheRules", region=REGION)
    person.open(f"{BASE}/{quay}/details/")
    assert "doesn't support the upstream of this rule, so you can't clone the rule" in person.text
    assert not [each for each in person.page.find_all("button") if "Clone" in each.get_text()]


def test_the_plan_sent_twice_makes_nothing_twice(aws: FakeAws, person: Person, quay: str) -> None:
    choose(person, quay, "eu-west-1")
    path = person.url.rpartition("review/")[0]
    data = {
        "csrfmiddlewaretoken": person.csrf_token,
        "shown": person.find('input[name="shown"]')["value"],
        "regions": ["eu-west-1"],
    }
    answers = [person.client.post(f"{path}create/", data) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer["Location"] for answer in answers}) == 1
    person.open(answers[-1]["Location"])
    assert person.page.select(".flash") == []
    assert aws.calls()["CreatePullThroughCacheRule"] == 2  # the fixture's and the new one


def test_create_without_a_further_region_makes_nothing(
    aws: FakeAws, person: Person, quay: str
) -> None:
    person.open(f"{BASE}/{quay}/details/")
    person.press("Clone")
    data = {
        "csrfmiddlewaretoken": person.csrf_token,
        "shown": person.find('input[name="shown"]')["value"],
    }
    answer = person.client.post(person.url.replace("review/", "create/"), data)
    assert answer["Location"] == f"{person.url}#further-heading"
    assert aws.calls()["CreatePullThroughCacheRule"] == 1  # the fixture's


def test_a_region_that_is_its_own_upstream_is_left_out(aws: FakeAws, person: Person) -> None:
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="base", upstreamRegistryUrl=f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
    )
    choose(person, "base", "eu-west-1", "eu-west-2")
    assert "The upstream registry is in this Region" in plan_of(person, "eu-west-1")
    assert plan_of(person, "eu-west-2") == "Create the rule."


def test_a_role_that_the_kind_of_rule_asks_for_none_of_is_said_to_stay(
    aws: FakeAws, person: Person
) -> None:
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="own",
        upstreamRegistryUrl=f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com",
        customRoleArn=f"arn:aws:iam::{ACCOUNT}:role/example-role",
    )
    person.open(f"{BASE}/own/details/")
    person.press("Clone")
    assert "role/example-role isn't used" in person.page.get_text()
    assert plan_of(person, REGION) == "No change. An identical rule already exists."
    choose(person, "own", "eu-west-2")
    person.press("Create in 1 Region")
    assert list(rules_in("eu-west-2")) == ["own"]


def test_the_role_of_a_cross_account_rule_goes_along(aws: FakeAws, person: Person) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/example-role"
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="partner",
        upstreamRegistryUrl="111122223333.dkr.ecr.eu-west-1.amazonaws.com",
        customRoleArn=role,
    )
    choose(person, "partner", "eu-west-2")
    person.press("Create in 1 Region")
    assert rules_in("eu-west-2")["partner"]["customRoleArn"] == role


def test_a_rule_for_every_repository_goes_along_too(aws: FakeAws, person: Person) -> None:
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="ROOT", upstreamRegistryUrl=f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
    )
    choose(person, "ROOT", "eu-west-2")
    assert "No prefix (ROOT)" in person.text
    person.press("Create in 1 Region")
    assert list(rules_in("eu-west-2")) == ["ROOT"]
