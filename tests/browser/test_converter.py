"""Convert files in Chromium: pasted, converted, copied, downloaded, with and without JavaScript."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from ptcconsole.fakeaws.server import FakeAws
from tests.browser.conftest import OpenPage, too_wide
from tests.browser.test_accessibility import violations
from tests.person import ACCOUNT, REGION

CONVERT = f"/{ACCOUNT}/{REGION}/convert/"
HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
TEXT = "FROM quay.io/a/b:1 AS build\nRUN make\nFROM gcr.io/a/b\nCOPY --from=build /a /a\n"
DONE = TEXT.replace("quay.io/a", f"{HOST}/quay/a")


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_a_pasted_file_is_converted_and_downloaded(
    aws: FakeAws, open_page: OpenPage, javascript: bool
) -> None:
    page = open_page(javascript=javascript)
    page.goto(CONVERT)
    page.get_by_label("Text", exact=True).fill(TEXT)
    page.get_by_role("button", name="Convert", exact=True).click()
    expect(page.get_by_role("heading", name="Images (2)")).to_be_visible()
    expect(page.get_by_label("Text", exact=True)).to_have_value(TEXT)
    for _twice in range(2):  # the page stays, and so does its button
        with page.expect_download() as started:
            page.get_by_role("button", name="Download Dockerfile").click()
        assert started.value.suggested_filename == "Dockerfile"
        assert Path(started.value.path()).read_bytes() == DONE.encode()
    if javascript:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="Copy", exact=True).click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert violations(page) == []
        assert too_wide(page, 390, 320) == []
