"""The parts of the frame that are kept show each person what that person may see."""

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import Place, Role

OTHER_REGION = "eu-west-1"
AREAS = "Pull through cache", "All Regions", "Secrets", "Health", "Bulk validations", "Operations"


def _regions(person: Person) -> list[str]:
    return [tag.get_text() for tag in person.page.select(".region-group .small")]


def _areas(person: Person) -> list[str]:
    return [tag.get_text() for tag in person.page.select("#side-nav details a")]


def test_people_with_different_grants_have_menus_of_their_own(aws: FakeAws, db: None) -> None:
    ada = sign_in("ada", Role.ADMINISTRATOR)
    bob = sign_in("bob", Role.VIEWER, Place(account_id=ACCOUNT, region=REGION))
    for _ in range(2):
        ada.open_rules()
        bob.open_rules()
        assert len(_regions(ada)) == 34
        assert _regions(bob) == [REGION]
        assert _areas(ada) == [*AREAS, "People", "Audit trail"]
        assert _areas(bob) == list(AREAS)
        assert "ada" not in bob.text


def test_the_current_region_and_area_are_marked_on_each_page(aws: FakeAws, db: None) -> None:
    person = sign_in()
    for region in (REGION, OTHER_REGION, REGION):
        person.open_rules(region)
        current = person.page.select('.region-group [aria-current="true"] .small')
        assert [tag.get_text() for tag in current] == [region]
        assert person.find('#side-nav [aria-current="true"]').get_text() == AREAS[0]
        person.follow("Secrets")
        assert person.find('#side-nav [aria-current="true"]').get_text() == "Secrets"
