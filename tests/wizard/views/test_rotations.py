"""The pages of rotations: entries, plan, one token for all Regions, results, and what follows."""

import uuid
from datetime import timedelta
from types import SimpleNamespace

import boto3
import botocore.endpoint
import pytest
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import make_rule, make_secret
from tests.person import ACCOUNT, Person, sign_in
from tests.rotations import HOME, HOST, HUB, NEW, OTHER, THIRD, client, hubs, value
from tests.worker import work
from wizard.domain import Place, Role
from wizard.models import BulkValidation, RotatedSecret, Rotation
from wizard.services.rotations import replicating

PLAN = f"/{ACCOUNT}/rotations/new/"
TOKEN = NEW.access_token


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore's pauses between attempts are skipped, and those for replicas."""
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))
    monkeypatch.setattr(replicating, "pause", lambda _seconds: None)


@pytest.fixture
def person(aws: FakeAws, transactional_db: None) -> Person:
    return sign_in()


def chosen(person: Person) -> set[str]:
    found = person.page.select('input[name="secret"]')
    return {str(each["value"]) for each in found if each.has_attr("checked")}


def rotate(person: Person, token: str = TOKEN) -> None:
    person.open(f"{PLAN}?upstream={HOST}")
    person.fill("Username", "me")
    person.fill("New access token", token)
    person.press("Rotate token")


def results(person: Person) -> list[str]:
    rows = person.page.select("#rotation-results tbody tr")
    return [" ".join(row.get_text(" ").split()) for row in rows]


def test_from_the_page_of_a_rule_one_token_is_rotated_in_all_regions(person: Person) -> None:
    hubs(HOME, OTHER, THIRD)
    person.open(f"/{ACCOUNT}/{HOME}/rules/docker-hub/details/")
    person.follow("Rotate token in all Regions")
    assert person.heading == f"Rotate the token of Docker Hub ({HOST})"
    assert chosen(person) == {f"{region}/docker-hub" for region in (HOME, OTHER, THIRD)}
    person.fill("Username", "me")
    person.fill("New access token", TOKEN)
    person.press("Rotate token")
    assert person.url == f"/{ACCOUNT}/rotations/{Rotation.objects.get().pk}/"
    assert "The new token is stored in 3 secrets." in person.text
    assert TOKEN not in person.page.decode()
    assert {value(region) for region in (HOME, OTHER, THIRD)} == {TOKEN}
    assert "The rules are validated in the background." in person.text
    work()
    person.open(person.url)
    assert [row.count("docker-hub") for row in results(person)] == [2, 2, 2]
    assert "Validating" not in person.text


@pytest.mark.parametrize("key", [f"{HOME}/docker-hub", f"{OTHER}/docker-hub"])
def test_from_a_secret_the_upstream_of_its_rules_is_planned(person: Person, key: str) -> None:
    hubs(HOME, OTHER)
    make_secret("ecr-pullthroughcache/other", THIRD)
    person.open(f"/{ACCOUNT}/{key.partition('/')[0]}/secrets/")
    person.follow(f"Rotate everywhere {HUB}")
    assert chosen(person) == {f"{HOME}/docker-hub", f"{OTHER}/docker-hub"}


def test_from_the_secrets_page_the_upstream_is_chosen(person: Person) -> None:
    hubs(HOME, OTHER)
    person.open(f"/{ACCOUNT}/{HOME}/secrets/")
    person.follow("Rotate a token")
    person.follow(f"Docker Hub ({HOST})")
    assert len(chosen(person)) == 2


def test_a_refused_form_keeps_the_choice_and_the_username_and_never_the_token(
    person: Person,
) -> None:
    hubs(HOME, OTHER)
    person.open(f"{PLAN}?upstream={HOST}")
    del person.find(f'input[value="{OTHER}/docker-hub"]')["checked"]
    person.fill("New access token", "  ")
    person.fill("Username", "me")
    person.press("Rotate token")
    assert (person.status, person.is_refused) == (200, True)
    assert person.error_at("New access token") == "Enter the access token."
    assert person.value_of("Username") == "me"
    assert chosen(person) == {f"{HOME}/docker-hub"}
    person.fill("Username", "")
    person.fill("New access token", TOKEN)
    person.press("Rotate token")
    assert person.error_at("Username") == "Enter the username."
    assert TOKEN not in person.page.decode()
    assert TOKEN not in str(dict(person.client.session))
    person.open(f"{PLAN}?upstream={HOST}")
    assert not person.is_refused
    assert not Rotation.objects.exists()


def test_without_a_secret_nothing_is_rotated(person: Person) -> None:
    hubs(HOME)
    person.open(f"{PLAN}?upstream={HOST}")
    del person.find('input[name="secret"]')["checked"]
    person.fill("Username", "me")
    person.fill("New access token", TOKEN)
    person.press("Rotate token")
    assert "Select at least one secret." in person.text
    assert chosen(person) == set()


def test_a_form_that_is_sent_twice_rotates_once(aws: FakeAws, person: Person) -> None:
    hubs(HOME)
    person.open(f"{PLAN}?upstream={HOST}")
    data = {
        "csrfmiddlewaretoken": person.csrf_token,
        "secret": f"{HOME}/docker-hub",
        "username": "me",
        "access_token": TOKEN,
        "rotation_id": str(person.find('input[name="rotation_id"]')["value"]),
    }
    aws.clear_calls()
    places = {
        person.client.post(f"{PLAN}?upstream={HOST}", data, headers={"referer": PLAN})["location"]
        for _twice in range(2)
    }
    assert len(places) == 1
    assert aws.calls()["PutSecretValue"] == 1


def test_what_is_left_out_is_told_with_the_reason(aws: FakeAws, person: Person) -> None:
    hubs(HOME, OTHER, THIRD)
    client(OTHER).delete_secret(SecretId=HUB, RecoveryWindowInDays=7)
    aws.refuse(operation="ListSecrets", region=THIRD)
    person.open(f"{PLAN}?upstream={HOST}")
    assert chosen(person) == {f"{HOME}/docker-hub"}
    assert "Europe (Ireland) (eu-west-1): The secret is scheduled for deletion." in person.text
    assert "US West (Oregon) (us-west-2): The Region could not be read." in person.text


def test_failures_come_first_and_are_completed_with_the_token_typed_again(
    aws: FakeAws, person: Person
) -> None:
    hubs(HOME, OTHER, THIRD)
    aws.refuse(operation="PutSecretValue", region=THIRD)
    rotate(person)
    assert "The new token is stored in 2 of 3 secrets." in person.text
    assert "us-west-2" in results(person)[0]
    assert "No access" in results(person)[0]
    aws.clear_faults()
    person.press("Complete")
    assert not person.is_refused  # Without a token it only compares.
    assert value(THIRD) == "wrong"
    person.fill("Username", "me")
    person.press("Complete")
    assert person.is_refused
    assert person.value_of("Username") == "me"
    person.fill("Access token", TOKEN)
    person.press("Complete")
    assert "The new token is stored in 3 secrets." in person.text
    assert value(THIRD) == TOKEN


def test_secrets_that_were_not_tried_are_told_and_offered_to_be_completed(
    aws: FakeAws, person: Person
) -> None:
    for number in range(6):
        make_secret(f"{HUB}-{number}", OTHER)
        arn = client(OTHER).describe_secret(SecretId=f"{HUB}-{number}")["ARN"]
        make_rule(f"hub-{number}", HOST, region=OTHER, credentialArn=arn)
    hubs(HOME)
    person.open(f"{PLAN}?upstream={HOST}")
    person.fill("Username", "me")
    person.fill("New access token", TOKEN)
    aws.unreachable(region=OTHER, operation="PutSecretValue")
    person.press("Rotate token")
    untried = RotatedSecret.objects.filter(error_record__kind="NotTried").count()
    assert untried >= 2
    assert f"{untried} secrets were not tried, because their Region doesn't respond." in person.text
    told = [each for each in results(person) if "Not tried" in each]
    assert len(told) == untried
    assert "6 secrets do not have the new token." in person.text
    aws.clear_faults()
    person.fill("Username", "me")
    person.fill("Access token", TOKEN)
    person.press("Complete")
    assert "The new token is stored in 7 secrets." in person.text


def test_the_old_versions_are_put_back_and_validated(person: Person) -> None:
    hubs(HOME, OTHER)
    rotate(person)
    first = BulkValidation.objects.get()
    work()
    person.open(person.url)
    person.press("Put the old version back")
    assert "The old versions of 2 secrets are put back." in person.text
    assert {value(HOME), value(OTHER)} == {"wrong"}
    assert Rotation.objects.get().bulk != first


def test_putting_back_without_a_choice_is_refused(person: Person) -> None:
    hubs(HOME)
    rotate(person)
    del person.find('input[name="secret"]')["checked"]
    person.press("Put the old version back")
    assert "Select at least one secret." in person.text
    assert value(HOME) == TOKEN


def test_the_rules_are_validated_again(person: Person) -> None:
    hubs(HOME)
    rotate(person)
    work()
    person.open(person.url)
    person.press("Validate the rules again")
    assert "/validations/" in person.url


def test_an_interrupted_rotation_is_listed_among_the_operations_and_says_what_aws_has(
    person: Person,
) -> None:
    hubs(HOME, OTHER)
    rotate(person)
    RotatedSecret.objects.filter(region=OTHER).update(state="running")
    Rotation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    person.open(f"/{ACCOUNT}/operations/")
    assert "Interrupted token rotations" in person.text
    person.follow(f"Docker Hub ({HOST})")
    assert "The rotation was interrupted." in person.text
    assert "Interrupted. AWS has the new version" in results(person)[0]
    person.press("Compare with AWS")
    assert "The new token is stored in 2 secrets." in person.text
    person.open(f"/{ACCOUNT}/operations/")
    assert "Interrupted token rotations" not in person.text


def test_a_rotation_that_was_killed_after_its_last_result_is_settled(person: Person) -> None:
    hubs(HOME)
    rotate(person)
    Rotation.objects.update(lease_until=timezone.now() - timedelta(seconds=1), bulk=None)
    BulkValidation.objects.all().delete()
    person.open(person.url)
    assert "The rotation was interrupted." in person.text
    person.press("Compare with AWS")
    assert "The new token is stored in 1 secret." in person.text
    assert "The rules are validated in the background." in person.text


def test_only_the_regions_of_a_person_are_shown_and_changed(aws: FakeAws, person: Person) -> None:
    hubs(HOME, OTHER)
    rotate(person)
    url = person.url
    bob = sign_in("bob", Role.OPERATOR, Place(account_id=ACCOUNT, region=OTHER))
    bob.open(url)
    assert len(results(bob)) == 1
    bob.press("Put the old version back")
    assert (value(HOME), value(OTHER)) == (TOKEN, "wrong")
    data = {"csrfmiddlewaretoken": bob.csrf_token, "secret": f"{HOME}/docker-hub"}
    response = bob.client.post(f"{url}put-back/", data, headers={"referer": url})
    assert response.status_code == 403
    eve = sign_in("eve", Role.OPERATOR, Place(account_id=ACCOUNT, region=THIRD))
    eve.open(url)
    assert eve.status == 404


def test_a_viewer_sees_results_without_forms(person: Person) -> None:
    hubs(HOME)
    rotate(person)
    viewer = sign_in("vera", Role.VIEWER)
    viewer.open(person.url)
    assert len(results(viewer)) == 1
    assert not viewer.page.select('form[action*="rotations"]')
    viewer.open(PLAN)
    assert viewer.status == 403


def test_a_replica_is_no_row_of_its_own(person: Person) -> None:
    hubs(HOME)
    client(HOME).replicate_secret_to_regions(SecretId=HUB, AddReplicaRegions=[{"Region": OTHER}])
    person.open(f"/{ACCOUNT}/{OTHER}/secrets/")
    person.follow(f"Rotate everywhere {HUB}")
    assert chosen(person) == {f"{HOME}/docker-hub"}


def test_an_unknown_rotation_is_not_found(person: Person) -> None:
    person.open(f"/{ACCOUNT}/rotations/{uuid.uuid4()}/")
    assert person.status == 404


def test_the_newest_rotations_are_listed(person: Person) -> None:
    hubs(HOME)
    person.open(f"/{ACCOUNT}/rotations/")
    assert "No rotations" in person.text
    rotate(person)
    person.open(f"/{ACCOUNT}/{HOME}/secrets/")
    person.follow("Token rotations")
    assert person.url == f"/{ACCOUNT}/rotations/"
    person.follow(f"Docker Hub ({HOST})")
    assert len(results(person)) == 1


def test_nothing_reads_the_value_of_a_secret(aws: FakeAws, person: Person) -> None:
    hubs(HOME)
    aws.clear_calls()
    rotate(person)
    assert "GetSecretValue" not in aws.calls()
    assert boto3.client("secretsmanager", region_name=HOME) is not None


def test_the_results_are_a_table_with_search_and_order_once_the_rules_are_validated(
    person: Person,
) -> None:
    hubs(HOME, OTHER)
    rotate(person)
    assert not person.page.select("#rotation-results form, #rotation-results thead a")
    work()
    person.open(person.url)
    person.follow("Region")
    ordered = [row.split()[0] for row in results(person)]
    assert ordered == sorted(ordered)
    assert len(ordered) == 2
    person.fill("Find secrets", "ireland")
    person.press("Apply")
    assert len(results(person)) == 1
    assert "(2)" in person.find("#results-heading").get_text()


def test_while_rules_are_validated_the_results_have_pages_and_only_they_are_loaded_again(
    person: Person,
) -> None:
    person.open("/table-preferences/")
    person.select("Page size", "10")
    person.press("Confirm")
    for number in range(11):
        arn = make_secret(f"{HUB}-{number}", HOME)
        make_rule(f"hub-{number}", HOST, region=HOME, credentialArn=arn)
    rotate(person)
    assert len(results(person)) == 10
    person.open(str(person.find("#rotation-results [rel=next]")["href"]))
    assert len(results(person)) == 1
    polled = person.find("#rotation-results")["hx-get"]
    assert polled == person.url.partition("#")[0]
    headers = {"HX-Request": "true", "HX-Target": "rotation-results"}
    fragment = person.client.get(polled, headers=headers).content.decode()
    assert fragment.lstrip().startswith('<div class="stack" id="rotation-results"')
    assert fragment.count("<tr>") == 1 + len(results(person))
