"""API tokens: the header, the scopes, the owner's grants, and JSON for every response."""

import json
from datetime import timedelta
from html import unescape
from typing import Any

import boto3
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, sign_in, someone
from tests.worker import work
from wizard.domain import Place, Role, Scope
from wizard.gate.needs import NEEDS
from wizard.models import ApiToken, AuditEvent, BulkValidation, LiveSession, ValidationResult
from wizard.services.people import directory, tokens
from wizard.views.token_endpoints import ENDPOINTS

pytestmark = pytest.mark.django_db

RULES = f"/{ACCOUNT}/{REGION}/rules/"
VALIDATE = f"{RULES}quay/validate/"


class Program:
    """A program with a token and no cookies. CSRF is checked as ever."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {text}"})

    def get(self, url: str, **more: Any) -> Any:
        return self.client.get(url, **more)

    def post(self, url: str, data: dict[str, Any] | None = None) -> Any:
        return self.client.post(url, data or {})


def program(*scopes: Scope, user: User | None = None) -> Program:
    owner = user or someone("ada")
    text, _ = tokens.create_token(user=owner, name="ci", scopes=scopes, days=90)
    return Program(text)


@pytest.fixture
def reader(aws: FakeAws, quay: str) -> Program:
    return program(Scope.RULES_READ)


@pytest.fixture
def validator(aws: FakeAws, quay: str) -> Program:
    return program(Scope.RULES_VALIDATE)


def error_of(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json"
    return str(json.loads(answer.content)["error"]["title"])


# --- Reading ------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [RULES, f"/{ACCOUNT}/rules/"])
@pytest.mark.parametrize("format_name", ["json", "csv"])
def test_a_token_reads_the_exports(reader: Program, url: str, format_name: str) -> None:
    answer = reader.get(f"{url}?format={format_name}")
    assert answer.status_code == 200
    assert b"quay.io" in b"".join(answer)


def test_a_token_gets_files_only(reader: Program) -> None:
    assert "format=json" in error_of(reader.get(RULES), 406)
    assert "format=json" in error_of(reader.get(f"{RULES}?format=html"), 406)


def test_awss_refusal_comes_as_json(reader: Program, aws: FakeAws) -> None:
    aws.refuse(operation="DescribePullThroughCacheRules")
    answer = reader.get(f"{RULES}?format=json")
    assert error_of(answer, 403) == "No access"
    assert answer.json()["error"]["request_id"]


def test_a_token_opens_nothing_else(reader: Program) -> None:
    for url in ("/account/", f"{RULES}quay/details/", f"/{ACCOUNT}/{REGION}/secrets/", "/admin/"):
        assert error_of(reader.get(url), 403) == "API tokens can't access this endpoint."
    assert error_of(reader.post(f"{RULES}quay/delete/", {"confirmation": "confirm"}), 403)
    refused = reader.post(VALIDATE)
    assert "rules:validate" in error_of(refused, 403)
    assert refused["WWW-Authenticate"] == 'Bearer realm="ptcconsole", error="insufficient_scope"'


def test_a_token_goes_as_far_as_its_owners_grants_of_now(reader: Program) -> None:
    ada = User.objects.get(username="ada")
    directory.set_grants(
        user=ada, grants={Place(account_id=ACCOUNT, region="eu-west-1"): Role.VIEWER}
    )
    assert error_of(reader.get(f"{RULES}?format=json"), 403) == "You don't have permission"
    listed = reader.get(f"/{ACCOUNT}/rules/?format=json")
    assert listed.status_code == 200
    assert b"quay" not in b"".join(listed)


def test_the_audit_trail_needs_scope_and_administrator(aws: FakeAws) -> None:
    url = "/audit/export/?format=jsonl"
    alan = someone("alan", Role.ADMINISTRATOR)
    assert program(Scope.AUDIT_READ, user=alan).get(url).status_code == 200
    assert program(Scope.RULES_READ, user=alan).get(url).status_code == 403
    assert program(Scope.AUDIT_READ).get(url).status_code == 403


# --- Validating ---------------------------------------------------------------------------------


def test_a_rule_is_validated_with_the_answer_as_json(validator: Program) -> None:
    answer = validator.post(VALIDATE)
    assert answer.status_code == 200
    facts = answer.json()
    assert (facts["ecr_repository_prefix"], facts["is_valid"]) == ("quay", True)
    assert ValidationResult.objects.get().actor.username == "ada"


def test_many_are_validated_in_the_background_and_followed(validator: Program) -> None:
    answer = validator.post(f"/{ACCOUNT}/validations/", {"region": REGION})
    assert answer.status_code == 202
    url = answer.json()["url"].removeprefix("http://testserver")
    assert validator.get(url).json()["is_finished"] is False
    work()
    facts = validator.get(url).json()
    assert (facts["state"], facts["progress"]["valid"], facts["failures"]) == ("done", 1, [])
    (listed,) = validator.get(f"/{ACCOUNT}/validations/").json()["validations"]
    assert listed["id"] == str(BulkValidation.objects.get().pk)


def test_nothing_named_is_said_to_be_nothing(validator: Program) -> None:
    assert "all=1" in error_of(validator.post(f"/{ACCOUNT}/validations/"), 422)


def test_a_viewers_token_validates_nothing(aws: FakeAws, quay: str) -> None:
    viewer = program(Scope.RULES_VALIDATE, user=someone("vera", Role.VIEWER))
    assert error_of(viewer.post(VALIDATE), 403) == "You don't have permission"
    assert "ValidatePullThroughCacheRule" not in aws.calls()


def test_what_a_token_does_is_told_apart_in_the_audit_trail(aws: FakeAws, quay: str) -> None:
    viewer = program(Scope.RULES_VALIDATE, user=someone("vera", Role.VIEWER))
    viewer.post(VALIDATE)
    event = AuditEvent.objects.get(action="Access")
    assert (event.username, event.way) == ("vera", "token")


def test_the_browsers_validate_can_answer_json_too(aws: FakeAws, quay: str) -> None:
    client = Client()
    client.force_login(someone("ada"))
    answer = client.post(VALIDATE, headers={"Accept": "application/json"})
    assert answer.json()["is_valid"] is True
    assert client.post(VALIDATE).status_code == 303


# --- What is no token ---------------------------------------------------------------------------


def test_a_wrong_token_is_refused_without_saying_why(reader: Program) -> None:
    gone = Program(reader.text)
    for make_bad in (
        {"revoked_at": timezone.now()},
        {"revoked_at": None, "expires_at": timezone.now() - timedelta(seconds=1)},
    ):
        ApiToken.objects.update(**make_bad)
        answer = gone.get(f"{RULES}?format=json")
        assert error_of(answer, 401) == "The token is invalid or expired."
        assert answer["WWW-Authenticate"] == 'Bearer realm="ptcconsole", error="invalid_token"'
    assert error_of(Program("ptc_made-up").get(RULES), 401) == ("The token is invalid or expired.")


def test_the_token_of_somebody_switched_off_is_no_good(reader: Program) -> None:
    User.objects.update(is_active=False)
    assert reader.get(f"{RULES}?format=json").status_code == 401


def test_a_rule_whose_prefix_begins_like_a_token_is_a_rule_like_any_other(aws: FakeAws) -> None:
    prefix = "ptc_mirror-of-images-0123456"
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl="quay.io"
    )
    person = sign_in()
    person.open(f"{RULES}?prefix={prefix}")
    assert person.status == 200
    assert prefix in person.text
    person.open(f"/{ACCOUNT}/rules/?q={prefix}&sort=prefix")
    assert person.status == 200
    person.open(f"/confirm-identity/?next={RULES}{prefix}/edit/")
    assert person.status == 200
    person.open(f"{RULES}{prefix}/delete/?next={RULES}{prefix}/")
    person.fill('To confirm this deletion, type "confirm".', "confirm")
    person.press("Delete")
    assert person.status == 200
    person.open(f"{RULES}{prefix}/")
    assert person.status == 404


def test_the_trail_is_searched_for_what_is_shown_of_a_token(aws: FakeAws) -> None:
    owner = someone("ada", Role.ADMINISTRATOR)
    text, token = tokens.create_token(user=owner, name="ci", scopes=[Scope.AUDIT_READ], days=90)
    person = sign_in("ada", Role.ADMINISTRATOR)
    for part in (token.prefix, f"{token.prefix}...", text[:-1], f"{text}a", f"x{text}"):
        person.open(f"/audit/?subject=ada:+ci+({part}")
        assert person.status == 200


def test_a_tokens_request_has_no_session_whatever_cookies_come_with_it(reader: Program) -> None:
    root = someone("root", Role.ADMINISTRATOR)
    client = Client(enforce_csrf_checks=True)
    client.force_login(root)
    sessions = LiveSession.objects.count()
    header = {"Authorization": f"Bearer {reader.text}"}
    assert error_of(client.get("/people/", headers=header), 403) == (
        "API tokens can't access this endpoint."
    )
    answer = client.post(VALIDATE, headers=header)
    assert error_of(answer, 403)
    assert "sessionid" not in answer.cookies
    assert client.get("/people/").status_code == 200
    assert LiveSession.objects.count() == sessions


def test_without_a_token_a_forged_request_stays_one(aws: FakeAws, quay: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(someone("ada"))
    for header in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}):
        assert client.post(VALIDATE, headers=header).status_code == 403


def test_the_last_use_is_noted_once_a_minute(reader: Program) -> None:
    reader.get(f"{RULES}?format=json")
    first = ApiToken.objects.get().last_used_at
    reader.get(f"{RULES}?format=json")
    assert first is not None
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
    reader.get(f"{RULES}?format=json")
    last = ApiToken.objects.get().last_used_at
    assert last is not None
    assert last >= first


def test_a_token_lasts_a_year_at_most() -> None:
    _, token = tokens.create_token(user=someone("ada"), name="x", scopes=[], days=5000)
    assert token.expires_at - token.created_at == timedelta(days=365)


# --- The pages ----------------------------------------------------------------------------------


def test_the_pages_list_every_request_that_a_token_can_make() -> None:
    assert {each.name: each.scope for each in ENDPOINTS} == {
        name: need.scope for name, need in NEEDS.items() if need.scope
    }


def test_what_asks_for_a_confirmed_identity_is_closed_to_tokens() -> None:
    assert [name for name, need in NEEDS.items() if need.scope and need.is_fresh] == []


def test_a_new_token_comes_with_commands_that_work(aws: FakeAws, quay: str) -> None:
    client = Client()
    client.force_login(someone("ada"))
    client.get(RULES)
    page = client.post(
        reverse("api-token-create"), {"name": "ci", "scopes": ["rules:read"], "days": "30"}
    )
    assert page.status_code == 201
    text = unescape(page.text)
    command = (
        f"""curl -H "Authorization: Bearer $PTC_TOKEN" 'http://testserver{RULES}?format=json'"""
    )
    assert command in text
    assert "/validate/" not in text
    assert reverse("help-topic", kwargs={"topic": "api-tokens"}) in text
    token = page.context["text"]
    assert Program(token).get(f"{RULES}?format=json").status_code == 200


def test_the_form_shows_the_requests_of_the_scopes_that_it_offers(aws: FakeAws) -> None:
    operator, administrator = sign_in("ada"), sign_in("root", Role.ADMINISTRATOR)
    operator.open(reverse("api-token-create"))
    assert operator.text.count("curl ") == 12
    assert "/rules/docker-hub/validate/" in operator.text
    administrator.open(reverse("api-token-create"))
    assert administrator.text.count("curl ") == 13
    assert "/audit/export/?format=jsonl" in administrator.text
