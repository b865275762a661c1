"""API tokens in addresses, which are logged on the way."""

import json

import pytest
from django.test import Client

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, someone
from wizard.domain import Role, Scope
from wizard.domain.errors import TokenNotFound
from wizard.models import ApiToken
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
        assert "revoke the API token" in json.loads(answer.content)["error"]["title"]
    assert text not in caplog.text
    assert encoded not in caplog.text


@pytest.mark.promise("Z12")
@pytest.mark.django_db
def test_a_request_with_a_token_has_no_session_whatever_cookies_come_with_it(aws: FakeAws) -> None:
    client = Client()
    client.force_login(someone("root", Role.ADMINISTRATOR))
    text, _ = tokens.create_token(
        user=someone("ada"), name="ci", scopes=[Scope.RULES_READ], days=90
    )
    answer = client.get(f"{RULES}?format=json", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 200
    request = answer.wsgi_request
    assert request.user.get_username() == "ada"
    assert (request.COOKIES, request.session.session_key) == ({}, None)
    # The cookies alone are those of somebody who is signed in.
    assert client.get("/people/").status_code == 200


@pytest.mark.django_db
def test_a_person_lists_and_revokes_their_own_tokens_only() -> None:
    ada, bob = someone("ada"), someone("bob")
    made = [
        tokens.create_token(user=user, name=name, scopes=[Scope.RULES_READ], days=90)[1]
        for user, name in ((ada, "one"), (ada, "two"), (bob, "three"))
    ]
    assert {token.pk for token in tokens.tokens_of(user=ada)} == {made[0].pk, made[1].pk}
    for wanted in made[:2]:
        assert tokens.revoke_token(user=ada, token_id=wanted.pk) == wanted
    with pytest.raises(TokenNotFound):
        tokens.revoke_token(user=ada, token_id=made[2].pk)
    assert ApiToken.objects.get(revoked_at=None) == made[2]
