"""The wizard as a person uses it: order, Back, Reload, Edit, two tabs, drafts of other people."""

import re

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in

TOKEN = "dckr_pat_canary"


def begin(person: Person, registry: str, *, region: str = REGION) -> str:
    """Answer the first step and return the draft's path."""
    person.open_rules(region)
    person.press("Add rule")
    path = person.url.rpartition("source/")[0]
    person.choose(registry)
    person.press("Next")
    return path


def type_new_secret(person: Person, name: str = "hub", token: str = TOKEN) -> None:
    person.choose("Create an AWS secret")
    person.fill("Secret name", name)
    person.fill("Docker Hub email", "me@example.com")
    person.fill("Docker Hub access token", token)


def prefixes(region: str = REGION) -> list[str]:
    client = boto3.client("ecr", region_name=region)
    rules = client.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    return [rule["ecrRepositoryPrefix"] for rule in rules]


def test_a_step_that_is_not_open_yet_leads_to_the_first_open_one(person: Person) -> None:
    path = begin(person, "Docker Hub")
    for step in ("destination", "review", "permissions"):
        person.open(f"{path}{step}/")
        assert person.heading == "Configure authentication"
    assert prefixes() == []


def test_an_unknown_step_is_not_found(person: Person) -> None:
    path = begin(person, "Quay")
    person.open(f"{path}billing/")
    assert person.status == 404


def test_nothing_chosen_is_told_at_the_field_and_in_the_summary(person: Person) -> None:
    person.open_rules()
    person.press("Add rule")
    person.press("Next")
    assert person.is_refused
    assert "There is a problem" in person.text
    assert "Choose a registry." in person.text
    assert str(person.find("title").string).strip().startswith("Error:")


def test_answers_stay_when_another_is_wrong(person: Person) -> None:
    begin(person, "Docker Hub")
    type_new_secret(person, name="bad name")
    person.press("Next")
    assert person.is_refused
    assert "Use only letters, digits" in person.error_at("Secret name")
    assert person.value_of("Docker Hub email") == "me@example.com"
    assert person.value_of("Docker Hub access token") == ""
    assert TOKEN not in str(person.page)


def test_edit_from_the_review_returns_to_the_review(person: Person) -> None:
    path = begin(person, "Quay")
    person.press("Next")
    assert person.heading == "Review and create"
    person.follow("Edit Destination")
    person.fill("Amazon ECR repository prefix", "mirror")
    person.press("Next")
    assert person.heading == "Review and create"
    assert "mirror" in person.text
    assert person.url == f"{path}review/"


def test_edit_of_the_registry_asks_only_what_is_new_and_then_returns(person: Person) -> None:
    begin(person, "Quay")
    person.fill("Amazon ECR repository prefix", "mirror")
    person.press("Next")
    person.follow("Edit Source")
    person.choose("Docker Hub")
    person.press("Next")
    assert person.heading == "Configure authentication"
    type_new_secret(person)
    person.press("Next")
    assert person.heading == "Review and create"
    assert "mirror" in person.text


def test_back_and_reload_show_the_answers(person: Person) -> None:
    path = begin(person, "Docker Hub")
    type_new_secret(person)
    person.press("Next")
    person.press("Previous")
    assert person.is_chosen("Create an AWS secret")
    assert person.value_of("Docker Hub email") == "me@example.com"
    assert person.value_of("Docker Hub access token") == ""
    assert "Stored, not shown" in person.text
    person.press("Next")
    assert person.heading == "Specify a destination"
    person.open(f"{path}source/")
    assert person.is_chosen("Docker Hub")


def test_a_changed_user_name_asks_for_the_token_again(person: Person) -> None:
    begin(person, "Docker Hub")
    type_new_secret(person)
    person.press("Next")
    person.press("Previous")
    person.fill("Docker Hub email", "you@example.com")
    person.press("Next")
    assert person.is_refused
    assert "Enter the Docker Hub access token." in person.error_at("Docker Hub access token")


def test_two_tabs_and_two_regions_never_mix(person: Person) -> None:
    other = Person(person.client)
    begin(person, "Quay")
    begin(other, "Kubernetes", region="eu-west-1")
    for tab in (person, other):
        tab.press("Next")
    person.press("Create")
    other.press("Create")
    assert prefixes() == ["quay"]
    assert prefixes("eu-west-1") == ["kubernetes"]


def test_a_draft_opens_only_at_its_own_region(person: Person) -> None:
    path = begin(person, "Quay")
    person.open(path.replace(REGION, "eu-west-1") + "destination/")
    assert person.status == 404
    assert "The draft was not found" in person.text


def test_a_draft_of_another_person_is_told_without_a_name(person: Person) -> None:
    path = begin(person, "Quay")
    stranger = sign_in("grace")
    for step in ("destination", "review", "cancel"):
        stranger.open(f"{path}{step}/")
        assert stranger.status == 403
        assert "This draft belongs to another person" in stranger.text
        assert "ada" not in stranger.text


def test_create_answers_post_only_and_by_its_owner_only(person: Person) -> None:
    path = begin(person, "Quay")
    person.press("Next")
    assert person.client.get(f"{path}create/").status_code == 405
    stranger = sign_in("grace")
    stranger.open_rules()
    token = stranger.csrf_token
    answer = stranger.client.post(f"{path}create/", {"csrfmiddlewaretoken": token})
    assert answer.status_code == 403
    assert prefixes() == []


def test_create_of_an_unfinished_draft_leads_to_its_open_step(person: Person) -> None:
    path = begin(person, "Docker Hub")
    token = person.csrf_token
    answer = person.client.post(f"{path}create/", {"csrfmiddlewaretoken": token})
    assert answer.status_code == 303
    assert answer["Location"].endswith("/authentication/")
    assert prefixes() == []


@pytest.mark.kind_aws("counts the attempts")
def test_create_sent_again_makes_nothing_again_and_shows_the_same(
    aws: FakeAws, person: Person
) -> None:
    path = begin(person, "Docker Hub")
    type_new_secret(person)
    person.press("Next")
    person.press("Next")
    token = person.csrf_token
    answers = [
        person.client.post(f"{path}create/", {"csrfmiddlewaretoken": token}) for _ in range(3)
    ]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer["Location"] for answer in answers}) == 1
    assert aws.calls()["CreateSecret"] == 1
    assert aws.calls()["CreatePullThroughCacheRule"] == 1


def test_back_after_success_shows_what_was_created(person: Person) -> None:
    path = begin(person, "Quay")
    person.press("Next")
    person.press("Create")
    for step in ("review", "source", "destination"):
        person.open(f"{path}{step}/")
        assert person.heading == "Rule created: quay"
    assert "already created" in person.page.get_text()
    assert prefixes() == ["quay"]


def test_a_new_secret_is_made_with_the_rule_and_told(aws: FakeAws, person: Person) -> None:
    begin(person, "Docker Hub")
    type_new_secret(person, name="ecr-pullthroughcache/hub")
    person.press("Next")
    person.press("Next")
    assert "Stored, not shown" in person.text
    assert TOKEN not in str(person.page)
    person.press("Create")
    secrets = boto3.client("secretsmanager", region_name=REGION)
    value = secrets.get_secret_value(SecretId="ecr-pullthroughcache/hub")
    assert value["SecretString"] == f'{{"username": "me@example.com", "accessToken": "{TOKEN}"}}'
    rules = boto3.client("ecr", region_name=REGION).describe_pull_through_cache_rules()
    assert rules["pullThroughCacheRules"][0]["credentialArn"] == value["ARN"]
    assert value["ARN"] in person.text
    assert "docker-hub" in person.text


def test_the_token_is_asked_again_when_its_cookie_is_gone(person: Person) -> None:
    path = begin(person, "Docker Hub")
    type_new_secret(person)
    person.press("Next")
    person.press("Next")
    del person.client.cookies["ptc_credential"]
    person.press("Create")
    assert person.heading == "Configure authentication"
    assert "Enter the credentials again" in person.text
    assert person.value_of("Docker Hub email") == "me@example.com"
    assert prefixes() == []
    person.fill("Docker Hub access token", TOKEN)
    person.press("Next")
    person.open(f"{path}review/")
    person.press("Create")
    assert person.heading == "Rule created: docker-hub"


def test_the_key_of_the_token_is_a_strict_cookie_of_the_draft_alone(person: Person) -> None:
    path = begin(person, "Docker Hub")
    type_new_secret(person)
    person.press("Next")
    cookie = person.client.cookies["ptc_credential"]
    assert cookie["path"] == path
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert cookie["max-age"] == 900


def test_a_list_of_secrets_of_several_pages_is_offered_whole(person: Person) -> None:
    secrets = boto3.client("secretsmanager", region_name=REGION)
    names = [f"ecr-pullthroughcache/team-{number:03}" for number in range(120)]
    for name in [*names, "elsewhere/secret"]:
        secrets.create_secret(Name=name, SecretString="{}")
    begin(person, "Docker Hub")
    assert person.options_of("Secret name")[1:] == names


def test_cache_root_with_an_upstream_prefix_never_reaches_aws(aws: FakeAws, person: Person) -> None:
    person.open_rules()
    person.press("Add rule")
    person.choose("Amazon ECR Private")
    person.choose("This account")
    person.select("Region", "eu-west-1")
    person.press("Next")
    person.choose("No prefix", of="Cache namespace")
    person.choose("A specific prefix", of="Upstream namespace")
    person.fill("Upstream repository prefix", "team")
    person.press("Next")
    assert person.is_refused
    assert "only together with a cache prefix" in person.text
    person.choose("No prefix", of="Upstream namespace")
    person.press("Next")
    assert "No prefix (ROOT)" in person.text
    assert "Region Europe (Ireland) (eu-west-1)" in person.text
    person.press("Create")
    assert prefixes() == ["ROOT"]
    assert aws.calls()["CreatePullThroughCacheRule"] == 1


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "Enter the name of your registry."),
        ("my.registry", "Enter only the name"),
        ("a/b/c/d", "Enter only the name"),
        ("user@evil", "Enter only the name"),
        ("127.0.0.1:80", "Enter only the name"),
        ("abcd", "Enter only the name"),
        ("xn--caf-dma", "Enter only the name"),
        ("MyRegistry", ""),
        ("https://myregistry.azurecr.io/", ""),
    ],
)
def test_the_azure_registry_is_a_name_alone_however_it_is_pasted(
    person: Person, typed: str, error: str
) -> None:
    person.open_rules()
    person.press("Add rule")
    person.choose("Microsoft Azure Container Registry")
    person.fill("Source registry URL", typed)
    person.press("Next")
    assert person.is_refused == bool(error)
    assert error in person.error_at("Source registry URL")


@pytest.mark.parametrize(
    ("account_id", "error"),
    [
        ("", "Enter the ID of the upstream account."),
        ("12345", "Enter an account ID of 12 digits."),
        (ACCOUNT, "This is the account that you work in"),
        ("1111-2222-3333", ""),
    ],
)
def test_the_upstream_account_is_another_of_twelve_digits(
    person: Person, account_id: str, error: str
) -> None:
    person.open_rules()
    person.press("Add rule")
    person.choose("Amazon ECR Private")
    person.choose("Cross account")
    person.select("Region", REGION)
    person.fill("Account", account_id)
    person.press("Next")
    assert person.is_refused == bool(error)
    assert error in person.error_at("Account")


def test_a_registry_cannot_be_its_own_upstream(person: Person) -> None:
    person.open_rules()
    person.press("Add rule")
    person.choose("Amazon ECR Private")
    person.choose("This account")
    person.select("Region", REGION)
    person.press("Next")
    assert "can't be its own upstream" in person.error_at("Region")


def test_a_role_of_another_account_is_refused_at_its_field(person: Person) -> None:
    person.open_rules()
    person.press("Add rule")
    person.choose("Amazon ECR Private")
    person.choose("Cross account")
    person.select("Region", "eu-west-1")
    person.fill("Account", "111122223333")
    person.press("Next")
    person.choose("Enter the ARN of a role")
    person.find("#id_typed_role_arn")["value"] = "arn:aws:iam::111122223333:role/x"
    person.press("Next")
    assert person.is_refused
    assert "another account" in person.error_at("IAM role")
    person.find("#id_typed_role_arn")["value"] = f"arn:aws:iam::{ACCOUNT}:role/x"
    person.press("Next")
    assert person.heading == "Specify namespaces"


@pytest.mark.parametrize("prefix", ["Docker", "a", "a" * 31, "a..b", "ROOT", "-a"])
def test_a_prefix_that_aws_would_refuse_stays_where_it_was_typed(
    person: Person, prefix: str
) -> None:
    begin(person, "Quay")
    person.fill("Amazon ECR repository prefix", prefix)
    person.press("Next")
    assert person.is_refused
    assert person.error_at("Amazon ECR repository prefix")
    assert person.value_of("Amazon ECR repository prefix") == prefix


def test_blanks_around_a_prefix_are_no_part_of_it(person: Person) -> None:
    begin(person, "Quay")
    person.fill("Amazon ECR repository prefix", "  mirror ")
    person.fill("Upstream repository prefix", " argoproj\t")
    person.press("Next")
    assert person.heading == "Review and create"
    person.press("Create")
    assert prefixes() == ["mirror"]


def test_cancel_asks_and_then_discards(person: Person) -> None:
    path = begin(person, "Quay")
    person.press("Cancel")
    assert person.heading == "Leave page"
    person.follow("Cancel")
    assert person.heading == "Specify a destination"
    person.press("Cancel")
    person.press("Leave")
    assert person.heading == "Pull through cache configuration"
    person.open(f"{path}destination/")
    assert person.status == 404


def test_the_same_rule_goes_to_another_region_with_its_answers(person: Person) -> None:
    begin(person, "Quay")
    person.fill("Amazon ECR repository prefix", "mirror")
    person.press("Next")
    person.press("Create")
    person.press("Copy to Regions")
    assert person.heading == "Review and create"
    person.find('input[name="regions"][value="eu-west-1"]')["checked"] = ""
    person.press("Show plan")
    person.press("Create in 1 Region")
    assert prefixes("eu-west-1") == ["mirror"]
    assert prefixes() == ["mirror"]


def test_another_rule_can_be_added_after_one(person: Person) -> None:
    begin(person, "Quay")
    person.press("Next")
    person.press("Create")
    person.press("Add another rule")
    assert person.heading == "Specify a source"
    assert not person.is_chosen("Quay")


def test_the_review_gives_the_equal_commands_of_the_cli(person: Person) -> None:
    begin(person, "Docker Hub")
    type_new_secret(person)
    person.press("Next")
    person.press("Next")
    code = " ".join(
        next(each.get_text() for each in person.page.select("pre") if "aws ecr" in each.get_text())
        .replace("\\\n", " ")
        .split()
    )
    assert "aws secretsmanager create-secret --name ecr-pullthroughcache/hub" in code
    assert "--secret-string file://credential.json" in code
    assert (
        "aws ecr create-pull-through-cache-rule --ecr-repository-prefix docker-hub"
        ' --upstream-registry-url registry-1.docker.io --credential-arn "$CREDENTIAL_ARN"'
        f" --region {REGION}"
    ) in code
    assert TOKEN not in code


def test_every_address_of_a_draft_names_account_and_region(
    person: Person,
) -> None:
    path = begin(person, "Quay")
    assert re.fullmatch(rf"/{ACCOUNT}/{REGION}/drafts/[\w-]{{22}}/", path)
    person.press("Next")
    person.press("Create")
    assert person.url.startswith(f"/{ACCOUNT}/operations/")


def test_the_review_says_what_was_left_open_and_names_nothing_twice(person: Person) -> None:
    begin(person, "Docker Hub")
    person.choose("Create an AWS secret")
    person.find("#id_secret_name")["value"] = "hub"
    person.fill("Docker Hub email", "me@example.com")
    person.fill("Docker Hub access token", "no-token-at-all")
    person.press("Next")
    person.press("Next")
    rows = [" ".join(row.get_text(" ").split()) for row in person.page.select(".key-values > div")]
    assert "Upstream repository prefix -" in rows
    assert "AWS secret Create an AWS secret" in rows
    assert not any(row.startswith("Upstream credentials") for row in rows)
