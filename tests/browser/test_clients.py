"""The page of the configuration of clients in Chromium: choices, copy, download, accessibility."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, too_wide
from tests.browser.test_accessibility import violations
from tests.person import ACCOUNT, REGION

PAGE = f"/{ACCOUNT}/{REGION}/client-configuration/"


def test_files_follow_the_choice_and_are_copied_and_downloaded(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("link", name="Client configuration").click()
    page.get_by_label("Client", exact=True).select_option("containerd")
    expect(page.get_by_role("heading", name="containerd")).to_be_visible()
    expect(page.locator("#announcer")).to_have_text("The configuration is updated.")
    page.get_by_label("quay (quay.io)").uncheck()
    expect(page.locator(".config-file > summary")).to_have_count(3)
    expect(page).to_have_url(re.compile("client=containerd.*rule=github&rule=kubernetes$"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download ghcr.io-hosts.toml").click()
    assert download.value.suggested_filename == "ghcr.io-hosts.toml"
    page.context.grant_permissions(["clipboard-write"])
    page.locator(".config-file").get_by_role("button", name="Copy").first.click()
    expect(page.locator("#announcer")).to_have_text("Copied")
    assert violations(page) == []
    assert too_wide(page, 390, 320) == []
