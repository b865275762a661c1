"""AWS and registries that repeat, in their words, the credential that was sent to them."""

import base64
import html
import json
import logging
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from django.contrib.sessions.models import Session

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import make_secret
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain.carried_credentials import carrying, without_carried
from wizard.domain.redaction import REDACTED, without_credentials
from wizard.models import AuditEvent, OperationStep

TOKEN = 'dckr_"pat"_CANARY/ä+not\\to&be=seen'
SECRET = json.dumps({"username": "me@example.com", "accessToken": TOKEN})

FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": json.dumps,
    "JSON with letters": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "JSON with slashes": lambda text: json.dumps(text).replace("/", "\\/"),
    "URL": quote,
    "URL, all": lambda text: quote(text, safe=""),
    "URL, lower": lambda text: quote(text, safe="").replace("%C3%A4", "%c3%a4"),
    "form": quote_plus,
    "HTML": html.escape,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 of a URL": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "Basic": lambda text: base64.b64encode(f"me:{text}".encode()).decode(),
    "Basic, other user": lambda text: base64.b64encode(f"user:{text}".encode()).decode(),
    "cut": lambda text: text[:20],
    "cut JSON": lambda text: json.dumps(text)[:18],
}


@pytest.mark.promise("S12")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", [TOKEN, SECRET])
def test_no_form_of_a_sent_credential_is_left_in_a_text(value: str, form: str) -> None:
    repeated = FORMS[form](value)
    with carrying({"Name": "hub", "SecretString": SECRET}):
        kept = without_carried(f"Value '{repeated}' at 'secretString' is refused.")
    assert kept.startswith("Value '")
    assert kept.endswith("' at 'secretString' is refused.")
    assert REDACTED in kept
    for known in (TOKEN, "CANARY", "Q0FOQVJ", "NBTkFSW", "DQU5BUl"):
        assert known not in kept


@pytest.mark.promise("S12")
def test_a_short_token_and_one_that_is_no_json_are_left_out_too() -> None:
    with carrying({"SecretString": json.dumps({"username": "me", "accessToken": "pw1"})}):
        assert without_carried("Value 'pw1' of me") == f"Value '{REDACTED}' of me"
    with carrying({"SecretBinary": b"raw-token-of-mine"}):
        assert without_carried("Got raw-token-of-mine.") == f"Got {REDACTED}."
    assert without_carried("Value 'pw1'") == "Value 'pw1'"


def in_the_wizard(person: Person) -> None:
    """Create a rule with a new secret."""
    person.open_rules()
    person.press("Add rule")
    person.choose("Docker Hub")
    person.press("Next")
    person.choose("Create an AWS secret")
    person.fill("Secret name", "hub")
    person.fill("Docker Hub email", "me@example.com")
    person.fill("Docker Hub access token", TOKEN)
    person.press("Next")
    person.fill("Amazon ECR repository prefix", "hub")
    person.press("Next")
    person.press("Create")


def on_the_secrets_page(person: Person) -> None:
    """Create a secret without a rule."""
    person.open(f"/{ACCOUNT}/{REGION}/new-secret/")
    person.fill("Secret name", "hub")
    _fill_and_send(person, "Create secret")


def with_another_value(person: Person) -> None:
    """Replace the value of a secret."""
    make_secret("ecr-pullthroughcache/hub")
    person.open(f"/{ACCOUNT}/{REGION}/secrets/hub/value/")
    _fill_and_send(person, "Replace value")


def _fill_and_send(person: Person, button: str) -> None:
    person.fill("Username", "me@example.com")
    person.fill("Access token", TOKEN)
    person.press(button)


@pytest.mark.promise("S12")
@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.parametrize(
    ("operation", "flow"),
    [
        ("CreateSecret", in_the_wizard),
        ("CreateSecret", on_the_secrets_page),
        ("PutSecretValue", with_another_value),
    ],
)
def test_a_refusal_that_repeats_the_credential_is_kept_without_it(
    aws: FakeAws,
    db: None,
    caplog: pytest.LogCaptureFixture,
    operation: str,
    flow: Callable[[Person], None],
    status: int,
) -> None:
    caplog.set_level(logging.DEBUG, logger="wizard")
    said = f"Value '{SECRET}' of {TOKEN} ({json.dumps(TOKEN)}) failed to satisfy the constraint"
    aws.fail(
        operation=operation, code="InvalidParameterException", message=said, status=status, times=9
    )
    person = sign_in()
    flow(person)
    assert "failed to satisfy the constraint" in person.text
    kept = [person.text, str(person.page), caplog.text]
    kept += [
        json.dumps([row.error, row.after, row.request_ids]) for row in AuditEvent.objects.all()
    ]
    kept += [json.dumps(row.error_record) for row in OperationStep.objects.all()]
    kept += [str(row.get_decoded()) for row in Session.objects.all()]
    assert not [text for text in kept if "CANARY" in text]


@pytest.mark.parametrize(
    "said",
    [
        '{"username":"me","accessToken":"CANARY-1234567890"}',
        r"{\"accessToken\": \"CANARY-1234567890\"}",
        "refused: Authorization: Bearer CANARY-12345678901",
        "refused: Basic Q0FOQVJZLXRoYXQtbm9ib2R5LW1heS1zZWU=",
        "Token ghp_CANARY1234567890 has expired",
        "https://me:CANARY@quay.io/v2/ answered 401",
        "password=CANARY-12345",
    ],
)
def test_what_a_registry_repeats_to_a_validation_is_left_out(
    aws: FakeAws, db: None, said: str
) -> None:
    kept = without_credentials(said)
    assert "CANARY" not in kept
    assert "Q0FOQVJ" not in kept
    assert without_credentials(kept) == kept


@pytest.mark.parametrize(
    "said",
    [
        "Invalid username or password: authentication required",
        "The access token: it has expired. Basic authentication is off.",
        'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"',
    ],
)
def test_ordinary_words_about_credentials_stay(said: str) -> None:
    assert without_credentials(said) == said
