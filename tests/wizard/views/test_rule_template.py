"""The template on the review: chosen, planned, created with the rule, and told where it is kept."""

import json
from typing import Any

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.person import REGION, Person
from tests.wizard.views.test_operations import to_the_review

WITH_RULE = "Create a template with the prefix of the rule"


def templates() -> list[Any]:
    answer = boto3.client("ecr", region_name=REGION).describe_repository_creation_templates()
    return list(answer["repositoryCreationTemplates"])


def choose_template(person: Person) -> None:
    person.choose(WITH_RULE)
    person.choose("Common rules")
    person.fill("Delete untagged images", "14")
    person.choose("Archive unused images")
    person.fill("Archive images", "60")


def test_a_template_is_planned_and_created_with_the_rule(aws: FakeAws, person: Person) -> None:
    to_the_review(person)
    assert "CreateRepositoryCreationTemplate" not in person.text
    choose_template(person)
    person.press("Create")
    told = "Nothing was created yet. Check the plan, then choose Create."
    assert told in person.page.get_text()
    assert f"CreateRepositoryCreationTemplate: the template quay in {REGION}" in person.text
    assert "aws ecr create-repository-creation-template" in person.text
    assert "2 rules" in person.text
    assert templates() == []
    person.press("Create")
    (template,) = templates()
    assert (template["prefix"], template["imageTagMutability"]) == ("quay", "MUTABLE")
    rules = json.loads(template["lifecyclePolicy"])["rules"]
    assert [rule["action"]["type"] for rule in rules] == ["expire", "transition"]
    assert "CreateRepositoryCreationTemplate" in person.text
    assert "Create template" not in person.text


def test_show_plan_keeps_the_template_and_no_template_takes_it_back(
    aws: FakeAws, person: Person
) -> None:
    to_the_review(person)
    choose_template(person)
    person.press("Show plan")
    assert "CreateRepositoryCreationTemplate" in person.text
    person.choose("No template")
    person.press("Create")
    assert "CreateRepositoryCreationTemplate" not in person.text
    person.press("Create")
    assert templates() == []
    person.follow("Create template")
    assert person.find('input[name="template_prefix"]')["value"] == "quay"


def test_a_wrong_number_is_told_at_its_field_and_nothing_is_lost(
    aws: FakeAws, person: Person
) -> None:
    to_the_review(person)
    choose_template(person)
    person.fill("Archive images", "soon")
    person.press("Create")
    assert "Enter a whole number from 1 to 36,500." in person.text
    field = person.find('input[name="untagged_days"]')
    assert field["value"] == "14"
    assert person.find('input[name="unpulled_days"]')["value"] == "soon"
    person.fill("Archive images", "60")
    person.press("Create")
    person.press("Create")
    assert len(templates()) == 1


@pytest.mark.parametrize(
    ("prefix", "words"),
    [("quay", "The template stays as it is."), ("ROOT", WITH_RULE)],
)
def test_a_template_that_applies_already_is_told(
    aws: FakeAws, person: Person, prefix: str, words: str
) -> None:
    boto3.client("ecr", region_name=REGION).create_repository_creation_template(
        prefix=prefix, appliedFor=["PULL_THROUGH_CACHE"]
    )
    to_the_review(person)
    assert f"the template with the prefix {prefix} applies" in person.text
    assert words in person.text


def test_templates_that_cannot_be_read_do_not_stop_the_wizard(aws: FakeAws, person: Person) -> None:
    aws.refuse(operation="DescribeRepositoryCreationTemplates")
    to_the_review(person)
    person.press("Create")
    assert "Rule created: quay" in person.text
