"""API tokens in addresses, which are logged on the way."""

import json

import pytest
from django.test import Client

from tests.person import ACCOUNT, REGION, someone
from wizard.domain import Scope
from wizard.services.people import tokens

RULES = f"/{ACCOUNT}/{REGION}/rules/"


@pytest.mark.promise("S10")
@pytest.mark.django_db
def test_a_token_in_the_address_is_refused_and_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    text, _ = tokens.create_token(
        user=someone("ada"), name="ci", scopes=[Scope.RULES_READ], days=90
    )
    encoded = text.replace("_", "%5F")
    for query in (
        f"access_token={text}",
        f"token={text}&format=json",
        f"format=Bearer+{text}",
        text,
        f"token={encoded}",
    ):
        answer = Client().get(f"{RULES}?{query}")
        assert answer.status_code == 400
        assert "revoke it" in json.loads(answer.content)["error"]["title"]
    assert text not in caplog.text
    assert encoded not in caplog.text
