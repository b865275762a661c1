"""The pages for secrets, editing, copying, deleting several rules, health, and bulk validations."""

from collections.abc import Callable
from itertools import count

import boto3
import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, too_wide
from tests.browser.test_accessibility import violations
from tests.browser.walk import RULES, choose_action, open_delete
from tests.person import ACCOUNT, REGION

PLACE = f"/{ACCOUNT}/{REGION}"

Scan = Callable[[str], None]


def walk_secrets(page: Page, scan: Scan) -> None:
    page.goto(f"{PLACE}/secrets/")
    scan("secrets")
    page.get_by_role("link", name="Create secret").click()
    page.get_by_role("button", name="Create secret").click()
    scan("new secret, errors")
    page.goto(f"{PLACE}/secrets/github/value/")
    scan("replace value")
    page.goto(f"{PLACE}/secrets/?secret=github&changed=1")
    scan("secrets, next step")
    page.goto(f"{PLACE}/secrets/github/delete/")
    scan("secret in use")


def walk_changes(page: Page, scan: Scan) -> None:
    page.goto(f"{RULES}github/edit/")
    scan("edit")
    page.goto(f"{RULES}quay/edit/")
    scan("nothing to edit")
    page.goto(f"{RULES}quay/details/")
    choose_action(page, "Clone")
    scan("clone, Regions")
    page.get_by_label("Europe (Ireland)").check()
    page.get_by_role("button", name="Show plan").click()
    scan("clone, plan")
    page.goto(f"{RULES}github/details/")
    choose_action(page, "Clone")
    page.get_by_label("Europe (Ireland)").check()
    page.get_by_role("button", name="Show plan").click()
    page.get_by_role("button", name="Create in 1 Region").click()
    scan("clone, credential missing")


def walk_selection(page: Page, scan: Scan) -> None:
    page.goto(RULES)
    open_delete(page, "quay", "kubernetes")
    page.get_by_role("dialog").wait_for()
    scan("delete many")
    page.goto(RULES)
    page.get_by_role("link", name="Preferences").click()
    page.get_by_role("dialog").wait_for()
    scan("table preferences")
    page.get_by_label("Page size").select_option("10")
    page.get_by_label("Upstream URL").uncheck()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("columnheader", name="Upstream URL")).to_be_hidden()
    scan("fewer columns")


def walk_deletion(page: Page, scan: Scan) -> None:
    page.goto(RULES)
    open_delete(page, "quay", "kubernetes")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("To confirm this deletion").fill("confirm")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 rules deleted")
    scan("result of a deletion")


def walk_health(page: Page, scan: Scan) -> None:
    page.goto(f"{PLACE}/health/")
    scan("health of a Region")
    page.goto(f"{RULES}quay/health/")
    scan("health of a rule")
    page.goto(RULES)
    page.locator(".actions-menu > summary").click()
    scan("actions")
    page.get_by_role("button", name="Validate all in Region").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    scan("bulk validation")
    page.goto(f"/{ACCOUNT}/validations/")
    scan("bulk validations")


WALKS = [walk_secrets, walk_changes, walk_selection, walk_deletion, walk_health]


@pytest.mark.parametrize("walk", WALKS)
def test_axe_finds_nothing(open_page: OpenPage, walk: Callable[[Page, Scan], None]) -> None:
    page = open_page()
    found: list[str] = []
    turns = count()

    def scan(state: str) -> None:
        page.wait_for_load_state()
        found.extend(f"{state}: {violation}" for violation in violations(page, next(turns)))
        found.extend(f"{state}: wider than {width}" for width in too_wide(page, 1440, 390))

    walk(page, scan)
    assert found == []


def test_a_rule_is_validated_and_deleted_from_the_selection(open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    open_delete(page, "quay", "kubernetes")
    page.get_by_label("To confirm this deletion").fill("confirm")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 rules deleted")
    rules = boto3.client("ecr", region_name=REGION).describe_pull_through_cache_rules()
    assert [rule["ecrRepositoryPrefix"] for rule in rules["pullThroughCacheRules"]] == ["github"]


def test_django_s_admin_keeps_to_the_content_security_policy(open_page: OpenPage) -> None:
    page = open_page()
    User.objects.filter(username="ada").update(is_staff=True, is_superuser=True)
    for path in ("", "wizard/lastknownrule/", "auth/user/"):
        page.goto(f"/admin/{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto("/admin/wizard/lastknownrule/")
    page.get_by_role("checkbox").nth(1).check()
    page.locator('select[name="action"]').select_option("validate_selected")
    page.get_by_role("button", name="Run").or_(page.get_by_role("button", name="Go")).click()
    page.wait_for_url("**/validations/**")
