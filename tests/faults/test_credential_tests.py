"""Credential tests are no way in: who may make them, how many, and what is written about them."""

from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, sign_in
from tests.wizard.upstreams.registry import ScriptedRegistry, scripted_registry
from tests.wizard.views.test_credential_tests import events, type_credential
from wizard.domain import Place, Role
from wizard.models import Grant
from wizard.services.credential_tests import MOST_TESTS


@pytest.fixture
def registry(aws: FakeAws, db: None, settings: LazySettings) -> Iterator[ScriptedRegistry]:
    with scripted_registry() as found:
        settings.SIMULATED_UPSTREAMS = found.stand_ins
        found.asks_for_token()
        found.answers["/tokens/token"] = (200, {}, b'{"token": "given.one"}')
        found.answers["/hub/v2/#token"] = (200, {}, b"{}")
        yield found


@pytest.mark.promise("Z13")
def test_the_trail_says_who_tested_where_with_which_verdict_and_no_credential(
    registry: ScriptedRegistry,
) -> None:
    person = sign_in()
    type_credential(person)
    person.press("Test credentials")
    (event,) = events()
    assert (event.username, event.subject) == ("ada", "registry-1.docker.io")
    assert (event.account_id, event.region) == (ACCOUNT, REGION)
    assert event.after == {"verdict": "accepted"}


@pytest.mark.promise("Z13")
def test_a_person_has_a_number_of_tests_in_a_time(registry: ScriptedRegistry) -> None:
    person = sign_in()
    type_credential(person)
    for _ in range(MOST_TESTS):
        person.press("Test credentials")
    asked = len(registry.seen)
    person.press("Test credentials")
    assert "You reached the limit of tests" in person.text
    assert "Wait 15 minutes, then try again." in person.text
    assert len(registry.seen) == asked
    assert len(events()) == MOST_TESTS
    # Storing the credential does not depend on a test, and other people have their own.
    person.press("Next")
    assert person.heading == "Specify a destination"
    other = sign_in("grace")
    type_credential(other)
    other.press("Test credentials")
    assert len(registry.seen) > asked


@pytest.mark.promise("Z13")
def test_who_may_not_make_rules_here_may_test_nothing(db: None, registry: ScriptedRegistry) -> None:
    person = sign_in("ada", Role.OPERATOR, Place(account_id=ACCOUNT, region=REGION))
    type_credential(person)
    Grant.objects.update(role=Role.VIEWER)
    person.press("Test credentials")
    assert person.status == 403
    assert registry.seen == []
