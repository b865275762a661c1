"""Deleting several rules in Chromium: asked in a dialog, shown as they are deleted."""

import re

from playwright.sync_api import expect

from ptcconsole.fakeaws.server import FakeAws
from tests.browser.conftest import OpenPage
from tests.browser.walk import heading_is
from tests.faults.addresses import make_rule, prefixes
from tests.person import ACCOUNT, REGION

HELD = "eu-west-1"


def test_several_rules_are_deleted_with_their_progress_in_place_of_the_dialog(
    open_page: OpenPage, aws: FakeAws, patience: None
) -> None:
    make_rule("quay", region=HELD)
    page = open_page()
    page.goto(f"/{ACCOUNT}/rules/?group=none")
    for code in (REGION, HELD):
        page.locator(f'main input[name="rule"][value="{code}/quay"]').check()
    aws.hold(operation="DeletePullThroughCacheRule", region=HELD)
    page.locator(".actions-menu > summary").click()
    page.locator(".actions-menu [data-deletes]").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("quay in Europe (Ireland) (eu-west-1)")
    dialog.get_by_role("textbox").fill("confirm")
    dialog.get_by_role("button", name="Delete").click()
    heading_is(page, "Deleting 2 rules")
    expect(dialog).to_be_hidden()
    expect(page.locator("label[for=batch-progress]")).to_have_text("1 of 2 rules")
    expect(page.locator(".live-progress h1")).to_be_focused()
    expect(page).to_have_url(re.compile(rf"/{ACCOUNT}/deletions/[0-9a-f-]{{36}}/$"))
    aws.release()
    heading_is(page, "2 rules deleted")
    assert prefixes(HELD) == []
