"""axe on every page and state there is, light and dark, wide and narrow; no rule left out."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from ptcconsole.fakeaws.server import FakeAws
from tests.browser.conftest import OpenPage
from tests.person import ACCOUNT, REGION

RULES = f"/{ACCOUNT}/{REGION}/rules/"


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['target']} {node.get('failureSummary', '')}"
        for violation in found
        for node in violation["nodes"]
    ]


def _next(page: Page) -> None:
    page.get_by_role("button", name="Next").click()
    page.wait_for_load_state()


def _begin(page: Page, registry: str) -> None:
    page.goto(RULES)
    page.get_by_role("button", name="Add rule").click()
    page.get_by_label(registry, exact=True).check()


def walk_secret(page: Page, scan: Callable[[str], None]) -> None:
    _begin(page, "Docker Hub")
    scan("source")
    _next(page)
    scan("authentication, existing")
    page.get_by_label("Create an AWS secret").check()
    _next(page)
    scan("authentication, errors")
    page.locator("#id_secret_name").fill("hub")
    page.get_by_label("Docker Hub email").fill("me")
    page.get_by_label("Docker Hub access token").fill("token")
    _next(page)
    page.get_by_label("Amazon ECR repository prefix").fill("Not a prefix")
    _next(page)
    scan("destination, error")
    page.get_by_label("Amazon ECR repository prefix").fill("github")
    _next(page)
    scan("review")
    page.get_by_role("button", name="Create", exact=True).click()
    page.wait_for_load_state()
    scan("destination, refused by AWS")
    page.get_by_label("Amazon ECR repository prefix").fill("hub")
    _next(page)
    page.get_by_role("button", name="Create", exact=True).click()
    page.wait_for_load_state()
    scan("rule created")


def walk_cross_account(page: Page, scan: Callable[[str], None]) -> None:
    _begin(page, "Amazon ECR Private")
    page.get_by_label("Cross account").check()
    scan("upstream")
    _next(page)
    scan("upstream, errors")
    page.get_by_label("Region", exact=True).select_option("eu-west-1")
    page.get_by_label("Account", exact=True).fill("111122223333")
    _next(page)
    scan("permissions")
    page.get_by_label("An ARN that you enter").check()
    _next(page)
    scan("permissions, error")
    page.locator("#id_typed_role_arn").fill(f"arn:aws:iam::{ACCOUNT}:role/x")
    _next(page)
    scan("namespaces")
    page.get_by_role("link", name="Cancel").click()
    scan("cancel")


def walk_lists(page: Page, scan: Callable[[str], None]) -> None:
    scan("rules")
    for prefix in ("github", "quay"):
        page.get_by_role("button", name=f"Validate {prefix}").click()
        page.get_by_role("row").filter(has_text=prefix).get_by_text("UTC").first.wait_for()
    page.goto(RULES)
    scan("rules, validated")
    page.goto(RULES.replace(REGION, "eu-west-1"))
    scan("no rules")
    page.goto(RULES.replace(REGION, "cn-north-1"))
    scan("no such Region")
    page.goto("/nowhere/")
    scan("not found")
    page.goto("/sign-in/no-such-link/")
    scan("sign-in link")


@pytest.mark.parametrize("walk", [walk_secret, walk_cross_account, walk_lists])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(
    open_page: OpenPage, walk: Callable[..., None], scheme: str, width: int
) -> None:
    page = open_page(width=width, scheme=scheme)
    found: list[str] = []

    def scan(state: str) -> None:
        found.extend(f"{state}: {violation}" for violation in violations(page))

    walk(page, scan)
    assert found == []


def test_axe_finds_nothing_where_aws_does_not_tell(aws: FakeAws, open_page: OpenPage) -> None:
    page = open_page()
    aws.refuse(operation="DescribePullThroughCacheRules")
    page.goto(RULES)
    assert violations(page) == []


def test_axe_finds_nothing_at_the_sign_in(open_page: OpenPage) -> None:
    page = open_page()
    page.context.clear_cookies()
    page.goto(RULES)
    assert violations(page) == []
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()
    assert violations(page) == []


def test_the_scanner_finds_what_is_wrong(open_page: OpenPage) -> None:
    page = open_page()
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<input>')")
    assert any(violation.startswith("label:") for violation in violations(page))


@pytest.mark.parametrize("path", [RULES])
def test_nothing_is_cut_off_at_320_pixels(open_page: OpenPage, path: str) -> None:
    page = open_page(width=320, height=800)
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.get_by_role("button", name="Add rule").first.click()
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
