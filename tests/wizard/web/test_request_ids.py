"""The ID of a request: whose word counts for it, and which threads know it."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.person import ACCOUNT
from wizard.domain import Target, request_ids
from wizard.services.fanout import fan_out

OFFERED = "7f1c2d3e-0000-4000-8000-aaaabbbbcccc"
TARGETS = [Target(account_id=ACCOUNT, region=f"region-{number}") for number in range(3)]


def id_of_response(offered: str | None) -> str:
    headers = {} if offered is None else {"X-Request-ID": offered}
    answer = Client(headers=headers).get("/healthz")
    assert answer.status_code == 200
    return str(answer["X-Request-ID"])


@pytest.mark.promise("H6")
def test_an_id_is_taken_from_a_trusted_proxy_only(settings: Settings) -> None:
    settings.BEHIND_TLS_PROXY = True
    assert id_of_response(OFFERED) == OFFERED
    settings.BEHIND_TLS_PROXY = False
    assert id_of_response(OFFERED) != OFFERED


@pytest.mark.parametrize(
    "offered", [None, "", "short", "x" * 65, "with blanks in it", "a<script>b", "ghp_0123456789"]
)
def test_an_id_of_another_form_is_replaced(settings: Settings, offered: str | None) -> None:
    settings.BEHIND_TLS_PROXY = True
    made = id_of_response(offered)
    assert len(made) == 32
    assert made != id_of_response(offered)


def test_a_request_leaves_no_id_behind(settings: Settings) -> None:
    id_of_response(None)
    assert request_ids.current() == ""


def test_the_threads_of_a_fan_out_know_the_id() -> None:
    request_id = request_ids.begin("")
    try:
        answers = list(fan_out(targets=TARGETS, call=lambda _target: request_ids.current()))
    finally:
        request_ids.end()
    assert [answer.value for answer in answers] == [request_id] * 3
