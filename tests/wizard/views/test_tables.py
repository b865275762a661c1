"""What all tables do: rows are selected, sorted, searched, cut into pages, and led back to."""

from datetime import timedelta

import boto3
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import Role
from wizard.models import (
    BulkState,
    BulkValidation,
    BulkValidationItem,
    TablePreference,
    ValidationResult,
)

URL = f"/{ACCOUNT}/{REGION}/rules/"
VALIDATE, DELETE = "Validate selected rules", "Delete selected rules"


@pytest.fixture
def many(aws: FakeAws) -> None:
    """Twelve rules."""
    client = boto3.client("ecr", region_name=REGION)
    for number in range(12):
        client.create_pull_through_cache_rule(
            ecrRepositoryPrefix=f"quay-{number:02}", upstreamRegistryUrl="quay.io"
        )


@pytest.fixture
def small_pages(person: Person, many: None) -> None:
    """Ten rows on a page, so that twelve rules have two."""
    person.open("/table-preferences/")
    person.select("Page size", "10")
    person.press("Confirm")


@pytest.fixture
def secrets(aws: FakeAws) -> None:
    """Sixty secrets, more than a page shows, one of them used by a rule."""
    client = boto3.client("secretsmanager", region_name=REGION)
    for number in range(60):
        created = client.create_secret(
            Name=f"ecr-pullthroughcache/team-{number:02}", SecretString="{}"
        )
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub",
        upstreamRegistryUrl="registry-1.docker.io",
        credentialArn=created["ARN"],
    )


def name(number: int) -> str:
    return f"{REGION}/quay-{number:02}"


def selected(person: Person) -> list[str]:
    boxes = person.page.select('tbody input[name="rule"]')
    return [str(box["value"]) for box in boxes if box.has_attr("checked")]


def remaining() -> list[str]:
    found = boto3.client("ecr", region_name=REGION).describe_pull_through_cache_rules()
    return sorted(rule["ecrRepositoryPrefix"] for rule in found["pullThroughCacheRules"])


# --- Nothing selected -----------------------------------------------------------------------------


@pytest.mark.parametrize("button", [VALIDATE, DELETE, "View details", "Clone"])
def test_without_a_selection_the_answer_is_the_same_address(
    person: Person, many: None, button: str
) -> None:
    address = f"{URL}?q=quay&status=not-validated&sort=-prefix"
    person.open(address)
    person.press(button)
    assert person.url == address
    assert "Select at least one rule." in person.page.get_text()


def test_an_action_for_one_rule_is_refused_for_two(person: Person, many: None) -> None:
    person.open(f"{URL}?q=quay")
    person.tick(name(0), name(1))
    person.press("Edit")
    assert person.url == f"{URL}?q=quay"
    assert "Select one rule for this action." in person.page.get_text()


@pytest.mark.parametrize("address", [URL, f"/{ACCOUNT}/rules/?group=none"])
def test_a_list_has_few_buttons_and_its_rows_have_none(
    person: Person, many: None, address: str
) -> None:
    person.open(address)
    assert person.page.select("tbody tr")
    assert person.page.select("tbody :is(button, .button, form)") == []
    tools = person.find(".table-heading > .button-row")
    items = set(map(id, tools.select(".menu-panel *")))
    shown = [
        " ".join(each.get_text(" ").split())
        for each in tools.select("a, button, summary")
        if id(each) not in items
    ]
    assert shown == ["Refresh", VALIDATE, "Download", "Actions", "Add rule"]
    assert len(tools.select(":is(button, summary).button-primary")) == 1
    deletes = [each for each in tools.select("button") if "Delete" in each.get_text()]
    assert all(each.find_parent(class_="actions-menu") for each in deletes)


# --- The selection --------------------------------------------------------------------------------


def test_a_selection_survives_sorting_and_paging_without_the_script(
    person: Person, small_pages: None
) -> None:
    person.open(URL)
    person.tick(name(1), name(3))
    person.press("Keep the selection while I sort or change the page")
    assert selected(person) == [name(1), name(3)]
    assert "(2/12)" in person.text
    person.follow("Prefix")
    assert selected(person) == [name(3)]
    person.follow("Next page")
    assert selected(person) == [name(1)]
    person.press(DELETE)
    assert "quay-01" in person.text
    assert "quay-03" in person.text


def test_all_rows_of_the_page_are_selected_by_a_link(person: Person, small_pages: None) -> None:
    person.open(URL)
    person.follow("Select all on this page")
    assert selected(person) == [name(number) for number in range(10)]
    assert "(10/12)" in person.text


def test_all_rules_that_match_are_selected_by_a_link(
    transactional_db: None, person: Person, small_pages: None
) -> None:
    person.open(f"{URL}?sort=-prefix")
    person.follow("Select all 12 rules")
    assert "All 12 rules are selected, on every page." in person.text
    person.press(DELETE)
    person.fill('To confirm this deletion, type "confirm".', "confirm")
    person.press("Delete")
    assert person.heading == "12 rules deleted"
    assert remaining() == []


def test_all_means_the_rules_of_the_filter(
    transactional_db: None, person: Person, many: None
) -> None:
    person.open(f"{URL}?q=quay-1&select=all")
    assert selected(person) == [name(10), name(11)]
    person.press(DELETE)
    person.fill('To confirm this deletion, type "confirm".', "confirm")
    person.press("Delete")
    assert remaining() == [f"quay-{number:02}" for number in range(10)]
    person.open(f"{URL}?q=quay-0&select=all")
    person.press(VALIDATE)
    assert person.url.startswith(f"/{ACCOUNT}/validations/")
    assert BulkValidationItem.objects.count() == 10


def test_a_region_that_cannot_be_read_is_not_selected_as_a_whole(
    aws: FakeAws, person: Person, many: None
) -> None:
    person.open(f"{URL}?select=all")
    aws.refuse(operation="DescribePullThroughCacheRules")
    person.press(DELETE)
    assert person.status == 403
    aws.clear_faults()
    assert len(remaining()) == 12


def test_the_answer_to_a_deletion_does_not_select_again(
    transactional_db: None, person: Person, many: None
) -> None:
    person.open(f"{URL}?rule={name(2)}")
    person.press(DELETE)
    person.fill('To confirm this deletion, type "confirm".', "confirm")
    person.press("Delete")
    assert person.url == URL
    assert selected(person) == []


# --- The Actions menu -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "heading"),
    [("View details", "quay-04"), ("Replace", "Replace rule"), ("Clone", "Review and create")],
)
def test_an_action_leads_to_the_page_of_the_selected_rule(
    person: Person, many: None, action: str, heading: str
) -> None:
    person.open(URL)
    person.tick(name(4))
    person.press(action)
    assert heading in person.heading or heading in person.page.get_text()


def test_copying_to_regions_leads_to_their_choice(person: Person, many: None) -> None:
    person.open(URL)
    person.tick(name(4))
    person.press("Copy to Regions")
    assert person.url.endswith("#further-regions")


def test_a_prefix_that_is_none_leads_nowhere(person: Person, many: None) -> None:
    person.open(URL)
    person.find(f'input[value="{name(0)}"]')["value"] = f"{REGION}/../x"
    person.tick(f"{REGION}/../x")
    person.press("View details")
    assert person.url == URL


# --- Heads, pages, and the look -------------------------------------------------------------------


def test_every_head_that_sorts_says_so(person: Person, many: None) -> None:
    person.open(f"{URL}?sort=-status")
    orders = [str(head["aria-sort"]) for head in person.page.select("thead th[aria-sort]")]
    assert len(orders) == len(person.page.select("thead th a"))
    assert orders.count("none") == len(orders) - 1
    assert "descending" in orders


def test_another_order_keeps_the_filter_and_shows_the_first_page(
    person: Person, small_pages: None
) -> None:
    person.open(f"{URL}?q=quay&page=2")
    person.follow("Upstream URL")
    assert person.url == f"{URL}?q=quay&sort=url"


def test_pages_are_numbered(person: Person, small_pages: None) -> None:
    person.open(f"{URL}?q=quay")
    person.follow("Page 2")
    assert person.current_page == 2
    assert person.url == f"{URL}?q=quay&page=2"
    person.follow("Previous page")
    assert person.current_page == 1


def test_rows_look_as_the_person_wants_them(person: Person, many: None) -> None:
    person.open(URL)
    person.follow("Preferences")
    for label, value in (("Striped rows", True), ("Compact density", True), ("Wrap lines", False)):
        box = person.page.find("label", string=lambda text, label=label: label in (text or ""))
        assert box is not None
        control = person.find(f"#{box['for']}")
        control.attrs.pop("checked", None)
        if value:
            control["checked"] = ""
    person.press("Confirm")
    assert person.url == URL
    classes = set(person.find("table.rule-table")["class"])
    assert {"table-striped", "table-compact", "table-one-line"} <= classes
    kept = TablePreference.objects.get()
    assert (kept.has_stripes, kept.is_compact, kept.wraps_lines) == (True, True, False)


# --- Moments and reasons --------------------------------------------------------------------------


def test_the_last_validation_is_told_as_the_time_since_and_opens_to_the_moment(
    person: Person, many: None
) -> None:
    person.validate("quay-00")
    person.open(f"{URL}?q=quay-00")
    details = person.find('td[data-label="Last validated"] details')
    assert person.find('td[data-label="Last validated"] summary').get_text() == "Just now"
    assert details.find("time") is not None
    assert "by ada" in details.get_text()


def test_the_reason_of_a_failure_opens_without_the_script(person: Person, secrets: None) -> None:
    person.validate("hub")
    reason = ValidationResult.objects.get().failure
    person.open(URL)
    summary = person.find("details.status-reason > summary")
    assert summary.get_text() == reason != ""


# --- Secrets --------------------------------------------------------------------------------------


SECRETS = f"/{ACCOUNT}/{REGION}/secrets/"


def test_secrets_have_pages_an_order_and_a_search(person: Person, secrets: None) -> None:
    person.open(SECRETS)
    assert "(60)" in person.text
    assert len(person.page.select("tbody tr")) == 50
    person.follow("Secret name")
    person.follow("Secret name")
    assert "team-59" in person.page.select("tbody th")[0].get_text()
    person.follow("Next page")
    assert len(person.page.select("tbody tr")) == 10
    person.open(SECRETS)
    person.fill("Find secrets", "HUB")
    person.press("Apply")
    assert "1 match" in person.text
    assert len(person.page.select("tbody tr")) == 1
    person.follow("hub")
    assert person.url == f"{URL}hub/details/"


def test_a_search_for_secrets_without_a_match_says_so(person: Person, secrets: None) -> None:
    person.open(f"{SECRETS}?q=nothing")
    assert "We can't find a match." in person.text
    person.follow("Clear filter")
    assert len(person.page.select("tbody tr")) == 50


def test_a_secret_that_was_looked_up_is_on_the_first_page(person: Person, secrets: None) -> None:
    person.open(f"{SECRETS}?secret=team-58")
    assert "team-58" in person.page.select("tbody th")[0].get_text()


def test_the_menu_of_a_replica_says_why_its_value_is_not_replaced(
    aws: FakeAws, person: Person
) -> None:
    client = boto3.client("secretsmanager", region_name=REGION)
    arn = client.create_secret(Name="ecr-pullthroughcache/hub", SecretString="{}")["ARN"]
    client.replicate_secret_to_regions(SecretId=arn, AddReplicaRegions=[{"Region": "eu-west-1"}])
    person.open(SECRETS)
    person.follow("Replace value ecr-pullthroughcache/hub")
    person.open(SECRETS.replace(REGION, "eu-west-1"))
    item = person.find('.row-menu [aria-disabled="true"]')
    assert "A replica has the value of the secret in us-east-2." in item.get_text()
    assert not item.has_attr("href")
    person.follow("Delete ecr-pullthroughcache/hub")


# --- Validating -----------------------------------------------------------------------------------


def running(*, lease: timedelta, prefix: str = "quay-03") -> None:
    """A bulk validation in which a rule, or a Region without a prefix, waits."""
    now = timezone.now()
    bulk = BulkValidation.objects.create(
        account_id=ACCOUNT,
        actor=User.objects.get(),
        scope_digest="x",
        state=BulkState.RUNNING,
        lease_until=now + lease,
    )
    BulkValidation.objects.update(created_at=now - timedelta(hours=1))
    BulkValidationItem.objects.create(bulk=bulk, region=REGION, ecr_repository_prefix=prefix)


def statuses(person: Person) -> list[str]:
    return [cell.get_text(strip=True) for cell in person.page.select('td[data-label="Status"]')]


@pytest.mark.parametrize("address", [URL, f"/{ACCOUNT}/rules/", f"/{ACCOUNT}/rules/?group=none"])
def test_a_rule_in_a_running_bulk_validation_is_validating(
    person: Person, many: None, address: str
) -> None:
    running(lease=timedelta(minutes=1))
    person.open(address)
    assert statuses(person).count("Validating") == 1
    assert statuses(person).count("Not validated") == 11
    person.open(f"{address}{'&' if '?' in address else '?'}status=validating")
    assert person.find("tbody th a").get_text() == "quay-03"


def test_every_rule_of_a_region_that_is_validated_as_a_whole_is_validating(
    person: Person, many: None
) -> None:
    running(lease=timedelta(minutes=1), prefix="")
    person.open(URL)
    assert statuses(person) == ["Validating"] * 12


def test_a_validation_that_its_worker_left_hides_no_result(person: Person, many: None) -> None:
    running(lease=-timedelta(seconds=1))
    person.open(URL)
    assert statuses(person) == ["Not validated"] * 12


# --- The way back ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "back"),
    [
        (f"{URL}?q=quay-0&sort=-prefix&select=page", f"{URL}?q=quay-0&sort=-prefix"),
        (f"{URL}?select=all", URL),
        (f"/{ACCOUNT}/eu-west-1/rules/?q=quay", URL),
        ("https://elsewhere.example/?q=quay", URL),
    ],
)
def test_the_way_back_from_a_rule_leads_to_the_list_as_it_was_left(
    person: Person, many: None, left: str, back: str
) -> None:
    person.open(f"{URL}quay-01/details/")
    host = "" if left.startswith("https:") else "http://testserver"
    answer = person.client.get(person.url, headers={"referer": f"{host}{left}"})
    person.arrive(answer)
    assert person.page.select(".breadcrumbs a")[-1]["href"] == back


# --- All Regions ----------------------------------------------------------------------------------

OVERVIEW = f"/{ACCOUNT}/rules/"


@pytest.mark.parametrize("group", ["region", "none", "registry"])
def test_all_rules_of_all_regions_are_selected_by_a_link(
    transactional_db: None, person: Person, many: None, group: str
) -> None:
    boto3.client("ecr", region_name="eu-west-1").create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub", upstreamRegistryUrl="quay.io"
    )
    person.open(f"{OVERVIEW}?group={group}&q=quay-1")
    person.follow("Select all 2 rules")
    assert selected(person) == [name(10), name(11)]
    assert "All 2 rules are selected, on every page." in person.text
    person.press(DELETE)
    person.fill('To confirm this deletion, type "confirm".', "confirm")
    person.press("Delete")
    assert remaining() == [f"quay-{number:02}" for number in range(10)]


def test_a_selection_in_all_regions_survives_sorting_and_paging_without_the_script(
    person: Person, small_pages: None
) -> None:
    person.open(f"{OVERVIEW}?group=none")
    person.tick(name(1), name(3))
    person.press("Keep the selection while I sort or change the page")
    assert selected(person) == [name(1), name(3)]
    person.follow("Prefix")
    assert selected(person) == [name(3)]
    person.press(DELETE)
    assert "quay-01" in person.text
    assert "quay-03" in person.text


# --- Other tables ---------------------------------------------------------------------------------


@pytest.fixture
def admin(person: Person) -> Person:
    return sign_in("admin", Role.ADMINISTRATOR)


def first_cells(person: Person) -> list[str]:
    return [
        head.get_text(" ", strip=True) for head in person.page.select(".table > tbody > tr > th")
    ]


def test_people_are_searched_and_sorted(admin: Person) -> None:
    for username in ("anna", "Zoe"):
        User.objects.create_user(username)
    admin.open("/people/?sort=username")
    assert first_cells(admin) == ["ada", "admin", "anna", "Zoe"]
    admin.follow("Username")
    assert first_cells(admin) == ["Zoe", "anna", "admin", "ada"]
    admin.fill("Find people", "AN")
    admin.press("Apply")
    assert first_cells(admin) == ["anna"]
    assert "1 match" in admin.text


def test_a_table_has_columns_of_its_own_to_hide(admin: Person) -> None:
    admin.open("/people/")
    admin.follow("Preferences")
    boxes = admin.page.select('input[name="columns"]')
    assert [box["value"] for box in boxes] == [
        "people.state",
        "people.permissions",
        "people.sessions",
        "people.login",
    ]
    del admin.find('input[value="people.sessions"]')["checked"]
    admin.press("Confirm")
    assert admin.url == "/people/"
    heads = [head.get_text(strip=True) for head in admin.page.select("thead th")]
    assert heads == ["Username", "State", "Permissions", "Last signed in"]
    admin.open("/table-preferences/")
    assert "created" in [box["value"] for box in admin.page.select('input[name="columns"]')]
    admin.press("Confirm")
    admin.open("/people/")
    assert "Sessions" not in [each.get_text(strip=True) for each in admin.page.select("thead th")]


def test_the_trail_has_pages_of_the_wanted_size_and_keeps_its_filter(admin: Person) -> None:
    admin.open("/table-preferences/")
    admin.select("Page size", "10")
    admin.press("Confirm")
    for _time in range(12):
        admin.client.get("/audit/export/?format=csv")
    admin.open("/audit/?person=admin")
    assert len(first_cells(admin)) == 10
    admin.follow("Older")
    assert admin.url.startswith("/audit/?person=admin&before=")
    admin.follow("Newest")
    assert admin.url == "/audit/?person=admin"
