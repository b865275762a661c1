"""Lists of hundreds of choices follow the typing and keep what is chosen, and Next takes it."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.walk import begin, heading_is, press_next
from tests.wizard.views.test_search import make_roles, make_secrets

SECRETS = ROLES = 300


@pytest.fixture
def secrets(open_page: OpenPage) -> Page:
    """The step with 300 secrets and the one of the account."""
    make_secrets(SECRETS)
    page = open_page()
    begin(page, "Docker Hub")
    press_next(page, "Configure authentication")
    return page


@pytest.fixture
def roles(open_page: OpenPage) -> Page:
    """The step with 300 roles and the one of the account."""
    make_roles(ROLES)
    page = open_page()
    begin(page, "Amazon ECR Private")
    page.get_by_label("Cross account").check()
    page.get_by_label("Region", exact=True).select_option("eu-west-1")
    page.get_by_label("Account", exact=True).fill("210987654321")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_label("Search the roles")).to_be_visible()
    return page


def options_of(page: Page, select: str) -> Locator:
    return page.locator(f"#{select} option")


def chosen_in(page: Page, select: str) -> Locator:
    return page.locator(f"#{select} option:checked")


def test_the_list_of_secrets_follows_the_typing(secrets: Page) -> None:
    page = secrets
    expect(options_of(page, "id_secret")).to_have_count(SECRETS + 2)
    find = page.get_by_label("Search the secrets")
    find.press_sequentially("team-7 hub-0107")
    expect(page.locator("#search-count")).to_have_text("1 of 301 matches.")
    expect(options_of(page, "id_secret")).to_have_count(2)
    expect(find).to_be_focused()
    expect(find).to_have_value("team-7 hub-0107")
    find.fill("")
    expect(options_of(page, "id_secret")).to_have_count(SECRETS + 2)


def test_what_is_chosen_stays_chosen_whatever_is_searched_for(secrets: Page) -> None:
    page = secrets
    find, select = page.get_by_label("Search the secrets"), page.locator("#id_secret")
    find.press_sequentially("hub-0107")
    expect(options_of(page, "id_secret")).to_have_count(2)
    select.select_option(label="ecr-pullthroughcache/team-7/hub-0107x")
    for words, count in (("team-7", "30 of 301 match."), ("nothing", "0 of 301 match.")):
        find.fill(words)
        expect(page.locator("#search-count")).to_have_text(count)
        expect(chosen_in(page, "id_secret")).to_have_text("ecr-pullthroughcache/team-7/hub-0107x")
    page.get_by_role("button", name="Next").click()
    heading_is(page, "Specify a destination")
    page.get_by_role("button", name="Previous").click()
    heading_is(page, "Configure authentication")
    expect(chosen_in(page, "id_secret")).to_have_text("ecr-pullthroughcache/team-7/hub-0107x")


def test_reload_keeps_the_words_of_the_search(secrets: Page) -> None:
    page = secrets
    page.get_by_label("Search the secrets").fill("team-7")
    expect(page.locator("#search-count")).to_have_text("30 of 301 match.")
    with page.expect_response(lambda response: response.url.endswith("?find=team-7")):
        page.locator("#reload-secrets").click()
    expect(page.locator("#search-count")).to_have_text("30 of 301 match.")


def test_enter_in_the_search_searches_and_does_not_leave_the_step(secrets: Page) -> None:
    page = secrets
    find = page.get_by_label("Search the secrets")
    find.fill("hub-0003")
    find.press("Enter")
    expect(page.locator("#search-count")).to_have_text("1 of 301 matches.")
    heading_is(page, "Configure authentication")


def test_the_list_of_roles_does_the_same(roles: Page) -> None:
    page = roles
    find = page.get_by_label("Search the roles")
    find.press_sequentially("team-3 0123")
    expect(page.locator("#search-count")).to_have_text("1 of 301 matches.")
    page.locator("#id_custom_role_arn").select_option(index=1)
    find.fill("team-4")
    expect(page.locator("#search-count")).to_have_text("30 of 301 match.")
    expect(chosen_in(page, "id_custom_role_arn")).to_contain_text("role-0123-team-3")
    page.get_by_role("button", name="Next").click()
    heading_is(page, "Specify namespaces")
