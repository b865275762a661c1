"""Two flows in Chromium, with and without JavaScript, that must result in the same rule."""

from typing import Any

import boto3
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.walk import RULES, press_next, validate
from tests.person import ACCOUNT, REGION, someone
from wizard.domain import Role

TOKEN = "dckr_pat_canary"


def rule(prefix: str) -> dict[str, Any]:
    client = boto3.client("ecr", region_name=REGION)
    answer = client.describe_pull_through_cache_rules(ecrRepositoryPrefixes=[prefix])
    found: dict[str, Any] = dict(answer["pullThroughCacheRules"][0])
    del found["createdAt"]
    return found


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_docker_hub_with_a_new_secret(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    page.get_by_role("button", name="Add rule").click()
    page.get_by_label("Docker Hub", exact=True).check()
    press_next(page, "Configure authentication")
    page.get_by_label("Create an AWS secret").check()
    page.locator("#id_secret_name").fill("hub")
    page.get_by_label("Docker Hub email").fill("me@example.com")
    page.get_by_label("Docker Hub access token").fill(TOKEN)
    press_next(page, "Specify a destination")
    expect(page.get_by_label("Amazon ECR repository prefix")).to_have_value("docker-hub")
    press_next(page, "Review and create")
    expect(page.get_by_role("main")).to_contain_text("Stored, not shown")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rule created: docker-hub")

    secret = boto3.client("secretsmanager", region_name=REGION).get_secret_value(
        SecretId="ecr-pullthroughcache/hub"
    )
    assert {"upstreamRepositoryPrefix": "ROOT", **rule("docker-hub")} == {
        "ecrRepositoryPrefix": "docker-hub",
        "upstreamRegistryUrl": "registry-1.docker.io",
        "upstreamRegistry": "docker-hub",
        "upstreamRepositoryPrefix": "ROOT",
        "credentialArn": secret["ARN"],
        "registryId": ACCOUNT,
    }


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_ecr_private_of_another_account(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    page.get_by_role("button", name="Add rule").click()
    page.get_by_label("Amazon ECR Private", exact=True).check()
    expect(page.get_by_label("Account", exact=True)).to_be_hidden()
    page.get_by_label("Cross account").check()
    page.get_by_label("Region", exact=True).select_option("eu-west-1")
    page.get_by_label("Account", exact=True).fill("111122223333")
    press_next(page, "Specify permissions")
    page.get_by_label("IAM role").and_(page.locator("select")).select_option(label="example-role")
    press_next(page, "Specify namespaces")
    cache = page.get_by_role("group", name="Cache namespace")
    cache.get_by_label("A specific prefix").check()
    page.get_by_label("Cache repository prefix").fill("partner")
    upstream = page.get_by_role("group", name="Upstream namespace")
    upstream.get_by_label("A specific prefix").check()
    page.get_by_label("Upstream repository prefix").fill("shared")
    press_next(page, "Review and create")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rule created: partner")
    assert rule("partner") == {
        "ecrRepositoryPrefix": "partner",
        "upstreamRegistryUrl": "111122223333.dkr.ecr.eu-west-1.amazonaws.com",
        "upstreamRegistry": "ecr",
        "upstreamRepositoryPrefix": "shared",
        "customRoleArn": f"arn:aws:iam::{ACCOUNT}:role/example-role",
        "registryId": ACCOUNT,
    }


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_validate_shows_the_result_at_its_rule(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)

    def validate_at(prefix: str) -> None:
        """In the table, or without the script on the page of the rule."""
        if javascript:
            validate(page, prefix)
            page.get_by_role("checkbox", name=f"Select {prefix}").uncheck()
            return
        page.goto(f"{RULES}{prefix}/details/")
        page.get_by_role("button", name="Validate", exact=True).click()
        page.goto(RULES)

    row = page.get_by_role("row").filter(has_text="ghcr.io")
    expect(row).to_contain_text("Not validated")
    validate_at("github")
    expect(row).to_contain_text("Failed")
    other = page.get_by_role("row").filter(has_text="quay.io")
    expect(other).to_contain_text("Not validated")
    validate_at("quay")
    expect(other).to_contain_text("Valid")
    page.reload()
    expect(row).to_contain_text("Failed")
    expect(other).to_contain_text("Valid")


def test_an_error_is_focused_and_leads_to_its_field(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name="Add rule").click()
    page.get_by_label("Microsoft Azure Container Registry").check()
    page.get_by_role("button", name="Next").click()
    summary = page.get_by_role("alert").filter(has_text="There is a problem")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Enter the name of your registry.").click()
    expect(page.get_by_label("Source registry URL")).to_be_focused()
    expect(page).to_have_title("Error: Specify a source - Add rule - US East (Ohio) - PTC Console")


def test_back_forward_and_reload_keep_answers_and_send_nothing_again(
    open_page: OpenPage,
) -> None:
    page = open_page()
    page.get_by_role("button", name="Add rule").click()
    page.get_by_label("Quay", exact=True).check()
    press_next(page, "Specify a destination")
    page.get_by_label("Amazon ECR repository prefix").fill("mirror")
    press_next(page, "Review and create")
    page.go_back()
    expect(page.get_by_label("Amazon ECR repository prefix")).to_have_value("mirror")
    page.go_back()
    expect(page.get_by_label("Quay", exact=True)).to_be_checked()
    page.go_forward()
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_have_text("Review and create")
    page.reload()
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rule created: mirror")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rule created: mirror")


def test_reload_and_back_after_a_refused_form_send_nothing_again(open_page: OpenPage) -> None:
    page = open_page()
    someone("ada", Role.ADMINISTRATOR)
    page.goto("/people/add/")
    page.get_by_label("Username").fill("not a name!")
    page.get_by_role("button", name="Add person").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Username")).to_have_value("not a name!")
    page.get_by_label("Username").fill("vera")
    page.get_by_role("button", name="Add person").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("vera")
    page.reload()
    expect(page.get_by_label("Username")).to_have_value("")
    page.go_back()
    expect(page.get_by_label("Username")).to_have_value("not a name!")
