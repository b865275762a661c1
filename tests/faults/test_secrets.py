"""Credentials: what errors reveal of them, what is stored of them, and how they are sent to AWS."""

import ast
import io
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.endpoint import Endpoint
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.log import AdminEmailHandler
from django.views.debug import get_exception_reporter_class
from django.views.decorators.debug import sensitive_variables

from ptcconsole.fakeaws.server import FakeAws
from ptcconsole.logs import OneLineFormatter
from tests.faults.addresses import make_secret
from tests.faults.drafts import SECRET_NAME
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.backend import clients, secretsmanager
from wizard.domain import Credential, Target
from wizard.drafting import sealed
from wizard.drafting.steps.authentication import AuthenticationForm
from wizard.exports import FORMATS
from wizard.exports.listed import ListedRule
from wizard.forms.operation import CredentialForm
from wizard.services.people import sign_in as links

ROOT = Path(__file__).resolve().parents[2]
CANARY = "CANARY-token-that-nobody-may-see"
TARGET = Target(account_id=ACCOUNT, region=REGION)
CREDENTIAL = Credential(username="me", access_token=CANARY)

Flow = Callable[[Person], None]


class Unforeseen(Exception):
    """An error that no code of ours expects."""


def wizard_step(person: Person) -> None:
    """Type the credential into the wizard."""
    person.client.raise_request_exception = False
    person.open_rules()
    person.press("Add rule")
    person.choose("Docker Hub")
    person.press("Next")
    person.choose("Create an AWS secret")
    person.fill("Secret name", "hub")
    person.fill("Docker Hub email", "me@example.com")
    person.fill("Docker Hub access token", CANARY)
    person.press("Next")


def wizard_create(person: Person) -> None:
    """The same, up to Create."""
    wizard_step(person)
    person.fill("Amazon ECR repository prefix", "hub")
    person.press("Next")
    person.press("Create")


def new_secret(person: Person) -> None:
    """Create a secret on the secrets page."""
    person.client.raise_request_exception = False
    person.open(f"/{ACCOUNT}/{REGION}/new-secret/")
    page = reverse("secret-create", kwargs={"account_id": ACCOUNT, "region": REGION})
    fields = {"secret_name": "hub", "username": "me", "access_token": CANARY}
    token = {"csrfmiddlewaretoken": person.csrf_token}
    person.arrive(person.client.post(page, fields | token, headers={"referer": page}))


def _boom(*_arguments: Any, **_keywords: Any) -> Any:
    raise Unforeseen("nobody foresaw it")


# Where it goes wrong, deep below the code of ours that holds the credential.
LEAVES = {
    "seal": ("cryptography.fernet.Fernet.encrypt", wizard_step),
    "unseal": ("cryptography.fernet.Fernet.decrypt", wizard_step),
    "create": ("botocore.endpoint.Endpoint.make_request", wizard_create),
    "secrets page": ("botocore.endpoint.Endpoint.make_request", new_secret),
}


@pytest.mark.promise("S2")
@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("leaf", LEAVES)
def test_no_error_report_holds_the_credential(
    aws: FakeAws,
    db: None,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
    leaf: str,
    debug: bool,
) -> None:
    settings.ADMINS = [("Ops", "ops@example.com")]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    where, flow = LEAVES[leaf]
    person = sign_in()
    handler = AdminEmailHandler(include_html=True)
    log = logging.getLogger("django.request")
    log.addHandler(handler)
    settings.DEBUG = debug
    try:
        _break(monkeypatch, where)
        flow(person)
    finally:
        log.removeHandler(handler)
    assert person.status == 500, person.text[:200]
    reports = [str(person.page)]
    # Both the text and the HTML part, as they were sent.
    parts = [part for message in mail.outbox for part in message.message().walk()]
    reports += [str(part.get_payload(decode=True)) for part in parts if not part.is_multipart()]
    assert any("Unforeseen" in report for report in reports[1:])
    assert all(CANARY not in report for report in reports)


# What a module of that name would do: its function holds words that nothing about them gives away.
_MODULE = """
@sensitive_variables("typed")
def marked(typed):
    raise Unforeseen("nobody foresaw it")

def unmarked(typed):
    raise Unforeseen("nobody foresaw it")

def holding(credential):
    unmarked(credential.access_token)
"""


def report_of(function: str, *arguments: Any, module: str) -> str:
    """The text and the page that tell of an error in a module of that name."""
    namespace: dict[str, Any] = {
        "__name__": module,
        "Unforeseen": Unforeseen,
        "sensitive_variables": sensitive_variables,
    }
    exec(compile(_MODULE, module, "exec"), namespace)
    request = RequestFactory().get("/")
    try:
        namespace[function](*arguments)
    except Unforeseen:
        reporter_class: Any = get_exception_reporter_class(request)
        reporter = reporter_class(request, *sys.exc_info())
        return f"{reporter.get_traceback_text()}{reporter.get_traceback_html()}"
    raise AssertionError("nothing was raised")


@pytest.mark.promise("S2")
@pytest.mark.parametrize("debug", [False, True])
def test_what_is_marked_as_sensitive_is_hidden_with_debug_on_too(
    settings: LazySettings, debug: bool
) -> None:
    settings.DEBUG = debug
    assert CANARY in report_of("unmarked", CANARY, module="wizard.views.some")
    assert CANARY not in report_of("marked", CANARY, module="wizard.views.some")


@pytest.mark.promise("S2")
@pytest.mark.parametrize(
    "module",
    [
        "botocore.some",
        CredentialForm.__module__,
        AuthenticationForm.__module__,
        Credential.__module__,
        sealed.__name__,
        secretsmanager.__name__,
    ],
)
def test_no_variable_is_shown_of_what_handles_credentials(module: str) -> None:
    assert CANARY not in report_of("unmarked", CANARY, module=module)


@pytest.mark.promise("S2")
def test_a_credential_in_sight_is_taken_out_under_whatever_name() -> None:
    report = report_of("holding", CREDENTIAL, module="wizard.views.some")
    assert "typed" in report
    assert CANARY not in report


def _break(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """Let the leaf fail, for AWS calls only those that carry the credential."""
    if not where.startswith("botocore"):
        monkeypatch.setattr(where, _boom)
        return
    send = Endpoint.make_request

    def make_request(self: Any, operation_model: Any, request_dict: Any) -> Any:
        if operation_model.name == "CreateSecret":
            raise Unforeseen("nobody foresaw it")
        return send(self, operation_model, request_dict)

    monkeypatch.setattr(where, make_request)


# At its loudest, a library writes a request, and a module of ours what it never should.
_LOUD = f"""
import django, logging
django.setup()
for name in ("botocore.endpoint", "urllib3.connectionpool"):
    logging.getLogger(name).debug("a whole request")
    logging.getLogger(name).warning("%s is slow", name)
logging.getLogger("wizard.some").debug("sent %s", {{"SecretString": "{CANARY}"}})
"""


@pytest.mark.promise("S3")
def test_the_log_at_its_loudest_has_no_request_and_no_credential(tmp_path: Path) -> None:
    own = {"CONSOLE_ENV": "local", "ENV_FILE": os.devnull, "DATA_DIR": str(tmp_path)}
    loud = {"LOG_LEVEL": "DEBUG", "DJANGO_SETTINGS_MODULE": "ptcconsole.settings"}
    done = subprocess.run(
        [sys.executable, "-c", _LOUD],
        cwd=ROOT,
        env={**os.environ, **own, **loud},
        check=True,
        capture_output=True,
        text=True,
    )
    assert "urllib3.connectionpool is slow" in done.stderr
    assert "botocore.endpoint is slow" in done.stderr
    assert "a whole request" not in done.stderr
    assert "SecretString" in done.stderr
    assert CANARY not in done.stderr


@pytest.mark.promise("S3")
def test_a_refused_request_leaves_no_link_in_the_log_that_is_still_good(db: None) -> None:
    token = links.create_link(username="grace")
    client, written = Client(enforce_csrf_checks=True), io.StringIO()
    handlers = logging.getLogger().handlers
    (handler,) = (each for each in handlers if isinstance(each.formatter, OneLineFormatter))
    assert isinstance(handler, logging.StreamHandler)
    assert logging.getLogger("django").handlers == []  # or it would write without the filter
    before = handler.setStream(written)
    try:
        assert client.post(f"/sign-in/{token}/").status_code == 403
        assert client.get(f"/sign-in/{token}/typed-too-much/").status_code == 404
    finally:
        handler.setStream(before)
    assert links.is_link_valid(token=token)
    log = written.getvalue()
    assert "Forbidden (CSRF cookie not set.): /sign-in/[redacted]" in log
    assert "Not Found: /sign-in/[redacted]" in log
    assert token not in log


@pytest.mark.promise("S5")
def test_no_code_of_the_console_could_read_a_secrets_value() -> None:
    """The tests' simulated AWS watches besides, over every test, that none does."""
    reading = re.compile("get_?secret_?value", re.IGNORECASE)
    found = []
    for path in (ROOT / "wizard").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node, "attr", getattr(node, "id", getattr(node, "name", "")))
            if isinstance(name, str) and reading.search(name):
                found.append(f"{path.name}: {name}")
    assert found == []


@pytest.mark.promise("S5")
def test_a_call_that_would_read_a_value_is_not_sent(aws: FakeAws) -> None:
    arn = make_secret()
    client = clients.secretsmanager(TARGET)
    aws.clear_calls()
    with pytest.raises(PermissionError):
        client.get_secret_value(SecretId=arn)
    with pytest.raises(PermissionError):
        client.batch_get_secret_value(SecretIdList=[arn])
    assert aws.calls() == {}


@pytest.mark.promise("S5")
def test_the_consoles_calls_are_told_from_others_with_the_same_key(aws: FakeAws) -> None:
    """Or the watch over every test would watch nobody."""
    make_secret()
    assert aws.calls_of_app(clients.APP_ID) == {}
    clients.secretsmanager(TARGET).list_secrets()
    assert aws.calls_of_app(clients.APP_ID) == {"ListSecrets": 1}


@pytest.mark.promise("S4")
def test_a_token_field_shows_nothing_of_what_was_sent_and_browsers_keep_nothing() -> None:
    form = CredentialForm({"username": "", "access_token": CANARY}, is_needed=True)
    assert not form.is_valid()
    field = form["access_token"]
    assert field.value() == ""
    assert CANARY not in str(field)
    assert 'autocomplete="new-password"' in str(field)


@pytest.mark.promise("S5")
def test_the_policy_lets_the_console_read_a_value_only_in_the_optional_statement() -> None:
    text = (ROOT / "OPERATIONS.md").read_text(encoding="utf-8")
    policies = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.S)]
    reading = [
        statement
        for policy in policies
        for statement in policy.get("Statement", [policy])
        if "GetSecretValue" in json.dumps(statement)
    ]
    assert reading
    for statement in reading:
        assert statement["Action"] == "secretsmanager:GetSecretValue"
        assert statement["Resource"].endswith(":secret:ecr-pullthroughcache/*")


@pytest.mark.promise("S6")
def test_what_is_sealed_opens_with_its_own_key_alone() -> None:
    ciphertext, key = sealed.seal(CREDENTIAL)
    assert sealed.unseal(ciphertext, key) == CREDENTIAL
    for wrong in ("", "not-a-key", Fernet.generate_key().decode(), key[:-2] + "=="):
        assert sealed.unseal(ciphertext, wrong) is None


@pytest.mark.promise("S6")
def test_a_sealed_credential_that_was_changed_does_not_open() -> None:
    ciphertext, key = sealed.seal(CREDENTIAL)
    for place in range(0, len(ciphertext) - 2, 7):
        other = "A" if ciphertext[place] != "A" else "B"
        changed = ciphertext[:place] + other + ciphertext[place + 1 :]
        assert sealed.unseal(changed, key) is None


@pytest.mark.promise("S6")
def test_every_sealing_has_a_key_of_its_own() -> None:
    """So there is no key that outlives a draft, and none to rotate."""
    keys = {sealed.seal(CREDENTIAL)[1] for _ in range(20)}
    assert len(keys) == 20


@pytest.mark.promise("S6")
def test_the_key_is_in_the_cookie_and_not_in_the_draft(aws: FakeAws, db: None) -> None:
    person = sign_in()
    wizard_step(person)
    key = person.client.cookies[sealed.cookie_name()].value
    for session in Session.objects.all():
        kept = json.dumps(session.get_decoded())
        assert key not in kept
        assert CANARY not in kept


@pytest.mark.promise("S7")
def test_no_form_of_the_console_takes_an_access_key() -> None:
    asks = re.compile(r"access_?key|secret_?key|session_?token|aws_", re.IGNORECASE)
    found = [
        f"{path.name}: {name}"
        for path in (ROOT / "wizard" / "forms").rglob("*.py")
        for name in _names_in(path)
        if asks.search(name)
    ]
    assert found == []


def _names_in(path: Path) -> list[str]:
    """The names of the fields of a module's forms."""
    classes = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    return [
        target.id
        for each in classes
        for node in each.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]


@pytest.mark.promise("S7")
def test_an_access_key_that_is_sent_all_the_same_is_refused(aws: FakeAws, db: None) -> None:
    person = sign_in()
    person.open(f"/{ACCOUNT}/{REGION}/new-secret/")
    answer = person.client.post(
        person.url,
        {
            "csrfmiddlewaretoken": person.csrf_token,
            "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
            "aws_secret_access_key": "x" * 40,
        },
        headers={"referer": person.url},
    )
    assert answer.status_code == 400
    assert "x" * 40 not in answer.content.decode()


@pytest.mark.promise("S7")
@pytest.mark.parametrize("field", ["username", "access_token"])
def test_an_access_key_typed_into_a_field_is_refused_there(field: str) -> None:
    typed = {"username": "me", "access_token": "token", field: "AKIAIOSFODNN7EXAMPLE"}
    form = CredentialForm(typed, is_needed=True)
    assert list(form.errors) == [field]
    assert "This is an AWS access key." in form.errors[field][0]


@pytest.mark.promise("S8", "H4")
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
@pytest.mark.parametrize("name", FORMATS)
def test_no_cell_of_an_export_is_a_formula(name: str, start: str) -> None:
    arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{SECRET_NAME}-abcdef"
    rule = ListedRule(
        account_id=ACCOUNT,
        region=REGION,
        status="valid",
        ecr_repository_prefix=f"{start}cmd",
        upstream_registry_url=f"{start}HYPERLINK(1)",
        credential_arn=arn,
    )
    text = FORMATS[name].render([rule])
    assert arn in text
    if name == "csv":
        assert f"'{start}cmd" in text
        assert f"'{start}HYPERLINK(1)" in text
