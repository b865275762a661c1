"""The selection in the lists of the fleet, as the script keeps it."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.fleet import account_id, furnish_fleet
from wizard.models import FleetOperation


def test_chosen_rules_are_counted_and_survive_the_filter_and_the_order(
    open_page: OpenPage,
) -> None:
    furnish_fleet(accounts=3, regions=2, rules=3)
    page = open_page()
    page.goto("/fleet/")
    counter, validate = page.locator("#list-counter"), page.get_by_role("button", name="Validate")
    expect(validate).to_be_disabled()
    page.get_by_role("checkbox", name=f"Select quay, {account_id(0)}, us-east-2").check()
    expect(counter).to_have_text("(1/21)")
    page.get_by_label("Find rules", exact=True).fill("github")
    expect(page.get_by_role("rowheader")).to_have_text(["github"] * 7)
    expect(counter).to_have_text("(1 selected)")
    expect(validate).to_be_enabled()
    page.get_by_role("checkbox", name="Select all rules on this page").check()
    expect(counter).to_have_text("(8 selected)")
    validate.click()
    expect(page.get_by_text("Rules: 8. Regions: 2.")).to_be_visible()
    page.get_by_role("button", name="Validate rules").click()
    page.wait_for_url(re.compile("/fleet/operations/.+"))
    parts = FleetOperation.objects.get().parts.all()
    assert sorted(len(part.rules) for part in parts) == [1, 2, 2, 3]
