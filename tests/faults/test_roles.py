"""Which role a rule has: by the ARN that GetRole returns, and whether ECR can assume it."""

import json
from typing import Any

import boto3
import pytest

from ptcconsole.fakeaws.server import FakeAws
from tests.faults.addresses import begin_cross_account
from tests.person import ACCOUNT, REGION, Person, sign_in

TRUSTING: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"Service": "pullthroughcache.ecr.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
BARE = f"arn:aws:iam::{ACCOUNT}:role/puller"
CONDITION = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


@pytest.fixture
def person(aws: FakeAws, db: None) -> Person:
    return sign_in()


def make_role(name: str = "puller", *statements: dict[str, Any], path: str = "/") -> str:
    policy = {"Version": "2012-10-17", "Statement": statements or [TRUSTING]}
    made = boto3.client("iam").create_role(
        RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(policy)
    )
    return str(made["Role"]["Arn"])


def make_rule(role_arn: str, prefix: str = "partner") -> str:
    boto3.client("ecr", region_name=REGION).create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix,
        upstreamRegistryUrl="111122223333.dkr.ecr.eu-west-1.amazonaws.com",
        customRoleArn=role_arn,
    )
    return f"/{ACCOUNT}/{REGION}/rules/{prefix}"


def type_role(person: Person, arn: str) -> None:
    begin_cross_account(person)
    person.choose("Enter the ARN of a role")
    person.find("#id_typed_role_arn")["value"] = arn
    person.press("Next")


def part(person: Person) -> str:
    (section,) = person.page.select('section[aria-labelledby="parts-heading"]')
    return " ".join(section.get_text(" ").split())


@pytest.mark.promise("I9")
@pytest.mark.parametrize("arn", [BARE, BARE.replace("/", "/x/")])
def test_a_rule_that_names_a_role_without_its_path_is_told_the_role_s_arn(
    person: Person, arn: str
) -> None:
    right = make_role(path="/ecr/")
    url = make_rule(arn)
    person.open(f"{url}/details/")
    assert "Trusts pull through cache" not in part(person)
    assert f"No role has the ARN {arn}." in part(person)
    assert f"has the ARN {right}." in part(person)
    person.follow(f"Use {right}")
    person.press("Save changes")
    person.open(f"{url}/details/")
    assert "Trusts pull through cache" in part(person)


def tell_rule(aws: FakeAws, role_arn: str) -> str:
    """Let AWS answer with a rule that has this role, which the simulated AWS would refuse."""
    url = make_rule(BARE)
    rule = {
        "ecrRepositoryPrefix": "partner",
        "upstreamRegistryUrl": "111122223333.dkr.ecr.eu-west-1.amazonaws.com",
        "customRoleArn": role_arn,
    }
    answer = json.dumps({"pullThroughCacheRules": [rule]})
    aws.garble_answer(answer, operation="DescribePullThroughCacheRules", region=REGION)
    return url


def test_a_role_of_another_account_is_not_taken_for_the_one_of_this_name(
    aws: FakeAws, person: Person
) -> None:
    own = make_role()
    theirs = BARE.replace(ACCOUNT, "999988887777")
    person.open(f"{tell_rule(aws, theirs)}/details/")
    assert f"No role has the ARN {theirs}." in part(person)
    assert f"has the ARN {own}." in part(person)


@pytest.mark.parametrize("role_arn", ["some-role", "arn:aws:iam::1:role/x", "arn:aws:iam::x"])
def test_an_arn_that_is_none_is_a_role_that_does_not_exist(
    aws: FakeAws, person: Person, role_arn: str
) -> None:
    person.open(f"{tell_rule(aws, role_arn)}/details/")
    assert person.status == 200
    assert "The role doesn't exist" in part(person)


@pytest.mark.promise("I9")
def test_a_typed_arn_without_the_role_s_path_is_refused_with_the_right_one(
    person: Person,
) -> None:
    right = make_role(path="/ecr/team/")
    type_role(person, BARE)
    assert person.is_refused
    assert f"has the ARN {right}" in person.error_at("IAM role")
    person.find("#id_typed_role_arn")["value"] = right
    person.press("Next")
    assert person.heading == "Specify namespaces"


@pytest.mark.promise("I9")
def test_a_typed_arn_of_a_listed_role_is_treated_like_the_listed_role(person: Person) -> None:
    make_role("puller", TRUSTING | {"Principal": {"Service": "ec2.amazonaws.com"}})
    type_role(person, BARE)
    assert "ECR can't assume this role" in person.error_at("IAM role")


def test_a_typed_arn_that_the_list_lacks_is_told_on_the_review(person: Person) -> None:
    known = make_role("ecr-puller")
    type_role(person, BARE.replace("puller", "ecr-pullr"))
    assert person.heading == "Specify namespaces"
    person.press("Next")
    assert "This role isn't in the list of roles of this account." in person.text
    assert f"Or did you mean {known}?" in person.text


@pytest.mark.promise("I9")
@pytest.mark.parametrize(
    "statements",
    [
        [TRUSTING | {"Condition": CONDITION}],
        [TRUSTING, TRUSTING | {"Effect": "Deny", "Condition": {"StringNotEquals": {}} | CONDITION}],
        [
            TRUSTING,
            TRUSTING
            | {"Effect": "Deny", "Condition": {"StringNotEquals": {"aws:SourceAccount": ACCOUNT}}},
        ],
    ],
    ids=json.dumps,
)
@pytest.mark.parametrize("is_typed", [True, False])
def test_a_role_with_conditions_is_warned_of_and_not_refused(
    person: Person, statements: list[dict[str, Any]], is_typed: bool
) -> None:
    arn = make_role("puller", *statements)
    if is_typed:
        type_role(person, arn)
    else:
        begin_cross_account(person)
        person.select("IAM role", "puller (might trust")
        person.press("Next")
    assert person.heading == "Specify namespaces"
    person.press("Next")
    assert "The role might trust pull through cache" in person.text


@pytest.mark.parametrize("action", ["sts:Assume*", "STS:ASSUMEROLE", "sts:AssumeRol?"])
def test_a_role_with_another_spelling_of_the_action_can_be_used(
    person: Person, action: str
) -> None:
    make_role("puller", TRUSTING | {"Action": action})
    begin_cross_account(person)
    assert "puller" in person.options_of("IAM role")
    person.select("IAM role", "puller")
    person.press("Next")
    person.press("Next")
    person.press("Create")
    assert person.heading.startswith("Rule created: ")


@pytest.mark.promise("I9")
def test_a_rule_cannot_be_given_a_role_that_ecr_cannot_use(person: Person) -> None:
    url = make_rule(make_role("first"))
    right = make_role("second", path="/ecr/")
    make_role("other", TRUSTING | {"Effect": "Deny"})
    for arn, words in (
        (BARE.replace("puller", "second"), f"has the ARN {right}"),
        (BARE.replace("puller", "other"), "ECR can't assume this role"),
    ):
        person.open(f"{url}/edit/")
        person.fill("Or enter an ARN", arn)
        person.press("Save changes")
        assert person.is_refused
        assert words in person.error_at("Or enter an ARN")
    person.fill("Or enter an ARN", right)
    person.press("Save changes")
    assert "Updated rule partner (us-east-2)." in person.page.get_text()
