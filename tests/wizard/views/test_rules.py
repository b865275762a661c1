"""The rules of a Region, the page when AWS does not return them, and Validate."""

import json

import boto3
import pytest
from django.test import Client

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.models import ValidationResult

URL = f"/{ACCOUNT}/{REGION}/rules/"


def add_hub_rule(token: str) -> None:
    value = json.dumps({"username": "demo", "accessToken": token})
    secrets = boto3.client("secretsmanager", region_name=REGION)
    arn = secrets.create_secret(Name="ecr-pullthroughcache/hub", SecretString=value)["ARN"]
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="team/hub",
        upstreamRegistryUrl="registry-1.docker.io",
        credentialArn=arn,
    )


def test_a_region_without_rules_says_so(person: Person) -> None:
    person.open_rules()
    assert person.status == 200
    assert "No rules" in person.text
    assert "No pull through cache rules in this Region." in person.text


def test_rules_are_listed_with_what_aws_knows_of_them(person: Person, quay: str) -> None:
    add_hub_rule("x")
    person.open_rules()
    rows = [" ".join(row.get_text(" ").split()) for row in person.page.find_all("tr")[1:]]
    assert len(rows) == 2
    assert "quay" in rows[0]
    assert "quay.io" in rows[0].replace(" .", ".")  # a line may break there
    assert "ROOT" in rows[0]
    assert "team/hub" in rows[1]
    assert "Docker Hub" in rows[1]
    assert "ecr-pullthroughcache/hub" in rows[1].replace("/ ", "/")  # a line may break there
    assert all("Not validated" in row for row in rows)
    times = [str(time["title"]) for time in person.page.select("tbody time")]
    assert len(times) == 2
    assert all("UTC" in time for time in times)


def test_every_page_of_the_list_is_shown(person: Person) -> None:
    client = boto3.client("ecr", region_name=REGION)
    for number in range(50):
        client.create_pull_through_cache_rule(
            ecrRepositoryPrefix=f"quay-{number}", upstreamRegistryUrl="quay.io"
        )
    person.open_rules()
    assert len(person.find("tbody").find_all("tr")) == 50
    assert "(50)" in person.text


@pytest.mark.parametrize(
    ("fault", "title", "status"),
    [
        ("refuse", "No access", 403),
        ("throttle", "AWS is throttling the console", 429),
        ("expire_credentials", "The console's AWS credentials have expired", 502),
        ("unreachable", "The Region doesn't respond", 504),
        ("fail", "AWS returned an internal error", 502),
    ],
)
def test_what_keeps_us_from_the_rules_is_told_apart_from_none(
    aws: FakeAws, person: Person, fault: str, title: str, status: int
) -> None:
    getattr(aws, fault)(operation="DescribePullThroughCacheRules", region=REGION)
    person.open_rules()
    assert person.status == status
    assert title in person.text
    assert "No rules" not in person.text
    assert "Retry" in person.text
    person.open_rules("eu-west-1")
    assert person.status == 200
    assert "No rules" in person.text


def test_a_valid_rule_is_shown_valid_with_the_time(person: Person, quay: str) -> None:
    person.validate("quay")
    assert "Rule quay (us-east-2) is valid." in person.page.get_text()
    person.open_rules()
    assert "Valid" in person.text
    assert ValidationResult.objects.get().is_valid


def test_a_failed_rule_keeps_aws_s_reason(person: Person) -> None:
    add_hub_rule("wrong")
    person.validate("team/hub")
    result = ValidationResult.objects.get()
    assert not result.is_valid
    assert result.failure
    person.open_rules()
    assert "Failed" in person.text
    assert result.failure in person.text


def test_a_rule_made_anew_starts_without_results(person: Person, quay: str) -> None:
    person.validate("quay")
    client = boto3.client("ecr", region_name=REGION)
    client.delete_pull_through_cache_rule(ecrRepositoryPrefix=quay)
    client.create_pull_through_cache_rule(ecrRepositoryPrefix=quay, upstreamRegistryUrl="quay.io")
    person.open_rules()
    assert "Not validated" in person.text


def test_validating_a_rule_that_is_gone_says_so(person: Person, quay: str) -> None:
    person.open_rules()
    person.follow("quay")
    client = boto3.client("ecr", region_name=REGION)
    client.delete_pull_through_cache_rule(ecrRepositoryPrefix=quay)
    person.press("Validate")
    assert person.status == 404
    assert "The rule doesn't exist" in person.text


def test_validate_answers_post_only(person: Person, quay: str) -> None:
    answer = person.client.get(f"{URL}{quay}/validate/")
    assert answer.status_code == 405


def test_htmx_gets_the_row_alone(person: Person, quay: str) -> None:
    person.open_rules()
    token = person.csrf_token
    answer = person.client.post(
        f"{URL}{quay}/validate/", {"csrfmiddlewaretoken": token}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert answer.content.strip().startswith(b"<tr")
    assert b"Valid" in answer.content


def test_an_error_of_a_fragment_is_a_fragment(aws: FakeAws, person: Person, quay: str) -> None:
    person.open_rules()
    token = person.csrf_token
    aws.refuse(operation="ValidatePullThroughCacheRule")
    answer = person.client.post(
        f"{URL}{quay}/validate/", {"csrfmiddlewaretoken": token}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 403
    assert b"<html" not in answer.content
    assert b"No access" in answer.content


def test_the_region_menu_has_every_region_of_the_service(person: Person) -> None:
    person.open_rules()
    links = {str(link["href"]) for link in person.page.find_all("a")}
    codes = boto3.Session().get_available_regions("ecr")
    assert {f"/{ACCOUNT}/{code}/rules/" for code in codes} <= links
    assert len(codes) == 34


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1", "eu-nowhere-9"])
def test_a_region_without_the_service_is_not_found(person: Person, region: str) -> None:
    person.open_rules(region)
    assert person.status == 404
    assert "doesn't support pull through cache" in person.text


def test_another_account_than_the_credentials_is_not_found(aws: FakeAws, person: Person) -> None:
    person.open_rules(account_id="999999999999")
    assert person.status == 404
    assert "The console doesn't work in this account" in person.text
    assert "DescribePullThroughCacheRules" not in aws.calls()


def test_the_first_page_leads_to_the_credentials_account_and_region(person: Person) -> None:
    person.open("/")
    assert person.url == URL


@pytest.mark.parametrize("path", ["/", URL, f"/{ACCOUNT}/{REGION}/drafts/{'x' * 22}/source/"])
def test_every_page_needs_a_person(aws: FakeAws, db: None, path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/?next=")


def test_pages_are_kept_by_no_cache_and_allow_no_inline_code(person: Person) -> None:
    answer = person.client.get(URL)
    assert answer["Cache-Control"] == "no-store"
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_hostile_failure_text_is_shown_as_text(person: Person, quay: str) -> None:
    person.validate("quay")
    ValidationResult.objects.update(is_valid=False, failure="<script>alert(1)</script>")
    answer = person.client.get(URL)
    assert b"<script>alert(1)" not in answer.content
    assert b"&lt;script&gt;alert(1)" in answer.content


def test_the_theme_is_kept_and_leads_back(person: Person) -> None:
    person.open_rules()
    token = person.csrf_token
    data = {"csrfmiddlewaretoken": token, "theme": "dark", "next": URL}
    answer = person.client.post("/preferences/", data)
    assert answer["Location"] == URL
    assert b'data-theme="dark"' in person.client.get(URL).content
    answer = person.client.post("/preferences/", data | {"next": "//evil.example"})
    assert answer["Location"] == "/"


def test_another_person_sees_who_validated(person: Person, quay: str) -> None:
    person.validate("quay")
    other = sign_in("grace")
    other.open_rules()
    assert "ada" in other.text


def test_a_form_without_its_token_is_refused_in_our_own_words(person: Person, quay: str) -> None:
    answer = person.client.post(f"{URL}{quay}/validate/")
    assert answer.status_code == 403
    assert b"Nothing was changed." in answer.content
    assert not ValidationResult.objects.exists()
