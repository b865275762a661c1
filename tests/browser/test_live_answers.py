"""The wizard's live answers while a person types; Next reports the same problems again."""

import re
from urllib.parse import parse_qs

import boto3
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.walk import RULES, begin, begin_destination, heading_is, press_next
from tests.person import ACCOUNT, REGION

HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
EXAMPLE = "argoproj/argocd:v2.13.0"


def preview_of(page: Page) -> Locator:
    return page.get_by_role("region", name="Example image")


def steps_of(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Steps").locator(".step-title")


def prefix_of(page: Page) -> Locator:
    return page.get_by_label("Amazon ECR repository prefix")


def test_the_preview_follows_the_typing_and_nothing_is_kept_before_next(
    open_page: OpenPage,
) -> None:
    page = open_page()
    begin_destination(page)
    expect(preview_of(page)).to_contain_text(f"docker pull {HOST}/quay-2/{EXAMPLE}")
    prefix_of(page).fill("mirror")
    expect(preview_of(page)).to_contain_text(f"docker pull {HOST}/mirror/{EXAMPLE}")
    expect(page.get_by_text("24 characters left")).to_be_visible()
    page.reload()
    expect(preview_of(page)).to_contain_text(f"{HOST}/quay-2/")


def test_the_preview_asks_with_the_prefixes_alone(open_page: OpenPage) -> None:
    page = open_page()
    begin_destination(page)
    with page.expect_request("**/preview/**") as asked:
        prefix_of(page).fill("mirror")
    assert asked.value.method == "GET"
    query = asked.value.url.partition("?")[2]
    assert parse_qs(query, keep_blank_values=True) == {
        "cache_namespace": ["specific"],
        "ecr_repository_prefix": ["mirror"],
        "upstream_repository_prefix": [""],
    }


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_the_preview_is_the_same_after_next(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    begin_destination(page)
    prefix_of(page).fill("mirror")
    press_next(page, "Review and create")
    expect(preview_of(page)).to_contain_text(f"docker pull {HOST}/mirror/{EXAMPLE}")
    page.get_by_role("link", name="Edit Destination").click()
    expect(preview_of(page)).to_contain_text(f"docker pull {HOST}/mirror/{EXAMPLE}")
    expect(page.get_by_text("24 characters left")).to_be_visible()


def test_a_prefix_that_is_taken_or_not_valid_is_told_before_next(open_page: OpenPage) -> None:
    page = open_page()
    begin_destination(page)
    taken = "The rule kubernetes for registry.k8s.io already uses this prefix in this Region."
    prefix_of(page).fill("kubernetes")
    expect(page.locator("#prefix-in-use")).to_have_text(f"{taken} kubernetes-2 is free.")
    expect(prefix_of(page)).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#announcer")).to_have_text(f"{taken} kubernetes-2 is free.")
    prefix_of(page).fill("a" * 33)
    expect(preview_of(page)).to_contain_text("Shorten the prefix to 30 characters or fewer.")
    expect(page.get_by_text("Too long by 3.")).to_be_visible()
    heading_is(page, "Specify a destination")
    expect(prefix_of(page)).to_be_focused()


def test_namespaces_are_previewed_by_their_choice(open_page: OpenPage) -> None:
    page = open_page()
    begin(page, "Amazon ECR Private")
    page.get_by_label("This account").check()
    page.get_by_label("Region", exact=True).select_option("eu-west-1")
    press_next(page, "Specify namespaces")
    expect(preview_of(page)).to_contain_text(f"docker pull {HOST}/ecr/")
    page.get_by_role("group", name="Cache namespace").get_by_label("No prefix").check()
    expect(preview_of(page)).not_to_contain_text(f"{HOST}/ecr/")
    expect(preview_of(page)).to_contain_text(f"docker pull {HOST}/")


def test_a_tile_plans_the_step_list_and_the_heading_at_once(open_page: OpenPage) -> None:
    page = open_page()
    begin(page, "Docker Hub")
    expect(steps_of(page)).to_have_text(
        [
            "Specify a source",
            "Configure authentication",
            "Specify a destination",
            "Review and create",
        ]
    )
    page.get_by_label("Amazon ECR Private").check()
    heading_is(page, "Specify upstream")
    expect(steps_of(page)).to_have_text(
        ["Specify upstream", "Specify namespaces", "Review and create"]
    )
    page.get_by_label("Cross account").check()
    expect(steps_of(page)).to_have_text(
        ["Specify upstream", "Specify permissions", "Specify namespaces", "Review and create"]
    )
    expect(page.locator(".step-visited")).to_have_count(0)
    expect(page.get_by_label("Cross account")).to_be_focused()
    expect(page).to_have_title("Specify upstream - Add rule - PTC Console")


def test_the_short_step_list_of_a_narrow_page_is_planned_too(open_page: OpenPage) -> None:
    page = open_page(width=390, height=844)
    begin(page, "Quay")
    summary = page.get_by_role("navigation", name="Steps").locator("summary")
    expect(summary).to_have_text("Step 1 of 3")
    page.get_by_label("Docker Hub", exact=True).check()
    expect(summary).to_have_text("Step 1 of 4")


def make_secret(name: str) -> str:
    client = boto3.client("secretsmanager", region_name=REGION)
    arn: str = client.create_secret(
        Name=f"ecr-pullthroughcache/{name}",
        SecretString='{"username": "me", "accessToken": "t"}',
    )["ARN"]
    return arn


def test_reload_finds_a_new_secret_and_keeps_what_was_entered(open_page: OpenPage) -> None:
    page = open_page()
    begin(page, "Docker Hub")
    press_next(page, "Configure authentication")
    page.get_by_label("Create an AWS secret").check()
    page.locator("#id_secret_name").fill("half-typed")
    page.get_by_label("Use an existing AWS secret").check()
    secrets = page.locator("#id_secret")
    secrets.select_option(label="ecr-pullthroughcache/github")
    chosen = secrets.input_value()
    arn = make_secret("made-meanwhile")
    expect(secrets.locator(f'option[value="{arn}"]')).to_have_count(0)
    reload = page.get_by_role("link", name="Reload the list of secrets")
    reload.press("Enter")
    expect(secrets.locator(f'option[value="{arn}"]')).to_have_count(1)
    expect(secrets).to_have_value(chosen)
    expect(reload).to_be_focused()
    expect(page.locator("#announcer")).to_have_text("The list of secrets is reloaded.")
    page.get_by_label("Create an AWS secret").check()
    expect(page.locator("#id_secret_name")).to_have_value("half-typed")


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_a_secret_scheduled_for_deletion_is_restored_and_chosen(
    open_page: OpenPage, javascript: bool
) -> None:
    page = open_page(javascript=javascript)
    arn = make_secret("old")
    boto3.client("secretsmanager", region_name=REGION).delete_secret(SecretId=arn)
    begin(page, "Docker Hub")
    press_next(page, "Configure authentication")
    scheduled = page.get_by_role("region", name="Scheduled for deletion")
    expect(scheduled).to_contain_text("ecr-pullthroughcache/old")
    scheduled.get_by_role("button", name="Restore ecr-pullthroughcache/old").click()
    expect(page.get_by_role("status")).to_contain_text("Restored secret ecr-pullthroughcache/old")
    expect(page.locator("#id_secret")).to_have_value(arn)
    expect(scheduled).to_have_count(0)
    press_next(page, "Specify a destination")


def test_an_error_goes_away_when_it_is_corrected(open_page: OpenPage) -> None:
    page = open_page()
    page.goto(RULES)
    page.get_by_role("button", name="Add rule").click()
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".error-summary")).to_contain_text("Choose a registry.")
    expect(page).to_have_title(re.compile("^Error:"))
    page.get_by_label("Docker Hub", exact=True).check()
    expect(page.locator(".error-summary")).to_have_count(0)
    expect(page.locator(".field-error")).to_have_count(0)
    expect(page).not_to_have_title(re.compile("^Error:"))


def test_a_corrected_field_leaves_the_errors_of_the_others(open_page: OpenPage) -> None:
    page = open_page()
    begin(page, "Docker Hub")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Create an AWS secret").check()
    page.get_by_role("button", name="Next").click()
    summary = page.locator(".error-summary li")
    expect(summary).to_have_count(3)
    page.get_by_label("Docker Hub email").fill("demo")
    page.get_by_label("Docker Hub access token").focus()
    expect(summary).to_have_count(2)
    expect(page.get_by_label("Docker Hub email")).not_to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Docker Hub access token")).to_have_attribute("aria-invalid", "true")


def test_an_error_outside_the_wizard_goes_away_when_its_field_is_changed(
    open_page: OpenPage,
) -> None:
    page = open_page()
    page.goto("/account/tokens/new/")
    page.get_by_role("button", name="Create API token").click()
    summary, name = page.locator(".error-summary li"), page.get_by_label("Name", exact=True)
    expect(summary).to_have_count(2)
    name.fill("pipeline")
    page.get_by_label("rules:read").check()
    expect(summary).to_have_count(0)
    expect(page.locator(".field-error, .error-summary")).to_have_count(0)
    expect(name).not_to_have_attribute("aria-invalid", "true")
    expect(page).not_to_have_title(re.compile("^Error:"))
