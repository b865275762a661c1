"""The pages that copy a template to several Regions, or delete it there."""

from typing import Any

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import Place, Role

BASE = f"/{ACCOUNT}/{REGION}"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234-abcd"
IRELAND, FRANKFURT = "Europe (Ireland) (eu-west-1)", "Europe (Frankfurt) (eu-central-1)"

pytestmark = pytest.mark.django_db(transaction=True)


def client(region: str) -> Any:
    return boto3.client("ecr", region_name=region)


def make(region: str = REGION, **members: Any) -> None:
    members = {"prefix": "hub", "appliedFor": ["PULL_THROUGH_CACHE"]} | members
    client(region).create_repository_creation_template(**members)


def described(region: str) -> list[str]:
    answer = client(region).describe_repository_creation_templates()
    return [each.get("description", "") for each in answer["repositoryCreationTemplates"]]


@pytest.fixture
def person(aws: FakeAws) -> Person:
    return sign_in()


def pick(person: Person, *regions: str) -> None:
    for region in regions:
        person.find(f'input[name="regions"][value="{region}"]')["checked"] = ""


def plan(person: Person) -> dict[str, tuple[str, str, bool]]:
    """What the plan says: word, differences, and whether the Region is selected."""
    found = {}
    for row in person.page.select("tbody tr"):
        cells = [cell.get_text(" ", strip=True) for cell in row.select("td")]
        box = row.select_one("input")
        is_chosen = box is not None and box.has_attr("checked")
        found[row.select("th")[0].get_text(" ", strip=True)] = (cells[1], cells[2], is_chosen)
    return found


def test_a_template_is_copied_by_a_plan_and_what_differs_is_chosen_by_hand(
    aws: FakeAws, person: Person
) -> None:
    make(description="mine")
    make("eu-west-1", description="theirs")
    person.open(f"{BASE}/templates/hub/details/")
    person.follow("Copy to other Regions")
    assert not person.page.select(f'input[name="regions"][value="{REGION}"]')
    person.press("Show plan")
    assert person.is_refused
    pick(person, "eu-west-1", "eu-central-1", "sa-east-1")
    aws.refuse(operation="DescribeRepositoryCreationTemplates", region="sa-east-1")
    person.press("Show plan")
    found = plan(person)
    assert found[FRANKFURT] == ("Create", "-", True)
    assert found[IRELAND] == ("Overwrite", "Template description", False)
    (unread,) = [found[name] for name in found if "sa-east-1" in name]
    assert unread[0] == "Unknown"
    assert "Request ID:" in unread[1]
    person.press("Copy to selected Regions")
    assert person.heading == "Template hub copied to 1 of 1 Region"
    assert (described("eu-central-1"), described("eu-west-1")) == (["mine"], ["theirs"])
    person.follow("hub")
    assert person.url == f"/{ACCOUNT}/eu-central-1/templates/hub/details/"


def test_what_another_person_changed_since_the_plan_is_shown_again(person: Person) -> None:
    make(description="mine")
    person.open(f"{BASE}/templates/hub/copy/?regions=eu-west-1")
    make("eu-west-1", description="theirs")
    person.press("Copy to selected Regions")
    assert "A template changed after the plan was shown" in person.text
    assert plan(person)[IRELAND] == ("Overwrite", "Template description", False)
    assert described("eu-west-1") == ["theirs"]
    person.press("Copy to selected Regions")
    assert person.is_refused
    pick(person, "eu-west-1")
    person.press("Copy to selected Regions")
    assert described("eu-west-1") == ["mine"]


def test_a_key_stays_in_its_region(person: Person) -> None:
    make(encryptionConfiguration={"encryptionType": "KMS", "kmsKey": KEY})
    person.open(f"{BASE}/templates/hub/copy/")
    pick(person, "eu-west-1")
    person.press("Show plan")
    assert f"The KMS key of the template is in {REGION}." in person.text
    person.find('input[name="without_key"]')["checked"] = ""
    person.press("Show plan")
    person.press("Copy to selected Regions")
    answer = client("eu-west-1").describe_repository_creation_templates()
    (copied,) = answer["repositoryCreationTemplates"]
    assert copied["encryptionConfiguration"] == {"encryptionType": "KMS"}


def test_what_failed_is_retried_from_the_page_of_the_operation(
    aws: FakeAws, person: Person
) -> None:
    make()
    person.open(f"{BASE}/templates/hub/copy/?regions=eu-west-1&regions=eu-central-1")
    aws.refuse(operation="CreateRepositoryCreationTemplate", region="eu-west-1")
    person.press("Copy to selected Regions")
    assert person.heading == "Template hub copied to 1 of 2 Regions"
    assert "No access" in person.text
    aws.clear_faults()
    person.press("Retry failed")
    assert person.heading == "Template hub copied to 2 of 2 Regions"
    person.open(f"/{ACCOUNT}/operations/")
    person.follow("hub")
    assert person.heading == "Template hub copied to 2 of 2 Regions"


def test_templates_are_deleted_in_several_regions_after_a_typed_confirmation(
    person: Person,
) -> None:
    make()
    make("eu-west-1")
    person.open(f"{BASE}/templates/hub/delete-in-regions/?regions=eu-west-1&regions={REGION}")
    person.press("Delete in selected Regions")
    assert person.is_refused
    assert plan(person)[IRELAND] == ("Delete", "-", True)
    person.fill('To confirm this deletion, type "confirm".', "confirm")
    person.press("Delete in selected Regions")
    assert person.heading == "Template hub deleted in 2 of 2 Regions"
    assert described("eu-west-1") == described(REGION) == []


def test_only_own_regions_are_offered_and_taken(aws: FakeAws) -> None:
    make()
    place = Place(account_id=ACCOUNT, region=REGION)
    person = sign_in("bob", Role.OPERATOR, place)
    person.open(f"{BASE}/templates/hub/delete-in-regions/")
    offered = [each["value"] for each in person.page.select('input[name="regions"]')]
    assert offered == [REGION]
    answer = person.client.post(
        f"{BASE}/templates/hub/delete-in-regions/",
        {"regions": "eu-west-1", "csrfmiddlewaretoken": person.client.cookies["csrftoken"].value},
    )
    assert answer.status_code == 403
