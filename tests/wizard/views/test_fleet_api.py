"""The API of the fleet: what its description says is what it does."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
import schemathesis
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from pytest_django import Settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from ptcconsole.wsgi import application
from tests.fleet import REGIONS, account_id, furnish_fleet
from wizard.backend.client_cache import renewable_session
from wizard.domain import Place, Role, Scope
from wizard.gate.needs import NEEDS
from wizard.models import Grant
from wizard.services.fleet.counting import count_today
from wizard.services.people import tokens
from wizard.views.fleet.openapi import OPERATIONS, document

ZERO, ONE = account_id(0), account_id(1)


@pytest.fixture
def fleet(db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    # Otherwise the console's own account is listed too, if this process knows it by now.
    monkeypatch.setattr(renewable_session(), "account_id", "")
    settings.REGIONS_IN_USE = REGIONS[:2]
    furnish_fleet(accounts=12, regions=2, rules=5)
    count_today()


def token_of(name: str, place: Place, scope: Scope = Scope.RULES_READ) -> str:
    user = User.objects.create_user(name)
    Grant.objects.create(
        user=user, role=Role.VIEWER, account_id=place.account_id, region=place.region
    )
    secret, _token = tokens.create_token(user=user, name="ci", scopes=[scope], days=30)
    return secret


@pytest.fixture
def token(db: None) -> str:
    return token_of("ci", Place(account_id="", region=""))


def asked(token: str, address: str, *, status: int = 200) -> Any:
    answer = Client().get(f"/api/{address}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/json"
    return json.loads(answer.content)


def test_the_description_has_each_address_of_the_api() -> None:
    described = {each.name for each in OPERATIONS} | {"api-openapi"}
    assert described == {name for name, need in NEEDS.items() if need.is_api}
    assert set(document()["paths"]) == {reverse(each.name) for each in OPERATIONS}


def test_rules_are_read_on_from_a_cursor(fleet: None, token: str) -> None:
    found, cursor = [], ""
    while True:
        page = asked(token, f"fleet/rules/?limit=50{cursor}")
        found += page["rules"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    places = [(each["account_id"], each["region"], each["ecr_repository_prefix"]) for each in found]
    assert len(places) == 120
    assert places == sorted(set(places))
    assert found[0]["alias"] == "team-0"


def test_answers_have_numbers_and_pages(fleet: None, token: str) -> None:
    accounts = asked(token, "fleet/accounts/?limit=5&page=3")
    assert (accounts["total"], accounts["page"], accounts["pages"]) == (12, 3, 3)
    assert accounts["accounts"][-1]["rules"] == 10
    assert asked(token, "fleet/accounts/?q=team-1&lacks=k8s")["accounts"] == []
    groups = asked(token, "fleet/groups/?by=status")["groups"]
    assert sum(each["rules"] for each in groups) == 120
    matrix = asked(token, f"fleet/matrix/?account={ZERO}&across=registry")
    assert len(matrix["accounts"][0]["cells"]) == len(matrix["columns"]) == 5
    assert asked(token, "fleet/regions/?limit=1")["regions"][0]["state"] == "read"
    assert asked(token, "fleet/trend/?days=30")["days"][-1]["rules"] == 120


WRONG: Final = (
    *("rules/?status=bad", "rules/?page=1", "rules/?statsu=valid", "rules/?sort=prefix"),
    *("rules/?limit=0", "rules/?limit=1001", "rules/?limit=", "rules/?q=a&q=b", "rules/?q=a%00"),
    *("rules/?cursor=x", "rules/?cursor=W10", "rules/?cursor=WyJhIiwiYiIsIlx1MDAwMCJd"),
    *("rules/?format=csv", "accounts/?lacks=", "groups/?by=failure", "matrix/?columns=0"),
    *("regions/?state=valid", "trend/?days=31"),
)


def test_a_parameter_that_is_wrong_is_named(fleet: None, token: str) -> None:
    for address in WRONG:
        error = asked(token, f"fleet/{address}", status=400)["error"]
        assert list(error["parameters"]) == [address.partition("?")[2].partition("=")[0]], address


@pytest.mark.promise("Z2")
def test_a_token_reads_the_places_of_its_person_only(fleet: None) -> None:
    token = token_of("one", Place(account_id=ZERO, region="us-east-1"))
    for name in ("rules", "accounts", "groups", "matrix", "regions", "trend"):
        assert ONE not in json.dumps(asked(token, f"fleet/{name}/"))
    assert len(asked(token, "fleet/rules/")["rules"]) == 5
    assert asked(token, "fleet/groups/?by=region")["groups"][0]["rules"] == 5
    assert asked(token, "fleet/trend/")["days"][-1]["rules"] == 5


def test_without_a_token_or_its_scope_the_api_is_closed(fleet: None) -> None:
    validating = token_of("v", Place(account_id="", region=""), Scope.RULES_VALIDATE)
    for each in OPERATIONS:
        address = reverse(each.name).removeprefix("/api/")
        asked(validating, address, status=403)
        asked("ptc_nothing", address, status=401)
        assert Client().get(f"/api/{address}").status_code == 401
        assert Client().post(f"/api/{address}").status_code in (401, 403)


CHECKS: Final = (
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.negative_data_rejection,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
)


@pytest.fixture
def _kept_connection() -> Iterator[None]:
    """The test's transaction stays open over requests, as with Django's own test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_kept_connection")
def test_answers_are_as_described(fleet: None, token: str) -> None:
    """schemathesis makes parameters of the description: right ones, and wrong ones."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Host": "127.0.0.1",
        "Accept-Encoding": "identity",
    }
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application, headers=headers)
    for each in OPERATIONS:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _try(schema[reverse(each.name)]["get"], mode, headers)


def _try(operation: Any, mode: GenerationMode, headers: dict[str, str]) -> None:
    @settings(
        max_examples=8,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def conforms(case: Any) -> None:
        case.call_and_validate(base_url="http://127.0.0.1", headers=headers, checks=list(CHECKS))

    conforms()
