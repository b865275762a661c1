"""The all-Regions page in Chromium: Regions appear as they answer, and each state is accessible."""

from collections.abc import Callable

import boto3
import pytest
from playwright.sync_api import Page, expect

from ptcconsole.fakeaws.server import FakeAws
from tests.browser.conftest import OpenPage, too_wide
from tests.browser.test_accessibility import violations
from tests.person import ACCOUNT, REGION
from wizard.services import fanout

URL = f"/{ACCOUNT}/rules/"
OTHER = "eu-west-1"
DESCRIBE = "DescribePullThroughCacheRules"
GROUPS = ("region", "registry", "none", "matrix")


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deadline that does not pass while a test holds a Region's response."""
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 600.0)


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_the_others_are_there_while_one_is_held(
    aws: FakeAws, open_page: OpenPage, patience: None, javascript: bool
) -> None:
    page = open_page(javascript=javascript)
    aws.hold(region=OTHER, operation=DESCRIBE)
    page.goto(URL, wait_until="commit")
    sections = page.locator("section.region")
    expect(sections).to_have_count(33)
    expect(page.locator(f"#region-{REGION}")).to_contain_text("kubernetes")
    expect(page.locator(f"#region-{OTHER}")).to_have_count(0)
    expect(page.locator(".closing")).to_have_count(0)
    expect(page.get_by_text("Asking 34 Regions.")).to_be_visible()
    aws.release()
    expect(sections).to_have_count(34)
    expect(page.locator(".summary")).to_contain_text("3 rules in the 34 Regions that answered")
    expect(page.get_by_text("Asking 34 Regions.")).to_be_hidden()


def test_what_needs_attention_stands_before_the_quiet_regions(
    aws: FakeAws, open_page: OpenPage
) -> None:
    page = open_page()
    aws.refuse(region=OTHER, operation=DESCRIBE)
    page.goto(URL)
    places = [".summary", f"#region-{OTHER}", f"#region-{REGION}", "#region-us-west-2"]
    boxes = [page.locator(place).bounding_box() for place in places]
    tops = [box["y"] for box in boxes if box]
    assert len(tops) == len(places)
    assert tops == sorted(tops)


def test_retry_shows_the_region_in_place_and_takes_the_focus_along(
    aws: FakeAws, open_page: OpenPage
) -> None:
    page = open_page()
    aws.refuse(region=REGION, operation=DESCRIBE)
    page.goto(f"{URL}?q=quay")
    section = page.locator(f"#region-{REGION}")
    expect(section).to_contain_text("No access")
    aws.clear_faults()
    section.get_by_role("link", name="Retry US East (Ohio)").click()
    expect(section).not_to_contain_text("No access")
    expect(section.get_by_role("rowheader")).to_have_text(["quay"])
    expect(section.get_by_role("heading")).to_be_focused()
    expect(page.locator("#announcer")).to_have_text("US East (Ohio): 1 rule")
    assert page.url.endswith(f"{URL}?q=quay")


def test_retry_without_the_script_leads_to_the_region(aws: FakeAws, open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    aws.refuse(region=REGION, operation=DESCRIBE)
    page.goto(URL)
    aws.clear_faults()
    page.get_by_role("link", name="Retry US East (Ohio)").click()
    page.wait_for_url(f"**/{REGION}/rules/")
    expect(page.get_by_role("rowheader")).to_have_text(["github", "kubernetes", "quay"])


def test_a_rule_is_validated_where_it_stands(open_page: OpenPage) -> None:
    boto3.client("ecr", region_name=OTHER).create_pull_through_cache_rule(
        ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io"
    )
    page = open_page()
    page.goto(f"{URL}?group=none&q=quay")
    rows = page.get_by_role("row").filter(has=page.get_by_role("rowheader"))
    rows.nth(1).get_by_role("button", name="Validate quay").click()
    expect(rows.nth(1)).to_contain_text("by ada")
    expect(rows.nth(1)).to_contain_text(REGION)
    expect(rows.nth(0)).to_contain_text("Not validated")


def test_a_rule_is_validated_though_htmx_did_not_load(open_page: OpenPage) -> None:
    page = open_page()
    page.route("**/htmx*", lambda route: route.fulfill(content_type="text/javascript", body=""))
    page.goto(f"{URL}?group=none&q=quay")
    page.get_by_role("button", name="Validate quay").click()
    page.wait_for_url(f"**/{REGION}/rules/#**")
    expect(page.get_by_text("by ada")).to_be_visible()


def test_the_filter_works_without_the_script(open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    page.goto(URL)
    page.get_by_label("Find rules").fill("kube")
    page.get_by_label("Group").select_option("Matrix")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("rowheader")).to_have_text(["kubernetes"])
    expect(page.get_by_label("Find rules")).to_have_value("kube")


# --- Everybody can read it ----------------------------------------------------------------------


def _look_at_all(page: Page, aws: FakeAws, look: Callable[[str], None]) -> None:
    page.goto(URL)
    look("all answered")
    aws.refuse(region=REGION, operation=DESCRIBE)
    aws.switch_off_region("af-south-1")
    for group in GROUPS:
        page.goto(f"{URL}?group={group}")
        look(f"two silent, by {group}")
    page.goto(f"{URL}?q=nothing")
    look("no match, two silent")
    aws.clear_faults()
    page.goto(f"{URL}?group=matrix")
    look("matrix")


def test_axe_finds_nothing_on_all_regions_and_only_the_matrix_scrolls_sideways(
    aws: FakeAws, open_page: OpenPage
) -> None:
    page = open_page()
    found: list[str] = []

    def look(state: str) -> None:
        found.extend(f"{state}: {each}" for each in violations(page))
        found.extend(f"{state}: wider than {width}" for width in too_wide(page, 1440, 390, 320))

    _look_at_all(page, aws, look)
    assert found == []


def test_axe_finds_nothing_where_no_region_has_rules(aws: FakeAws, open_page: OpenPage) -> None:
    page = open_page()
    client = boto3.client("ecr", region_name=REGION)
    for prefix in ("quay", "kubernetes", "github"):
        client.delete_pull_through_cache_rule(ecrRepositoryPrefix=prefix)
    page.goto(URL)
    expect(page.locator(".summary")).to_contain_text("No rules")
    assert violations(page) == []
