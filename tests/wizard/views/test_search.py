"""Lists of hundreds of secrets and roles are searched, also without JavaScript."""

import json

import boto3

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person
from wizard.forms.search import SEARCH_FROM

SECRETS, ROLES = 300, 500
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


def make_secrets(count: int) -> None:
    client = boto3.client("secretsmanager", region_name=REGION)
    for number in range(count):
        name = f"ecr-pullthroughcache/team-{number % 10}/hub-{number:04d}x"
        client.create_secret(Name=name, SecretString='{"username": "a", "accessToken": "b"}')


def make_roles(count: int) -> None:
    client = boto3.client("iam")
    for number in range(count):
        client.create_role(
            RoleName=f"role-{number:04d}-team-{number % 10}",
            AssumeRolePolicyDocument=json.dumps(TRUST),
        )


def to_authentication(person: Person) -> None:
    person.open_rules()
    person.press("Add rule")
    person.choose("Docker Hub")
    person.press("Next")


def to_permissions(person: Person) -> None:
    person.open_rules()
    person.press("Add rule")
    person.choose("Amazon ECR Private")
    person.choose("Cross account")
    person.select("Region", "eu-west-1")
    person.fill("Account", "210987654321")
    person.press("Next")


def test_three_hundred_secrets_are_searched_and_one_of_them_is_chosen(
    aws: FakeAws, person: Person
) -> None:
    make_secrets(SECRETS)
    to_authentication(person)
    assert len(person.page.select("#id_secret option")) == SECRETS + 1
    person.fill("Search the secrets", " TEAM-7  hub-0107 ")
    person.press("Search")
    options = person.page.select("#id_secret option")
    assert [option.get_text() for option in options] == [
        "Choose a secret",
        "ecr-pullthroughcache/team-7/hub-0107x",
    ]
    assert "1 of 300 matches." in person.text
    assert person.value_of("Search the secrets") == "TEAM-7 hub-0107"
    person.select("Secret name", "hub-0107x")
    person.press("Next")
    assert person.heading == "Specify a destination"
    # What is chosen stays in the list, whatever is searched for.
    person.press("Previous")
    person.fill("Search the secrets", "no such secret")
    person.press("Search")
    assert "0 of 300 match." in person.text
    assert "hub-0107x" in person.find("#id_secret option[selected]").get_text()
    assert person.is_chosen("Use an existing AWS secret")


def test_five_hundred_roles_are_searched_and_one_of_them_is_chosen(
    aws: FakeAws, person: Person
) -> None:
    make_roles(ROLES)
    to_permissions(person)
    assert len(person.page.select("#id_custom_role_arn option")) == ROLES + 1
    person.fill("Search the roles", "team-3 0123")
    person.press("Search")
    assert len(person.page.select("#id_custom_role_arn option")) == 2
    assert "1 of 500 matches." in person.text
    assert person.is_chosen("The roles of this account")
    person.select("IAM role", "role-0123-team-3")
    person.press("Next")
    assert person.heading == "Specify namespaces"


def test_the_list_of_a_rule_s_own_form_is_searched_and_keeps_what_is_proposed(
    aws: FakeAws, person: Person
) -> None:
    make_secrets(SEARCH_FROM + 5)
    client = boto3.client("secretsmanager", region_name=REGION)
    first, second = (each["ARN"] for each in client.list_secrets()["SecretList"][:2])
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub",
        upstreamRegistryUrl="registry-1.docker.io",
        credentialArn=first,
    )
    person.open(f"/{ACCOUNT}/{REGION}/rules/hub/edit/?use={second}")
    person.fill("Search the list", "nothing")
    person.press("Search")
    chosen = person.find("#id_arn option[selected]")
    assert chosen["value"] == second
    assert f"0 of {SEARCH_FROM + 5} match." in person.text


def test_a_search_without_javascript_does_not_forget_the_way_back_to_the_review(
    aws: FakeAws, person: Person
) -> None:
    make_secrets(SEARCH_FROM + 1)
    to_authentication(person)
    person.select("Secret name", "hub-0003x")
    person.press("Next")
    person.press("Next")
    assert person.heading == "Review and create"
    person.follow("Edit Authentication")
    person.fill("Search the secrets", "hub-0007x")
    person.press("Search")
    person.select("Secret name", "hub-0007x")
    person.press("Next")
    assert person.heading == "Review and create"
    assert "hub-0007x" in person.text


def test_a_short_list_is_not_searched(aws: FakeAws, person: Person) -> None:
    make_secrets(SEARCH_FROM)
    to_authentication(person)
    assert not person.page.select("#id_find")


def test_a_search_is_escaped_and_cut(aws: FakeAws, person: Person) -> None:
    make_secrets(SEARCH_FROM + 1)
    to_authentication(person)
    person.open(f"{person.url.partition('?')[0]}?find=<script>{'x' * 500}")
    assert person.status == 200
    assert not person.page.select("script:not([src])")
    assert len(person.value_of("Search the secrets")) == 100


def test_nothing_that_is_typed_into_the_step_is_sent_with_a_search(
    aws: FakeAws, person: Person
) -> None:
    """The search is a GET: whatever it sends is in an address."""
    make_secrets(SEARCH_FROM + 1)
    to_authentication(person)
    form = person.find("#search-choices")
    assert (form["method"], form.find_all("input")) == ("get", [])
    sent = {tag["name"] for tag in person.page.select("[form=search-choices][name]")}
    assert sent == {"find"}
    find = person.find("#id_find")
    assert not [name for name in find.attrs if name.startswith("hx-")]
