"""The test of typed credentials, in the wizard and where the value of a secret is replaced."""

import json

import boto3
import pytest
from django.conf import LazySettings

from ptcconsole.fakeaws.server import FakeAws
from ptcconsole.fakeaws.upstream import ACCOUNTS
from tests.faults.addresses import make_rule, make_secret
from tests.person import ACCOUNT, REGION, Person
from tests.wizard.views.test_wizard import begin, prefixes
from wizard.models import AuditEvent

TOKEN = ACCOUNTS["demo"]


@pytest.fixture(autouse=True)
def _offered(aws: FakeAws, settings: LazySettings) -> None:
    settings.SIMULATED_UPSTREAMS = aws.upstreams()


def type_credential(person: Person, username: str = "demo", token: str = TOKEN) -> str:
    """Open the step and type; return the path of the draft."""
    path = begin(person, "Docker Hub")
    person.choose("Create an AWS secret")
    person.fill("Secret name", "hub")
    person.fill("Docker Hub email", username)
    person.fill("Docker Hub access token", token)
    return path


def events() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action="TestCredential").order_by("sequence"))


def test_a_test_says_that_the_upstream_accepts_and_loses_nothing(person: Person) -> None:
    path = type_credential(person)
    person.press("Test credentials")
    assert person.heading == "Configure authentication"
    assert "registry-1.docker.io accepted the credentials" in person.text
    assert "199 of 200 pulls in 6 hours remain." in person.text
    assert person.is_chosen("Create an AWS secret")
    assert person.value_of("Secret name") == "hub"
    assert person.value_of("Docker Hub email") == "demo"
    assert person.value_of("Docker Hub access token") == ""
    assert "Stored, not shown" in person.text
    assert TOKEN not in str(person.page)
    # What was tested is what is stored, without typing it again.
    person.press("Next")
    assert person.heading == "Specify a destination"
    person.press("Next")
    person.press("Create")
    assert prefixes() == ["docker-hub"]
    person.open(f"{path}authentication/")
    assert "accepted the credentials" not in person.text


def test_a_test_can_be_repeated_with_what_was_typed_before(person: Person) -> None:
    type_credential(person)
    for _ in range(2):
        person.press("Test credentials")
        assert "accepted the credentials" in person.text
    person.open(person.url)
    assert "accepted the credentials" in person.text, "Reload keeps the result"
    assert [each.outcome for each in events()] == ["succeeded", "succeeded"]


@pytest.mark.parametrize(
    ("username", "token", "title", "outcome"),
    [
        ("demo", "wrong", "refused the username or the token", "refused"),
        ("narrow", ACCOUNTS["narrow"], "doesn't have the required scope", "refused"),
        ("limited", ACCOUNTS["limited"], "limits the rate of requests", "failed"),
    ],
)
def test_next_always_remains(
    person: Person, username: str, token: str, title: str, outcome: str
) -> None:
    type_credential(person, username, token)
    person.press("Test credentials")
    assert title in person.text
    assert "You can continue without a successful test." in person.text
    assert [each.outcome for each in events()] == [outcome]
    person.press("Next")
    assert person.heading == "Specify a destination"


def test_what_cannot_be_sent_is_told_at_its_field_before_any_test(person: Person) -> None:
    type_credential(person, token="")
    person.press("Test credentials")
    assert person.is_refused
    assert person.error_at("Docker Hub access token")
    assert events() == []


def test_another_credential_has_no_result_yet(person: Person) -> None:
    type_credential(person)
    person.press("Test credentials")
    person.fill("Docker Hub access token", "another")
    person.press("Next")
    person.press("Previous")
    assert "accepted the credentials" not in person.text
    person.press("Test credentials")
    assert "refused the username or the token" in person.text


def test_an_existing_secret_is_not_tested_because_the_console_reads_none(person: Person) -> None:
    arn = make_secret("ecr-pullthroughcache/hub")
    begin(person, "Docker Hub")
    person.choose("Enter the ARN of a secret")
    person.fill("Secret ARN", arn)
    person.press("Test credentials")
    assert "To test credentials, choose Create an AWS secret" in person.page.get_text()
    assert events() == []


def test_tests_can_be_turned_off(person: Person, settings: LazySettings) -> None:
    path = type_credential(person)
    settings.UPSTREAM_TESTS = False
    person.press("Test credentials")
    assert "accepted the credentials" not in person.text
    assert events() == []
    person.open(f"{path}authentication/")
    assert "Test credentials" not in person.text
    settings.UPSTREAM_TESTS, settings.SIMULATED_AWS = True, True
    settings.SIMULATED_UPSTREAMS = {}
    person.open(f"{path}authentication/")
    assert "Test credentials" not in person.text


def test_the_result_is_read_from_its_heading_on(person: Person) -> None:
    type_credential(person)
    person.press("Test credentials")
    assert person.url.endswith("#credential-test")
    assert person.find("#credential-test")["tabindex"] == "-1"


VALUE = f"/{ACCOUNT}/{REGION}/secrets/hub/value/"
ROTATION = f"/{ACCOUNT}/rotations/new/?secret={REGION}/hub"


def make_hub_rule() -> str:
    arn = make_secret("ecr-pullthroughcache/hub")
    make_rule("docker-hub", "registry-1.docker.io", credentialArn=arn)
    return arn


def stored(arn: str) -> dict[str, str]:
    answer = boto3.client("secretsmanager", region_name=REGION).get_secret_value(SecretId=arn)
    found: dict[str, str] = json.loads(answer["SecretString"])
    return found


@pytest.mark.parametrize(
    ("path", "label", "button"),
    [(VALUE, "Access token", "Replace value"), (ROTATION, "New access token", "Rotate token")],
    ids=["value", "rotation"],
)
@pytest.mark.django_db(transaction=True)
def test_a_new_value_of_a_secret_is_tested_and_then_stored_without_typing_it_again(
    person: Person, path: str, label: str, button: str
) -> None:
    arn = make_hub_rule()
    before = stored(arn)
    person.open(path)
    person.fill("Username", "demo")
    person.fill(label, TOKEN)
    person.press("Test credentials")
    assert "registry-1.docker.io accepted the credentials" in person.text
    assert stored(arn) == before
    assert person.value_of("Username") == "demo"
    assert person.value_of(label) == ""
    assert "Stored, not shown. Leave this empty to keep it." in person.text
    assert TOKEN not in str(person.page)
    person.press("Test credentials")
    assert "accepted the credentials" in person.text
    # The tested token is that of its username.
    person.fill("Username", "other")
    person.press(button)
    assert person.is_refused
    assert person.error_at(label) == "Enter the access token."
    assert stored(arn) == before
    person.fill("Username", "demo")
    person.press(button)
    assert stored(arn) == {"username": "demo", "accessToken": TOKEN}
    assert len(events()) == 2


@pytest.mark.django_db(transaction=True)
def test_a_new_value_is_stored_whatever_the_test_says(person: Person) -> None:
    arn = make_hub_rule()
    person.open(VALUE)
    person.fill("Username", "demo")
    person.fill("Access token", "wrong")
    person.press("Test credentials")
    assert "refused the username or the token" in person.text
    person.fill("Access token", "another")
    person.press("Replace value")
    assert stored(arn) == {"username": "demo", "accessToken": "another"}


def test_without_a_rule_the_console_does_not_know_where_to_test(person: Person) -> None:
    make_secret("ecr-pullthroughcache/hub")
    person.open(VALUE)
    person.fill("Username", "demo")
    person.fill("Access token", TOKEN)
    person.press("Test credentials")
    assert "The console doesn't know where to test the credentials" in person.text
    assert events() == []


def test_a_tested_value_of_another_browser_is_asked_for_again(person: Person) -> None:
    make_hub_rule()
    person.open(VALUE)
    person.fill("Username", "demo")
    person.fill("Access token", TOKEN)
    person.press("Test credentials")
    del person.client.cookies["ptc_credential"]
    person.press("Replace value")
    assert person.error_at("Access token") == "Enter the access token."
