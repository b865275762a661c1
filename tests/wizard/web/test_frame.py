"""The frame is the same on every page: navigation, Region menu, account, breadcrumbs, titles."""

from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup, Tag
from django.contrib.auth.models import User
from django.test import Client

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import addresses, furnish, make_rule
from tests.person import ACCOUNT, REGION, Person, sign_in
from tests.soup import parsed
from wizard.domain import Place, Role

OTHER_REGION = "eu-west-1"
AREAS = (
    *(
        "Pull through cache",
        "All Regions",
        "All accounts",
        "Secrets",
        "Repositories",
        "Creation templates",
    ),
    "Convert files",
    *("Pull-time exclusions", "Health", "Bulk validations", "Operations", "Permissions"),
)
# Pages without navigation: of a person who is not signed in, or has to prove who they are.
PLAIN = {"sign-in", "sign-in-link", "confirm-identity"}


def _regions(person: Person) -> list[str]:
    return [tag.get_text() for tag in person.page.select(".region-group .small")]


def _links_of(region: str) -> list[tuple[str, str]]:
    """The entries of an administrator's navigation."""
    return [
        ("Pull through cache", f"/{ACCOUNT}/{region}/rules/"),
        ("All Regions", f"/{ACCOUNT}/rules/"),
        ("All accounts", "/fleet/"),
        ("Secrets", f"/{ACCOUNT}/{region}/secrets/"),
        ("Repositories", f"/{ACCOUNT}/{region}/repositories/"),
        ("Creation templates", f"/{ACCOUNT}/{region}/templates/"),
        ("Convert files", f"/{ACCOUNT}/{region}/convert/"),
        ("Pull-time exclusions", f"/{ACCOUNT}/{region}/pull-time-update-exclusions/"),
        ("Health", f"/{ACCOUNT}/{region}/health/"),
        ("Bulk validations", f"/{ACCOUNT}/validations/"),
        ("Operations", f"/{ACCOUNT}/operations/"),
        ("Permissions", f"/{ACCOUNT}/{region}/permissions/"),
        ("Accounts", "/accounts/"),
        ("People", "/people/"),
        ("Audit trail", "/audit/"),
    ]


def _areas(person: Person) -> list[str]:
    return [tag.get_text() for tag in person.page.select("#side-nav details a")]


def _links(page: BeautifulSoup) -> list[tuple[str, str]]:
    return [(tag.get_text(), str(tag["href"])) for tag in page.select("#side-nav details a")]


def _menu(person: Person) -> list[str]:
    """The address in each entry of the Region menu."""
    return [str(tag["href"]) for tag in person.page.select(".region-menu .region-group a")]


def _furnished(person: Person) -> dict[str, str]:
    return furnish(person) | {"user_id": str(User.objects.get(username="alan").pk)}


def _pages(person: Person, places: dict[str, str]) -> Iterator[tuple[str, BeautifulSoup]]:
    """Every page of the console that a GET shows, by the name of its address."""
    for each in addresses(places):
        if each.name in PLAIN:
            continue
        response = person.client.get(each.url)
        page = parsed(response.getvalue())
        if response.status_code == 200 and page.select("#main"):
            yield each.name, page


def _has_dead_crumb(page: BeautifulSoup) -> bool:
    *before, last = page.select(".breadcrumbs li")
    return any(crumb.find("a") is None for crumb in before) or last.get("aria-current") != "page"


@pytest.fixture
def alan(aws: FakeAws, db: None) -> Person:
    return sign_in("alan", Role.ADMINISTRATOR)


def test_navigation_region_menu_and_breadcrumbs_are_on_every_page(alan: Person) -> None:
    """Also on pages without a Region, which remember the last one."""
    pages = dict(_pages(alan, _furnished(alan)))
    assert {"people", "audit", "account", "operation-list", "rule-overview"} <= pages.keys()
    links = _links_of(REGION)
    assert {name: _links(page) for name, page in pages.items() if _links(page) != links} == {}
    assert [name for name, page in pages.items() if _has_dead_crumb(page)] == []
    summaries = {
        name: page.select(".region-menu summary")[0].get_text(" ", strip=True)
        for name, page in pages.items()
    }
    assert summaries.pop("rule-overview") == "Region: All Regions"
    assert set(summaries.values()) == {f"Region: US East (Ohio) {REGION}"}
    accounts = {page.select("[data-copy]")[0]["data-copy"] for page in pages.values()}
    assert accounts == {ACCOUNT}


def test_titles_tell_all_pages_apart(alan: Person) -> None:
    titles: dict[str, str] = {}
    places = _furnished(alan)
    make_rule(places["ecr_repository_prefix"], region=OTHER_REGION)
    for region, name in ((REGION, "US East (Ohio)"), (OTHER_REGION, "Europe (Ireland)")):
        for page_name, page in _pages(alan, places | {"region": region}):
            title = page.select("head title")[0].get_text()
            assert title.endswith(" - PTC Console")
            other = titles.setdefault(title, page_name)
            assert other == page_name, f"{page_name} and {other} have the title {title!r}"
            if page_name in ("rule-list", "secret-list", "region-health", "rule-detail"):
                assert title.endswith(f" - {name} - PTC Console")


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/nowhere/", 404),
        (f"/{ACCOUNT}/eu-nowhere-9/rules/", 404),
        (f"/{ACCOUNT}/{OTHER_REGION}/rules/gone/details/", 404),
        (f"/{ACCOUNT}/{OTHER_REGION}/drafts/{'x' * 22}/source/", 404),
        ("/people/123456/", 404),
    ],
)
def test_error_pages_have_the_same_frame(alan: Person, url: str, status: int) -> None:
    alan.open_rules(OTHER_REGION)
    alan.open(url)
    assert alan.status == status
    assert _links(alan.page) == _links_of(OTHER_REGION)
    assert not _has_dead_crumb(alan.page)
    assert len(_regions(alan)) == 34
    assert alan.find("head title").get_text().startswith("Error: ")


def test_an_error_page_of_nobody_has_no_frame(aws: FakeAws, db: None) -> None:
    person = Person(Client())
    person.open("/nowhere/")
    assert person.status == 404
    assert person.page.select("#side-nav, .region-menu") == []


def test_people_with_different_grants_have_menus_of_their_own(aws: FakeAws, db: None) -> None:
    ada = sign_in("ada", Role.ADMINISTRATOR)
    bob = sign_in("bob", Role.VIEWER, Place(account_id=ACCOUNT, region=REGION))
    for _ in range(2):
        ada.open_rules()
        bob.open_rules()
        assert len(_regions(ada)) == 34
        assert _regions(bob) == [REGION]
        assert _areas(ada) == [*AREAS, "Accounts", "People", "Audit trail"]
        assert _areas(bob) == list(AREAS)
        assert "ada" not in bob.text


def test_the_remembered_region_is_one_that_is_open_to_the_person(aws: FakeAws, db: None) -> None:
    """The cookie is the browser's: it may name Regions of another person, or anything."""
    bob = sign_in("bob", Role.VIEWER, Place(account_id=ACCOUNT, region=REGION))
    bob.open_rules()
    for cookie in (OTHER_REGION, "nowhere.<b>", "." * 500, f"{OTHER_REGION}.{REGION}"):
        bob.client.cookies["regions"] = cookie
        bob.open("/account/")
        assert (AREAS[3], f"/{ACCOUNT}/{REGION}/secrets/") in _links(bob.page)
        assert OTHER_REGION not in str(bob.page)


def test_a_person_without_grants_is_told_no_account_and_no_region(aws: FakeAws, db: None) -> None:
    sign_in("ada", Role.ADMINISTRATOR).open_rules()
    eve = sign_in("eve", Role.VIEWER, Place(account_id="210987654321"))
    eve.open("/account/")
    assert eve.status == 200
    assert ACCOUNT not in str(eve.page)
    assert eve.page.select(".region-menu") == []


def test_the_current_region_and_area_are_marked_on_each_page(aws: FakeAws, db: None) -> None:
    person = sign_in()
    for region in (REGION, OTHER_REGION, REGION):
        person.open_rules(region)
        current = person.page.select('.region-menu [aria-current="true"] .small')
        assert [tag.get_text() for tag in current] == [region]
        assert person.find('#side-nav [aria-current="true"]').get_text() == AREAS[0]
        person.follow("Secrets")
        assert person.find('#side-nav [aria-current="true"]').get_text() == "Secrets"


def test_recent_regions_come_first_without_the_current_one(aws: FakeAws, db: None) -> None:
    person = sign_in()
    for region in (REGION, "eu-west-3", OTHER_REGION):
        person.open_rules(region)
    heading = person.page.find("h2", string="Recent Regions")
    assert isinstance(heading, Tag)
    section = heading.find_parent("section")
    assert isinstance(section, Tag)
    assert [tag.get_text() for tag in section.select(".small")] == ["eu-west-3", REGION]


@pytest.mark.parametrize(
    ("page", "elsewhere"),
    [
        ("rules/?q=quay", "rules/"),
        ("secrets/", "secrets/"),
        ("new-secret/", "secrets/"),
        ("health/", "health/"),
        ("rules/quay/details/", "rules/quay/details/?switched=1"),
        ("rules/quay/edit/", "rules/quay/details/?switched=1"),
        ("rules/quay/delete/", "rules/quay/details/?switched=1"),
        ("rules/quay/health/", "rules/quay/health/?switched=1"),
    ],
)
def test_the_region_menu_keeps_the_page(aws: FakeAws, db: None, page: str, elsewhere: str) -> None:
    make_rule("quay")
    person = sign_in()
    person.open(f"/{ACCOUNT}/{REGION}/{page}")
    assert person.status == 200
    assert f"/{ACCOUNT}/{OTHER_REGION}/{elsewhere}" in _menu(person)
    assert len(set(_menu(person))) == 34


def test_a_rule_that_another_region_lacks_leads_to_its_rules_with_a_note(
    aws: FakeAws, db: None
) -> None:
    make_rule("team/quay")
    make_rule("team/quay", region=OTHER_REGION)
    person = sign_in()
    person.open(f"/{ACCOUNT}/{REGION}/rules/team/quay/details/")
    for region in (OTHER_REGION, "eu-west-2"):
        (url,) = [url for url in _menu(person) if f"/{region}/" in url]
        person.open(url)
        assert person.status == 200
        if region == OTHER_REGION:
            assert person.heading == "team/quay"
    assert person.url.startswith(f"/{ACCOUNT}/eu-west-2/rules/")
    flash = person.find(".flash").get_text()
    assert "Rule team/quay does not exist in Europe (London)." in flash


def test_the_hidden_navigation_is_rendered_hidden_on_the_next_page(aws: FakeAws, db: None) -> None:
    person = sign_in()
    person.open_rules()
    assert not person.find("#nav-hidden").has_attr("checked")
    person.press("Hidden")
    assert person.find("#nav-hidden").has_attr("checked")
    person.open("/account/")
    assert person.find("#nav-hidden").has_attr("checked")
    person.press("Shown")
    assert not person.find("#nav-hidden").has_attr("checked")
