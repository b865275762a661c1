"""The page of a refusal says what was asked for and what is open, and keeps the navigation."""

import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.wizard.web.test_frame import AREAS
from wizard.domain import Place, Role

CLOSED = "eu-west-1"


@pytest.fixture
def bob(aws: FakeAws, db: None) -> Person:
    """A viewer of one Region, who has opened it before."""
    person = sign_in("bob", Role.VIEWER, Place(account_id=ACCOUNT, region=REGION))
    person.open_rules()
    return person


def test_a_closed_region_leads_to_the_same_page_of_those_that_are_open(bob: Person) -> None:
    bob.open(f"/{ACCOUNT}/{CLOSED}/secrets/")
    assert bob.status == 403
    assert bob.heading == "You don't have permission"
    assert f"/{ACCOUNT}/{CLOSED}/secrets/" in bob.text
    assert "Viewer" in bob.text
    assert "Europe (Ireland)" in bob.text
    links = [str(link["href"]) for link in bob.page.select(".open-regions a")]
    assert links == [f"/{ACCOUNT}/{REGION}/secrets/"]
    assert len(bob.page.select("#side-nav details a")) == len(AREAS)


def test_who_only_looked_is_not_told_that_nothing_was_changed(bob: Person) -> None:
    for path in (f"/{ACCOUNT}/{CLOSED}/rules/", f"/{ACCOUNT}/{REGION}/new-secret/", "/people/"):
        bob.open(path)
        assert bob.status == 403
        assert "Nothing was changed" not in bob.text
    bob.open_rules()
    form = {"csrfmiddlewaretoken": bob.csrf_token}
    bob.arrive(bob.client.post(f"/{ACCOUNT}/{REGION}/drafts/", form))
    assert bob.status == 403
    assert "Nothing was changed." in bob.text


def test_a_page_of_administrators_names_their_role(bob: Person) -> None:
    bob.open("/people/")
    assert "Administrator" in bob.text
    assert bob.page.select(".open-regions") == []
