"""Every documented flow results in exactly the rule of the corresponding CLI example."""

from typing import Any

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.flows.conftest import UPSTREAM_ACCOUNT, UPSTREAM_REGION, Account
from tests.flows.examples import CLI_EXAMPLES, CliExample
from tests.flows.walk import FLOWS, Flow
from tests.person import ACCOUNT, REGION, Person

EXAMPLES = {example.heading: example for example in CLI_EXAMPLES}


def rules_in(region: str) -> list[dict[str, Any]]:
    """All rules as AWS tells them, without the time."""
    client = boto3.client("ecr", region_name=region)
    rules: list[Any] = client.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    return [{name: rule[name] for name in rule if name != "createdAt"} for rule in rules]


def create_as_the_example_does(example: CliExample, account: Account) -> None:
    """Send what the CLI sends for the example."""
    optional: dict[str, Any] = {}
    if example.needs_secret:
        optional["credentialArn"] = account.secret_arn
    if example.needs_role:
        optional["customRoleArn"] = account.role_arn
    boto3.client("ecr", region_name=example.region).create_pull_through_cache_rule(
        ecrRepositoryPrefix=example.prefix,
        upstreamRegistryUrl=example.upstream_url.format(
            account_id=ACCOUNT,
            upstream_account_id=UPSTREAM_ACCOUNT,
            upstream_region=UPSTREAM_REGION,
        ),
        **optional,
    )


def walk_to_review(person: Person, flow: Flow) -> None:
    person.open_rules()
    assert person.heading == "Pull through cache configuration"
    person.press("Add rule")
    assert person.heading == "Specify a source"
    for number, screen in enumerate(flow.screens):
        if number:
            assert person.heading == screen.title
        screen.act(person)
        person.press("Next")
        assert person.status == 200, person.text
    assert person.heading == "Review and create"
    assert person.steps == flow.titles


def test_there_is_a_flow_for_every_example() -> None:
    assert {flow.heading for flow in FLOWS} == set(EXAMPLES)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.heading)
def test_a_flow_creates_exactly_what_the_example_beside_it_creates(
    aws: FakeAws, account: Account, person: Person, flow: Flow
) -> None:
    example = EXAMPLES[flow.heading]
    create_as_the_example_does(example, account)
    expected = rules_in(REGION)
    client = boto3.client("ecr", region_name=REGION)
    client.delete_pull_through_cache_rule(ecrRepositoryPrefix=example.prefix)

    walk_to_review(person, flow)
    assert rules_in(REGION) == []
    person.press("Create")

    assert person.heading.startswith("Rule created: ")
    assert rules_in(REGION) == expected
    assert rules_in("us-east-1") == []
    assert aws.calls()["CreatePullThroughCacheRule"] == 2


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.heading)
def test_the_first_step_has_its_documented_title_when_one_comes_back_to_it(
    person: Person, flow: Flow
) -> None:
    walk_to_review(person, flow)
    person.open(str(person.page.select('nav[aria-label="Steps"] a')[0]["href"]))
    assert person.heading == flow.titles[0]
