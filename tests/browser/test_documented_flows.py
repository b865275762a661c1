"""Every documented flow in Chromium with JavaScript; `tests/flows` has them without JavaScript."""

import re
from typing import cast

import boto3
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.flows.conftest import UPSTREAM_ACCOUNT, UPSTREAM_REGION, Account
from tests.flows.examples import CLI_EXAMPLES
from tests.flows.walk import FLOWS, Flow
from tests.person import ACCOUNT, REGION, Person

EXAMPLES = {example.heading: example for example in CLI_EXAMPLES}


class Visitor:
    """Does in a real browser what `tests.person.Person` does by reading HTML: acts by labels."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def choose(self, label: str, *, of: str = "") -> None:
        place = self.page.get_by_role("group", name=of) if of else self.page
        place.get_by_label(label, exact=True).check()

    def fill(self, label: str, value: str) -> None:
        self._shown(label).fill(value)

    def select(self, label: str, option: str) -> None:
        control = self._shown(label)
        wanted = control.locator("option").filter(has_text=option)
        control.select_option(wanted.first.get_attribute("value") or "")

    def value_of(self, label: str) -> str:
        return self._shown(label).input_value()

    def _shown(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True).locator("visible=true")


# Every third flow in a browser. tests/flows walks through all of them without one.
SOME_FLOWS = [
    pytest.param(flow, id=flow.heading, marks=() if number % 3 == 0 else pytest.mark.thorough)
    for number, flow in enumerate(FLOWS)
]


@pytest.mark.parametrize("flow", SOME_FLOWS)
def test_a_flow_ends_in_the_rule_of_the_example_beside_it(open_page: OpenPage, flow: Flow) -> None:
    example = EXAMPLES[flow.heading]
    secrets = boto3.client("secretsmanager", region_name=REGION)
    arn = secrets.create_secret(Name=Account.secret_name, SecretString="{}")["ARN"]
    client = boto3.client("ecr", region_name=REGION)
    for rule in client.describe_pull_through_cache_rules()["pullThroughCacheRules"]:
        client.delete_pull_through_cache_rule(ecrRepositoryPrefix=rule["ecrRepositoryPrefix"])

    page = open_page()
    page.get_by_role("button", name="Add rule").first.click()
    visitor = cast(Person, Visitor(page))
    for number, screen in enumerate(flow.screens):
        if number:
            expect(page.get_by_role("heading", level=1)).to_have_text(screen.title)
        screen.act(visitor)
        page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Review and create")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Rule created: "))

    (made,) = client.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    assert made["ecrRepositoryPrefix"] == example.prefix
    assert made["upstreamRegistryUrl"] == example.upstream_url.format(
        account_id=ACCOUNT, upstream_account_id=UPSTREAM_ACCOUNT, upstream_region=UPSTREAM_REGION
    )
    assert made.get("credentialArn") == (arn if example.needs_secret else None)
    assert made.get("customRoleArn") == (Account(arn).role_arn if example.needs_role else None)
    assert made.get("upstreamRepositoryPrefix", "ROOT") == "ROOT"
