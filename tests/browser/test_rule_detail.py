"""The page of one rule in Chromium: accessibility, copy buttons, and use without JavaScript."""

from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import Page, expect

from ptcconsole.fakeaws.server import FakeAws
from tests.browser.conftest import OpenPage, too_wide
from tests.browser.test_accessibility import violations
from tests.person import ACCOUNT, REGION

RULES = f"/{ACCOUNT}/{REGION}/rules/"
HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"


def _detail(prefix: str) -> str:
    return f"{RULES}{prefix}/details/"


def _look_at_all(page: Page, aws: FakeAws, look: Callable[[str], None]) -> None:
    page.goto(_detail("quay"))
    look("a rule without credentials or results")
    for _time in range(2):
        page.goto(_detail("github"))
        page.get_by_role("button", name="Validate").click()
        page.wait_for_load_state()
    page.goto(f"{_detail('github')}?image=quay.io/argoproj/argocd")
    page.get_by_text("Last results").click()
    look("a rule with results, an image of another registry")
    aws.refuse(service="secretsmanager")
    page.goto(_detail("github"))
    look("what AWS does not tell")
    aws.clear_faults()
    page.goto(f"{RULES}?q=quay&sort=-status")
    look("the list, filtered")
    page.goto(f"{RULES}?q=nothing")
    look("the list, no match")


def test_axe_finds_nothing_on_a_rule_and_nothing_is_cut_off(
    aws: FakeAws, open_page: OpenPage
) -> None:
    page = open_page()
    found: list[str] = []
    turns = count()

    def look(state: str) -> None:
        found.extend(f"{state}: {each}" for each in violations(page, next(turns)))
        found.extend(f"{state}: wider than {width}" for width in too_wide(page, 390, 320))

    _look_at_all(page, aws, look)
    assert found == []


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_an_image_is_typed_and_its_commands_shown(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    page.get_by_role("link", name="quay", exact=True).click()
    page.get_by_label("Image", exact=True).fill("argoproj/argocd:v3")
    page.get_by_role("button", name="Show commands").click()
    expect(page.get_by_label("Image", exact=True)).to_have_value("argoproj/argocd:v3")
    pull = page.locator("#pull")
    expect(pull).to_contain_text(f"docker pull {HOST}/quay/argoproj/argocd:v3")
    expect(pull).to_contain_text(f"--password-stdin {HOST}")
    expect(pull.get_by_role("button", name="Copy")).to_have_count(3 if javascript else 0)
    if javascript:
        expect(page.get_by_role("heading", name="Pull an image")).to_be_focused()


def test_a_command_is_copied(open_page: OpenPage) -> None:
    page = open_page()
    page.context.grant_permissions(["clipboard-write"])
    page.goto(f"{_detail('quay')}?image=argoproj/argocd")
    page.locator("#pull").get_by_role("button", name="Copy").last.click()
    expect(page.locator("#announcer")).to_have_text("Copied")
    # The console's pages may write to the clipboard and not read it; a person can paste.
    field = page.locator("#pull input[name=image]")
    field.fill("")
    field.press("Control+V")
    expect(field).to_have_value(f"docker pull {HOST}/quay/argoproj/argocd:latest")


def test_delete_is_asked_in_a_dialog(open_page: OpenPage) -> None:
    page = open_page()
    page.goto(_detail("quay"))
    page.get_by_text("Actions", exact=True).click()
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text(
        "Permanently delete rule quay in US East (Ohio)"
    )
    page.keyboard.press("Escape")
    expect(page.locator("main summary", has_text="Actions")).to_be_focused()
