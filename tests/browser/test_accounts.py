"""The pages Accounts in Chromium: axe, narrow windows, and the way from an ID to an account."""

from collections.abc import Iterator

from django.utils import timezone
from playwright.sync_api import Page, expect

from ptcconsole.fakeaws.server import FakeAws
from tests.browser.conftest import OpenPage, too_wide
from tests.browser.test_accessibility import violations
from tests.person import someone
from tests.worker import work
from wizard.domain import Role
from wizard.models import Account, ExternalId

OTHER = "210987654321"


def walk(page: Page, aws: FakeAws) -> Iterator[str]:
    """Go from page to page about accounts; yields what each one is."""
    someone("ada", Role.ADMINISTRATOR)
    page.goto("/accounts/")
    yield "no accounts"
    page.get_by_role("link", name="Add account").first.click()
    page.get_by_label("Account ID or role ARN").fill("arn:aws:iam::210987654321:user/x")
    page.get_by_role("button", name="Next", exact=True).click()
    yield "add, errors"
    page.get_by_label("Account ID or role ARN").fill(OTHER)
    page.get_by_label("Alias").fill("Payments production")
    page.get_by_label("Owner").fill("Team blue")
    page.get_by_label("Europe (Ireland)").check()
    page.get_by_role("button", name="Next", exact=True).click()
    yield "role"
    aws.add_account(OTHER, external_id=None)
    page.get_by_role("button", name="Test and add account").click()
    yield "role, errors"
    aws.add_account(OTHER, external_id=ExternalId.objects.get(pk=OTHER).value)
    page.get_by_role("button", name="Test and add account").click()
    yield "account"
    page.get_by_role("link", name="Edit", exact=True).click()
    yield "edit"
    page.goto(f"/accounts/{OTHER}/remove/")
    yield "remove"
    for number, (alias, owner) in enumerate(
        [("Web", "Team red"), ("Data lake", ""), ("Sandbox", "Platform engineering")]
    ):
        row = Account(account_id=f"33334444555{number}", alias=alias, owner=owner)
        row.role_arn = f"arn:aws:iam::{row.account_id}:role/team/PtcConsole"
        row.is_enabled = number != 1
        row.tested_at = timezone.now()
        if number == 2:
            row.error_record = {"kind": "RoleTrustsTooMuch", "message": "", "code": ""}
            row.error_record |= {"operation": "AssumeRole", "region": "", "request_id": ""}
        row.save()
    page.goto("/accounts/")
    yield "accounts"
    page.goto("/accounts/333344445552/")
    yield "account, failed test"
    page.goto("/accounts/")
    page.get_by_role("link", name="Import accounts").click()
    page.get_by_role("button", name="List accounts").click()
    yield "import, no organization"
    page.get_by_label("Text").fill("account_id,alias\n444455556666,Web\n12345,\n777788889999,Lab\n")
    page.get_by_role("button", name="Show plan").click()
    yield "plan"
    page.get_by_role("link", name="Show templates").click()
    yield "templates"
    page.get_by_role("link", name="Continue").click()
    external_id = ExternalId.objects.get(pk="444455556666").value
    aws.add_account("444455556666", external_id=external_id)
    page.get_by_role("button", name="Test and add accounts").click()
    expect(page.get_by_role("button", name="Stop adding accounts")).to_be_visible()
    yield "plan, under way"
    work()
    expect(page.get_by_role("button", name="Retry failed")).to_be_visible()
    expect(page.get_by_role("link", name="4444-5555-6666")).to_be_visible()
    yield "plan, tested"


def test_axe_finds_nothing_on_the_pages_about_accounts_and_nothing_is_cut_off(
    open_page: OpenPage, aws: FakeAws
) -> None:
    page = open_page()
    found = []
    for turn, state in enumerate(walk(page, aws)):
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        found += [f"{state}: {violation}" for violation in violations(page, turn)]
        found += [f"{state}: wider than {width}" for width in too_wide(page, 320)]
    assert found == []
