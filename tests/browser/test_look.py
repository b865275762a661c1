"""How pages look: form controls in both themes, forced colors, paper, and where headings stand."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.walk import RULES, begin, begin_destination, heading_is, press_next
from tests.person import ACCOUNT, REGION, someone
from wizard.domain import Role

HEALTH = f"/{ACCOUNT}/{REGION}/health/"
# What a date must share with any other field.
FIELD_LOOK = ("height", "border-radius", "border-color", "background-color", "color", "font-size")


def style(control: Locator, *names: str) -> list[str]:
    """The computed values of these properties."""
    script = "(node, names) => names.map((name) => getComputedStyle(node).getPropertyValue(name))"
    values: list[str] = control.evaluate(script, list(names))
    return values


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    someone("ada", Role.ADMINISTRATOR)
    return open_page()


def test_dates_check_boxes_and_real_values_have_the_look_of_fields_in_both_themes(
    page: Page,
) -> None:
    seen = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        page.goto("/audit/")
        date, text = page.locator('input[type="date"]').first, page.get_by_label("Subject contains")
        look = style(date, *FIELD_LOOK)
        assert look == style(text, *FIELD_LOOK), theme
        page.goto(RULES)
        box = page.locator('tbody input[type="checkbox"]').first
        assert style(box, "appearance", "width") == ["none", "16px"], theme
        box.check()
        checked = style(box, "background-color")
        page.goto(HEALTH)
        off = page.get_by_label("Automatic validation")
        assert style(off, "font-style", "color") == [
            "normal",
            style(page.locator("body"), "color")[0],
        ]
        seen.append((look, checked))
    assert seen[0] != seen[1]


# How far the center of each check box is from that of the first line of its label, in pixels.
OFFSETS = """
(options) => options.map((option) => {
  const box = option.querySelector("input").getBoundingClientRect();
  const label = option.querySelector("label");
  const height = parseFloat(getComputedStyle(label).lineHeight);
  return Math.abs(box.top + box.height / 2 - label.getBoundingClientRect().top - height / 2);
})
"""


def test_check_boxes_are_on_the_line_of_their_labels(page: Page) -> None:
    begin(page, "Quay")
    press_next(page, "Specify a destination")
    press_next(page, "Review and create")
    review = page.url
    for url, number in (("/table-preferences/", 5), ("/account/tokens/new/", 2), (review, 33)):
        page.goto(url)
        if url == review:
            page.get_by_text("Choose Regions").click()
        boxes = page.locator(".option:has([type=checkbox])")
        expect(boxes.first).to_be_visible()
        offsets = boxes.evaluate_all(OFFSETS)
        assert len(offsets) >= number, url
        assert max(offsets) <= 1, url


def test_forced_colors_keep_buttons_apart(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(RULES)
    page.get_by_role("button", name="Add rule").click()
    names = ("border-top-width", "background-color", "color")
    primary = style(page.get_by_role("button", name="Next"), *names)
    quiet = style(page.get_by_role("button", name="Cancel"), *names)
    page.goto(f"{RULES}quay/details/")
    normal = style(page.get_by_role("button", name="Show commands"), *names)
    assert quiet[0] == "0px"
    assert (primary[0], normal[0]) == ("2px", "2px")
    assert primary[1:] != normal[1:]


def test_paper_has_what_was_read_and_no_controls(page: Page) -> None:
    page.set_viewport_size({"width": 794, "height": 1123})
    for url in (RULES, f"{RULES}quay/details/", "/audit/"):
        page.emulate_media(media="screen")
        page.goto(url)
        page.emulate_media(media="print")
        assert page.locator("h1").is_visible()
        controls = "button, .button, nav, .info-link, .pages, input, select"
        shown = [each.inner_text() for each in page.locator(controls).all() if each.is_visible()]
        assert shown == [], url
        assert page.evaluate(
            "[...document.querySelectorAll('table')].every((table) =>"
            " table.getBoundingClientRect().right <= document.documentElement.clientWidth)"
        ), url


def test_the_heading_of_every_page_stands_at_the_same_place(page: Page) -> None:
    tops = {}
    for url in (RULES, f"/{ACCOUNT}/rules/", "/people/", "/audit/", "/account/", HEALTH):
        page.goto(url)
        tops[url] = page.locator("h1").evaluate("(node) => node.getBoundingClientRect().top")
    assert len(set(tops.values())) == 1, tops


# Tables that a scroll bar would cut, and words of statuses and registries that are in two lines.
CUT_OR_BROKEN = """() => {
  const cut = [...document.querySelectorAll(".table-scroll")]
    .filter((box) => box.scrollWidth > box.clientWidth)
    .map((box) => `cut: ${box.scrollWidth} of ${box.clientWidth}`);
  const range = document.createRange();
  const cells = ".table :is(.status, [data-label='Upstream registry'], [data-label='Region'])";
  const broken = [];
  for (const cell of document.querySelectorAll(cells)) {
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const word of texts.currentNode.data.matchAll(/\\S+/g)) {
        range.setStart(texts.currentNode, word.index);
        range.setEnd(texts.currentNode, word.index + word[0].length);
        if (range.getClientRects().length > 1) broken.push(`broken: ${word[0]}`);
      }
    }
  }
  return [...cut, ...new Set(broken)];
}"""
OVERVIEW = f"/{ACCOUNT}/rules/"


@pytest.mark.parametrize("width", [1024, 1280, 1440])
def test_tables_are_neither_cut_nor_their_words_broken(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    found = {}
    for url in (
        RULES,
        f"/{ACCOUNT}/{REGION}/secrets/",
        OVERVIEW,
        f"{OVERVIEW}?group=registry",
        f"{OVERVIEW}?group=none",
        "/people/",
        "/account/",
        HEALTH,
    ):
        page.goto(url)
        found[url] = page.evaluate(CUT_OR_BROKEN)
    assert not any(found.values()), found


# Names are longer than their column. They break between words, and in no word.
BROKEN_ACTIONS = """() => {
  const range = document.createRange();
  const broken = [];
  for (const cell of document.querySelectorAll("[data-label='Action']")) {
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const word of texts.currentNode.data.matchAll(/\\w+/g)) {
        range.setStart(texts.currentNode, word.index);
        range.setEnd(texts.currentNode, word.index + word[0].length);
        if (range.getClientRects().length > 1) broken.push(word[0]);
      }
    }
  }
  return broken;
}"""


@pytest.mark.parametrize("width", [390, 1024])
def test_the_actions_of_the_audit_trail_break_between_their_words(page: Page, width: int) -> None:
    begin_destination(page, "Kubernetes")
    page.get_by_label("Amazon ECR repository prefix").fill("k8s-mirror")
    press_next(page, "Review and create")
    page.get_by_role("button", name="Create", exact=True).click()
    heading_is(page, "Rule created: k8s-mirror")
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/audit/")
    expect(page.locator("td", has_text="CreatePullThroughCacheRule").first).to_be_visible()
    assert page.evaluate(BROKEN_ACTIONS) == []


def test_chosen_secrets_of_a_rotation_are_marked(page: Page) -> None:
    page.goto(f"/{ACCOUNT}/rotations/new/")
    page.get_by_role("link", name="GitHub Container Registry").click()
    row = page.locator("tbody tr").first
    box, cell = row.get_by_role("checkbox"), row.locator("td").last
    background = "(node) => getComputedStyle(node).backgroundColor"
    box.check()
    chosen = cell.evaluate(background)
    box.uncheck()
    assert chosen != cell.evaluate(background)


def test_an_empty_list_keeps_its_head_and_centers_its_buttons_in_one_line(page: Page) -> None:
    page.goto(RULES.replace(REGION, "us-west-2"))
    expect(page.locator("thead th").first).to_have_text("Prefix")
    empty = page.locator(".no-rules")
    start, end = (
        empty.get_by_role("button", name="Add rule").bounding_box(),
        empty.get_by_role("link", name="Import rules").bounding_box(),
    )
    box = empty.bounding_box()
    assert start and end and box  # noqa: PT018
    assert start["y"] == end["y"]
    middle = (start["x"] + end["x"] + end["width"]) / 2
    assert abs(middle - (box["x"] + box["width"] / 2)) <= 1


def test_a_phone_shows_info_behind_the_heading_and_one_line_of_breadcrumbs(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(RULES)
    bottoms = "(node) => node.getBoundingClientRect().bottom"
    info = page.locator(".page-heading .info-link").evaluate(bottoms)
    assert info <= page.locator("h1").evaluate(bottoms) + 4
    page.set_viewport_size({"width": 320, "height": 844})
    page.goto(f"/{ACCOUNT}/{REGION}/secrets/github/value/")
    toolbar = page.locator(".toolbar").bounding_box()
    assert toolbar is not None
    assert toolbar["height"] <= 43


def test_the_form_of_the_wizard_uses_the_room_beside_the_navigation(page: Page) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(RULES)
    page.get_by_role("button", name="Add rule").click()
    disclosure, tile = page.locator(".steps-disclosure"), page.locator(".tile").first
    assert disclosure.is_visible()
    box = tile.bounding_box()
    assert box is not None
    assert box["width"] >= 180
    page.set_viewport_size({"width": 1440, "height": 900})
    assert not disclosure.is_visible()
