"""The test of typed credentials, at the step of the wizard that asks for them."""

import pytest
from django.conf import LazySettings

from ptcconsole.fakeaws.server import FakeAws
from ptcconsole.fakeaws.upstream import ACCOUNTS
from tests.faults.addresses import make_secret
from tests.person import Person
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
