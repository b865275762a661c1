"""The all-Regions page in Chromium: Regions appear as they answer, and each state is accessible."""

import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import boto3
import pytest
from playwright.sync_api import Locator, Page, expect

from ptcconsole.fakeaws.server import FakeAws
from tests.browser.conftest import OpenPage, too_wide
from tests.browser.test_accessibility import violations
from tests.person import ACCOUNT, REGION
from wizard.services import places

URL = f"/{ACCOUNT}/rules/"
OTHER, LAST = "eu-west-1", "sa-east-1"
DESCRIBE = "DescribePullThroughCacheRules"
GROUPS = ("region", "registry", "none", "matrix")


@pytest.fixture
def spread(aws: FakeAws) -> None:
    """Rules in three Regions."""
    for region, prefix in ((OTHER, "quay"), (OTHER, "kubernetes"), (LAST, "quay")):
        url = "quay.io" if prefix == "quay" else "registry.k8s.io"
        boto3.client("ecr", region_name=region).create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix, upstreamRegistryUrl=url
        )


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
    expect(page.locator(".summary")).to_have_count(0)
    expect(page.get_by_text("Loading 34 Regions.")).to_be_visible()
    expect(page.get_by_role("heading", name="Europe (Ireland) (eu-west-1)")).to_be_visible()
    aws.release()
    expect(sections).to_have_count(34)
    expect(page.locator(".summary")).to_contain_text("3 rules in the 34 Regions that answered")
    expect(page.get_by_text("Loading 34 Regions.")).to_be_hidden()


# The headings that are shown, from top to bottom and from left to right.
SEEN = """
() => [...document.querySelectorAll(".regions h3[id^=region-]")]
  .map((each) => [each.id, each.getBoundingClientRect()])
  .sort(([, one], [, other]) => one.top - other.top || one.left - other.left)
  .map(([id]) => id.slice("region-".length, -"-heading".length))
"""
# The Region that has the focus.
FOCUSED = "() => document.activeElement.closest('.region')?.id.slice('region-'.length)"


def _read_out(page: Page) -> list[str]:
    """The codes of Regions in the order of the accessibility tree."""
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    nodes = {node["nodeId"]: node for node in tree}

    def headings(node: dict[str, Any]) -> Iterator[str]:
        if not node["ignored"] and node["role"]["value"] == "heading":
            yield node["name"]["value"]
        for child in node.get("childIds", ()):
            yield from headings(nodes[child])

    names = (re.search(r"[a-z]{2}-[a-z]+-\d", name) for name in headings(tree[0]))
    return [name[0] for name in names if name]


def _tabbed(page: Page) -> list[str]:
    """The codes of Regions in the order in which Tab reaches them."""
    page.locator("#filter-text").focus()
    found: list[str] = []
    while "us-west-2" not in found and len(found) < 200:
        page.keyboard.press("Tab")
        found.append(page.evaluate(FOCUSED) or "")
    return list(dict.fromkeys(filter(None, found)))


def test_regions_keep_their_order_whatever_the_order_of_the_answers(
    aws: FakeAws, open_page: OpenPage, patience: None, spread: None
) -> None:
    """What is seen, read out and tabbed through has one order, before and after the answers."""
    page = open_page()
    page.goto(URL)
    codes = [region.code for region in places.list_regions()]
    with_rules = [OTHER, LAST, REGION]
    expected = [*with_rules, *(code for code in codes if code not in with_rules)]
    for code in codes:
        aws.hold(region=code, operation=DESCRIBE)
    page.goto(URL, wait_until="commit")
    expect(page.get_by_role("heading", name="us-west-2")).to_be_visible()
    assert _read_out(page) == expected
    for code in reversed(expected):
        aws.release(region=code)
        expect(page.locator(f"#region-{code}")).to_have_count(1)
    expect(page.locator(".summary")).to_be_visible()
    arrived = page.locator("section.region").evaluate_all("all => all.map((each) => each.slot)")
    assert arrived == expected[::-1]
    assert page.evaluate(SEEN) == expected
    assert _read_out(page) == expected
    assert _tabbed(page) == expected


# Where the columns of each Region's table begin.
COLUMNS = """
() => [...document.querySelectorAll(":is(.region, .with-region) .rule-table")].map((table) =>
  [...table.querySelectorAll("thead th")].map((head) => head.getBoundingClientRect().x))
"""


def test_the_tables_of_all_regions_have_the_same_columns(
    aws: FakeAws, open_page: OpenPage, spread: None
) -> None:
    boto3.client("ecr", region_name=LAST).create_pull_through_cache_rule(
        ecrRepositoryPrefix="platform-team/quay-mirror-abcd", upstreamRegistryUrl="quay.io"
    )
    page = open_page()
    # On a first visit, nobody knows yet which Regions have rules, and their places are narrow.
    for _visit in range(2):
        page.goto(URL)
        expect(page.locator(".summary")).to_be_visible()
    columns = page.evaluate(COLUMNS)
    assert len(columns) == 3
    assert columns.count(columns[0]) == 3


def test_the_tables_of_all_registries_have_the_same_columns(
    open_page: OpenPage, spread: None
) -> None:
    page = open_page()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{URL}?group=registry")
    expect(page.locator(".summary")).to_be_visible()
    columns = page.evaluate(COLUMNS)
    assert len(columns) > 1
    assert columns.count(columns[0]) == len(columns)


def test_a_section_takes_its_place_when_all_of_it_has_arrived(
    open_page: OpenPage, spread: None
) -> None:
    """A browser may paint between any two elements of a page that it parses."""
    page = open_page()
    page.goto(URL)
    page.goto(URL)
    section = page.locator(f"#region-{OTHER}")
    place = page.locator(".region-waiting", has_text="Europe (Ireland)")
    expect(section).to_be_visible()
    expect(place).to_be_hidden()
    page.evaluate(f"document.querySelector('#region-{OTHER} + .arrived').remove()")
    expect(place).to_contain_text("Last known on")
    expect(section).to_be_hidden()


# The sum of all layout shifts, which is never less than the cumulative layout shift.
SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) window.shifts += each.value;
}).observe({ type: "layout-shift", buffered: true });
"""


# In each group, both visits and both widths; the other pairs of them are alike.
FIRST = ((1440, True), (390, False))
VISITS = [
    pytest.param(
        *(width, is_known),
        id=f"{width}-{'known' if is_known else 'first visit'}",
        marks=() if (width, is_known) in FIRST else pytest.mark.thorough,
    )
    for width in (1440, 1024, 390)
    for is_known in (True, False)
]


@pytest.mark.parametrize(("width", "is_known"), VISITS)
@pytest.mark.parametrize("group", GROUPS)
def test_answers_move_nothing(
    aws: FakeAws,
    open_page: OpenPage,
    patience: None,
    spread: None,
    group: str,
    is_known: bool,
    width: int,
) -> None:
    page = open_page(width=width)
    page.add_init_script(SHIFTS)
    if is_known:
        page.goto(URL)
    codes = [region.code for region in places.list_regions()]
    for code in codes:
        aws.hold(region=code, operation=DESCRIBE)
    page.goto(f"{URL}?group={group}", wait_until="commit")
    expect(page.get_by_text("Loading 34 Regions.")).to_be_visible()
    for code in (LAST, OTHER, REGION, *codes):
        aws.release(region=code)
        if group == "region":
            expect(page.locator(f"#region-{code}")).to_be_visible()
    expect(page.locator(".summary")).to_be_visible()
    page.wait_for_load_state()
    # Two frames later, every shift of the last change has been told.
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    assert page.evaluate("window.shifts") < 0.05


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
    rows.nth(1).get_by_role("checkbox").check()
    page.get_by_role("button", name="Validate selected rules").click()
    expect(rows.nth(1)).to_contain_text("Just now")
    expect(rows.nth(1)).to_contain_text(REGION)
    expect(rows.nth(0)).to_contain_text("Not validated")


def test_a_rule_is_validated_though_the_script_did_not_load(open_page: OpenPage) -> None:
    page = open_page()
    page.route("**/*.js", lambda route: route.fulfill(content_type="text/javascript", body=""))
    page.goto(f"{URL}?group=none&q=quay")
    page.get_by_role("checkbox", name="Select quay").check()
    page.get_by_role("button", name="Validate selected rules").click()
    page.wait_for_url("**/validations/*/")


def test_the_filter_works_without_the_script(open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    page.goto(URL)
    page.get_by_label("Find rules", exact=True).fill("kube")
    page.get_by_label("Group").select_option("Matrix")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("rowheader")).to_have_text(["kubernetes"])
    expect(page.get_by_label("Find rules", exact=True)).to_have_value("kube")


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
    turns = count()

    def look(state: str) -> None:
        found.extend(f"{state}: {each}" for each in violations(page, next(turns)))
        found.extend(f"{state}: wider than {width}" for width in too_wide(page, 1440, 390, 320))

    _look_at_all(page, aws, look)
    assert found == []


def test_axe_finds_nothing_where_no_region_has_rules(aws: FakeAws, open_page: OpenPage) -> None:
    page = open_page()
    client = boto3.client("ecr", region_name=REGION)
    for prefix in ("quay", "kubernetes", "github"):
        client.delete_pull_through_cache_rule(ecrRepositoryPrefix=prefix)
    page.goto(URL)
    empty, region = page.locator(".regions > .closing .no-rules"), page.locator("#region-us-west-2")
    expect(empty).to_contain_text("No pull through cache rules in any Region. A rule that you add")
    # Known to be empty, the account shows it above its Regions from the first byte.
    assert _top(empty) > _top(region)
    page.goto(URL)
    assert _top(empty) < _top(region)
    assert violations(page) == []


def _top(shown: Locator) -> float:
    box = shown.bounding_box()
    assert box
    return box["y"]
