"""What is shown as a file: the menu, the addresses, what a file contains, and API tokens."""

import json
import re

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.wizard.gate.test_api_tokens import error_of, program
from wizard.domain import Role, Scope
from wizard.exports import DECLARATIONS, FORMATS, RULE_FORMATS

OTHER = "eu-west-1"
ALL = f"/{ACCOUNT}/rules/"
HERE = f"/{ACCOUNT}/{REGION}/rules/"
CANARY = "CANARY-token-that-nobody-may-see"


@pytest.fixture
def rules(aws: FakeAws, quay: str) -> None:
    """Two rules here, one with a secret, and one in another Region."""
    value = json.dumps({"username": "demo", "accessToken": CANARY})
    secrets = boto3.client("secretsmanager", region_name=REGION)
    arn = secrets.create_secret(Name="ecr-pullthroughcache/hub", SecretString=value)["ARN"]
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub", upstreamRegistryUrl="registry-1.docker.io", credentialArn=arn
    )
    boto3.client("ecr", region_name=OTHER).create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
    )


def offered(person: Person, url: str) -> dict[str, str]:
    """The entries of the Download menu, with their addresses; empty if one is not available."""
    person.open(url)
    items = person.page.select(".download-menu .menu-item")
    return {
        item.get_text(" ", strip=True).removeprefix("Download").strip(): str(item.get("href", ""))
        for item in items
    }


def text_of(person: Person, url: str) -> str:
    answer = person.client.get(url)
    assert answer.status_code == 200
    return b"".join(answer).decode()


def test_the_menu_offers_every_format_where_rules_are_shown(person: Person, rules: None) -> None:
    every = [*(each.label for each in FORMATS.values()), "Terraform", "CloudFormation"]
    for url in (HERE, f"{HERE}hub/details/", f"{ALL}?region={OTHER}"):
        found = offered(person, url)
        assert list(found) == [*every, "AWS CLI script"]
        for name, address in zip(RULE_FORMATS, found.values(), strict=True):
            answer = person.client.get(url.partition("?")[0] + address)
            kind = (FORMATS | DECLARATIONS)[name]
            assert answer["Content-Type"] == kind.content_type


def test_what_the_filter_hides_is_not_in_the_file(person: Person, rules: None) -> None:
    found = offered(person, f"{HERE}?q=quay")
    text = text_of(person, HERE + found["Terraform"])
    assert 'ecr_repository_prefix = "quay"' in text
    assert "docker" not in text


def test_the_name_of_a_file_has_account_region_and_time(person: Person, rules: None) -> None:
    for url, where in ((HERE, REGION), (ALL, "all-regions"), (f"{HERE}hub/details/", REGION)):
        answer = person.client.get(f"{url}?format=terraform")
        name = rf"pull-through-cache-rules-{ACCOUNT}-{where}-\d{{8}}T\d{{6}}Z\.tf"
        assert re.search(name, answer["Content-Disposition"])


def test_all_regions_are_one_terraform_file(person: Person, rules: None) -> None:
    text = text_of(person, f"{ALL}?format=terraform&q=quay")
    assert 'id = "quay@us-east-2"' in text
    assert 'id = "quay@eu-west-1"' in text
    assert '"eu_west_1_quay"' in text


def test_a_template_is_of_one_region(person: Person, rules: None) -> None:
    person.open(ALL)
    item = person.find('.download-menu [aria-disabled="true"]')
    assert "CloudFormation" in item.get_text()
    assert "Filter by a Region" in item.get_text()
    assert person.client.get(f"{ALL}?format=cloudformation").status_code == 400
    template = json.loads(text_of(person, f"{ALL}?format=cloudformation&region={OTHER}"))
    (resource,) = template["Resources"].values()
    assert resource["Properties"]["EcrRepositoryPrefix"] == "quay"
    assert template["Metadata"]["PTCConsole"]["Region"] == OTHER


@pytest.mark.parametrize("name", DECLARATIONS)
def test_no_file_has_the_value_of_a_secret(person: Person, rules: None, name: str) -> None:
    text = text_of(person, f"{HERE}?format={name}")
    assert f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ecr-pullthroughcache/hub" in text
    assert CANARY not in text


@pytest.mark.parametrize("name", ["terraform", "cli"])
def test_a_region_that_could_not_be_read_is_told_in_the_file(
    aws: FakeAws, person: Person, rules: None, name: str
) -> None:
    aws.refuse(operation="DescribePullThroughCacheRules", region=OTHER)
    text = text_of(person, f"{ALL}?format={name}")
    assert f"# {OTHER} could not be read, so its rules are missing" in text


def test_a_viewer_downloads_too(person: Person, rules: None) -> None:
    viewer = sign_in("grace", Role.VIEWER)
    assert "Terraform" in offered(viewer, HERE)
    assert not viewer.page.select(".actions-menu")


@pytest.mark.parametrize("name", DECLARATIONS)
def test_a_token_reads_declarations_as_it_reads_csv(
    aws: FakeAws, quay: str, db: None, name: str
) -> None:
    reader = program(Scope.RULES_READ)
    for url in (HERE, f"{ALL}?region={REGION}"):
        answer = reader.get(f"{url}{'&' if '?' in url else '?'}format={name}")
        assert answer.status_code == 200
        assert b"quay.io" in b"".join(answer)


def test_a_token_is_told_that_a_template_needs_a_region(aws: FakeAws, quay: str, db: None) -> None:
    reader = program(Scope.RULES_READ)
    assert "region=" in error_of(reader.get(f"{ALL}?format=cloudformation"), 400)


def test_the_review_downloads_the_rule_before_it_exists(aws: FakeAws, person: Person) -> None:
    person.open_rules()
    person.press("Add rule")
    person.choose("Docker Hub")
    person.press("Next")
    person.choose("Create an AWS secret")
    person.fill("Secret name", "hub")
    person.fill("Docker Hub email", "me@example.com")
    person.fill("Docker Hub access token", CANARY)
    person.press("Next")
    person.press("Next")
    review = person.url
    found = offered(person, review)
    assert list(found) == ["Terraform", "CloudFormation", "AWS CLI script"]
    for address in found.values():
        text = text_of(person, review + address)
        assert "docker-hub" in text
        assert "ecr-pullthroughcache/hub" in text
        assert CANARY not in text
        assert "me@example.com" not in text
    assert "import {" not in text_of(person, review + found["Terraform"])
