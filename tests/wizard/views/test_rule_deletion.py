"""Deleting several rules at once, and the secrets that are unused afterwards."""

import json
from typing import Any

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.services import fanout

URL = f"/{ACCOUNT}/rules/delete/"
CONFIRM = 'To confirm this deletion, type "confirm".'


@pytest.fixture(autouse=True)
def _no_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, a Region that answers is read."""
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 600.0)


def prefixes(region: str = REGION) -> list[str]:
    client = boto3.client("ecr", region_name=region)
    found = client.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    return sorted(rule["ecrRepositoryPrefix"] for rule in found)


@pytest.fixture
def person(aws: FakeAws, transactional_db: None) -> Person:
    """Somebody whose deletions run in threads of their own."""
    return sign_in()


@pytest.fixture
def hubs(aws: FakeAws) -> None:
    """Two rules with one secret here, and one without in another Region."""
    secrets = boto3.client("secretsmanager", region_name=REGION)
    value = json.dumps({"username": "demo", "accessToken": "token"})
    arn = secrets.create_secret(Name="ecr-pullthroughcache/hub", SecretString=value)["ARN"]
    client = boto3.client("ecr", region_name=REGION)
    for prefix in ("hub-1", "hub-2"):
        client.create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix,
            upstreamRegistryUrl="registry-1.docker.io",
            credentialArn=arn,
        )
    boto3.client("ecr", region_name="eu-west-1").create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
    )


def select(person: Person, *names: str) -> None:
    """Press Delete with these rules selected."""
    person.open_rules()
    data: dict[str, Any] = {"csrfmiddlewaretoken": person.csrf_token, "rule": list(names)}
    person.arrive(person.client.post(URL, data, follow=True))


def rows(person: Person) -> dict[str, str]:
    """The rules of the result in the order of the page, each with its state."""
    found = person.page.select("main table.result-table tbody tr")
    cells = [row.select("td") for row in found]
    return {
        name.get_text(" ", strip=True): state.get_text(" ", strip=True) for name, state, *_ in cells
    }


def test_rules_of_many_regions_are_deleted_once_confirmed(person: Person, hubs: None) -> None:
    select(person, f"{REGION}/hub-1", "eu-west-1/quay")
    assert person.heading == "Delete rules"
    assert "these rules of account 1234-5678-9012?" in person.text.replace(" ?", "?")
    assert "hub-1 in US East (Ohio) (us-east-2)" in person.text
    assert "quay in Europe (Ireland) (eu-west-1)" in person.text
    person.fill(CONFIRM, "no")
    person.press("Delete")
    assert person.is_refused
    assert prefixes() == ["hub-1", "hub-2"]
    person.fill(CONFIRM, "confirm")
    person.press("Delete")
    assert person.heading == "2 rules deleted"
    assert "Account 1234-5678-9012, by ada" in person.text
    assert rows(person) == {"hub-1": "Deleted", "quay": "Deleted"}
    assert prefixes() == ["hub-2"]
    assert prefixes("eu-west-1") == []


def test_a_secret_is_offered_for_deletion_only_when_no_rule_uses_it(
    person: Person, hubs: None
) -> None:
    select(person, f"{REGION}/hub-1")
    person.fill(CONFIRM, "confirm")
    person.press("Delete")
    assert "uses the secret" not in person.page.get_text()
    person.open(f"/{ACCOUNT}/{REGION}/rules/hub-2/delete/")
    person.fill(CONFIRM, "confirm")
    person.press("Delete")
    assert "uses the secret ecr-pullthroughcache/hub." in person.page.get_text()
    person.follow("Delete the secret")
    assert person.heading == "Delete secret"


def test_a_rule_that_may_not_be_deleted_keeps_no_other_from_going(
    aws: FakeAws, person: Person, hubs: None
) -> None:
    aws.refuse(operation="DeletePullThroughCacheRule", region="eu-west-1")
    select(person, f"{REGION}/hub-1", "eu-west-1/quay")
    person.fill(CONFIRM, "confirm")
    person.press("Delete")
    assert person.heading == "1 of 2 rules deleted"
    assert "1 rule was not deleted." in person.text
    # Failures come first.
    assert list(rows(person).items()) == [("quay", "Not deleted"), ("hub-1", "Deleted")]
    assert "No access" in person.text
    assert prefixes("eu-west-1") == ["quay"]
    aws.clear_faults()
    person.press("Retry failed")
    assert person.heading == "2 rules deleted"
    assert prefixes("eu-west-1") == []


def test_a_rule_that_is_gone_already_is_said(person: Person, hubs: None) -> None:
    select(person, f"{REGION}/hub-1", f"{REGION}/ghost")
    assert "no longer exists" in person.text
    person.fill(CONFIRM, "confirm")
    person.press("Delete")
    assert f"Deleted rule hub-1 ({REGION})." in person.page.get_text()


@pytest.mark.parametrize("names", [(), ("nowhere-1/x",), ("hub-1",), (f"{REGION}/",)])
def test_nothing_selected_deletes_nothing(
    person: Person, hubs: None, names: tuple[str, ...]
) -> None:
    select(person, *names)
    assert "Select at least one rule." in person.page.get_text()
    assert prefixes() == ["hub-1", "hub-2"]


def test_the_question_names_the_rule_its_region_and_its_account(person: Person, hubs: None) -> None:
    """On the page of all Regions, many rules have the same name."""
    person.open(f"/{ACCOUNT}/eu-west-1/rules/quay/delete/")
    asked = "Permanently delete rule quay in Europe (Ireland) (eu-west-1), account 1234-5678-9012?"
    assert asked in person.text.replace(" ,", ",").replace(" ?", "?")
    assert person.find("title").get_text().startswith("Delete rule quay (eu-west-1)")


@pytest.mark.parametrize("group", ["region", "none", "registry"])
def test_check_boxes_of_equal_rules_in_two_regions_have_different_names(
    person: Person, hubs: None, group: str
) -> None:
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
    )
    person.open(f"/{ACCOUNT}/rules/?group={group}")
    boxes = person.page.select('main table input[name="rule"]')
    names = [str(box["aria-label"]) for box in boxes]
    assert len(names) == 4
    assert len(set(names)) == 4, names
    assert any("quay" in name and "eu-west-1" in name for name in names)


@pytest.mark.parametrize("way", ["one", "many"])
@pytest.mark.parametrize(
    "place", [f"/{ACCOUNT}/rules/?find=quay", f"/{ACCOUNT}/{REGION}/rules/?find=quay"]
)
def test_after_a_deletion_one_is_back_on_the_list_one_came_from_with_its_filter(
    person: Person, place: str, way: str
) -> None:
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
    )
    person.open(place)
    headers = {"referer": f"http://testserver{place}"}
    if way == "one":
        url = f"/{ACCOUNT}/{REGION}/rules/quay/delete/"
        person.arrive(person.client.get(url, headers=headers))
    else:
        data = {"rule": f"{REGION}/quay", "csrfmiddlewaretoken": person.csrf_token}
        person.arrive(person.client.post(f"/{ACCOUNT}/rules/delete/", data, headers=headers))
    assert person.find("main .question-buttons a")["href"] == place
    person.fill('To confirm this deletion, type "confirm".', "confirm")
    person.press("Delete")
    assert person.url == place
    assert f"Deleted rule quay ({REGION})." in person.page.get_text()


@pytest.mark.parametrize(
    "elsewhere", ["https://example.com/", f"/{ACCOUNT}/{REGION}/secrets/", "/000000000000/rules/"]
)
def test_a_deletion_leads_to_no_other_page(person: Person, elsewhere: str) -> None:
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
    )
    person.open_rules()
    data = {"confirmation": "confirm", "next": elsewhere}
    data["csrfmiddlewaretoken"] = person.csrf_token
    url = f"/{ACCOUNT}/{REGION}/rules/quay/delete/"
    assert person.client.post(url, data)["Location"] == f"/{ACCOUNT}/{REGION}/rules/"
