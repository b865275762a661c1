"""A whole wizard with the keyboard only: Tab, arrow keys, Space and Enter, in focus order."""

import boto3
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.walk import choose_action, heading_is
from tests.person import REGION

MOST_TABS = 80


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab does not reach {wanted}")


def press_arrows_to(page: Page, wanted: Locator) -> None:
    """Press the down arrow within a group of radio buttons until that one is chosen."""
    for _ in range(MOST_TABS):
        if wanted.is_checked():
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrows do not reach {wanted}")


def test_docker_hub_by_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page()
    button = page.get_by_role("button", name="Next")
    tab_to(page, page.get_by_role("button", name="Add rule"))
    page.keyboard.press("Enter")

    heading_is(page, "Specify a source")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    tab_to(page, page.get_by_label("Amazon ECR Public", exact=True))
    press_arrows_to(page, page.get_by_label("Docker Hub", exact=True))
    expect(page.get_by_label("Docker Hub", exact=True)).to_be_focused()
    tab_to(page, button)
    page.keyboard.press("Space")

    heading_is(page, "Configure authentication")
    tab_to(page, page.get_by_label("Use an existing AWS secret"))
    press_arrows_to(page, page.get_by_label("Create an AWS secret"))
    tab_to(page, page.locator("#id_secret_name"))
    page.keyboard.type("hub")
    tab_to(page, page.get_by_label("Docker Hub email"))
    page.keyboard.type("me@example.com")
    tab_to(page, page.get_by_label("Docker Hub access token"))
    page.keyboard.type("dckr_pat_canary")
    page.keyboard.press("Enter")

    heading_is(page, "Specify a destination")
    tab_to(page, page.get_by_label("Amazon ECR repository prefix"))
    page.keyboard.press("Control+a")
    page.keyboard.type("team/hub")
    expect(page.get_by_text("22 characters left")).to_be_visible()
    tab_to(page, button)
    page.keyboard.press("Enter")

    heading_is(page, "Review and create")
    tab_to(page, page.get_by_role("button", name="Create", exact=True))
    page.keyboard.press("Space")
    heading_is(page, "Rule created: team/hub")

    client = boto3.client("ecr", region_name=REGION)
    rules = client.describe_pull_through_cache_rules(ecrRepositoryPrefixes=["team/hub"])
    assert len(rules["pullThroughCacheRules"]) == 1


def test_enter_in_the_credentials_of_the_review_creates(open_page: OpenPage) -> None:
    """The form's first button is another one, after which they would have to be typed again."""
    secrets = boto3.client("secretsmanager", region_name=REGION)
    arn = secrets.create_secret(Name="ecr-pullthroughcache/hub", SecretString="{}")["ARN"]
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub", upstreamRegistryUrl="registry-1.docker.io", credentialArn=arn
    )
    page = open_page()
    page.goto(f"{page.url}hub/details/")
    choose_action(page, "Clone")
    heading_is(page, "Review and create")
    page.get_by_label("Europe (Ireland)").check()
    page.get_by_role("button", name="Show plan").click()
    page.get_by_label("Username").fill("me@example.com")
    page.get_by_label("Access token").fill("dckr_pat_canary")
    page.keyboard.press("Enter")
    heading_is(page, "Rule created in 1 Region: hub")


def test_a_failed_rule_is_fixed_by_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{page.url}github/details/")
    tab_to(page, page.get_by_role("button", name="Validate"))
    page.keyboard.press("Enter")
    failed = "Validation failed: The upstream registry refused the credentials"
    expect(page.get_by_role("heading", name=failed)).to_be_in_viewport()

    tab_to(page, page.get_by_role("link", name="Replace token"))
    page.keyboard.press("Enter")
    heading_is(page, "Replace value ecr-pullthroughcache/github")
    tab_to(page, page.get_by_label("Username"))
    page.keyboard.type("demo")
    tab_to(page, page.get_by_label("Access token"))
    page.keyboard.type("demo-access-token")
    page.keyboard.press("Enter")

    heading_is(page, "github")
    primary = page.locator("#state .button-primary")
    expect(primary).to_have_text("Validate again")
    tab_to(page, primary)
    page.keyboard.press("Enter")
    expect(page.locator("#state-heading")).to_contain_text("Valid")
    expect(page.locator("#state .alert")).to_have_count(0)
